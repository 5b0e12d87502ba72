//! Messages as they are read: one with its parts, and lists.

use rusqlite::{Connection, Row};

use crate::StoreError;
use crate::columns::{body, reason, template_version};
use crate::evidence::doubts;
use crate::machine::select::Select as _;
use crate::reading::Reading;
use crate::values::{RowExt as _, params, readable};
use model::{Direction, Message, MessageId, Part, RowId};

/// What [`message`] reads; `own` is the number of the SIM that carries the message.
pub(crate) const COLUMNS: &str = "m.*, coalesce(m.own, s.own) AS own_number";

impl Reading {
    /// One message with its parts.
    pub async fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.file.read(move |reader| one(reader, id)).await
    }
}

/// The message of a row among others, without its parts; none too where it makes no sense.
pub(crate) fn readable_at(reader: &Connection, row: RowId) -> Result<Option<Message>, StoreError> {
    let sql = "SELECT m.*, coalesce(m.own, s.own) AS own_number
        FROM messages m LEFT JOIN sims s ON s.iccid = m.carrier WHERE m.row = ?1";
    let found = reader.first(sql, params![row], |row| readable(message(row)))?;
    Ok(found.flatten())
}

fn one(reader: &Connection, id: MessageId) -> Result<Option<Message>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM messages m LEFT JOIN sims s ON s.iccid = m.carrier WHERE m.id = ?1"
    );
    let found = reader.first(&sql, params![id], message)?;
    let Some(mut found) = found else {
        return Ok(None);
    };
    let mut parts = reader.prepare_cached("SELECT * FROM parts WHERE message = ?1 ORDER BY seq")?;
    found.parts = parts
        .query_map(params![found.row], part)?
        .collect::<Result<_, _>>()?;
    for (seq, doubt) in doubts::of_message(reader, found.row)? {
        if let Some(part) = found.parts.iter_mut().find(|part| part.seq == seq) {
            part.doubt = Some(doubt);
        }
    }
    Ok(Some(found))
}

pub(crate) fn part(row: &Row<'_>) -> rusqlite::Result<Part> {
    Ok(Part {
        seq: row.col("seq")?,
        state: row.col("state")?,
        carrier: row.col("carrier")?,
        mr: row.col("mr")?,
        smsc_id: row.col("smsc_id")?,
        sent_at: row.col("sent_at")?,
        delivered_at: row.col("delivered_at")?,
        tp_status: row.col("tp_status")?,
        reason: reason(row)?,
        doubt: None,
    })
}

/// A message without its parts.
pub(crate) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let direction = row.col("direction")?;
    let (peer, own) = (Some(row.col("peer")?), row.col("own_number")?);
    let (to, from) = match direction {
        Direction::Outbound => (peer, own),
        Direction::Inbound => (own, peer),
    };
    Ok(Message {
        row: row.col("row")?,
        id: row.col("id")?,
        direction,
        to,
        from,
        body: body(row)?,
        coding: row.col("coding")?,
        segments: row.col("segments")?,
        flash: row.col("flash")?,
        priority: row.col("priority")?,
        state: row.col("state")?,
        reason: reason(row)?,
        carrier: row.col("carrier")?,
        attempts: row.col("attempts")?,
        status_report: row.col("status_report")?,
        on_uncertain: row.col("on_uncertain")?,
        reference: row.col("reference")?,
        metadata: row.col("metadata")?,
        callback_url: row.col("callback_url")?,
        created_at: row.col("created_at")?,
        send_at: row.col("send_at")?,
        sent_at: row.col("sent_at")?,
        delivered_at: row.col("delivered_at")?,
        expires_at: row.col("expires_at")?,
        smsc_time: row.col("smsc_time")?,
        complete: row.col("complete")?,
        perhaps_again: row.col("perhaps_again")?,
        paused: row.col("paused")?,
        class: row.col("class")?,
        template: template_version(row)?,
        test: row.col("test")?,
        parts: Vec::new(),
    })
}
