//! State changes that are to be posted to the address that came with the message. The rows are
//! made by a trigger, in the commit that changes the state.

use rusqlite::params;

use super::columns::parsed;
use super::writer::Need;
use super::{Store, StoreError};
use crate::model::{Carrier, MessageId, Reason, RowId, State, Time};

/// A state change to be posted.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    pub(crate) row: RowId,
    pub(crate) url: String,
    pub(crate) id: MessageId,
    pub(crate) state: State,
    pub(crate) at: Time,
    pub(crate) reference: Option<String>,
    pub(crate) carrier: Option<Carrier>,
    pub(crate) reason: Option<Reason>,
    /// Attempts so far.
    pub(crate) attempts: u32,
}

impl Store {
    /// At most `limit` that are due, the first of each message only: the next one is posted
    /// when this one is done.
    pub(crate) async fn due_callbacks(
        &self,
        now: Time,
        limit: u32,
    ) -> Result<Vec<Callback>, StoreError> {
        let sql = "SELECT c.row, m.callback_url, m.id, c.state, c.at, m.reference, m.sim,
                       m.reason_code, m.reason_detail, c.attempts
                   FROM callbacks c JOIN messages m ON m.row = c.message
                   WHERE c.next_at <= ?1
                     AND NOT EXISTS (SELECT 1 FROM callbacks e
                                     WHERE e.message = c.message AND e.row < c.row)
                   ORDER BY c.next_at, c.row LIMIT ?2";
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![now, limit], |row| {
                let code: Option<String> = row.get(7)?;
                let detail: Option<String> = row.get(8)?;
                Ok(Callback {
                    row: row.get(0)?,
                    url: row.get(1)?,
                    id: row.get(2)?,
                    state: row.get(3)?,
                    at: row.get(4)?,
                    reference: row.get(5)?,
                    carrier: parsed(row, "sim")?,
                    reason: code.map(|code| Reason::new(code, detail.unwrap_or_default())),
                    attempts: row.get(9)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// When the next one is due; past when one is due now.
    pub(crate) async fn next_callback(&self) -> Result<Option<Time>, StoreError> {
        let sql = "SELECT min(next_at) FROM callbacks";
        self.read(move |connection| {
            Ok(connection
                .prepare_cached(sql)?
                .query_row([], |r| r.get(0))?)
        })
        .await
    }

    /// Posted, or given up.
    pub(crate) async fn callback_done(&self, row: RowId) -> Result<(), StoreError> {
        let sql = "DELETE FROM callbacks WHERE row = ?1";
        self.write(Need::Progress, move |tx| {
            tx.execute(sql, params![row]).map(|_| ())
        })
        .await
    }

    /// To be tried again at `next_at`.
    pub(crate) async fn callback_failed(
        &self,
        row: RowId,
        next_at: Time,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE callbacks SET attempts = attempts + 1, next_at = ?2 WHERE row = ?1";
        self.write(Need::Progress, move |tx| {
            tx.execute(sql, params![row, next_at]).map(|_| ())
        })
        .await
    }
}
