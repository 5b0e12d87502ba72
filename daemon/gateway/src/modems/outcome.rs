//! What modems answer to a submit, in the words that all carriers share, and as reasons: for the store,
//! for programs, and for people.

use at::{CmeError, CmsError, ErrorClass};
use model::{Reason, ReasonCode, ReasonFamily};
use modem::{Refusal, Submitted, Uncertainty};
use store::{Reference, RefusedBy};
use tpdu::MessageRef;

use crate::carriers::{self, Class, Outcome};

/// What became of a part; `handed_over`: the modem had its PDU.
pub(crate) fn outcome(submitted: &Submitted, handed_over: bool) -> Outcome {
    match submitted {
        Submitted::Accepted(mr) => Outcome::Accepted(reference(Some(*mr))),
        Submitted::AcceptedUnnumbered => Outcome::Accepted(reference(None)),
        Submitted::Refused(Refusal::NotReady) => Outcome::modem_not_ready(),
        Submitted::Refused(refusal) => Outcome::Refused(carriers::Refusal {
            reason: refused(refusal),
            class: class(refusal),
            by: handed_over.then(|| refused_by(refusal)),
        }),
        Submitted::Uncertain(why) => Outcome::Uncertain {
            reason: doubt(why),
            numbered: matches!(why, Uncertainty::Code(_)),
        },
    }
}

pub(super) fn reference(mr: Option<MessageRef>) -> Reference {
    mr.map_or(Reference::None, |mr| Reference::Mr(mr.0))
}

/// A refusal as a reason.
pub(super) fn refused(refusal: &Refusal) -> Reason {
    let detail = refusal.to_string();
    match refusal {
        Refusal::Cms(error) => Reason::of(ReasonFamily::Cms, error.0, detail),
        Refusal::Cme(error) => Reason::of(ReasonFamily::Cme, error.0, detail),
        Refusal::Final(_) => Reason::new(ReasonCode::AtError, detail),
        Refusal::NoPrompt => Reason::new(ReasonCode::NoPrompt, detail),
        Refusal::NotReady => Reason::new(ReasonCode::ModemNotReady, detail),
    }
}

/// Why it is not known whether a part went out, in a form that programs can compare.
pub(super) fn doubt(why: &Uncertainty) -> Reason {
    match why {
        Uncertainty::Silence => Reason::new(
            ReasonCode::NoAnswer,
            "the modem gave no answer in time; it may have been sent",
        ),
        Uncertainty::Code(refusal) => refused(refusal),
        Uncertainty::PortClosed => carriers::modem_gone(),
        Uncertainty::Rebooted => Reason::new(
            ReasonCode::ModemReset,
            "the modem restarted before its answer; it may have been sent",
        ),
    }
}

/// What a refusal is about. The codes for a SIM tell more than that (TS 24.011 annex E.2): of barring
/// (8, 10) the SIM is likelier the cause, and what else the network refuses, it may refuse that
/// recipient from any SIM.
fn class(refusal: &Refusal) -> Class {
    if *refusal == Refusal::Cms(CmsError(1)) {
        return Class::Unassigned;
    }
    match refusal.class() {
        ErrorClass::Recipient => Class::Recipient,
        ErrorClass::Message => Class::Message,
        ErrorClass::Network => Class::Network,
        ErrorClass::Sim => of_sim(refusal),
        ErrorClass::Modem | ErrorClass::Storage => Class::Modem,
        ErrorClass::Uncertain => Class::Uncertain,
        ErrorClass::Unknown => Class::Unknown,
    }
}

fn of_sim(refusal: &Refusal) -> Class {
    match refusal {
        Refusal::Cms(CmsError(8 | 10)) => Class::Barred,
        Refusal::Cms(CmsError(257)) | Refusal::Cme(CmeError(56 | 62 | 132 | 133 | 177 | 257)) => {
            Class::CarrierOrRecipient
        }
        _ if refused_by(refusal) == RefusedBy::Network => Class::CarrierOrRecipient,
        _ => Class::Carrier,
    }
}

/// Who refused a part that the modem had taken. What reading or listing gives is above 255: what is
/// below answers a submit. Of that, the causes that only a service centre or a network has (TS
/// 24.011 annex E.2, TS 23.040 §9.2.3.22) were not given by the modem in its place.
fn refused_by(refusal: &Refusal) -> RefusedBy {
    match refusal {
        Refusal::Cms(CmsError(1 | 8 | 10 | 21 | 27..=30 | 50 | 69 | 128..=255)) => {
            RefusedBy::Network
        }
        Refusal::Cms(CmsError(1..=127)) => RefusedBy::Either,
        _ => RefusedBy::Modem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_recipient_may_be_the_cause_of_names_no_sim() {
        for code in [8, 10, 21, 28, 29, 50, 69, 193, 257] {
            assert_ne!(
                of_sim(&Refusal::Cms(CmsError(code))),
                Class::Carrier,
                "{code}"
            );
        }
        for code in [262, 310, 311, 313, 316, 330, 532, 770] {
            assert_eq!(
                of_sim(&Refusal::Cms(CmsError(code))),
                Class::Carrier,
                "{code}"
            );
        }
        assert_eq!(
            of_sim(&Refusal::Cme(CmeError(56))),
            Class::CarrierOrRecipient,
            "fixed dialling"
        );
        assert_eq!(of_sim(&Refusal::Cms(CmsError(8))), Class::Barred);
        assert_eq!(
            of_sim(&Refusal::Cms(CmsError(21))),
            Class::CarrierOrRecipient
        );
        assert_eq!(of_sim(&Refusal::Cme(CmeError(10))), Class::Carrier);
    }

    #[test]
    fn only_a_part_that_the_modem_had_may_have_used_a_number_up() {
        let refused = Submitted::Refused(Refusal::Cms(CmsError(38)));
        for (handed_over, by) in [(true, Some(RefusedBy::Either)), (false, None)] {
            let Outcome::Refused(refusal) = outcome(&refused, handed_over) else {
                panic!("it is refused");
            };
            assert_eq!((refusal.class, refusal.by), (Class::Network, by));
        }
    }
}
