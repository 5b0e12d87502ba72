//! Every step of a message, as it is told to people.

use rusqlite::{Connection, Row};

use crate::StoreError;
use crate::machine::select::Select as _;
use crate::reading::Reading;
use crate::values::{RowExt as _, params};
use model::{Direction, HistoryRow, HistoryStep, MessageId, RowId};

impl Reading {
    /// Every step of a message, oldest first, beginning with `accepted` or `received`.
    pub async fn history(&self, id: MessageId) -> Result<Option<Vec<HistoryRow>>, StoreError> {
        self.file.read(move |reader| read(reader, id)).await
    }
}

fn read(reader: &Connection, id: MessageId) -> Result<Option<Vec<HistoryRow>>, StoreError> {
    let first = "SELECT row, direction, created_at, carrier FROM messages WHERE id = ?1";
    let first = reader.first(first, params![id], |row| {
        Ok((row.col("row")?, beginning(row)?))
    })?;
    let Some((row, first)) = first else {
        return Ok(None);
    };
    let row: RowId = row;
    let rest = "SELECT at, step, part, carrier, detail FROM history WHERE message = ?1 ORDER BY n";
    let mut steps = vec![first];
    steps.extend(reader.readable(rest, params![row], step)?);
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
            step: HistoryStep::Accepted.as_str().to_owned(),
            part: None,
            carrier: None,
            detail: None,
        },
        Direction::Inbound => HistoryRow {
            at,
            step: HistoryStep::Received.as_str().to_owned(),
            part: None,
            carrier: row.col("carrier")?,
            detail: None,
        },
    })
}

pub(crate) fn step(row: &Row<'_>) -> rusqlite::Result<HistoryRow> {
    Ok(HistoryRow {
        at: row.col("at")?,
        step: row.col("step")?,
        part: row.col("part")?,
        carrier: row.col("carrier")?,
        detail: row.col("detail")?,
    })
}
