//! Messages whose time has come: to be sent, or to be given up.

use serde_json::json;

use crate::columns::lane;
use crate::machine::select::{Select as _, both, only};
use crate::machine::writer::{Need, Tx};
use crate::queue::Queue;
use crate::tables::audit::{NewAudit, append_change, append_some_change};
use crate::tables::history::{self, Entry};
use crate::tables::outbound::Outbound;
use crate::values::{RowExt as _, params};
use crate::{StoreError, rows};
use model::{HistoryStep, Lane, MessageId, Priority, Reason, ReasonCode, RowId, State, Time};

/// Messages promoted in one transaction, so that a campaign at nine o'clock holds nobody up.
const PROMOTED: u32 = 2000;

/// What became of a cancellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    Done,
    NotFound,
    /// Too late: it is in this state.
    Refused(State),
}

impl Queue {
    /// Makes `queued` what was `scheduled` until `now`, a bounded number at a time
    /// ([`Queue::next_due`] tells of the rest); the lanes that have more now, and from when on.
    pub async fn promote(&self, now: Time) -> Result<Vec<(Lane, Time)>, StoreError> {
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
                    if cancel(tx, *id, now)?.is_ok() {
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

fn promote(tx: &mut Tx<'_>, now: Time) -> Result<Vec<(Lane, Time)>, StoreError> {
    let sql =
        "SELECT row, priority, lane, due_at, paused FROM messages INDEXED BY messages_scheduled
        WHERE state = 0 AND due_at <= ?1
        ORDER BY due_at LIMIT ?2";
    let due: Vec<(RowId, Priority, String, Time, bool)> =
        tx.all(sql, params![now, PROMOTED], |row| {
            let place = (row.col(0)?, row.col(1)?, row.col(2)?, row.col(3)?);
            Ok((place.0, place.1, place.2, place.3, row.col(4)?))
        })?;
    let mut lanes: Vec<(Lane, Time)> = Vec::new();
    for (row, priority, text, due_at, paused) in due {
        let sql = "UPDATE messages SET state = ?2 WHERE row = ?1";
        tx.execute(sql, params![row, State::Queued])?;
        history::append(tx, row, &Entry::new(HistoryStep::Queued, now))?;
        if paused {
            continue;
        }
        tx.queued(priority, 1);
        let lane = lane(priority, &text)?;
        // In the order of `due_at`: the first of a lane is its earliest.
        if !lanes.iter().any(|(known, _)| *known == lane) {
            lanes.push((lane, due_at));
        }
    }
    Ok(lanes)
}

/// Gives the state in which it waited, or why it is not cancelled.
fn cancel(
    tx: &mut Tx<'_>,
    id: MessageId,
    now: Time,
) -> Result<Result<State, Cancelled>, StoreError> {
    let row = tx.first("SELECT row FROM messages WHERE id = ?1", params![id], only)?;
    let message = row.map(|row| Outbound::load(tx, row)).transpose()?;
    let Some(mut message) = message.flatten() else {
        return Ok(Err(Cancelled::NotFound));
    };
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
        ORDER BY expires_at LIMIT ?2";
    let due: Vec<(RowId, MessageId)> = tx.all(sql, params![now, rows(limit)], both)?;
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
