//! How much of what there is, for whoever helps from afar.

use rusqlite::Connection;

use crate::StoreError;
use crate::machine::select::Select as _;
use crate::queue::lanes;
use crate::reading::Reading;
use crate::values::{RowExt as _, params};
use model::{Priority, State};

/// Messages whose states are counted, the newest: a store may hold millions, and each is read.
const LOOKED_AT: i64 = 100_000;

/// Counts of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// All that wait, by priority.
    pub queued: [(Priority, u64); 3],
    /// The newest 100,000 messages of both directions, by state, without those of self-tests.
    pub newest: Vec<(State, u64)>,
}

impl Reading {
    /// Counts messages.
    pub async fn overview(&self) -> Result<Overview, StoreError> {
        self.file.read(overview).await
    }
}

fn overview(reader: &Connection) -> Result<Overview, StoreError> {
    let counts = lanes::count(reader)?;
    let queued = Priority::ALL.map(|priority| {
        (
            priority,
            u64::try_from(counts[priority as usize]).unwrap_or(0),
        )
    });
    let sql = "SELECT state, count(*) FROM messages
         WHERE row > (SELECT max(row) FROM messages) - ?1 AND test = 0 GROUP BY state ORDER BY state";
    let newest = reader.readable(sql, params![LOOKED_AT], |row| {
        Ok((row.col(0)?, row.col::<i64>(1)?.unsigned_abs()))
    })?;
    Ok(Overview { queued, newest })
}
