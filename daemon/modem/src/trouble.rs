//! What went wrong with a modem, and what is done about it, for its owner to count.

/// What is done about a trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display)]
pub enum Remedy {
    /// The engine cancels the prompt that may be open and asks for a sign of life.
    #[strum(to_string = "it is asked for a sign of life")]
    Resync,
    /// The engine sets again what the modem has lost.
    #[strum(to_string = "what it has lost is set again")]
    SetAgain,
    /// The engine leaves the modem a pause, or a longer one, before each command.
    #[strum(to_string = "it gets longer pauses between commands")]
    Pause,
    /// The owner is asked for [`Input::Restart`](crate::Input::Restart), `Soft`.
    #[strum(to_string = "it is started anew")]
    Restart,
}

/// What went wrong. Each is told once for a command that failed, however long the recovery takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display)]
pub enum Trouble {
    /// A command was not answered within its deadline.
    #[strum(to_string = "a command was not answered")]
    NoAnswer,
    /// The modem gave no prompt for a PDU.
    #[strum(to_string = "no prompt for a message")]
    NoPrompt,
    /// No answer to a submit within its timer.
    #[strum(to_string = "no answer to a message")]
    NoOutcome,
    /// The modem has stopped telling what arrives.
    #[strum(to_string = "it has stopped telling what arrives")]
    RoutingLost,
    /// It lost a command that was written at once after it had said something (field notes A 39).
    #[strum(to_string = "it does not hear what comes at once after its answers")]
    Deaf,
    /// It refused the message after TP-MR 255, and will refuse all that follow until it starts
    /// anew (field notes A 8).
    #[strum(to_string = "it refuses messages after reference 255")]
    ReferenceStuck,
}
