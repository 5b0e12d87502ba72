//! What follows from a refusal: retry, move to another SIM, or give up. One table.

use std::fmt;
use std::time::Duration;

use at::{CmeError, CmsError, ErrorClass};
use modem::Refusal;

use super::breaker::Fault;
use model::Backoff;
use store::RefusedBy;

/// What becomes of a message of which a part was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// No SIM would do better.
    Fail,
    /// Any SIM, after a wait.
    Later(Duration),
    /// Another SIM at once.
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
/// SIMs (or modems) that may refuse one message before the message is taken for the cause.
const MOST_SIMS: u16 = 6;

const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(5),
    longest: Duration::from_mins(15),
};

/// `attempts` counts the claims so far, this one included; `alone` = no other SIM could carry
/// it; `jitter` is from 0 to 1. What it means for the SIM is the breaker's to say.
pub(super) fn after_refusal(class: ErrorClass, attempts: u16, alone: bool, jitter: f64) -> Then {
    let later = Then::Later(BACKOFF.spread(attempts.into(), jitter));
    match class {
        ErrorClass::Recipient | ErrorClass::Message => Then::Fail,
        ErrorClass::Uncertain => Then::Uncertain,
        ErrorClass::Network => unless(attempts >= MOST_ATTEMPTS, later),
        ErrorClass::Unknown => unless(attempts >= MOST_UNKNOWN, later),
        // One SIM alone cannot show that it is the message: as with the network.
        ErrorClass::Sim | ErrorClass::Modem | ErrorClass::Storage if alone => {
            unless(attempts >= MOST_ATTEMPTS, later)
        }
        ErrorClass::Sim | ErrorClass::Modem | ErrorClass::Storage => {
            unless(attempts >= MOST_SIMS, Then::Elsewhere)
        }
    }
}

/// The same for a `command_status` of an uplink's SMSC.
pub(super) fn after_status(class: smpp::Class, attempts: u16, alone: bool, jitter: f64) -> Then {
    let later = Then::Later(BACKOFF.spread(attempts.into(), jitter));
    match class {
        smpp::Class::Recipient | smpp::Class::Message => Then::Fail,
        smpp::Class::Throttled => later,
        smpp::Class::Temporary => unless(attempts >= MOST_ATTEMPTS, later),
        smpp::Class::Unknown => unless(attempts >= MOST_UNKNOWN, later),
        smpp::Class::Uplink if alone => unless(attempts >= MOST_ATTEMPTS, later),
        smpp::Class::Uplink => unless(attempts >= MOST_SIMS, Then::Elsewhere),
    }
}

fn unless(given_up: bool, then: Then) -> Then {
    if given_up { Then::Fail } else { then }
}

/// Who refused a part that the modem had taken. What reading or listing gives is above 255: what is
/// below answers a submit. Of that, the causes that only a service centre or a network has (TS
/// 24.011 annex E.2, TS 23.040 §9.2.3.22) were not given by the modem in its place.
pub(super) fn refused_by(refusal: &Refusal) -> RefusedBy {
    match refusal {
        Refusal::Cms(CmsError(1 | 8 | 10 | 21 | 27..=30 | 50 | 69 | 128..=255)) => {
            RefusedBy::Network
        }
        Refusal::Cms(CmsError(1..=127)) => RefusedBy::Either,
        _ => RefusedBy::Modem,
    }
}

/// Whose a refusal is that is a SIM's by its class. What the network refuses, it may refuse that
/// recipient from any SIM; of barring (TS 24.011 annex E.2: 8, 10) a SIM is likelier the cause.
pub(super) fn of_sim(refusal: &Refusal) -> Fault {
    match refusal {
        Refusal::Cms(CmsError(8 | 10)) => Fault::Barred,
        Refusal::Cms(CmsError(257)) | Refusal::Cme(CmeError(56 | 62 | 132 | 133 | 177 | 257)) => {
            Fault::Refused
        }
        _ if refused_by(refusal) == RefusedBy::Network => Fault::Refused,
        _ => Fault::Sim,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_recipient_is_tried_on_no_other_sim() {
        for alone in [true, false] {
            let then = after_refusal(ErrorClass::Recipient, 1, alone, 0.5);
            assert_eq!(then, Then::Fail);
        }
    }

    #[test]
    fn a_message_moves_on_from_a_barred_sim_and_waits_where_there_is_no_other() {
        let then = |attempts, alone| after_refusal(ErrorClass::Sim, attempts, alone, 0.5);
        assert_eq!(then(1, false), Then::Elsewhere);
        assert_eq!(then(MOST_SIMS, false), Then::Fail);
        assert!(matches!(then(1, true), Then::Later(_)));
        assert!(matches!(then(MOST_SIMS, true), Then::Later(_)));
        assert_eq!(then(MOST_ATTEMPTS, true), Then::Fail);
    }

    #[test]
    fn what_a_recipient_may_be_the_cause_of_names_no_sim() {
        for code in [8, 10, 21, 28, 29, 50, 69, 193, 257] {
            assert_ne!(of_sim(&Refusal::Cms(CmsError(code))), Fault::Sim, "{code}");
        }
        for code in [262, 310, 311, 313, 316, 330, 532, 770] {
            assert_eq!(of_sim(&Refusal::Cms(CmsError(code))), Fault::Sim, "{code}");
        }
        assert_eq!(
            of_sim(&Refusal::Cme(CmeError(56))),
            Fault::Refused,
            "fixed dialling"
        );
        assert_eq!(of_sim(&Refusal::Cms(CmsError(8))), Fault::Barred);
        assert_eq!(of_sim(&Refusal::Cms(CmsError(21))), Fault::Refused);
        assert_eq!(of_sim(&Refusal::Cme(CmeError(10))), Fault::Sim);
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
