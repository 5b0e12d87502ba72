//! What an SMSC or a session says of a part, in the words that all carriers share, and in a form that
//! programs can compare.

use model::{Reason, ReasonCode, ReasonFamily, smsc_id};
use smpp::Doubt;
use store::{Answer, Reference};

use crate::carriers::{Class, NotTaken, Outcome, Refusal};

/// What became of a part.
pub(super) fn outcome(outcome: smpp::Outcome) -> Outcome {
    match outcome {
        smpp::Outcome::Accepted { message_id } => Outcome::Accepted(reference(&message_id)),
        smpp::Outcome::Refused { status } => Outcome::Refused(Refusal {
            reason: reason(status),
            class: class(status),
            // An SMSC numbers each part by itself.
            by: None,
        }),
        smpp::Outcome::Throttled { status } => Outcome::Throttled(reason(status)),
        smpp::Outcome::NotSent => Outcome::NotTaken(Reason::new(
            ReasonCode::UplinkGone,
            "the bind went down before it was sent",
        )),
        smpp::Outcome::Uncertain { why } => Outcome::Uncertain {
            reason: doubt(why),
            numbered: false,
        },
    }
}

/// The answer to a part that was uncertain; none where it is none.
pub(super) fn late_answer(outcome: smpp::Outcome) -> Option<Answer> {
    match outcome {
        smpp::Outcome::Accepted { message_id } => Some(Answer::Accepted(reference(&message_id))),
        smpp::Outcome::Refused { status } | smpp::Outcome::Throttled { status } => {
            Some(Answer::Refused(reason(status)))
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

fn class(status: u32) -> Class {
    match smpp::classify(status) {
        smpp::Class::Recipient => Class::Recipient,
        smpp::Class::Message => Class::Message,
        // The session says itself that it is throttled.
        smpp::Class::Temporary | smpp::Class::Throttled => Class::Network,
        smpp::Class::Uplink => Class::Carrier,
        smpp::Class::Unknown => Class::Unknown,
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
