//! When a fault happens.

use std::str::FromStr;

use rand::RngExt;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use super::Fault;

/// The most rules at one modem; more are refused.
const MOST: usize = 256;
/// `on` of a rule whose fault happens at once.
const NOW: &str = "now";
/// `on` of a rule whose fault happens after power-on and restart.
const BOOT: &str = "boot";

/// A fault with its occasion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultRule {
    /// What goes wrong.
    #[serde(flatten)]
    pub fault: Fault,
    /// What it befalls: a command, upper case with its prefix (`+CMGS`); a line that the modem says by itself, by what
    /// stands before its colon (`+CMTI`); `boot`; or `now`, at once. Every command, or every line, when left out.
    #[serde(default)]
    pub on: Option<String>,
    /// At which moment of the command.
    #[serde(default)]
    pub at: Moment,
    /// How often it happens before the rule is spent; for ever when left out.
    #[serde(default)]
    pub times: Option<u32>,
    /// How likely it is each time, 0 to 1.
    #[serde(default = "always")]
    pub chance: f64,
}

/// A moment in the life of a command.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// It was read.
    #[default]
    Command,
    /// It is about to ask for a text.
    Prompt,
    /// Ctrl-Z has come, and nothing is on the air yet.
    Text,
    /// The network has the message, and the DTE does not know it yet.
    Taken,
    /// All of the answer is ready but its final result code.
    Final,
}

/// A rule that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    /// Faults of a command or a line cannot happen by themselves.
    #[error("this fault cannot happen on \"now\" or \"boot\"")]
    Occasion,
    /// A chance is a number from 0 to 1.
    #[error("\"chance\" is not a number from 0 to 1")]
    Chance,
    /// A pace of nothing a second.
    #[error("\"baud\" and \"per_second\" begin at 1")]
    Pace,
}

/// What may be befallen by a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion<'a> {
    Command(&'a str, Moment),
    /// A line that the modem says by itself.
    Line(&'a str),
    /// Something arrived and is about to be announced with this line.
    Arrival(&'a str),
    Boot,
}

fn always() -> f64 {
    1.0
}

impl FromStr for FaultRule {
    type Err = String;

    fn from_str(json: &str) -> Result<Self, String> {
        let rule: Self = serde_json::from_str(json).map_err(|error| error.to_string())?;
        rule.check().map_err(|error| error.to_string())?;
        Ok(rule)
    }
}

impl FaultRule {
    /// Whether it makes sense.
    pub fn check(&self) -> Result<(), BadRule> {
        if !(0.0..=1.0).contains(&self.chance) {
            return Err(BadRule::Chance);
        }
        if matches!(
            self.fault,
            Fault::LineSpeed { baud: 0 } | Fault::Babble { per_second: 0, .. }
        ) {
            return Err(BadRule::Pace);
        }
        let by_itself = matches!(self.on.as_deref(), Some(NOW | BOOT));
        if by_itself && !self.fault.stands_alone() {
            return Err(BadRule::Occasion);
        }
        Ok(())
    }

    /// Whether its fault happens at once.
    pub(crate) fn is_now(&self) -> bool {
        self.on.as_deref() == Some(NOW)
    }

    fn fits(&self, occasion: Occasion<'_>) -> bool {
        let on = self.on.as_deref();
        match occasion {
            Occasion::Command(name, moment) => {
                self.at == moment
                    && !self.fault.is_of_lines()
                    && !self.fault.is_of_arrivals()
                    && on.is_none_or(|on| on == name)
            }
            // Faults that answers have too befall only the lines that the rule names.
            Occasion::Line(name) => match on {
                Some(on) => on == name && self.fault.can_befall_lines(),
                None => self.fault.is_of_lines(),
            },
            Occasion::Arrival(name) => {
                self.fault.is_of_arrivals() && on.is_none_or(|on| on == name)
            }
            Occasion::Boot => on == Some(BOOT),
        }
    }
}

impl Fault {
    /// Whether it can happen without a command or a line.
    fn stands_alone(&self) -> bool {
        matches!(
            self,
            Self::UrcInAnswer { .. }
                | Self::Garbage { .. }
                | Self::LineSpeed { .. }
                | Self::EchoBack
                | Self::Reboot { .. }
                | Self::Hang { .. }
                | Self::Babble { .. }
                | Self::ReferenceReset
                | Self::RoutingLost
                | Self::KeepsUnread
        )
    }

    fn is_of_lines(&self) -> bool {
        matches!(self, Self::SplitLine { .. } | Self::OpenQuote)
    }

    fn can_befall_lines(&self) -> bool {
        self.is_of_lines()
            || matches!(
                self,
                Self::NoAnswer | Self::DroppedByte { .. } | Self::Garbage { .. }
            )
    }

    fn is_of_arrivals(&self) -> bool {
        matches!(
            self,
            Self::EarlyAnnouncement { .. } | Self::WrongAnnouncement { .. } | Self::RoutedAndStored
        )
    }
}

/// The rules in force at one modem; the first one that fits wins.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<FaultRule>,
}

impl Faults {
    /// A rule beyond the bound is not taken.
    pub(crate) fn add(&mut self, rule: FaultRule) {
        if self.rules.len() < MOST {
            self.rules.push(rule);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// The fault that happens now, if any; a spent rule is forgotten.
    pub(crate) fn befall(&mut self, occasion: Occasion<'_>, rng: &mut StdRng) -> Option<Fault> {
        let index = self.rules.iter().position(|rule| {
            rule.fits(occasion)
                && rule.times != Some(0)
                && rng.random_bool(rule.chance.clamp(0.0, 1.0))
        })?;
        let rule = &mut self.rules[index];
        let fault = rule.fault.clone();
        if let Some(times) = &mut rule.times {
            *times -= 1;
            if *times == 0 {
                self.rules.remove(index);
            }
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    const CMGS: Occasion<'_> = Occasion::Command("+CMGS", Moment::Command);

    fn rule(json: &str) -> FaultRule {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_rule_befalls_its_command_so_many_times() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut faults = Faults::default();
        faults.add(rule(r#"{"fault":"cms","code":38,"on":"+CMGS","times":2}"#));
        let csq = Occasion::Command("+CSQ", Moment::Command);
        assert_eq!(faults.befall(csq, &mut rng), None);
        for left in [true, true, false] {
            let fault = faults.befall(CMGS, &mut rng);
            assert_eq!(fault, left.then_some(Fault::Cms { code: 38 }));
        }
    }

    #[test]
    fn chance_is_kept() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut faults = Faults::default();
        faults.add(rule(r#"{"fault":"no-answer","chance":0.25}"#));
        let hits = (0..4_000)
            .filter(|_| faults.befall(CMGS, &mut rng).is_some())
            .count();
        assert!((800..1_200).contains(&hits), "{hits}");
    }

    #[test]
    fn each_fault_has_its_occasions() {
        let fits = |json: &str, occasion| rule(json).fits(occasion);
        let dropped = r#"{"fault":"dropped-byte"}"#;
        assert!(fits(dropped, CMGS) && !fits(dropped, Occasion::Line("+CDS")));
        let dropped = r#"{"fault":"dropped-byte","on":"+CDS"}"#;
        assert!(!fits(dropped, CMGS) && fits(dropped, Occasion::Line("+CDS")));
        let split = r#"{"fault":"split-line","ms":5}"#;
        assert!(!fits(split, CMGS) && fits(split, Occasion::Line("+CMT")));
        let early = r#"{"fault":"early-announcement","ms":5}"#;
        assert!(fits(early, Occasion::Arrival("+CMTI")) && !fits(early, CMGS));
        let text = r#"{"fault":"reboot","on":"+CMGS","at":"text"}"#;
        assert!(!fits(text, CMGS) && fits(text, Occasion::Command("+CMGS", Moment::Text)));
        let boot = r#"{"fault":"reference-reset","on":"boot"}"#;
        assert!(fits(boot, Occasion::Boot) && !fits(boot, CMGS));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let check = |json: &str| rule(json).check();
        assert_eq!(check(r#"{"fault":"hang","on":"now"}"#), Ok(()));
        assert_eq!(
            check(r#"{"fault":"no-prompt","on":"now"}"#),
            Err(BadRule::Occasion)
        );
        assert_eq!(
            check(r#"{"fault":"error","chance":1.5}"#),
            Err(BadRule::Chance)
        );
        assert_eq!(
            check(r#"{"fault":"line-speed","baud":0,"on":"now"}"#),
            Err(BadRule::Pace)
        );
    }

    #[test]
    fn rules_have_a_bound() {
        let mut faults = Faults::default();
        for _ in 0..1_000 {
            faults.add(rule(r#"{"fault":"error"}"#));
        }
        assert_eq!(faults.rules.len(), MOST);
    }
}
