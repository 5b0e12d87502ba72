//! Every step of a message, as it is told to people.

use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::columns::parsed;
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params};
use crate::{Store, StoreError};
use model::{Direction, HistoryRow, MessageId, Reason, RowId, Time};

/// A step to be written.
pub(crate) struct Entry<'a> {
    pub(crate) at: Time,
    pub(crate) step: &'static str,
    pub(crate) part: Option<u16>,
    pub(crate) sim: Option<&'a str>,
    pub(crate) detail: Option<&'a str>,
}

/// Appends a step to a message's history.
pub(crate) fn append(tx: &Tx<'_>, message: RowId, entry: &Entry<'_>) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO history (message, n, at, step, part, sim, detail)
         VALUES (?1, (SELECT coalesce(max(n), 0) + 1 FROM history WHERE message = ?1),
             ?2, ?3, ?4, ?5, ?6)",
        params![
            message,
            entry.at,
            entry.step,
            entry.part,
            entry.sim,
            entry.detail
        ],
    )?;
    Ok(())
}

/// A reason as the detail of a step.
pub(crate) fn told(reason: &Reason) -> String {
    format!("{}: {}", reason.code, reason.detail)
}

impl Store {
    /// Every step of a message, oldest first, beginning with `accepted` or `received`.
    pub async fn history(&self, id: MessageId) -> Result<Option<Vec<HistoryRow>>, StoreError> {
        self.read(move |reader| read(reader, id)).await
    }
}

fn read(reader: &Connection, id: MessageId) -> Result<Option<Vec<HistoryRow>>, StoreError> {
    let first = "SELECT row, direction, created_at, sim FROM messages WHERE id = ?1";
    let first = reader
        .prepare_cached(first)?
        .query_row(params![id], |row| Ok((row.col("row")?, beginning(row)?)))
        .optional()?;
    let Some((row, first)) = first else {
        return Ok(None);
    };
    let row: RowId = row;
    let mut rest = reader.prepare_cached(
        "SELECT at, step, part, sim, detail FROM history WHERE message = ?1 ORDER BY n",
    )?;
    let mut steps = vec![first];
    for step in rest.query_map(params![row], step)? {
        steps.push(step?);
    }
    // What the network tells later may have been earlier; steps of one instant stay as they are.
    steps[1..].sort_by_key(|step| step.at);
    Ok(Some(steps))
}

/// The first step is not stored: the message's row tells it.
fn beginning(row: &Row<'_>) -> rusqlite::Result<HistoryRow> {
    let at = row.col("created_at")?;
    Ok(match row.col("direction")? {
        Direction::Outbound => HistoryRow {
            at,
            step: "accepted".to_owned(),
            part: None,
            carrier: None,
            detail: None,
        },
        Direction::Inbound => HistoryRow {
            at,
            step: "received".to_owned(),
            part: None,
            carrier: parsed(row, "sim")?,
            detail: None,
        },
    })
}

fn step(row: &Row<'_>) -> rusqlite::Result<HistoryRow> {
    Ok(HistoryRow {
        at: row.col("at")?,
        step: row.col("step")?,
        part: row.col("part")?,
        carrier: parsed(row, "sim")?,
        detail: row.col("detail")?,
    })
}
