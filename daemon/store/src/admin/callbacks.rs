//! State changes that are to be posted to the address that came with the message. The rows are
//! made by a trigger, in the commit that changes the state. They wait by host, and those of one
//! message for each other.

use rusqlite::Connection;

use crate::admin::Admin;
use crate::machine::writer::Need;
use crate::values::{RowExt as _, params};
use crate::{StoreError, rows};
use model::{Carrier, MessageId, Reason, RowId, State, Time};

/// A state change to be posted, with what was so at that time.
#[derive(Clone, Debug)]
pub struct Callback {
    pub row: RowId,
    pub url: String,
    pub id: MessageId,
    pub state: State,
    pub at: Time,
    /// Waits since then.
    pub since: Time,
    pub reference: Option<String>,
    pub carrier: Option<Carrier>,
    pub reason: Option<Reason>,
    /// Answers so far that were no success.
    pub attempts: u16,
}

impl Admin {
    /// The hosts for which something waits, and when the first of it is due.
    pub async fn callback_hosts(&self) -> Result<Vec<(String, Time)>, StoreError> {
        self.file.read(hosts).await
    }

    /// At most `limit` for this host that are due, the first of each message only: the next one
    /// is posted when this one is done.
    pub async fn due_callbacks(
        &self,
        host: String,
        now: Time,
        limit: usize,
    ) -> Result<Vec<Callback>, StoreError> {
        self.file
            .read(move |reader| due(reader, &host, now, limit))
            .await
    }

    /// Posted, or given up.
    pub async fn callback_done(&self, row: RowId) -> Result<(), StoreError> {
        let sql = "DELETE FROM callbacks WHERE row = ?1";
        self.file
            .write(Need::Ongoing, move |tx| {
                tx.execute(sql, params![row]).map(|_| ())
            })
            .await
    }

    /// To be tried again at `next_at`.
    pub async fn callback_failed(&self, row: RowId, next_at: Time) -> Result<(), StoreError> {
        let sql = "UPDATE callbacks SET attempts = attempts + 1, next_at = ?2 WHERE row = ?1";
        self.file
            .write(Need::Ongoing, move |tx| {
                tx.execute(sql, params![row, next_at]).map(|_| ())
            })
            .await
    }

    /// Gives up at most `limit` for this host that wait since before `before`; how many there
    /// were.
    pub async fn give_up_callbacks(
        &self,
        host: String,
        before: Time,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let sql = "DELETE FROM callbacks WHERE row IN
            (SELECT row FROM callbacks WHERE host = ?1 AND since < ?2 LIMIT ?3)";
        self.file
            .write(Need::Ongoing, move |tx| {
                tx.execute(sql, params![host, before, rows(limit)])
            })
            .await
    }
}

/// Steps from host to host in the index, over however much waits for each.
fn hosts(reader: &Connection) -> Result<Vec<(String, Time)>, StoreError> {
    let mut next = reader.prepare_cached(
        "SELECT host, next_at FROM callbacks INDEXED BY callbacks_waiting
         WHERE first = 1 AND host > ?1 ORDER BY host, next_at LIMIT 1",
    )?;
    let mut hosts: Vec<(String, Time)> = Vec::new();
    loop {
        let after = hosts.last().map_or("", |(host, _)| host.as_str());
        let mut found = next.query_map([after], |row| Ok((row.col(0)?, row.col(1)?)))?;
        let Some(host) = found.next().transpose()? else {
            drop(found);
            return Ok(hosts);
        };
        drop(found);
        hosts.push(host);
    }
}

fn due(
    reader: &Connection,
    host: &str,
    now: Time,
    limit: usize,
) -> Result<Vec<Callback>, StoreError> {
    let mut select = reader.prepare_cached(
        "SELECT c.row, m.callback_url, m.id, c.state, c.at, c.since, m.reference, c.carrier,
             c.reason_code, c.reason_detail, c.attempts
         FROM callbacks c INDEXED BY callbacks_waiting JOIN messages m ON m.row = c.message
         WHERE c.first = 1 AND c.host = ?1 AND c.next_at <= ?2
         ORDER BY c.next_at, c.row LIMIT ?3",
    )?;
    let found = select.query_map(params![host, now, rows(limit)], |row| {
        let code: Option<String> = row.col(8)?;
        let detail: Option<String> = row.col(9)?;
        Ok(Callback {
            row: row.col(0)?,
            url: row.col(1)?,
            id: row.col(2)?,
            state: row.col(3)?,
            at: row.col(4)?,
            since: row.col(5)?,
            reference: row.col(6)?,
            carrier: row.col("carrier")?,
            reason: code.map(|code| Reason::new(code, detail.unwrap_or_default())),
            attempts: row.col(10)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
