//! A message's way through a SIM, step by step.

use modem::Iccid;

use crate::model::{Reason, RowId, State, Time};

use super::{Store, StoreError};

/// One step of an outbound message. A step that no longer fits the message's state is
/// not applied, and says so.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// `queued` to `sending`: one more attempt, and the part that is next is `sending`.
    Claim { row: RowId, iccid: Iccid, at: Time },
    /// A later part of a claimed message is about to be written to the modem.
    PartSending {
        row: RowId,
        part: u16,
        iccid: Iccid,
        at: Time,
    },
    /// The modem answered `+CMGS`. Also for an `uncertain` part whose answer came late.
    PartSent {
        row: RowId,
        part: u16,
        iccid: Iccid,
        /// None when the modem gave no number: no report can be matched then.
        mr: Option<u8>,
        at: Time,
        last: bool,
    },
    /// No answer after Ctrl-Z: part and message are `uncertain`.
    PartUncertain {
        row: RowId,
        part: u16,
        iccid: Iccid,
        reason: Reason,
        at: Time,
    },
    /// Refused for now: back to `queued`, due again at `due_at`, beginning with `part`.
    Requeue {
        row: RowId,
        part: u16,
        due_at: Time,
        reason: Reason,
        refused_by: Option<Iccid>,
        pinned: Option<Iccid>,
        at: Time,
    },
    /// This part, the rest and the message have failed.
    Fail {
        row: RowId,
        part: u16,
        reason: Reason,
        at: Time,
    },
    /// The validity ended while it was `queued` or `scheduled`.
    Expire { row: RowId, at: Time },
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Advanced {
    /// False when the message was in another state than the step needs.
    pub(crate) applied: bool,
    /// The message's state now; `cancelled` when there is no such message.
    pub(crate) state: State,
}

impl Store {
    /// Takes all the steps in order, in one transaction; one result a step.
    pub(crate) async fn advance(&self, _steps: Vec<Step>) -> Result<Vec<Advanced>, StoreError> {
        Err(StoreError::Closed)
    }
}
