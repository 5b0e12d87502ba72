//! The steps of an outbound message, and what they come to.

use crate::evidence::reference::{LateAnswer, Reference, RefusedBy};
use crate::evidence::settled::Settled;
use model::{Carrier, Iccid, Reason, RowId, SimHealth, State, Time};

/// One step of an outbound message. A step that no longer fits the message's state is
/// not applied, and says so.
#[derive(Clone, Debug)]
pub enum Step {
    /// `queued` to `sending`: one more attempt, and the part that is next is `sending`. The message
    /// has as many parts as this carrier makes of it.
    Claim {
        /// Where it has fallen back from, and why.
        fell_back: Option<String>,
        row: RowId,
        /// The part that the carrier has in hand. Where another one is next, the message stays
        /// `queued`: what it was chosen by is older than what the store has of it.
        part: u16,
        carrier: Carrier,
        parts: u16,
        at: Time,
    },
    /// A later part of a claimed message is about to be written to the modem.
    PartSending {
        row: RowId,
        part: u16,
        carrier: Carrier,
        at: Time,
    },
    /// The modem answered `+CMGS`, or the SMSC of an uplink `submit_sm_resp`.
    PartSent {
        row: RowId,
        part: u16,
        carrier: Carrier,
        reference: Reference,
        at: Time,
        last: bool,
    },
    /// No answer after Ctrl-Z: part and message are `uncertain`.
    PartUncertain {
        row: RowId,
        part: u16,
        carrier: Carrier,
        reason: Reason,
        /// The modem answered, so that it has used a TP-MR up.
        numbered: bool,
        at: Time,
        last: bool,
        /// When the message's policy decides, unless evidence does before.
        decide_at: Time,
    },
    /// A waiting message takes so many parts of a SIM, and not as many as it was thought to.
    Recount { row: RowId, parts: u16 },
    /// The answer to an `uncertain` part came late, or the acceptance of one that was refused.
    LateAnswer {
        row: RowId,
        part: u16,
        carrier: Carrier,
        /// It had been refused, and whether it is the last part.
        refused: Option<bool>,
        answer: LateAnswer,
        at: Time,
    },
    /// A SIM refused a part that its modem had taken: that may have used a TP-MR up.
    NumberSpent {
        row: RowId,
        part: u16,
        last: bool,
        iccid: Iccid,
        by: RefusedBy,
        at: Time,
    },
    /// Nobody tried it since its claim: that does not count as an attempt.
    NotTried { row: RowId },
    /// Refused for now: back to `queued`, due again at `due_at`, beginning
    /// with `part`.
    Requeue {
        row: RowId,
        part: u16,
        due_at: Time,
        reason: Reason,
        refused_by: Option<Carrier>,
        pinned: Option<Carrier>,
        at: Time,
    },
    /// This part, the rest and the message have failed.
    Fail {
        row: RowId,
        part: u16,
        reason: Reason,
        at: Time,
    },
    /// What the outcome, whose other steps follow in the same commit, says of the SIM. It has
    /// no message, so its result is that of a step without one.
    Health {
        iccid: Iccid,
        health: Box<SimHealth>,
    },
}

impl Step {
    /// Of the message; none where it is not about one.
    pub fn row(&self) -> Option<RowId> {
        match self {
            Self::Claim { row, .. }
            | Self::PartSending { row, .. }
            | Self::PartSent { row, .. }
            | Self::PartUncertain { row, .. }
            | Self::Recount { row, .. }
            | Self::LateAnswer { row, .. }
            | Self::NumberSpent { row, .. }
            | Self::NotTried { row }
            | Self::Requeue { row, .. }
            | Self::Fail { row, .. } => Some(*row),
            Self::Health { .. } => None,
        }
    }

    /// The SIM that the step tells something of: what its modem made of a part, from which its
    /// TP-MRs are counted, or how it fares. None for a step that takes the SIM's part in hand only.
    pub fn told_of(&self) -> Option<&Iccid> {
        match self {
            Self::PartSent { carrier, .. }
            | Self::PartUncertain { carrier, .. }
            | Self::LateAnswer { carrier, .. } => carrier.sim(),
            Self::NumberSpent { iccid, .. } | Self::Health { iccid, .. } => Some(iccid),
            Self::Claim { .. }
            | Self::PartSending { .. }
            | Self::Recount { .. }
            | Self::NotTried { .. }
            | Self::Requeue { .. }
            | Self::Fail { .. } => None,
        }
    }
}

/// What some steps did, one result a step, and the messages that were moved along with theirs.
#[derive(Debug)]
pub struct Progress {
    pub steps: Vec<Advanced>,
    /// Uncertain ones that a step's TP-MR or late answer settled, and those that a report has moved
    /// which came before the answer.
    pub settled: Vec<Settled>,
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advanced {
    /// False when the message was in another state than the step needs.
    pub applied: bool,
    /// The message's state now; `cancelled` when there is no such message.
    pub state: State,
}
