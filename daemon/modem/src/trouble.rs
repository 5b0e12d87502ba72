//! What went wrong with a modem, and what is done about it, for its owner to count.

use std::fmt;

/// What is done about a trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// The engine cancels the prompt that may be open and asks for a sign of life.
    Resync,
    /// The engine sets again what the modem has lost.
    SetAgain,
    /// The engine leaves the modem a pause, or a longer one, before each command.
    Pause,
    /// The owner is asked for [`Input::Restart`](crate::Input::Restart), `Soft`.
    Restart,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resync => "it is asked for a sign of life",
            Self::Pause => "it gets longer pauses between commands",
            Self::SetAgain => "what it has lost is set again",
            Self::Restart => "it is started anew",
        })
    }
}

/// What went wrong. Each is told once for a command that failed, however long the recovery takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// A command was not answered within its deadline.
    NoAnswer,
    /// The modem gave no prompt for a PDU.
    NoPrompt,
    /// No answer to a submit within its timer.
    NoOutcome,
    /// The modem has stopped telling what arrives.
    RoutingLost,
    /// It lost a command that was written at once after it had said something (field notes A 39).
    Deaf,
    /// It refused the message after TP-MR 255, and will refuse all that follow until it starts
    /// anew (field notes A 8).
    ReferenceStuck,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAnswer => "a command was not answered",
            Self::NoPrompt => "no prompt for a message",
            Self::NoOutcome => "no answer to a message",
            Self::RoutingLost => "it has stopped telling what arrives",
            Self::Deaf => "it does not hear what comes at once after its answers",
            Self::ReferenceStuck => "it refuses messages after reference 255",
        })
    }
}
