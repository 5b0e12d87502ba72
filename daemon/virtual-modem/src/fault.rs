//! Misbehaviour on demand: what a modem can be told to do wrong, and when.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

/// One thing that goes wrong. In JSON: `{"fault": "cms", "code": 38}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    /// The command is carried out (an SMS does go out) and never answered.
    NoAnswer,
    /// The command is carried out and answered this much too late; until then the modem hangs.
    LateAnswer {
        /// Milliseconds beyond the answer's own time.
        ms: u64,
    },
    /// The command is not carried out and never answered.
    Ignored,
    /// `+CMS ERROR: <code>` instead; the command is not carried out.
    Cms {
        /// TS 27.005 clause 3.2.5.
        code: u16,
    },
    /// `+CME ERROR: <code>` instead; the command is not carried out.
    Cme {
        /// TS 27.007 clause 9.2.
        code: u16,
    },
    /// Plain `ERROR` instead; the command is not carried out.
    Error,
    /// The prompt is swallowed, though the modem takes the message text from then on.
    NoPrompt,
    /// This line as an unsolicited result code before the first line of the answer,
    /// and between Ctrl-Z and `+CMGS`.
    UrcInAnswer {
        /// Without CR and LF.
        line: String,
    },
    /// These characters, raw, before the answer.
    Garbage {
        /// One octet for each character (ISO 8859-1).
        bytes: String,
    },
    /// One octet of the answer is lost.
    DroppedByte,
    /// The answer leaves at this pace, an octet at a time.
    Slow {
        /// Microseconds for each octet; 87 is a line at 115,200 baud.
        us_per_octet: u64,
    },
    /// The modem restarts instead of answering.
    Reboot,
    /// TP-MR starts again at 0 with this submit.
    ReferenceReset,
}

/// A fault with its occasion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultRule {
    /// What goes wrong.
    #[serde(flatten)]
    pub fault: Fault,
    /// The command that it befalls, upper case with its prefix (`+CMGS`); every command when left out.
    #[serde(default)]
    pub on: Option<String>,
    /// How often it happens before the rule is spent; for ever when left out.
    #[serde(default)]
    pub times: Option<u32>,
    /// How likely it is each time, 0 to 1.
    #[serde(default = "always")]
    pub chance: f64,
}

fn always() -> f64 {
    1.0
}

/// The rules in force at one modem; the first one that fits wins.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<FaultRule>,
}

impl Faults {
    pub(crate) fn add(&mut self, rule: FaultRule) {
        self.rules.push(rule);
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// The fault that befalls `command` now, if any; a spent rule is forgotten.
    pub(crate) fn befall(&mut self, command: &str, rng: &mut StdRng) -> Option<Fault> {
        let index = self.rules.iter().position(|rule| {
            rule.on.as_deref().is_none_or(|on| on == command)
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

impl Fault {
    /// How long the answer is held back beyond its own time.
    pub(crate) fn delay(&self) -> Duration {
        match self {
            Self::LateAnswer { ms } => Duration::from_millis(*ms),
            _ => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn rule(json: &str) -> FaultRule {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_rule_befalls_its_command_so_many_times() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut faults = Faults::default();
        faults.add(rule(r#"{"fault":"cms","code":38,"on":"+CMGS","times":2}"#));
        assert_eq!(faults.befall("+CSQ", &mut rng), None);
        assert_eq!(
            faults.befall("+CMGS", &mut rng),
            Some(Fault::Cms { code: 38 })
        );
        assert_eq!(
            faults.befall("+CMGS", &mut rng),
            Some(Fault::Cms { code: 38 })
        );
        assert_eq!(faults.befall("+CMGS", &mut rng), None);
    }

    #[test]
    fn chance_is_kept() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut faults = Faults::default();
        faults.add(rule(r#"{"fault":"no-answer","chance":0.25}"#));
        let hits = (0..4_000)
            .filter(|_| faults.befall("+CMGS", &mut rng).is_some())
            .count();
        assert!((800..1_200).contains(&hits), "{hits}");
    }
}
