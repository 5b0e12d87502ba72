//! What a failure tells of whose it was.

use crate::carriers::RefusalClass;

/// Whose failure it was, as far as the answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::schedule) enum Fault {
    /// Not there, locked, broken: the same for every recipient.
    Sim,
    /// Barred by the operator, as a rule for every recipient.
    Barred,
    /// Of the SIM or of the recipient: the network does not tell.
    Refused,
    Modem,
    /// Silence, or an answer that leaves open whether the part went out. Each costs a message
    /// its certainty.
    NoAnswer,
    /// Also what nobody knows the meaning of.
    Network,
}

impl Fault {
    /// None where the recipient or the message is the cause.
    pub(in crate::schedule) fn of(class: RefusalClass) -> Option<Self> {
        match class {
            RefusalClass::Recipient | RefusalClass::Unassigned | RefusalClass::Message => None,
            RefusalClass::Carrier => Some(Self::Sim),
            RefusalClass::Barred => Some(Self::Barred),
            RefusalClass::CarrierOrRecipient => Some(Self::Refused),
            RefusalClass::Modem => Some(Self::Modem),
            RefusalClass::Uncertain => Some(Self::NoAnswer),
            RefusalClass::Network | RefusalClass::Unknown => Some(Self::Network),
        }
    }

    /// Failures in a row, each with another recipient, that open the breaker.
    pub(super) fn needed(self) -> u32 {
        match self {
            // A barred SIM rests until another one shows that it is the recipient.
            Self::Sim | Self::Barred => 1,
            Self::Refused | Self::Modem | Self::NoAnswer => 3,
            // A network that is congested for a moment refuses a few in a row.
            Self::Network => 5,
        }
    }

    /// Another SIM that meets it too shows that the message is the cause.
    pub(in crate::schedule) fn may_be_the_messages(self) -> bool {
        match self {
            Self::Barred | Self::Refused | Self::Modem | Self::Network => true,
            Self::Sim | Self::NoAnswer => false,
        }
    }
}
