//! Fingerprints of what came in: a redelivery after a crash is stored once.

use rusqlite::params;

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

/// Forgets those that are too old to come again.
pub(super) fn prune(tx: &Tx<'_>, now: Time) -> Result<(), StoreError> {
    tx.execute("DELETE FROM seen WHERE at < ?1", [now.0 - KEPT_MS])?;
    Ok(())
}
