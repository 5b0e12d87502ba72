//! Messages that were stored before there were statistics.

use crate::machine::writer::Tx;
use crate::tables::statistics::{Cells, Extent, counted, select_counted};
use crate::values::{RowExt as _, params, readable};
use crate::{StoreError, rows};
use model::RowId;

/// Counts the newest of those that are not counted; false when there are none.
pub(super) fn count(tx: &mut Tx<'_>, limit: usize) -> Result<bool, StoreError> {
    let extent = Extent::read(tx.reader())?;
    let uncounted = extent.uncounted;
    if uncounted == 0 {
        return Ok(false);
    }
    let last: Vec<RowId> = tx
        .prepare("SELECT row FROM messages WHERE row <= ?1 ORDER BY row DESC LIMIT ?2")?
        .query_map(params![uncounted, rows(limit)], |row| row.col(0))?
        .collect::<Result<_, _>>()?;
    if last.iter().any(|row| tx.collected.has(*row)) {
        // It changes in this very transaction. The next one will do.
        return Ok(true);
    }
    let left = match last.last() {
        Some(first) => {
            count_between(tx, first.0, &extent)?;
            first.0 - 1
        }
        None => 0,
    };
    tx.execute("UPDATE statistics_extent SET uncounted = ?1", [left])?;
    Ok(left > 0)
}

fn count_between(tx: &Tx<'_>, first: i64, extent: &Extent) -> Result<(), StoreError> {
    let last = extent.uncounted;
    // When they failed is told by their history alone.
    tx.execute(
        "UPDATE messages SET ended_at = (SELECT max(at) FROM history
             WHERE message = messages.row AND step IN ('failed', 'expired', 'report'))
         WHERE row BETWEEN ?1 AND ?2 AND state IN (5, 6, 7) AND ended_at IS NULL",
        [first, last],
    )?;
    let mut cells = Cells::default();
    let sql = concat!(select_counted!(), "WHERE row BETWEEN ?1 AND ?2");
    let mut select = tx.prepare(sql)?;
    for message in select.query_map([first, last], counted)? {
        if let Some(message) = readable(message)?.flatten() {
            cells.add(&message, 1);
        }
    }
    cells.write(tx, extent)
}
