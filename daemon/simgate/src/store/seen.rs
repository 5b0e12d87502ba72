//! Fingerprints of what came in: a redelivery after a crash is stored once.

use rusqlite::{OptionalExtension as _, params};

use super::StoreError;
use super::writer::Tx;
use crate::model::{Time, Untimed};

/// An SMSC tries for a few days; seven is what the field has found enough.
pub(super) const KEPT_MS: i64 = 7 * 24 * 3600 * 1000;

/// Remembers a fingerprint; false when it was known.
pub(super) fn remember(tx: &Tx<'_>, fingerprint: &[u8; 32], at: Time) -> Result<bool, StoreError> {
    let insert = "INSERT INTO seen (fingerprint, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    Ok(tx.execute(insert, params![fingerprint, at])? == 1)
}

/// After a session broke, an SMSC delivers again soon: later the same octets are another message.
const AGAIN_MS: i64 = 3600 * 1000;

/// Whether something came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    New,
    Again,
    /// The same was said a short while ago, and nothing tells whether this is it.
    Perhaps,
}

/// Remembers a fingerprint of what has no time of its own, its marks included.
pub(super) fn remember_untimed(
    tx: &Tx<'_>,
    fingerprint: &[u8; 32],
    untimed: &Untimed,
    at: Time,
) -> Result<Known, StoreError> {
    let mut select = tx.prepare("SELECT at, sequence FROM seen WHERE fingerprint = ?1")?;
    let first = select.query_row([fingerprint], |row| Ok((row.get(0)?, row.get(1)?)));
    let first: Option<(Time, Option<u32>)> = first.optional()?;
    let known = match first.filter(|(first, _)| first.0 >= at.0 - AGAIN_MS) {
        None => Known::New,
        Some(_) if untimed.owed => Known::Again,
        Some((first, _)) if first >= untimed.bound_since => Known::New,
        Some(_) if !untimed.marks.is_empty() => Known::Again,
        Some((_, sequence)) if untimed.counts_on && sequence == Some(untimed.sequence) => {
            Known::Again
        }
        Some(_) => Known::Perhaps,
    };
    if known != Known::Again {
        tx.execute(
            "INSERT INTO seen (fingerprint, at, sequence) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET at = excluded.at, sequence = excluded.sequence",
            params![fingerprint, at, untimed.sequence],
        )?;
    }
    Ok(known)
}

/// Forgets those that are too old to come again.
pub(super) fn prune(tx: &Tx<'_>, now: Time) -> Result<(), StoreError> {
    tx.execute("DELETE FROM seen WHERE at < ?1", [now.0 - KEPT_MS])?;
    Ok(())
}
