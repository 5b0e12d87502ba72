//! What a command in flight is for: every part's own commands, in one list.

use super::status::Poll;
use super::step::Step;
use super::{inbox, submit, ussd};

/// What a command is for. Its answer goes to the part that it names (`Engine::finish`).
#[derive(Debug)]
pub(super) enum Purpose {
    /// AT of a resynchronisation.
    Probe,
    /// `AT+CFUN=1,1`
    Restart,
    /// A step of set-up.
    Setup(Step),
    /// Of a message.
    Submit(submit::Purpose),
    /// Of what arrives.
    Inbox(inbox::Purpose),
    /// A status query.
    Poll(Poll),
    /// Of a USSD session.
    Ussd(ussd::Purpose),
    /// A command of an operator.
    Raw(u64),
}

impl Purpose {
    /// Whether it is `AT+CMGS` with its PDU.
    pub(super) fn is_message(&self) -> bool {
        matches!(self, Self::Submit(submit::Purpose::Message))
    }

    /// Whether writing the command twice does no harm, whatever became of the first.
    pub(super) fn is_harmless(&self) -> bool {
        match self {
            // The place may hold another message by then, and the acknowledgement be for another.
            Self::Inbox(inbox::Purpose::Delete(_) | inbox::Purpose::Acknowledge(_))
            | Self::Probe
            | Self::Ussd(_)
            | Self::Raw(_)
            | Self::Restart => false,
            Self::Setup(step) => *step != Step::Pin,
            // Before its PDU is written.
            Self::Submit(purpose) => !matches!(purpose, submit::Purpose::Escape { .. }),
            Self::Inbox(_) | Self::Poll(_) => true,
        }
    }
}
