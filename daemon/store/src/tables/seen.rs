//! Fingerprints of what came in: a redelivery after a crash is stored once.

use crate::StoreError;
use crate::machine::select::{Select as _, both};
use crate::machine::writer::Tx;
use crate::values::params;
use model::{Time, Untimed};

/// An SMSC tries for a few days; seven is what the field has found enough.
pub(crate) const KEPT_MS: i64 = 7 * 24 * 3600 * 1000;

/// Remembers a fingerprint; false when it was known.
pub(crate) fn remember(tx: &Tx<'_>, fingerprint: &[u8; 32], at: Time) -> Result<bool, StoreError> {
    let insert = "INSERT INTO seen (fingerprint, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    Ok(tx.execute(insert, params![fingerprint, at])? == 1)
}

/// After a session broke, an SMSC delivers again soon: later the same octets are another message.
const AGAIN_MS: i64 = 3600 * 1000;

/// Whether something came before. What says more of it is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Known {
    New,
    /// The same was said a short while ago, and nothing tells whether this is it.
    Perhaps,
    Again,
}

/// When something came the first time, and under which `sequence_number`.
type First = (Time, Option<u32>);

/// Remembers what has no time of its own, its marks included, by the first of these fingerprints: that
/// of the uplink that brought it. The others are what it would have by others of the account.
pub(crate) fn remember_untimed(
    tx: &Tx<'_>,
    fingerprints: &[[u8; 32]],
    untimed: &Untimed,
    at: Time,
) -> Result<Known, StoreError> {
    let sql = "SELECT at, sequence FROM seen WHERE fingerprint = ?1 AND at >= ?2";
    let mut known = Known::New;
    for (place, fingerprint) in fingerprints.iter().enumerate() {
        let values = params![fingerprint, at.0 - AGAIN_MS];
        if let Some(first) = tx.first(sql, values, both)? {
            known = known.max(judge(first, untimed, place == 0));
        }
    }
    if let (Some(own), true) = (fingerprints.first(), known != Known::Again) {
        let sql = "INSERT INTO seen (fingerprint, at, sequence) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET at = excluded.at, sequence = excluded.sequence";
        tx.execute(sql, params![own, at, untimed.sequence])?;
    }
    Ok(known)
}

/// What the same, a short while ago by the same uplink or another one of its account, makes of it.
fn judge((first, sequence): First, untimed: &Untimed, same_bind: bool) -> Known {
    if untimed.owed {
        return Known::Again;
    }
    // In one session each had its answer. Whether it had by another bind, and that reached the SMSC,
    // is not known.
    if same_bind && first >= untimed.bound_since {
        return Known::New;
    }
    let same_number = same_bind && untimed.counts_on && sequence == Some(untimed.sequence);
    if !untimed.marks.is_empty() || same_number {
        Known::Again
    } else {
        Known::Perhaps
    }
}

/// Forgets those that are too old to come again.
pub(crate) fn prune(tx: &Tx<'_>, now: Time) -> Result<(), StoreError> {
    tx.run("DELETE FROM seen WHERE at < ?1", [now.0 - KEPT_MS])
}
