//! Numbers that get no messages.

use model::{Carrier, MessageId, RowId, Suppression, SuppressionSource, Time};
use rusqlite::{Connection, OptionalExtension as _, Row};
use serde_json::{Value, json};

use crate::StoreError;
use crate::columns::as_code;
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params};

as_code!(SuppressionSource { Message = 0, Entered = 1, Imported = 2 });

/// Whether there are any: most gateways have none.
pub(crate) fn any(reader: &Connection) -> Result<bool, StoreError> {
    let any = "SELECT EXISTS (SELECT 1 FROM suppressions)";
    Ok(reader
        .prepare_cached(any)?
        .query_row([], |row| row.col(0))?)
}

/// Whether this number gets no messages.
pub(crate) fn has(reader: &Connection, number: &str) -> Result<bool, StoreError> {
    let find = "SELECT 1 FROM suppressions WHERE number = ?1";
    Ok(reader.prepare_cached(find)?.exists([number])?)
}

/// What is kept of a number beside what a row has of itself.
pub(crate) struct Kept<'a> {
    pub(crate) number: &'a str,
    pub(crate) since: Time,
    pub(crate) source: SuppressionSource,
    pub(crate) by: Option<&'a str>,
    pub(crate) word: Option<&'a str>,
    pub(crate) language: Option<&'a str>,
    pub(crate) carrier: Option<&'a Carrier>,
    pub(crate) message: Option<MessageId>,
    pub(crate) evidence: Option<&'a str>,
    pub(crate) note: Option<&'a str>,
}

/// Adds a number; false where it is there already, which stays as it is.
pub(crate) fn add(tx: &Tx<'_>, kept: &Kept<'_>) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO suppressions (number, since, source, by, word, language, carrier, message,
             evidence, note)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (number) DO NOTHING",
        params![
            kept.number,
            kept.since,
            kept.source,
            kept.by,
            kept.word,
            kept.language,
            kept.carrier,
            kept.message,
            kept.evidence,
            kept.note
        ],
    )?;
    Ok(added == 1)
}

/// Takes a number away; what was kept of it, where it was there.
pub(crate) fn lift(tx: &Tx<'_>, number: &str) -> Result<Option<Suppression>, StoreError> {
    let mut delete = tx.prepare("DELETE FROM suppressions WHERE number = ?1 RETURNING *")?;
    Ok(delete.query_row([number], suppression).optional()?)
}

/// What is kept of a number, if it is there.
pub(crate) fn find(reader: &Connection, number: &str) -> Result<Option<Suppression>, StoreError> {
    let mut select = reader.prepare_cached("SELECT * FROM suppressions WHERE number = ?1")?;
    Ok(select.query_row([number], suppression).optional()?)
}

/// The same as the audit has it, which forgets nothing: without what says who it is.
pub(crate) fn for_audit(kept: &Suppression) -> Value {
    let said = |text: &Option<String>| text.as_ref().map(|_| "…");
    json!({
        "since": kept.since,
        "source": kept.source,
        "word": kept.word,
        "language": kept.language,
        "route": kept.route,
        "message": kept.message,
        "evidence": said(&kept.evidence),
        "note": said(&kept.note),
    })
}

/// A row as it is shown.
pub(crate) fn suppression(row: &Row<'_>) -> rusqlite::Result<Suppression> {
    let carrier: Option<Carrier> = row.col("carrier")?;
    Ok(Suppression {
        row: row.col::<RowId>("row")?,
        number: row.col("number")?,
        since: row.col("since")?,
        source: row.col("source")?,
        by: row.col("by")?,
        word: row.col("word")?,
        language: row.col("language")?,
        route: carrier.map(|carrier| carrier.route()),
        message: row.col("message")?,
        evidence: row.col("evidence")?,
        note: row.col("note")?,
    })
}
