//! What waits to be posted, as the poster sees it.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::Webhooks;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::Need;
use crate::values::{RowExt as _, params, readable};
use crate::{StoreError, rows};
use model::{Carrier, MessageId, Reason, RowId, State, Time, WebhookName};

/// An event that no message's row tells.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The same for all who are told of it, and at every try.
    pub id: String,
    pub kind: &'static str,
    /// What it is about: events about one thing keep their order.
    pub subject: String,
    pub at: Time,
    /// JSON.
    pub data: String,
}

/// What waits for one webhook, and of that of the `callback_url`s for one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryLine {
    pub webhook: WebhookName,
    /// Of the `callback_url`s; empty where the webhook has its own address.
    pub host: String,
    /// When the first of it is.
    pub due_at: Time,
}

/// An event that is due, with what was so at that time.
#[derive(Clone, Debug)]
pub struct DueDelivery {
    pub row: RowId,
    pub kind: String,
    pub about: EventAbout,
    pub at: Time,
    /// Waits since then.
    pub since: Time,
    /// Tries so far that were no success.
    pub attempts: u16,
}

#[derive(Clone, Debug)]
pub enum EventAbout {
    Message {
        id: MessageId,
        state: State,
        carrier: Option<Carrier>,
        reason: Option<Reason>,
        reference: Option<String>,
        callback_url: Option<String>,
    },
    Other {
        /// `webhook-id`.
        event: String,
        /// JSON.
        data: String,
    },
    /// The row makes no sense.
    Unreadable,
}

/// What became of a try.
#[derive(Clone, Debug)]
pub struct Tried {
    pub at: Time,
    /// Of the answer, where there was one.
    pub status: Option<u16>,
    /// What was wrong, for people; none after a success.
    pub error: Option<String>,
}

impl Webhooks {
    /// Puts events into the queues of the webhooks that want them.
    pub async fn tell(&self, events: Vec<NewEvent>) -> Result<(), StoreError> {
        let add = "INSERT INTO deliveries (webhook, kind, subject, event, data, at, first, since, next_at)
            SELECT w.webhook, w.kind, ?2, ?3, ?4, ?5,
                NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.message = 0 AND d.webhook = w.webhook
                    AND d.subject = ?2 AND d.state = 0), ?5, 0
            FROM webhook_kinds w WHERE w.kind = ?1";
        self.file
            .write(Need::Growth, move |tx| {
                for event in &events {
                    let NewEvent {
                        id,
                        kind,
                        subject,
                        at,
                        data,
                    } = event;
                    tx.execute(add, params![kind, subject, id, data, at])?;
                }
                Ok(())
            })
            .await
    }

    /// The lines in which something waits, by webhook and host.
    pub async fn lines(&self) -> Result<Vec<DeliveryLine>, StoreError> {
        self.file.read(lines).await
    }

    /// At most `limit` of this line that are due, the first about each thing only: the next one
    /// is posted when this one is done.
    pub async fn due(
        &self,
        webhook: &WebhookName,
        host: &str,
        now: Time,
        limit: usize,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        let (webhook, host) = (webhook.to_string(), host.to_owned());
        self.file
            .read(move |reader| due(reader, (&webhook, &host), now, limit))
            .await
    }

    /// When the next of this line is due, of those that are not at `now`.
    pub async fn next_due(
        &self,
        line: &DeliveryLine,
        now: Time,
    ) -> Result<Option<Time>, StoreError> {
        let (webhook, host) = (line.webhook.to_string(), line.host.clone());
        let sql = "SELECT min(next_at) FROM deliveries INDEXED BY deliveries_waiting
            WHERE state = 0 AND first = 1 AND webhook = ?1 AND host = ?2 AND next_at > ?3";
        self.file
            .read(move |reader| reader.one(sql, params![webhook, host, now], only))
            .await
    }

    /// Posted.
    pub async fn delivered(&self, row: RowId, tried: Tried) -> Result<(), StoreError> {
        self.over(row, 1, tried).await
    }

    /// Given up for now.
    pub async fn park(&self, row: RowId, tried: Tried) -> Result<(), StoreError> {
        self.over(row, 2, tried).await
    }

    async fn over(&self, row: RowId, state: u8, tried: Tried) -> Result<(), StoreError> {
        let sql = "UPDATE deliveries SET state = ?2, attempts = attempts + 1, tried_at = ?3,
            status = ?4, error = ?5 WHERE row = ?1 AND state = 0";
        self.file
            .write(Need::Ongoing, move |tx| {
                let Tried { at, status, error } = &tried;
                tx.run(sql, params![row, state, at, status, error])
            })
            .await
    }

    /// To be tried again at `next_at`.
    pub async fn try_later(
        &self,
        row: RowId,
        next_at: Time,
        tried: Tried,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE deliveries SET next_at = ?2, attempts = attempts + 1, tried_at = ?3,
            status = ?4, error = ?5 WHERE row = ?1 AND state = 0";
        self.file
            .write(Need::Ongoing, move |tx| {
                let Tried { at, status, error } = &tried;
                tx.run(sql, params![row, next_at, at, status, error])
            })
            .await
    }

    /// Parks at most `limit` of this line that wait since before `before`, saying why; how many
    /// there were.
    pub async fn give_up(
        &self,
        line: &DeliveryLine,
        before: Time,
        error: &'static str,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let (webhook, host) = (line.webhook.to_string(), line.host.clone());
        let sql = "UPDATE deliveries SET state = 2, error = coalesce(error, ?4) WHERE row IN
            (SELECT row FROM deliveries INDEXED BY deliveries_since
             WHERE state = 0 AND webhook = ?1 AND host = ?2 AND since < ?3 LIMIT ?5)";
        self.file
            .write(Need::Ongoing, move |tx| {
                tx.execute(sql, params![webhook, host, before, error, rows(limit)])
            })
            .await
    }
}

/// Steps from line to line in the index, over however much waits in each.
fn lines(reader: &Connection) -> Result<Vec<DeliveryLine>, StoreError> {
    let mut next = reader.prepare_cached(
        "SELECT webhook, host, next_at FROM deliveries INDEXED BY deliveries_waiting
         WHERE state = 0 AND first = 1 AND (webhook, host) > (?1, ?2)
         ORDER BY webhook, host, next_at LIMIT 1",
    )?;
    let (mut lines, mut last) = (Vec::new(), (String::new(), String::new()));
    loop {
        let step = next.query_row([&last.0, &last.1], |row| {
            Ok((row.col(0)?, row.col(1)?, row.col(2)?))
        });
        let Some((webhook, host, due_at)) = step.optional()? else {
            return Ok(lines);
        };
        last = (webhook, host);
        // A name that is none has no webhook.
        if let Ok(webhook) = last.0.parse() {
            let host = last.1.clone();
            lines.push(DeliveryLine {
                webhook,
                host,
                due_at,
            });
        }
    }
}

fn due(
    reader: &Connection,
    (webhook, host): (&str, &str),
    now: Time,
    limit: usize,
) -> Result<Vec<DueDelivery>, StoreError> {
    let sql =
        "SELECT d.row, d.kind, d.message_state, d.carrier, d.reason_code, d.reason_detail, d.event,
            d.data, d.at, d.since, d.attempts, m.id, m.reference, m.callback_url
        FROM deliveries d INDEXED BY deliveries_waiting LEFT JOIN messages m ON m.row = d.message
        WHERE d.state = 0 AND d.first = 1 AND d.webhook = ?1 AND d.host = ?2 AND d.next_at <= ?3
        ORDER BY d.next_at, d.row LIMIT ?4";
    reader.all(sql, params![webhook, host, now, rows(limit)], |row| {
        let id = row.col("row")?;
        // Left out it would be found again for ever.
        Ok(readable(read(row, id))?.unwrap_or_else(|| DueDelivery::unreadable(id)))
    })
}

impl DueDelivery {
    fn unreadable(row: RowId) -> Self {
        Self {
            row,
            kind: String::new(),
            about: EventAbout::Unreadable,
            at: Time::ZERO,
            since: Time::ZERO,
            attempts: 0,
        }
    }
}

fn read(row: &Row<'_>, id: RowId) -> rusqlite::Result<DueDelivery> {
    Ok(DueDelivery {
        row: id,
        kind: row.col("kind")?,
        about: about(row)?,
        at: row.col("at")?,
        since: row.col("since")?,
        attempts: row.col("attempts")?,
    })
}

fn about(row: &Row<'_>) -> rusqlite::Result<EventAbout> {
    let Some(id) = row.col("id")? else {
        return Ok(EventAbout::Other {
            event: row.col("event")?,
            data: row.col("data")?,
        });
    };
    Ok(EventAbout::Message {
        id,
        state: row.col("message_state")?,
        carrier: row.col("carrier")?,
        reason: crate::columns::reason(row)?,
        reference: row.col("reference")?,
        callback_url: row.col("callback_url")?,
    })
}
