//! What the scheduler goes by, as people ask for it: its own reader is for its work alone.

use rusqlite::{Connection, OptionalExtension as _};

use crate::StoreError;
use crate::columns::lane;
use crate::queue::scan::queued;
use crate::reading::Reading;
use crate::tables::talks;
use crate::values::{RowExt as _, params, readable};
use model::{Carrier, Iccid, Queued, RouteIndex, RowId};

impl Reading {
    /// Those of these messages that are still `queued`, and not paused.
    pub async fn queued(&self, rows: Vec<RowId>) -> Result<Vec<Queued>, StoreError> {
        let read = move |reader: &Connection| {
            let sql = "SELECT * FROM messages NOT INDEXED WHERE row = ?1 AND state = 1
                 AND paused = 0";
            let mut select = reader.prepare_cached(sql)?;
            let mut found = Vec::with_capacity(rows.len());
            for row in rows {
                let one = select.query_row(params![row], |row| {
                    let text: String = row.col("lane")?;
                    queued(row, &lane(row.col("priority")?, &text)?, RouteIndex::ANY)
                });
                found.extend(readable(one.optional())?.flatten());
            }
            Ok(found)
        };
        self.file.read(read).await
    }

    /// How many messages are `queued` that may go by this carrier alone: it was asked for, or has their first parts.
    pub async fn bound_to(&self, carrier: &Carrier) -> Result<u64, StoreError> {
        let route = carrier.route();
        let pinned = carrier.clone();
        let bound = "(substr(lane, instr(lane, '|') + 1) = ?1 OR pinned = ?2)";
        let sql = format!(
            "SELECT (SELECT count(*) FROM messages INDEXED BY messages_queued
                 WHERE state = 1 AND paused = 0 AND {bound})
             + (SELECT count(*) FROM messages INDEXED BY messages_paused
                 WHERE state = 1 AND paused = 1 AND state IN (0, 1) AND {bound})"
        );
        self.file
            .read(move |reader| {
                let count: i64 =
                    reader.query_row(&sql, params![route, pinned], |row| row.col(0))?;
                Ok(u64::try_from(count).unwrap_or(0))
            })
            .await
    }

    /// The SIM that last talked to this number.
    pub async fn last_talked(&self, peer: &str) -> Result<Option<Iccid>, StoreError> {
        let peer = peer.to_owned();
        self.file
            .read(move |reader| Ok(talks::last(reader, &peer)?))
            .await
    }
}
