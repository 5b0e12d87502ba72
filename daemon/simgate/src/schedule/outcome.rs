//! What follows from a refusal: retry, move to another SIM, or give up. One table.

use std::time::Duration;

use at::ErrorClass;
use modem::{Refusal, Uncertainty};

use crate::model::Reason;

/// What to do with a message whose part was refused, and with the SIM that refused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) message: Then,
    /// The SIM rests: it, not the message, is the likely cause.
    pub(crate) cool: bool,
}

/// What becomes of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// No SIM would do better.
    Fail,
    /// Any SIM, after a wait.
    Later(Duration),
    /// Another SIM at once.
    Elsewhere,
    /// It may be on the air: not sent again without evidence or policy.
    Uncertain,
}

/// Claims after which a message is failed. A network that refuses for hours is told apart from
/// one that refuses for minutes by the validity, which ends most messages before this does.
const MOST_ATTEMPTS: u16 = 20;
/// The same for errors of which nobody knows what they mean.
const MOST_UNKNOWN: u16 = 5;
/// SIMs (or modems) that may refuse one message before the message is taken for the cause.
const MOST_SIMS: u16 = 6;

const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_mins(15);

/// `attempts` counts the claims so far, this one included; `jitter` is from 0 to 1.
pub(crate) fn after_refusal(class: ErrorClass, attempts: u16, jitter: f64) -> Verdict {
    let later = Then::Later(back_off(attempts, jitter));
    match class {
        ErrorClass::Recipient | ErrorClass::Message => Verdict {
            message: Then::Fail,
            cool: false,
        },
        ErrorClass::Uncertain => Verdict {
            message: Then::Uncertain,
            cool: false,
        },
        ErrorClass::Network => Verdict {
            message: unless(attempts >= MOST_ATTEMPTS, later),
            cool: false,
        },
        ErrorClass::Unknown => Verdict {
            message: unless(attempts >= MOST_UNKNOWN, later),
            cool: false,
        },
        ErrorClass::Sim | ErrorClass::Modem | ErrorClass::Storage => Verdict {
            message: unless(attempts >= MOST_SIMS, Then::Elsewhere),
            cool: true,
        },
    }
}

fn unless(given_up: bool, then: Then) -> Then {
    if given_up { Then::Fail } else { then }
}

/// 5 s, 10 s, 20 s, … at most 15 minutes; up to a quarter more, so that a bank does not retry
/// in step.
pub(crate) fn back_off(attempts: u16, jitter: f64) -> Duration {
    let doublings = u32::from(attempts.saturating_sub(1)).min(16);
    let wait = FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT);
    wait.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0)
}

/// How long a SIM rests after its `failures`th refusal in a row: 30 s, doubled up to half an hour.
pub(crate) fn cooling(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(6);
    Duration::from_secs(30 << doublings).min(Duration::from_mins(30))
}

/// The stable name of a refusal.
fn code(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Cms(error) => format!("cms-{}", error.0),
        Refusal::Cme(error) => format!("cme-{}", error.0),
        Refusal::Final(_) => "at-error".to_owned(),
        Refusal::NoPrompt => "no-prompt".to_owned(),
        Refusal::NotReady => "modem-not-ready".to_owned(),
    }
}

/// A refusal as a reason.
pub(crate) fn reason(refusal: &Refusal) -> Reason {
    Reason::new(code(refusal), refusal.to_string())
}

/// Why it is not known whether a part went out, in a form that programs can compare.
pub(crate) fn doubt(why: &Uncertainty) -> Reason {
    match why {
        Uncertainty::Silence => Reason::new(
            "no-answer",
            "the modem gave no answer in time; it may have been sent",
        ),
        Uncertainty::Code(refusal) => reason(refusal),
        Uncertainty::PortClosed => Reason::new(
            "modem-gone",
            "the modem went away before its answer; it may have been sent",
        ),
        Uncertainty::Rebooted => Reason::new(
            "modem-reset",
            "the modem restarted before its answer; it may have been sent",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_recipient_is_tried_on_no_other_sim() {
        let verdict = after_refusal(ErrorClass::Recipient, 1, 0.5);
        assert_eq!(
            verdict,
            Verdict {
                message: Then::Fail,
                cool: false
            }
        );
    }

    #[test]
    fn a_barred_sim_rests_and_the_message_moves_on() {
        let verdict = after_refusal(ErrorClass::Sim, 1, 0.5);
        assert_eq!(
            verdict,
            Verdict {
                message: Then::Elsewhere,
                cool: true
            }
        );
        assert_eq!(
            after_refusal(ErrorClass::Sim, MOST_SIMS, 0.5).message,
            Then::Fail
        );
    }

    #[test]
    fn waits_grow_to_a_limit_and_never_shrink() {
        let waits: Vec<_> = (1..=30).map(|attempts| back_off(attempts, 0.0)).collect();
        assert_eq!(waits[0], FIRST_WAIT);
        assert_eq!(waits[29], LONGEST_WAIT);
        assert!(waits.is_sorted());
        assert_eq!(cooling(u32::MAX), Duration::from_mins(30));
    }
}
