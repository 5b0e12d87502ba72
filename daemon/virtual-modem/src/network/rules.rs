//! What becomes of a submit: by its recipient's last digits, else by chance.

use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use rand::RngExt;
use rand::rngs::StdRng;

use crate::air::Verdict;
use crate::values::share;

/// Short message received by the SME (TS 23.040 clause 9.2.3.15).
pub(super) const DELIVERED: u8 = 0x00;
/// SM validity period expired.
const EXPIRED: u8 = 0x46;
/// Congestion, the service centre still trying.
const STILL_TRYING: u8 = 0x20;

/// What becomes of submits by chance.
#[derive(Debug, Clone, Default, Args)]
pub struct Outcomes {
    /// Share of the messages that the network refuses (cms-38=0.1), may be given several times
    // The first match wins.
    #[arg(long, value_name = "CODE=SHARE")]
    pub refuse: Vec<Refuse>,
    /// Share of the accepted messages that expire undelivered
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE")]
    pub undelivered: f64,
    /// Share of the accepted messages that are never reported
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE")]
    pub unreported: f64,
}

/// A share of the submits is refused so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Refuse {
    /// `+CMS ERROR: <code>`.
    pub code: u16,
    /// 0 to 1.
    pub share: f64,
}

impl FromStr for Refuse {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (code, part) = text
            .split_once('=')
            .ok_or("CODE=SHARE, such as cms-38=0.1")?;
        let code = code.strip_prefix("cms-").unwrap_or(code);
        Ok(Self {
            code: code.parse().map_err(|_| "a code such as cms-38")?,
            share: share(part)?,
        })
    }
}

/// What becomes of one submit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) verdict: Verdict,
    reports: ReportPlan,
    /// The report comes before the modem has its answer.
    pub(super) report_first: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReportPlan {
    Never,
    /// With this TP-ST, and this much later than usual.
    Once(u8, Duration),
    /// Still trying, then delivered this much later.
    TryingThenDelivered(Duration),
}

/// One status report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) after: Duration,
    pub(super) st: u8,
}

impl Default for Fate {
    fn default() -> Self {
        Self::taken(ReportPlan::Once(DELIVERED, Duration::ZERO))
    }
}

impl Fate {
    fn taken(reports: ReportPlan) -> Self {
        Self {
            verdict: Verdict::Accepted,
            reports,
            report_first: false,
        }
    }

    fn refused(code: u16) -> Self {
        let verdict = if code == 0 {
            Verdict::RefusedPlainly
        } else {
            Verdict::Refused(code)
        };
        Self {
            verdict,
            reports: ReportPlan::Never,
            report_first: false,
        }
    }

    fn with(self, verdict: Verdict) -> Self {
        Self { verdict, ..self }
    }

    /// Whether the network has the message.
    pub(super) fn is_taken(&self) -> bool {
        matches!(
            self.verdict,
            Verdict::Accepted | Verdict::AcceptedLate(_) | Verdict::AcceptedInSilence
        )
    }

    /// The reports that follow, when the usual one comes `after`.
    pub(super) fn reports(&self, after: Duration) -> Vec<Report> {
        let after = if self.report_first {
            Duration::ZERO
        } else {
            after
        };
        match self.reports {
            ReportPlan::Never => Vec::new(),
            ReportPlan::Once(st, later) => vec![Report {
                after: after + later,
                st,
            }],
            ReportPlan::TryingThenDelivered(later) => {
                vec![
                    Report {
                        after,
                        st: STILL_TRYING,
                    },
                    Report {
                        after: after + later,
                        st: DELIVERED,
                    },
                ]
            }
        }
    }
}

/// The fate of a recipient whose last six digits are `99KNNN`; `attempts` are the submits to it before.
///
/// | digits   | what happens |
/// |----------|--------------|
/// | `990NNN` | refused with `+CMS ERROR: NNN`; 000 is plain ERROR |
/// | `991NNN` | accepted; the report's TP-ST is NNN (0 to 255) |
/// | `992NNN` | accepted; never reported |
/// | `993NNN` | accepted; a report that the network still tries, delivered NNN seconds later |
/// | `994NNN` | the first submit is refused with `+CMS ERROR: NNN`, later ones are accepted |
/// | `995NNN` | accepted; the report comes NNN seconds later than usual |
/// | `996NNN` | accepted; the report comes before the modem's answer |
/// | `997NNN` | accepted; the modem's answer comes NNN seconds late, with 000 never |
/// | `998NNN` | lost on the air, and the modem never answers |
pub(super) fn of_number(to: &str, attempts: u32) -> Option<Fate> {
    let last = to.len().checked_sub(6).and_then(|start| to.get(start..))?;
    let kind = last.strip_prefix("99")?;
    let number: u16 = kind.get(1..)?.parse().ok()?;
    let seconds = Duration::from_secs(number.into());
    let fate = match kind.as_bytes().first()? {
        b'0' => Fate::refused(number),
        b'1' => Fate::taken(ReportPlan::Once(u8::try_from(number).ok()?, Duration::ZERO)),
        b'2' => Fate::taken(ReportPlan::Never),
        b'3' => Fate::taken(ReportPlan::TryingThenDelivered(seconds)),
        b'4' if attempts == 0 => Fate::refused(number),
        b'4' => Fate::default(),
        b'5' => Fate::taken(ReportPlan::Once(DELIVERED, seconds)),
        b'6' => Fate {
            report_first: true,
            ..Fate::default()
        },
        b'7' if number == 0 => Fate::default().with(Verdict::AcceptedInSilence),
        b'7' => Fate::default().with(Verdict::AcceptedLate(seconds)),
        b'8' => Fate::default().with(Verdict::LostInSilence),
        _ => return None,
    };
    Some(fate)
}

impl Outcomes {
    /// Draws the fate of one submit.
    pub(super) fn draw(&self, rng: &mut StdRng) -> Fate {
        for Refuse { code, share } in &self.refuse {
            if rng.random_bool(share.clamp(0.0, 1.0)) {
                return Fate::refused(*code);
            }
        }
        if self.undelivered > 0.0 && rng.random_bool(self.undelivered.clamp(0.0, 1.0)) {
            return Fate::taken(ReportPlan::Once(EXPIRED, Duration::ZERO));
        }
        if self.unreported > 0.0 && rng.random_bool(self.unreported.clamp(0.0, 1.0)) {
            return Fate::taken(ReportPlan::Never);
        }
        Fate::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digits_decide() {
        assert_eq!(of_number("+84901234567", 0), None);
        assert_eq!(of_number("99", 0), None);
        assert_eq!(
            of_number("+84901990038", 0).map(|fate| fate.verdict),
            Some(Verdict::Refused(38))
        );
        assert_eq!(
            of_number("+84901990000", 0).map(|fate| fate.verdict),
            Some(Verdict::RefusedPlainly)
        );
        assert_eq!(
            of_number("+84901994038", 0).map(|fate| fate.verdict),
            Some(Verdict::Refused(38))
        );
        assert_eq!(
            of_number("+84901994038", 1).map(|fate| fate.verdict),
            Some(Verdict::Accepted)
        );
        assert_eq!(
            of_number("+84901997000", 0).map(|fate| fate.verdict),
            Some(Verdict::AcceptedInSilence)
        );
        let reports = |to: &str| of_number(to, 0).unwrap().reports(Duration::from_secs(1));
        assert_eq!(
            reports("+84901991070"),
            [Report {
                after: Duration::from_secs(1),
                st: 70
            }]
        );
        assert_eq!(reports("+84901992000"), []);
        assert_eq!(
            reports("+84901993002")
                .iter()
                .map(|r| r.st)
                .collect::<Vec<_>>(),
            [0x20, 0]
        );
        assert_eq!(
            reports("+84901995004"),
            [Report {
                after: Duration::from_secs(5),
                st: 0
            }]
        );
    }
}
