//! Who changed what: append-only, each row bound to the one before by its hash.

mod chain;
mod differing;

use rusqlite::Row;
use serde::Serialize;
use serde_json::{Value, json};

use crate::StoreError;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params};
use chain::Link;
pub use chain::{AuditBreak, AuditVerified};
pub(crate) use chain::{begins_before, forget, verify};
use differing::differing;
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

/// Appends a row in the transaction of what it tells of, which left nothing another way that is kept.
pub(crate) fn append(tx: &Tx<'_>, entry: &NewAudit) -> Result<(), StoreError> {
    put(tx, entry, (None, None))
}

/// Appends a row in the transaction of a change: with what of the thing was another way `before`, and
/// how that is now. None: it was not there, or is not any more. Secrets are masked here.
pub(crate) fn append_change(
    tx: &Tx<'_>,
    entry: &NewAudit,
    before: Option<&impl Serialize>,
    after: Option<&impl Serialize>,
) -> Result<(), StoreError> {
    put(tx, entry, differing(as_value(before)?, as_value(after)?))
}

/// The same for changes that are not always somebody's.
pub(crate) fn append_some_change(
    tx: &Tx<'_>,
    entry: Option<&NewAudit>,
    before: Option<&impl Serialize>,
    after: Option<&impl Serialize>,
) -> Result<(), StoreError> {
    entry.map_or(Ok(()), |entry| append_change(tx, entry, before, after))
}

fn as_value(thing: Option<&impl Serialize>) -> Result<Option<Value>, StoreError> {
    let value = thing.map(serde_json::to_value).transpose();
    value.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()).into())
}

fn put(
    tx: &Tx<'_>,
    entry: &NewAudit,
    (before, after): (Option<Value>, Option<Value>),
) -> Result<(), StoreError> {
    let last = "SELECT hash FROM audit ORDER BY row DESC LIMIT 1";
    let last: Option<[u8; 32]> = tx.first(last, [], only)?;
    let [before, after] = [before, after].map(|value| value.map(|value| value.to_string()));
    let link = Link {
        at: entry.at,
        actor: &entry.actor,
        from: entry.from.as_deref(),
        what: &entry.what,
        before: before.as_deref(),
        after: after.as_deref(),
    };
    let hash = link.hash(last.unwrap_or_default());
    tx.run(
        "INSERT INTO audit (at, actor, addr, what, before, after, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            entry.at,
            entry.actor,
            entry.from,
            entry.what,
            before,
            after,
            hash
        ],
    )
}

/// A row as it was written.
pub(crate) fn audited(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        row: row.col("row")?,
        at: row.col("at")?,
        actor: row.col("actor")?,
        from: row.col("addr")?,
        what: row.col("what")?,
        before: row
            .col::<Option<String>>("before")?
            .as_deref()
            .map(document),
        after: row.col::<Option<String>>("after")?.as_deref().map(document),
        hash: row.col("hash")?,
    })
}

/// What was put there, or that it is damaged: who did what, and when, is told all the same.
fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!({"damaged": text}))
}
