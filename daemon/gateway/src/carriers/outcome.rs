//! What became of a part, in words that SIMs and uplinks share.

use model::{Reason, ReasonCode};
use store::{Reference, RefusedBy};

/// What became of a part that a carrier was given, by what the scheduler does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartOutcome {
    /// The carrier has it, under this name: its report is awaited.
    Accepted(Reference),
    /// It was not sent, for a cause.
    Refused(CarrierRefusal),
    /// It was not sent, and neither the message nor the carrier is the cause.
    NotTaken(Reason),
    /// It was not sent, since that would have been too fast.
    Throttled(Reason),
    /// It may have gone out: not sent again without evidence or policy. `numbered`: the carrier tried,
    /// and says so, so that the part may have used a number up.
    Uncertain { reason: Reason, numbered: bool },
}

/// Why a carrier does not send a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierRefusal {
    pub reason: Reason,
    pub class: RefusalClass,
    /// Who refused a part of which the carrier had the octets, so that a number may be used up; none
    /// of what numbers nothing.
    pub by: Option<RefusedBy>,
}

/// What a refusal is about, as far as the answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalClass {
    /// The recipient, for good: no other carrier is tried.
    Recipient,
    /// The same, since no such number exists. Some modems say so of every number when they are at
    /// fault themselves (field notes A 8).
    Unassigned,
    /// The message, for good.
    Message,
    /// The carrier, whoever the recipient is: a SIM that is not there, locked or broken, an account
    /// that is not valid.
    Carrier,
    /// The SIM: barred by its operator, as a rule for every recipient.
    Barred,
    /// The SIM or the recipient: the network does not tell.
    CarrierOrRecipient,
    /// The SIM's modem.
    Modem,
    /// The network, or the SMSC: it cannot now.
    Network,
    /// It may have gone out all the same.
    Uncertain,
    /// The answer does not say.
    Unknown,
}

/// Why it is not known what became of a part whose modem is gone.
pub fn modem_gone() -> Reason {
    let detail = "the modem went away before its answer; it may have been sent";
    Reason::new(ReasonCode::ModemGone, detail)
}

impl PartOutcome {
    /// The modem does not take the part now.
    pub fn modem_not_ready() -> Self {
        Self::NotTaken(Reason::new(
            ReasonCode::ModemNotReady,
            "the modem is not ready",
        ))
    }
}
