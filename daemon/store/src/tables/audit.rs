//! Who changed what: append-only, each row bound to the one before by its hash.

use rusqlite::{Connection, OptionalExtension as _, Row};
use sha2::{Digest as _, Sha256};

use crate::StoreError;
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params};
use model::{AuditRow, Time};

/// A change to be remembered.
#[derive(Clone, Debug)]
pub struct NewAudit {
    pub at: Time,
    /// The key's or user's name.
    pub actor: String,
    /// The address it came from.
    pub from: Option<String>,
    /// What was done, to what. Never a secret, a message's text or a PIN.
    pub what: String,
}

/// Appends a row in the transaction of the change that it tells of.
pub(crate) fn append(tx: &Tx<'_>, entry: &NewAudit) -> Result<(), StoreError> {
    let last: Option<[u8; 32]> = tx
        .prepare("SELECT hash FROM audit ORDER BY row DESC LIMIT 1")?
        .query_row([], |row| row.col(0))
        .optional()?;
    let hash = link(last.unwrap_or_default(), entry);
    tx.execute(
        "INSERT INTO audit (at, actor, addr, what, hash) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![entry.at, entry.actor, entry.from, entry.what, hash],
    )?;
    Ok(())
}

/// The same for changes that are not always somebody's.
pub(crate) fn append_some(tx: &Tx<'_>, entry: Option<&NewAudit>) -> Result<(), StoreError> {
    entry.map_or(Ok(()), |entry| append(tx, entry))
}

/// The hash of a row that follows one with the hash `before`. Each text has its length in front,
/// so that no two rows are the same octets.
fn link(before: [u8; 32], entry: &NewAudit) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(entry.at.0.to_be_bytes());
    for text in [
        &entry.actor,
        entry.from.as_deref().unwrap_or_default(),
        &entry.what,
    ] {
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

/// A row as it was written.
pub(crate) fn audited(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        row: row.col("row")?,
        at: row.col("at")?,
        actor: row.col("actor")?,
        from: row.col("addr")?,
        what: row.col("what")?,
        hash: row.col("hash")?,
    })
}

/// The first row that does not follow from the one before, in words.
pub(crate) fn broken_link(connection: &Connection) -> Result<Option<String>, StoreError> {
    let mut select = connection.prepare("SELECT * FROM audit ORDER BY row")?;
    let mut before = [0; 32];
    for row in select.query_map([], audited)? {
        let AuditRow {
            row,
            at,
            actor,
            from,
            what,
            hash,
        } = row?;
        if link(
            before,
            &NewAudit {
                at,
                actor,
                from,
                what,
            },
        ) != hash
        {
            return Ok(Some(format!(
                "audit row {} was changed, or one before it removed",
                row.0
            )));
        }
        before = hash;
    }
    Ok(None)
}
