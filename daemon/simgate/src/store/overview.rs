//! How much of what there is, for whoever helps from afar.

use rusqlite::{Connection, params};

use super::{Store, StoreError, queue};
use crate::model::{Priority, State};

/// Messages whose states are counted, the newest: a store may hold millions, and each is read.
const LOOKED_AT: i64 = 100_000;

/// Counts of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Overview {
    /// All that wait, by priority.
    pub(crate) queued: [(Priority, u64); 3],
    /// The newest 100,000 messages of both directions, by state, without those of self-tests.
    pub(crate) newest: Vec<(State, u64)>,
}

impl Store {
    /// Counts messages.
    pub(crate) async fn overview(&self) -> Result<Overview, StoreError> {
        self.read(overview).await
    }
}

fn overview(reader: &Connection) -> Result<Overview, StoreError> {
    let counts = queue::count(reader)?;
    let queued = Priority::ALL.map(|priority| {
        (
            priority,
            u64::try_from(counts[priority as usize]).unwrap_or(0),
        )
    });
    let mut select = reader.prepare_cached(
        "SELECT state, count(*) FROM messages
         WHERE row > (SELECT max(row) FROM messages) - ?1 AND test = 0 GROUP BY state ORDER BY state",
    )?;
    let newest = select.query_map(params![LOOKED_AT], |row| {
        Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
    })?;
    Ok(Overview {
        queued,
        newest: newest.collect::<Result<_, _>>()?,
    })
}
