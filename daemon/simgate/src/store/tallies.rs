//! What each SIM did, by the hour.

use rusqlite::params;

use super::StoreError;
use super::writer::Tx;
use crate::model::Time;

const HOUR_MS: i64 = 3600 * 1000;
/// Quotas of a month look back 31 days; people compare with the month before.
const KEPT_HOURS: i64 = 24 * 400;

/// What to add; what was handed over and then refused is taken off again.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    /// First parts handed over.
    pub(super) messages: i64,
    /// Parts handed over.
    pub(super) parts: i64,
    /// Messages of which the network took every part.
    pub(super) sent: i64,
    pub(super) failed: i64,
    pub(super) received: i64,
}

/// The hour of an instant, as the table counts them.
pub(super) fn hour(at: Time) -> i64 {
    at.0.div_euclid(HOUR_MS)
}

/// Adds to a SIM's hour.
pub(super) fn add(tx: &Tx<'_>, iccid: &str, at: Time, tally: Tally) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO tallies (iccid, hour, messages, parts, sent, failed, received)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (iccid, hour) DO UPDATE SET
             messages = messages + excluded.messages, parts = parts + excluded.parts,
             sent = sent + excluded.sent, failed = failed + excluded.failed,
             received = received + excluded.received",
        params![
            iccid,
            hour(at),
            tally.messages,
            tally.parts,
            tally.sent,
            tally.failed,
            tally.received
        ],
    )?;
    Ok(())
}

/// Forgets what no quota and no statistic looks at. Steps from carrier to carrier in the table's
/// order: the whole table is long.
pub(super) fn prune(tx: &Tx<'_>, now: Time) -> Result<(), StoreError> {
    let before = hour(now) - KEPT_HOURS;
    let mut next = tx.prepare("SELECT min(iccid) FROM tallies WHERE iccid > ?1")?;
    let mut carrier = String::new();
    while let Some(after) = next.query_row([&carrier], |row| row.get::<_, Option<String>>(0))? {
        tx.execute(
            "DELETE FROM tallies WHERE iccid = ?1 AND hour < ?2",
            params![after, before],
        )?;
        carrier = after;
    }
    Ok(())
}
