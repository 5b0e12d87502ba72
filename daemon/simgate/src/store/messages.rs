//! Messages as they are read: one with its parts, and lists.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::columns::{body, parsed, reason};
use super::{Store, StoreError, doubts};
use crate::model::{Direction, Message, MessageId, Part, RowId};

/// What [`message`] reads; `own` is the number of the SIM that carries the message.
pub(super) const COLUMNS: &str = "m.*, coalesce(m.own, s.own) AS own_number";

impl Store {
    /// One message with its parts.
    pub(crate) async fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.read(move |reader| one(reader, id)).await
    }
}

/// The message of a row, without its parts.
pub(super) fn at_row(reader: &Connection, row: RowId) -> Result<Option<Message>, StoreError> {
    let sql = "SELECT m.*, coalesce(m.own, s.own) AS own_number
        FROM messages m LEFT JOIN sims s ON s.iccid = m.sim WHERE m.row = ?1";
    Ok(reader
        .prepare_cached(sql)?
        .query_row([row], message)
        .optional()?)
}

fn one(reader: &Connection, id: MessageId) -> Result<Option<Message>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM messages m LEFT JOIN sims s ON s.iccid = m.sim WHERE m.id = ?1"
    );
    let found = reader
        .prepare_cached(&sql)?
        .query_row([id], message)
        .optional()?;
    let Some(mut found) = found else {
        return Ok(None);
    };
    let mut parts = reader.prepare_cached("SELECT * FROM parts WHERE message = ?1 ORDER BY seq")?;
    found.parts = parts
        .query_map([found.row], part)?
        .collect::<Result<_, _>>()?;
    for (seq, doubt) in doubts::of_message(reader, found.row)? {
        if let Some(part) = found.parts.iter_mut().find(|part| part.seq == seq) {
            part.doubt = Some(doubt);
        }
    }
    Ok(Some(found))
}

fn part(row: &Row<'_>) -> rusqlite::Result<Part> {
    Ok(Part {
        seq: row.get("seq")?,
        state: row.get("state")?,
        carrier: parsed(row, "sim")?,
        mr: row.get("mr")?,
        smsc_id: row.get("smsc_id")?,
        sent_at: row.get("sent_at")?,
        delivered_at: row.get("delivered_at")?,
        tp_status: row.get("tp_status")?,
        reason: reason(row)?,
        doubt: None,
    })
}

/// A message without its parts.
pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let direction = row.get("direction")?;
    let (peer, own) = (Some(row.get("peer")?), row.get("own_number")?);
    let (to, from) = match direction {
        Direction::Outbound => (peer, own),
        Direction::Inbound => (own, peer),
    };
    Ok(Message {
        row: row.get("row")?,
        id: row.get("id")?,
        direction,
        to,
        from,
        body: body(row)?,
        coding: row.get("coding")?,
        segments: row.get("segments")?,
        flash: row.get("flash")?,
        priority: row.get("priority")?,
        state: row.get("state")?,
        reason: reason(row)?,
        carrier: parsed(row, "sim")?,
        attempts: row.get("attempts")?,
        status_report: row.get("status_report")?,
        on_uncertain: row.get("on_uncertain")?,
        reference: row.get("reference")?,
        metadata: row.get("metadata")?,
        callback_url: row.get("callback_url")?,
        created_at: row.get("created_at")?,
        send_at: row.get("send_at")?,
        sent_at: row.get("sent_at")?,
        delivered_at: row.get("delivered_at")?,
        expires_at: row.get("expires_at")?,
        smsc_time: row.get("smsc_time")?,
        complete: row.get("complete")?,
        perhaps_again: row.get("perhaps_again")?,
        test: row.get("test")?,
        parts: Vec::new(),
    })
}
