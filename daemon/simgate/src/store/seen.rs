//! Fingerprints of what came in: a redelivery after a crash is stored once.

use rusqlite::{OptionalExtension as _, params};

use super::StoreError;
use super::writer::Tx;
use crate::model::Time;

/// An SMSC tries for a few days; seven is what the field has found enough.
pub(super) const KEPT_MS: i64 = 7 * 24 * 3600 * 1000;

/// Remembers a fingerprint; false when it was known.
pub(super) fn remember(tx: &Tx<'_>, fingerprint: &[u8; 32], at: Time) -> Result<bool, StoreError> {
    let insert = "INSERT INTO seen (fingerprint, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    Ok(tx.execute(insert, params![fingerprint, at])? == 1)
}

/// After a session broke, an SMSC delivers again soon: later the same octets are another message.
const AGAIN_MS: i64 = 3600 * 1000;

/// Remembers a fingerprint of what has no time of its own: whether it came first a short while
/// ago, but before `until`.
pub(super) fn is_again(
    tx: &Tx<'_>,
    fingerprint: &[u8; 32],
    until: Time,
    at: Time,
) -> Result<bool, StoreError> {
    let mut select = tx.prepare("SELECT at FROM seen WHERE fingerprint = ?1")?;
    let first: Option<Time> = select
        .query_row([fingerprint], |row| row.get(0))
        .optional()?;
    let again = first.is_some_and(|first| first < until && first.0 >= at.0 - AGAIN_MS);
    if !again {
        tx.execute(
            "INSERT INTO seen (fingerprint, at) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET at = excluded.at",
            params![fingerprint, at],
        )?;
    }
    Ok(again)
}

/// Forgets those that are too old to come again.
pub(super) fn prune(tx: &Tx<'_>, now: Time) -> Result<(), StoreError> {
    tx.execute("DELETE FROM seen WHERE at < ?1", [now.0 - KEPT_MS])?;
    Ok(())
}
