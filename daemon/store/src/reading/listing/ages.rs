//! Rows by the time at which their messages were created.

use rusqlite::Connection;

use super::Looks;
use crate::StoreError;
use crate::machine::select::{Select as _, only};
use crate::values::params;
use model::Time;

/// Rows of a block of the table `ages`, as a power of two.
pub(crate) const BLOCK: u32 = 8;

/// Passes over the blocks that have no message of a span of time. What it lets through is still
/// to be looked at.
pub(super) struct Ages {
    since: Time,
    until: Time,
    /// Of rows above nothing is known yet.
    upto: i64,
    /// A block that may have some.
    block: Option<i64>,
}

impl Ages {
    pub(super) fn new(since: Option<Time>, until: Option<Time>, upto: i64) -> Self {
        Self {
            since: since.unwrap_or(Time(i64::MIN)),
            until: until.unwrap_or(Time(i64::MAX)),
            upto,
            block: None,
        }
    }

    pub(super) fn has(&self, at: Time) -> bool {
        self.since <= at && at < self.until
    }

    /// The newest row from `row` down that may be of that span.
    pub(super) fn at_or_below(
        &mut self,
        reader: &Connection,
        row: i64,
        looks: &mut Looks,
    ) -> Result<Option<i64>, StoreError> {
        let block = row >> BLOCK;
        if row > self.upto || self.block == Some(block) {
            return Ok(Some(row));
        }
        looks.spend(8);
        let sql = "SELECT block FROM ages WHERE block <= ?1 AND newest >= ?2 AND oldest < ?3
            ORDER BY block DESC LIMIT 1";
        self.block = reader.first(sql, params![block, self.since, self.until], only)?;
        let top = |found: i64| (found << BLOCK) | ((1 << BLOCK) - 1);
        Ok(self.block.map(|found| top(found).min(row)))
    }
}
