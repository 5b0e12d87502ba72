//! What happens to a message, step by step.

use crate::names::names;

names! {
    /// What happened to a message: a state, or what was learnt of it.
    HistoryStep as MessageStepName {
        /// It was taken from a client.
        Accepted = "accepted",
        /// It came in.
        Received = "received",
        /// The time that it was put off to has come.
        Queued = "queued",
        /// It is transactional, and goes to a recipient who asks for no messages.
        OptOutPassed = "opt-out-passed",
        /// Another target of its route carries it.
        FellBack = "fell-back",
        /// Its carrier needs another number of parts.
        Parts = "parts",
        /// A part was given to its carrier.
        Sending = "sending",
        /// A part is out.
        PartSent = "part-sent",
        /// A part was refused.
        Refused = "refused",
        /// It waits again, to be tried anew.
        Requeued = "requeued",
        /// It is not known whether a part went out.
        Uncertain = "uncertain",
        /// Evidence or a person says that the part went out.
        ConcludedSent = "concluded-sent",
        /// Evidence or a person says that the part did not go out.
        ConcludedNotSent = "concluded-not-sent",
        /// Nothing told, and the part is sent again.
        Resent = "resent",
        /// Nothing told, and the part stays in doubt.
        Held = "held",
        /// An answer came that had been given up.
        LateAnswer = "late-answer",
        /// By the SIM's count, a TP-MR had lost a digit on its way from the modem, and is not kept.
        Misread = "misread",
        /// A report of a part came.
        Report = "report",
        /// It is given up.
        Failed = "failed",
        /// Its validity has ended.
        Expired = "expired",
        /// Somebody has cancelled it.
        Cancelled = "cancelled",
        /// Somebody has paused it: it is given to no carrier before it is resumed.
        Paused = "paused",
        /// Somebody has let it go on.
        Resumed = "resumed",
    }
}
