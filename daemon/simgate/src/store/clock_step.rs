//! The wall clock was set back: waits that were to be short must not become as long as the step.

use std::time::Duration;

use rusqlite::params;

use super::writer::{Need, Tx};
use super::{Store, StoreError};
use crate::model::Time;

/// No back-off of a queued message is longer: a message whose turn is further away than this
/// waits for a clock that was set back while no daemon ran.
pub(super) const LONGEST_WAIT: Duration = Duration::from_mins(35);

impl Store {
    /// The clock is `by` behind where it was: queued messages, posts and inbound parts keep what
    /// was left of their waits. What has a time of its own (`send_at`, the end of a validity) goes
    /// by the new clock.
    pub(crate) async fn set_back(&self, now: Time, by: Duration) -> Result<(), StoreError> {
        self.write(Need::Progress, move |tx| set_back(tx, now, by))
            .await
    }

    /// At a start, when nobody knows how far the clock was moved: what would wait longer than
    /// any wait is due now.
    pub(crate) async fn bound_waits(&self, now: Time) -> Result<(), StoreError> {
        self.write(Need::Progress, move |tx| bound(tx, now)).await
    }

    /// When the latest message was accepted or came in, by the clock of that time.
    pub(crate) async fn latest(&self) -> Result<Option<Time>, StoreError> {
        let sql = "SELECT created_at FROM messages ORDER BY row DESC LIMIT 1";
        self.read_queue(move |reader| {
            use rusqlite::OptionalExtension as _;
            let mut select = reader.prepare_cached(sql)?;
            Ok(select.query_row([], |row| row.get(0)).optional()?)
        })
        .await
    }
}

fn set_back(tx: &mut Tx<'_>, now: Time, by: Duration) -> Result<(), StoreError> {
    let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    // The literal 1 (`queued`) is what the partial index is for.
    for sql in [
        "UPDATE messages SET due_at = max(due_at - ?2, ?1) WHERE state = 1 AND due_at > ?1",
        "UPDATE callbacks SET next_at = max(next_at - ?2, ?1) WHERE next_at > ?1",
        "UPDATE inbound_sets SET first_at = first_at - ?2 WHERE first_at > ?1",
        "UPDATE doubts SET decide_at = max(decide_at - ?2, ?1)
         WHERE conclusion = 0 AND decide_at > ?1",
    ] {
        tx.execute(sql, params![now, by])?;
    }
    Ok(())
}

fn bound(tx: &mut Tx<'_>, now: Time) -> Result<(), StoreError> {
    let latest = now.after(LONGEST_WAIT);
    for sql in [
        "UPDATE messages SET due_at = ?1 WHERE state = 1 AND due_at > ?2",
        "UPDATE callbacks SET next_at = ?1 WHERE next_at > ?2",
        "UPDATE inbound_sets SET first_at = ?1 WHERE first_at > ?2",
    ] {
        tx.execute(sql, params![now, latest])?;
    }
    Ok(())
}
