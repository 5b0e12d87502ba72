//! What is remembered for a while, so that what comes again is known.

use super::{STEP, Since};
use crate::machine::select::{Select as _, only};
use crate::machine::writer::Tx;
use crate::tables::replays;
use crate::values::params;
use crate::{StoreError, rows};

/// The next answers that are remembered for a day: a request that comes again must find its own.
pub(super) fn replays(tx: &Tx<'_>, since: Since, after: i64) -> Result<Option<i64>, StoreError> {
    let step = since.step;
    let sql = "SELECT row FROM replays WHERE row > ?1 ORDER BY row LIMIT ?2";
    let found: Vec<i64> = tx.all(sql, params![after, rows(STEP)], only)?;
    let oldest = step.from.0 - replays::KEPT_MS;
    for row in &found {
        let sql = "UPDATE replays SET at = at + ?2
            WHERE row = ?1 AND at > ?3 AND at NOT BETWEEN ?4 AND ?5";
        tx.execute(sql, params![row, step.by(), oldest, step.to, since.until])?;
    }
    Ok(found.last().copied())
}

/// The next fingerprints of what came in: a redelivery must be known.
pub(super) fn seen(
    tx: &Tx<'_>,
    since: Since,
    after: &[u8; 32],
) -> Result<Option<[u8; 32]>, StoreError> {
    let step = since.step;
    let sql = "SELECT fingerprint FROM seen WHERE fingerprint > ?1 ORDER BY fingerprint LIMIT ?2";
    let found: Vec<[u8; 32]> = tx.all(sql, params![after, rows(STEP)], only)?;
    for fingerprint in &found {
        let sql = "UPDATE seen SET at = at + ?2
            WHERE fingerprint = ?1 AND at NOT BETWEEN ?3 AND ?4";
        tx.execute(sql, params![fingerprint, step.by(), step.to, since.until])?;
    }
    Ok(found.last().copied())
}
