//! What an SMSC or a session says of a part, in the words that all carriers share, and in a form that
//! programs can compare.

use model::{Reason, ReasonCode, ReasonFamily, smsc_id};
use smpp::Doubt;
use store::{LateAnswer, Reference};

use crate::carriers::{CarrierRefusal, NotTaken, PartOutcome, RefusalClass};

/// What became of a part.
pub(super) fn outcome(outcome: smpp::Outcome) -> PartOutcome {
    match outcome {
        smpp::Outcome::Accepted { message_id } => PartOutcome::Accepted(reference(&message_id)),
        smpp::Outcome::Refused { status } => PartOutcome::Refused(CarrierRefusal {
            reason: reason(status),
            class: class(status),
            // An SMSC numbers each part by itself.
            by: None,
        }),
        smpp::Outcome::Throttled { status } => PartOutcome::Throttled(reason(status)),
        smpp::Outcome::NotSent => PartOutcome::NotTaken(Reason::new(
            ReasonCode::UplinkGone,
            "the bind went down before it was sent",
        )),
        smpp::Outcome::Uncertain { why } => PartOutcome::Uncertain {
            reason: doubt(why),
            numbered: false,
        },
    }
}

/// The answer to a part that was uncertain; none where it is none.
pub(super) fn late_answer(outcome: smpp::Outcome) -> Option<LateAnswer> {
    match outcome {
        smpp::Outcome::Accepted { message_id } => {
            Some(LateAnswer::Accepted(reference(&message_id)))
        }
        smpp::Outcome::Refused { status } | smpp::Outcome::Throttled { status } => {
            Some(LateAnswer::Refused(reason(status)))
        }
        smpp::Outcome::NotSent | smpp::Outcome::Uncertain { .. } => None,
    }
}

/// Why the session takes no part.
pub(super) fn not_taken(why: smpp::NotTaken) -> NotTaken {
    match why {
        smpp::NotTaken::Invalid(field) => {
            let detail = format!("{field} does not fit submit_sm");
            NotTaken::Unfit(Reason::new(ReasonCode::Encoding, detail))
        }
        busy => NotTaken::Busy(Reason::new(ReasonCode::UplinkBusy, busy.to_string())),
    }
}

fn reference(message_id: &str) -> Reference {
    match smsc_id::id_forms(message_id).into_iter().next() {
        Some(id) => Reference::Smsc(id),
        None => Reference::None,
    }
}

fn class(status: u32) -> RefusalClass {
    match smpp::classify(status) {
        smpp::Class::Recipient => RefusalClass::Recipient,
        smpp::Class::Message => RefusalClass::Message,
        // The session says itself that it is throttled.
        smpp::Class::Temporary | smpp::Class::Throttled => RefusalClass::Network,
        smpp::Class::Uplink => RefusalClass::Carrier,
        smpp::Class::Unknown => RefusalClass::Unknown,
    }
}

/// A `command_status` as a reason.
fn reason(status: u32) -> Reason {
    let detail = match smpp::command_status(status) {
        Some(known) => format!("{}: {}", known.name, known.meaning),
        None => "a status of the SMSC's own".to_owned(),
    };
    Reason::of(ReasonFamily::Smpp, format_args!("0x{status:02x}"), detail)
}

/// Why it is not known whether a part went out.
fn doubt(why: Doubt) -> Reason {
    match why {
        Doubt::ConnectionLost => Reason::new(
            ReasonCode::UplinkLost,
            "the connection went before the SMSC's answer; it may have been taken",
        ),
        Doubt::NoAnswer => Reason::new(
            ReasonCode::NoAnswer,
            "the SMSC gave no answer in time; it may have been taken",
        ),
        Doubt::Malformed => Reason::new(
            ReasonCode::UplinkGarbled,
            "the SMSC's answer cannot be read; it may have been taken",
        ),
    }
}
