//! The hashes that bind the rows of the audit together, and the anchor from which they go on.

use std::fmt;

use rusqlite::{Connection, Row};
use sha2::{Digest as _, Sha256};

use crate::StoreError;
use crate::machine::select::{Select as _, both, only};
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params};
use model::{RowId, Time};

/// What the hash of a row is made of, beside the hash before it.
pub(super) struct Link<'a> {
    pub(super) at: Time,
    pub(super) actor: &'a str,
    pub(super) from: Option<&'a str>,
    pub(super) what: &'a str,
    pub(super) before: Option<&'a str>,
    pub(super) after: Option<&'a str>,
}

impl Link<'_> {
    /// The hash of a row that follows one with the hash `before`. Each text has its length in front, so
    /// that no two rows are the same octets.
    pub(super) fn hash(&self, before: [u8; 32]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(before);
        hash.update(self.at.0.to_be_bytes());
        let text = |hash: &mut Sha256, text: &str| {
            hash.update(text.len().to_be_bytes());
            hash.update(text);
        };
        for told in [self.actor, self.from.unwrap_or_default(), self.what] {
            text(&mut hash, told);
        }
        // Rows from before there were these end here.
        if self.before.is_some() || self.after.is_some() {
            for told in [self.before, self.after] {
                hash.update([u8::from(told.is_some())]);
                text(&mut hash, told.unwrap_or_default());
            }
        }
        hash.finalize().into()
    }
}

/// A row as the chain needs it.
struct Stored {
    row: RowId,
    at: Time,
    actor: String,
    from: Option<String>,
    what: String,
    before: Option<String>,
    after: Option<String>,
    hash: [u8; 32],
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            row: row.col("row")?,
            at: row.col("at")?,
            actor: row.col("actor")?,
            from: row.col("addr")?,
            what: row.col("what")?,
            before: row.col("before")?,
            after: row.col("after")?,
            hash: row.col("hash")?,
        })
    }

    fn follows(&self, before: [u8; 32]) -> bool {
        let link = Link {
            at: self.at,
            actor: &self.actor,
            from: self.from.as_deref(),
            what: &self.what,
            before: self.before.as_deref(),
            after: self.after.as_deref(),
        };
        link.hash(before) == self.hash
    }
}

/// What became of looking through the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditVerified {
    /// Rows that fit.
    pub rows: u64,
    /// Rows up to this one are past their retention.
    pub forgotten: RowId,
    /// The last row that fits, and its hash.
    pub last: Option<(RowId, [u8; 32])>,
    /// The first row that does not.
    pub broken: Option<AuditBreak>,
    /// A row has the hash that was noted, or none was.
    pub has_noted: bool,
}

/// A row that does not follow from the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditBreak {
    pub row: RowId,
    /// As the row itself says.
    pub at: Time,
}

impl fmt::Display for AuditBreak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (row, at) = (self.row.0, self.at);
        write!(
            f,
            "audit row {row}, of {at}, was changed, or one before it removed"
        )
    }
}

/// Looks through the whole chain, and for a row with the hash `noted`; also in a file of an older format.
pub(crate) fn verify(
    connection: &Connection,
    noted: Option<[u8; 32]>,
) -> Result<AuditVerified, StoreError> {
    let anchored = "SELECT 1 FROM sqlite_schema WHERE name = 'audit_anchor'";
    let (forgotten, mut before, sql) = if connection.prepare(anchored)?.exists([])? {
        let (row, hash) = anchor(connection)?;
        (row, hash, "SELECT * FROM audit WHERE row > ?1 ORDER BY row")
    } else {
        let sql = "SELECT *, NULL AS before, NULL AS after FROM audit WHERE row > ?1 ORDER BY row";
        (RowId(0), [0; 32], sql)
    };
    let mut verified = AuditVerified {
        rows: 0,
        forgotten,
        last: None,
        broken: None,
        has_noted: noted.is_none_or(|noted| forgotten.0 > 0 && noted == before),
    };
    let mut select = connection.prepare(sql)?;
    let mut previous = Some(forgotten).filter(|row| row.0 > 0);
    for stored in select.query_map(params![forgotten], Stored::read)? {
        let stored = stored?;
        // A hash holds nothing of its row's number, and rows are numbered without gaps.
        let is_next = previous
            .replace(stored.row)
            .is_none_or(|row| row.0 + 1 == stored.row.0);
        if !is_next || !stored.follows(before) {
            verified.broken = Some(AuditBreak {
                row: stored.row,
                at: stored.at,
            });
            break;
        }
        before = stored.hash;
        verified.has_noted |= noted == Some(before);
        verified.rows += 1;
        verified.last = Some((stored.row, stored.hash));
    }
    Ok(verified)
}

fn anchor(connection: &Connection) -> Result<(RowId, [u8; 32]), StoreError> {
    connection.one("SELECT row, hash FROM audit_anchor", [], both)
}

/// Whether the oldest row is from before `before`.
pub(crate) fn begins_before(tx: &Tx<'_>, before: Time) -> Result<bool, StoreError> {
    let oldest = "SELECT at FROM audit ORDER BY row LIMIT 1";
    let oldest: Option<Time> = tx.first(oldest, [], only)?;
    Ok(oldest.is_some_and(|at| at < before))
}

/// Deletes at most `limit` of the oldest rows, as far as all of them are from before `before`, and never
/// the newest; how many went, and up to which row. The chain goes on from that one.
pub(crate) fn forget(tx: &Tx<'_>, before: Time, limit: i64) -> Result<(usize, RowId), StoreError> {
    let Some((row, hash)) = last_old(tx, before, limit)? else {
        return Ok((0, RowId(0)));
    };
    let anchor = "UPDATE audit_anchor SET row = ?1, hash = ?2";
    tx.execute(anchor, params![row, hash])?;
    let gone = tx.execute("DELETE FROM audit WHERE row <= ?1", params![row])?;
    Ok((gone, row))
}

/// In the order of the rows, whatever their times: one that is not old keeps those behind it.
fn last_old(
    tx: &Tx<'_>,
    before: Time,
    limit: i64,
) -> Result<Option<(RowId, [u8; 32])>, StoreError> {
    let oldest = "SELECT row, at, hash FROM audit WHERE row < (SELECT max(row) FROM audit)
        ORDER BY row LIMIT ?1";
    let mut select = tx.prepare(oldest)?;
    let mut found = select.query([limit])?;
    let mut last = None;
    while let Some(kept) = found.next()?
        && kept.col::<Time>("at")? < before
    {
        last = Some((kept.col("row")?, kept.col("hash")?));
    }
    Ok(last)
}
