//! What follows from a refusal: retry, move to another carrier, or give up. One table.

use std::fmt;
use std::time::Duration;

use crate::carriers::RefusalClass;
use model::Backoff;

/// What becomes of a message of which a part was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// No other carrier would do better.
    Fail,
    /// Any carrier, after a wait.
    Later(Duration),
    /// Another carrier at once.
    Elsewhere,
    /// It may be on the air: not sent again without evidence or policy.
    Uncertain,
}

impl fmt::Display for Then {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fail => f.write_str("given up"),
            Self::Later(wait) => write!(f, "tried again in {} s", wait.as_secs()),
            Self::Elsewhere => f.write_str("goes another way"),
            Self::Uncertain => f.write_str("may have gone out all the same"),
        }
    }
}

/// Claims after which a message is failed. A network that refuses for hours is told apart from
/// one that refuses for minutes by the validity, which ends most messages before this does.
const MOST_ATTEMPTS: u16 = 20;
/// The same for errors of which nobody knows what they mean.
const MOST_UNKNOWN: u16 = 5;
/// Carriers that may refuse one message before the message is taken for the cause.
const MOST_CARRIERS: u16 = 6;

const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(5),
    longest: Duration::from_mins(15),
};

/// `attempts` counts the claims so far, this one included; `alone` = no other carrier could have
/// it; `jitter` is from 0 to 1. What it means for the carrier is said elsewhere.
pub(super) fn after_refusal(class: RefusalClass, attempts: u16, alone: bool, jitter: f64) -> Then {
    let later = Then::Later(BACKOFF.spread(attempts.into(), jitter));
    match class {
        RefusalClass::Recipient | RefusalClass::Unassigned | RefusalClass::Message => Then::Fail,
        RefusalClass::Uncertain => Then::Uncertain,
        RefusalClass::Network => unless(attempts >= MOST_ATTEMPTS, later),
        RefusalClass::Unknown => unless(attempts >= MOST_UNKNOWN, later),
        RefusalClass::Carrier
        | RefusalClass::Barred
        | RefusalClass::CarrierOrRecipient
        | RefusalClass::Modem => {
            if alone {
                // One alone cannot show that it is the message: as with the network.
                unless(attempts >= MOST_ATTEMPTS, later)
            } else {
                unless(attempts >= MOST_CARRIERS, Then::Elsewhere)
            }
        }
    }
}

fn unless(given_up: bool, then: Then) -> Then {
    if given_up { Then::Fail } else { then }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_recipient_is_tried_on_no_other_sim() {
        for alone in [true, false] {
            let then = after_refusal(RefusalClass::Recipient, 1, alone, 0.5);
            assert_eq!(then, Then::Fail);
        }
    }

    #[test]
    fn a_message_moves_on_from_a_barred_sim_and_waits_where_there_is_no_other() {
        let then = |attempts, alone| after_refusal(RefusalClass::Barred, attempts, alone, 0.5);
        assert_eq!(then(1, false), Then::Elsewhere);
        assert_eq!(then(MOST_CARRIERS, false), Then::Fail);
        assert!(matches!(then(1, true), Then::Later(_)));
        assert!(matches!(then(MOST_CARRIERS, true), Then::Later(_)));
        assert_eq!(then(MOST_ATTEMPTS, true), Then::Fail);
    }

    #[test]
    fn waits_grow_to_a_limit_and_never_shrink() {
        let waits: Vec<_> = (1..=30)
            .map(|attempts| BACKOFF.spread(attempts, 0.0))
            .collect();
        assert_eq!(waits[0], BACKOFF.first);
        assert_eq!(waits[29], BACKOFF.longest);
        assert!(waits.is_sorted());
    }
}
