//! How far back the statistics reach, and where their days begin.

use crate::StoreError;
use crate::machine::writer::Tx;
use crate::tables::statistics::Level;
use crate::tables::tallies::hour;
use crate::values::{RowExt as _, params};
use model::Time;
use rusqlite::OptionalExtension as _;

/// Hours are kept for so many days: a quarter of a year, hour by hour.
pub(crate) const HOURS_KEPT_DAYS: i64 = 90;
/// Days are kept for three years: each can be compared with the one of the year before.
pub(crate) const DAYS_KEPT_DAYS: i64 = 3 * 366;
/// Rows deleted in one transaction.
const STEP: u32 = 500;

/// Sets where days begin that are still to come, and at first those of before too.
pub(super) fn set_days(tx: &Tx<'_>, starts: &[i64], now: Time) -> Result<(), StoreError> {
    let counted: Option<i64> = tx
        .prepare("SELECT max(hour) FROM statistics WHERE level = ?1 AND kind = 1")?
        .query_row(params![Level::Hour], |row| row.col(0))?;
    let counted = counted.unwrap_or(i64::MIN);
    tx.execute("DELETE FROM statistics_days WHERE hour > ?1", [counted])?;
    for start in starts.iter().filter(|start| **start > counted) {
        tx.execute(
            "INSERT OR IGNORE INTO statistics_days (hour) VALUES (?1)",
            [start],
        )?;
    }
    // A clock that is ahead must not take hours away.
    let newest: Option<Time> = tx
        .prepare("SELECT created_at FROM messages ORDER BY row DESC LIMIT 1")?
        .query_row([], |row| row.col(0))
        .optional()?;
    drop_hours(tx, newest.map_or(now, |newest| newest.min(now)))
}

/// Of what is older than hours are kept, days alone are, as far as those are summed up.
fn drop_hours(tx: &Tx<'_>, now: Time) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE statistics_extent SET hours = max(hours, day), altered = max(altered, day - 1)
         FROM (SELECT max(hour) AS day FROM statistics_days WHERE hour <= ?1) WHERE day <= summed",
        [hour(now) - HOURS_KEPT_DAYS * 24],
    )?;
    Ok(())
}

/// Forgets what has served its time, some of it.
pub(crate) fn prune(tx: &Tx<'_>, now: Time) -> Result<(), StoreError> {
    drop_hours(tx, now)?;
    let hours: i64 = tx
        .prepare("SELECT hours FROM statistics_extent")?
        .query_row([], |row| row.col(0))?;
    let days = hour(now) - DAYS_KEPT_DAYS * 24;
    for (level, before) in [(Level::Hour, hours), (Level::Day, days)] {
        tx.execute(
            "DELETE FROM statistics WHERE (level, kind, hour, name) IN (
                 SELECT level, kind, hour, name FROM statistics
                 WHERE level = ?1 AND kind IN (0, 1, 2) AND hour < ?2 LIMIT ?3)",
            params![level, before, STEP],
        )?;
    }
    tx.execute("DELETE FROM statistics_days WHERE hour < ?1", [days])?;
    Ok(())
}
