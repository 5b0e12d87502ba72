//! What a start makes of the clock: nobody knows how far it was moved while no daemon ran.

use std::time::Duration;

use rusqlite::OptionalExtension as _;

use super::last::LastSet;
use super::stages::ClockMove;
use crate::StoreError;
use crate::machine::writer::{Need, Tx};
use crate::upkeep::Upkeep;
use crate::values::{RowExt as _, params};
use model::{RowId, Time};

/// No back-off of a queued message is longer: a message whose turn is further away than this
/// waits for a clock that was set back while no daemon ran.
const LONGEST_WAIT: Duration = Duration::from_mins(35);

impl Upkeep {
    /// What a run before this one did not move to its end.
    pub async fn clock_move_left(&self) -> Result<Option<ClockMove>, StoreError> {
        self.file
            .read(|reader| Ok(LastSet::read(reader.prepare_cached(LastSet::SQL)?)?.left()))
            .await
    }

    /// What would wait longer than any wait is due now.
    pub async fn bound_waits(&self, now: Time) -> Result<(), StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| bound(tx, now))
            .await
    }

    /// The latest message, and when it was accepted or came in: by the clock of that time, or as it is
    /// since that was set.
    pub async fn latest(&self) -> Result<Option<(RowId, Time)>, StoreError> {
        let sql = "SELECT row, created_at FROM messages ORDER BY row DESC LIMIT 1";
        self.file
            .read(move |reader| {
                let mut select = reader.prepare_cached(sql)?;
                let found = select.query_row([], |row| Ok((row.col(0)?, row.col(1)?)));
                let set = LastSet::read(reader.prepare_cached(LastSet::SQL)?)?;
                Ok(found.optional()?.map(|(row, at)| (row, set.when(row, at))))
            })
            .await
    }
}

fn bound(tx: &mut Tx<'_>, now: Time) -> Result<(), StoreError> {
    let latest = now.after(LONGEST_WAIT);
    for sql in [
        // What the partial indexes are for stands here as it stands there.
        "UPDATE messages SET due_at = ?1 WHERE state = 1 AND paused = 0 AND due_at > ?2",
        "UPDATE messages SET due_at = ?1 WHERE state = 1 AND paused = 1 AND state IN (0, 1) AND due_at > ?2",
        "UPDATE deliveries SET next_at = ?1 WHERE state = 0 AND next_at > ?2",
        "UPDATE inbound_sets SET first_at = ?1 WHERE first_at > ?2",
    ] {
        tx.execute(sql, params![now, latest])?;
    }
    Ok(())
}
