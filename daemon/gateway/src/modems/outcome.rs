//! What modems answer to a submit, in the words that all carriers share, and as reasons: for the store,
//! for programs, and for people.

use at::{CmeError, CmsError, ErrorClass};
use model::{Reason, ReasonCode, ReasonFamily};
use modem::{SubmitRefusal, Submitted, Uncertainty};
use store::{Reference, RefusedBy};
use tpdu::MessageRef;

use crate::carriers::{self, PartOutcome, RefusalClass};

/// What became of a part; `handed_over`: the modem had its PDU.
pub(crate) fn outcome(submitted: &Submitted, handed_over: bool) -> PartOutcome {
    match submitted {
        Submitted::Accepted(mr) => PartOutcome::Accepted(reference(Some(*mr))),
        Submitted::AcceptedUnnumbered => PartOutcome::Accepted(reference(None)),
        Submitted::Refused(SubmitRefusal::NotReady) => PartOutcome::modem_not_ready(),
        Submitted::Refused(refusal) => PartOutcome::Refused(carriers::CarrierRefusal {
            reason: refused(refusal),
            class: class(refusal),
            by: handed_over.then(|| refused_by(refusal)),
        }),
        Submitted::Uncertain(why) => PartOutcome::Uncertain {
            reason: doubt(why),
            numbered: matches!(why, Uncertainty::Code(_)),
        },
    }
}

pub(super) fn reference(mr: Option<MessageRef>) -> Reference {
    mr.map_or(Reference::None, |mr| Reference::Mr(mr.0))
}

/// A refusal as a reason.
pub(super) fn refused(refusal: &SubmitRefusal) -> Reason {
    let detail = refusal.to_string();
    match refusal {
        SubmitRefusal::Cms(error) => Reason::of(ReasonFamily::Cms, error.0, detail),
        SubmitRefusal::Cme(error) => Reason::of(ReasonFamily::Cme, error.0, detail),
        SubmitRefusal::Final(_) => Reason::new(ReasonCode::AtError, detail),
        SubmitRefusal::NoPrompt => Reason::new(ReasonCode::NoPrompt, detail),
        SubmitRefusal::NotReady => Reason::new(ReasonCode::ModemNotReady, detail),
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
fn class(refusal: &SubmitRefusal) -> RefusalClass {
    if *refusal == SubmitRefusal::Cms(CmsError(1)) {
        return RefusalClass::Unassigned;
    }
    match refusal.class() {
        ErrorClass::Recipient => RefusalClass::Recipient,
        ErrorClass::Message => RefusalClass::Message,
        ErrorClass::Network => RefusalClass::Network,
        ErrorClass::Sim => of_sim(refusal),
        ErrorClass::Modem | ErrorClass::Storage => RefusalClass::Modem,
        ErrorClass::Uncertain => RefusalClass::Uncertain,
        ErrorClass::Unknown => RefusalClass::Unknown,
    }
}

fn of_sim(refusal: &SubmitRefusal) -> RefusalClass {
    match refusal {
        SubmitRefusal::Cms(CmsError(8 | 10)) => RefusalClass::Barred,
        SubmitRefusal::Cms(CmsError(257))
        | SubmitRefusal::Cme(CmeError(56 | 62 | 132 | 133 | 177 | 257)) => {
            RefusalClass::CarrierOrRecipient
        }
        _ if refused_by(refusal) == RefusedBy::Network => RefusalClass::CarrierOrRecipient,
        _ => RefusalClass::Carrier,
    }
}

/// Who refused a part that the modem had taken. What reading or listing gives is above 255: what is
/// below answers a submit. Of that, the causes that only a service centre or a network has (TS
/// 24.011 annex E.2, TS 23.040 §9.2.3.22) were not given by the modem in its place.
fn refused_by(refusal: &SubmitRefusal) -> RefusedBy {
    match refusal {
        SubmitRefusal::Cms(CmsError(1 | 8 | 10 | 21 | 27..=30 | 50 | 69 | 128..=255)) => {
            RefusedBy::Network
        }
        SubmitRefusal::Cms(CmsError(1..=127)) => RefusedBy::Either,
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
                of_sim(&SubmitRefusal::Cms(CmsError(code))),
                RefusalClass::Carrier,
                "{code}"
            );
        }
        for code in [262, 310, 311, 313, 316, 330, 532, 770] {
            assert_eq!(
                of_sim(&SubmitRefusal::Cms(CmsError(code))),
                RefusalClass::Carrier,
                "{code}"
            );
        }
        assert_eq!(
            of_sim(&SubmitRefusal::Cme(CmeError(56))),
            RefusalClass::CarrierOrRecipient,
            "fixed dialling"
        );
        assert_eq!(
            of_sim(&SubmitRefusal::Cms(CmsError(8))),
            RefusalClass::Barred
        );
        assert_eq!(
            of_sim(&SubmitRefusal::Cms(CmsError(21))),
            RefusalClass::CarrierOrRecipient
        );
        assert_eq!(
            of_sim(&SubmitRefusal::Cme(CmeError(10))),
            RefusalClass::Carrier
        );
    }

    #[test]
    fn only_a_part_that_the_modem_had_may_have_used_a_number_up() {
        let refused = Submitted::Refused(SubmitRefusal::Cms(CmsError(38)));
        for (handed_over, by) in [(true, Some(RefusedBy::Either)), (false, None)] {
            let PartOutcome::Refused(refusal) = outcome(&refused, handed_over) else {
                panic!("it is refused");
            };
            assert_eq!((refusal.class, refusal.by), (RefusalClass::Network, by));
        }
    }
}
