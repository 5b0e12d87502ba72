//! Messages whose time has come: to be sent, or to be given up.

use serde_json::json;

use crate::StoreError;
use crate::columns::lane;
use crate::machine::select::{Select as _, both};
use crate::machine::writer::{Need, Tx};
use crate::queue::Queue;
use crate::tables::audit::{NewAudit, append_change, append_some_change};
use crate::tables::history::{self, Entry};
use crate::tables::outbound::Outbound;
use crate::values::{RowExt as _, params};
use model::{HistoryStep, Lane, MessageId, Reason, ReasonCode, RowId, State, Time};

/// Messages promoted in one transaction, so that a campaign at nine o'clock holds nobody up.
const PROMOTED: usize = 2000;

/// What became of a cancellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    Done,
    NotFound,
    /// Too late: it is in this state.
    Refused(State),
}

/// What became `queued` as its time had come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promoted {
    /// How many messages, those that are paused too.
    pub count: usize,
    /// The lanes that have more to send now, and from when on.
    pub lanes: Vec<(Lane, Time)>,
}

impl Queue {
    /// Makes `queued` what was `scheduled` until `now`, a bounded number at a time
    /// ([`Queue::next_due`] tells of the rest).
    pub async fn promote(&self, now: Time) -> Result<Promoted, StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| promote(tx, now))
            .await
    }

    /// Cancels a message that is `scheduled` or `queued`.
    pub async fn cancel(
        &self,
        id: MessageId,
        now: Time,
        audit: Option<NewAudit>,
    ) -> Result<Cancelled, StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| {
                let before = match cancel(tx, id, now)? {
                    Ok(before) => before,
                    Err(refused) => return Ok(refused),
                };
                let [before, after] =
                    [before, State::Cancelled].map(|state| json!({"state": state}));
                append_some_change(tx, audit.as_ref(), Some(&before), Some(&after))?;
                Ok(Cancelled::Done)
            })
            .await
    }

    /// The same for several, in one transaction; those that were.
    pub async fn cancel_all(
        &self,
        ids: Vec<MessageId>,
        now: Time,
        audit: NewAudit,
    ) -> Result<Vec<MessageId>, StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| {
                let mut cancelled = Vec::with_capacity(ids.len());
                for id in &ids {
                    // One that makes no sense is in the way of none of the others.
                    let message = Outbound::of_id_readable(tx, *id)?;
                    if let Some(message) = message
                        && cancel_one(tx, message, now)?.is_ok()
                    {
                        cancelled.push(*id);
                    }
                }
                if !cancelled.is_empty() {
                    let [before, after] =
                        [0, cancelled.len()].map(|count| json!({"cancelled": count}));
                    append_change(tx, &audit, Some(&before), Some(&after))?;
                }
                Ok(cancelled)
            })
            .await
    }

    /// Expires at most `limit` messages whose validity ended before or at `now`.
    pub async fn expire(
        &self,
        now: Time,
        limit: usize,
    ) -> Result<Vec<(MessageId, String)>, StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| expire_due(tx, now, limit))
            .await
    }
}

fn promote(tx: &mut Tx<'_>, now: Time) -> Result<Promoted, StoreError> {
    let sql =
        "SELECT row, priority, lane, due_at, paused FROM messages INDEXED BY messages_scheduled
        WHERE state = 0 AND due_at <= ?1
        ORDER BY due_at";
    let due: Vec<(RowId, Lane, Time, bool)> =
        tx.first_readable(PROMOTED, sql, params![now], |row| {
            let text: String = row.col(2)?;
            let lane = lane(row.col(1)?, &text)?;
            Ok((row.col(0)?, lane, row.col(3)?, row.col(4)?))
        })?;
    let count = due.len();
    let mut lanes: Vec<(Lane, Time)> = Vec::new();
    for (row, lane, due_at, paused) in due {
        let sql = "UPDATE messages SET state = ?2 WHERE row = ?1";
        tx.execute(sql, params![row, State::Queued])?;
        history::append(tx, row, &Entry::new(HistoryStep::Queued, now))?;
        if paused {
            continue;
        }
        tx.queued(lane.priority, 1);
        // In the order of `due_at`: the first of a lane is its earliest.
        if !lanes.iter().any(|(known, _)| *known == lane) {
            lanes.push((lane, due_at));
        }
    }
    Ok(Promoted { count, lanes })
}

/// Gives the state in which it waited, or why it is not cancelled.
fn cancel(
    tx: &mut Tx<'_>,
    id: MessageId,
    now: Time,
) -> Result<Result<State, Cancelled>, StoreError> {
    match Outbound::of_id(tx, id)? {
        Some(message) => cancel_one(tx, message, now),
        None => Ok(Err(Cancelled::NotFound)),
    }
}

fn cancel_one(
    tx: &mut Tx<'_>,
    mut message: Outbound,
    now: Time,
) -> Result<Result<State, Cancelled>, StoreError> {
    let before = message.state;
    if !matches!(before, State::Scheduled | State::Queued) {
        return Ok(Err(Cancelled::Refused(before)));
    }
    message.end(tx, State::Cancelled, None, now)?;
    message.tell(tx, &Entry::new(HistoryStep::Cancelled, now))?;
    Ok(Ok(before))
}

fn expire_due(
    tx: &mut Tx<'_>,
    now: Time,
    limit: usize,
) -> Result<Vec<(MessageId, String)>, StoreError> {
    let sql = "SELECT row, id FROM messages INDEXED BY messages_expiring
        WHERE state IN (0, 1) AND expires_at <= ?1
        ORDER BY expires_at";
    let due: Vec<(RowId, MessageId)> = tx.first_readable(limit, sql, params![now], both)?;
    let mut expired = Vec::with_capacity(due.len());
    for (row, id) in due {
        let Some(mut message) = Outbound::load_readable(tx, row)? else {
            continue;
        };
        if expire(tx, &mut message, now)? {
            expired.push((id, message.to));
        }
    }
    Ok(expired)
}

/// Ends a message whose validity is over; false when it is no longer waiting.
fn expire(tx: &mut Tx<'_>, message: &mut Outbound, at: Time) -> Result<bool, StoreError> {
    if !matches!(message.state, State::Scheduled | State::Queued) {
        return Ok(false);
    }
    let reason = Reason::new(
        ReasonCode::Validity,
        "the validity period ended before it could be sent",
    );
    message.end(tx, State::Expired, Some(&reason), at)?;
    let detail = reason.told();
    message.tell(tx, &Entry::new(HistoryStep::Expired, at).saying(&detail))?;
    Ok(true)
}
