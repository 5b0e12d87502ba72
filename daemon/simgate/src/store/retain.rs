//! Retention: what is over and old goes, in small steps.

use rusqlite::params;

use super::filter::id_at;
use super::writer::{Need, Tx};
use super::{Store, StoreError, index, replays, reports, rows, seen, tallies};
use crate::model::{RowId, State, Time};

impl Store {
    /// Deletes at most `limit` finished messages created before `before`, with all that
    /// belongs to them, and what else has served its time at `now`. How many messages went:
    /// `limit` means that there may be more.
    pub(crate) async fn retain(
        &self,
        before: Time,
        now: Time,
        limit: usize,
    ) -> Result<usize, StoreError> {
        self.write(Need::Progress, move |tx| retain(tx, before, now, limit))
            .await
    }
}

fn retain(tx: &mut Tx<'_>, before: Time, now: Time, limit: usize) -> Result<usize, StoreError> {
    // Identifiers rise with time: their index is the one by age. The latest row stays, so that no
    // row is ever given twice; those that are not indexed yet stay until they are.
    let old: Vec<RowId> = tx
        .prepare(
            "SELECT row FROM messages
             WHERE id < ?1 AND state NOT IN (?2, ?3, ?4, ?5)
                 AND row < (SELECT max(row) FROM messages) AND row <= (SELECT upto FROM indexed)
             ORDER BY id LIMIT ?6",
        )?
        .query_map(
            params![
                id_at(before),
                State::Scheduled,
                State::Queued,
                State::Sending,
                State::Uncertain,
                rows(limit)
            ],
            |row| row.get(0),
        )?
        .collect::<Result<_, _>>()?;
    for row in &old {
        index::remove(tx, row.0)?;
        tx.execute("DELETE FROM parts WHERE message = ?1", [row])?;
        tx.execute("DELETE FROM history WHERE message = ?1", [row])?;
        tx.execute("DELETE FROM messages WHERE row = ?1", [row])?;
    }
    replays::prune(tx, now)?;
    seen::prune(tx, now)?;
    reports::prune(tx, now)?;
    tallies::prune(tx, now)?;
    Ok(old.len())
}
