//! Erasure of all that is kept of a number, in small steps, so that the file has it no more.
//!
//! What is deleted is overwritten: SQLite does that while `secure_delete` is on, and the full-text
//! index while its `secure-delete` is. That costs writes, so each step switches it on for itself. In
//! between `secure_delete` is `fast` (`machine/files.rs`): that overwrites within pages that are written
//! anyway. At the end the log is emptied, which holds older pages.

mod traces;

use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::retain::delete_message;
use crate::machine::writer::{Need, Tx};
use crate::reading::index;
use crate::tables::audit::append_change;
use crate::tables::{statistics, work};
use crate::upkeep::Upkeep;
use crate::values::{RowExt as _, params};
use crate::{NewAudit, StoreError, rows};
use model::RowId;

/// Messages in one transaction: a modem's job that comes meanwhile waits for some ten milliseconds.
const STEP: usize = 20;
/// How often it is tried to empty the log, which has to wait until nobody reads it, and the pause between.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(100);

/// What stands against an erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Erasable {
    /// Nothing: these are the rows up to now, and so many messages.
    Now(RowId, u64),
    /// No message to or from the number.
    Unknown,
    /// So many messages to it are on their way, or waiting, or nobody knows whether they went out.
    Waiting(u64),
    /// Not all messages are indexed yet.
    Behind,
}

impl Upkeep {
    /// Whether a number can be erased.
    pub async fn erasable(&self, number: &str) -> Result<Erasable, StoreError> {
        let number = number.to_owned();
        self.file
            .read(move |reader| erasable(reader, &number))
            .await
    }

    /// Begins to erase what there is of a number up to a row: from this commit on it is gone through, over
    /// restarts too.
    pub async fn begin_erasure(
        &self,
        number: &str,
        (upto, messages): (RowId, u64),
        audit: NewAudit,
    ) -> Result<(), StoreError> {
        let number = number.to_owned();
        let begin = "INSERT INTO erasures (number, upto) VALUES (?1, ?2)
            ON CONFLICT DO UPDATE SET upto = max(upto, excluded.upto)";
        self.file
            .write(Need::Ongoing, move |tx| {
                tx.execute(begin, params![number, upto])?;
                let before = json!({"messages": messages});
                append_change(tx, &audit, Some(&before), None::<&Value>)
            })
            .await
    }

    /// Those that were begun and are not over.
    pub async fn erasures(&self) -> Result<Vec<String>, StoreError> {
        let read = |reader: &Connection| {
            let mut select = reader.prepare_cached("SELECT number FROM erasures")?;
            let found = select.query_map([], |row| row.col(0))?;
            Ok(found.collect::<Result<_, _>>()?)
        };
        self.file.read(read).await
    }

    /// Carries an erasure that was begun through, as far as its messages are over; true = to its end.
    pub async fn erase(&self, number: &str) -> Result<bool, StoreError> {
        for direction in [0, 1] {
            let mut after = Some(0);
            while let Some(row) = after {
                let number = number.to_owned();
                after = self
                    .securely(move |tx| messages(tx, &number, direction, row))
                    .await?;
            }
        }
        self.erase_traces(number).await?;
        let gone = number.to_owned();
        let is_over = self.securely(move |tx| end(tx, &gone)).await?;
        self.empty_log().await?;
        Ok(is_over)
    }

    /// A commit whose deletions overwrite what they delete.
    async fn securely<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| {
                overwrite(tx, true)?;
                let done = work(tx);
                overwrite(tx, false)?;
                done
            })
            .await
    }

    /// Has the log emptied, which keeps pages as they were. Where readers hold on to it, a later commit does it.
    async fn empty_log(&self) -> Result<(), StoreError> {
        let shared = self.file.shared();
        shared.empty_log();
        for _ in 0..TRIES {
            // The writer looks after each commit.
            self.file.write(Need::Ongoing, |_| Ok(())).await?;
            if shared.is_log_emptied() {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        tracing::warn!("the log still holds what was erased: something reads it all the time");
        Ok(())
    }
}

fn overwrite(tx: &Tx<'_>, on: bool) -> Result<(), StoreError> {
    let (pages, words) = if on { ("ON", 1) } else { ("FAST", 0) };
    tx.prepare(&format!("PRAGMA secure_delete = {pages}"))?
        .query_row([], |row| row.col::<i64>(0))?;
    let words = format!("INSERT INTO search (search, rank) VALUES ('secure-delete', {words})");
    tx.execute(&words, [])?;
    Ok(())
}

/// What is not over: what waits, is on its way, or may have gone out and still be settled.
const WAITS: &str = "(m.state IN (0, 1, 2) OR m.state = 9 AND EXISTS
    (SELECT 1 FROM doubts d WHERE d.message = m.row AND d.conclusion = 0))";

fn erasable(reader: &Connection, number: &str) -> Result<Erasable, StoreError> {
    let (upto, indexed): (i64, i64) = reader
        .prepare_cached("SELECT coalesce((SELECT max(row) FROM messages), 0), upto FROM indexed")?
        .query_row([], |row| Ok((row.col(0)?, row.col(1)?)))?;
    if indexed < upto {
        return Ok(Erasable::Behind);
    }
    let sql = format!(
        "SELECT count(*), coalesce(sum({WAITS}), 0) FROM peers p CROSS JOIN messages m ON m.row = p.row
         WHERE p.peer = ?1"
    );
    let (messages, waiting): (i64, i64) = reader
        .prepare_cached(&sql)?
        .query_row([number], |row| Ok((row.col(0)?, row.col(1)?)))?;
    let count = |count| u64::try_from(count).unwrap_or(0);
    Ok(match (messages, waiting) {
        (0, _) => Erasable::Unknown,
        (_, 0) => Erasable::Now(RowId(upto), count(messages)),
        _ => Erasable::Waiting(count(waiting)),
    })
}

/// Deletes some of the messages of one direction behind the row `after`; the last of them, none at the end.
fn messages(
    tx: &Tx<'_>,
    number: &str,
    direction: i64,
    after: i64,
) -> Result<Option<i64>, StoreError> {
    let sql = format!(
        "SELECT p.row, {WAITS}, p.row = (SELECT max(row) FROM messages)
         FROM peers p CROSS JOIN messages m ON m.row = p.row
         WHERE p.peer = ?1 AND p.direction = ?2 AND p.row > ?3
             AND p.row <= (SELECT upto FROM erasures WHERE number = ?1)
         ORDER BY p.row LIMIT ?4"
    );
    let found: Vec<(i64, bool, bool)> = tx
        .prepare(&sql)?
        .query_map(params![number, direction, after, rows(STEP)], |row| {
            Ok((row.col(0)?, row.col(1)?, row.col(2)?))
        })?
        .collect::<Result<_, _>>()?;
    let last = found.last().map(|(row, ..)| *row);
    for (row, waits, is_newest) in &found {
        match (waits, is_newest) {
            (true, _) => {}
            (false, true) => empty(tx, *row)?,
            (false, false) => delete_message(tx, RowId(*row))?,
        }
    }
    Ok(last.filter(|_| found.len() == STEP))
}

/// The newest message stays as an empty row, so that its number is not given again. Lists leave it out.
fn empty(tx: &Tx<'_>, row: i64) -> Result<(), StoreError> {
    statistics::forgotten(tx, RowId(row))?;
    index::remove(tx, row)?;
    for empty in [
        "DELETE FROM parts WHERE message = ?1",
        "DELETE FROM doubts WHERE message = ?1",
        "DELETE FROM history WHERE message = ?1",
        "DELETE FROM deliveries WHERE message = ?1",
        "UPDATE messages SET peer = '…', text = '', data = NULL, port = NULL, reference = NULL,
             metadata = NULL, callback_url = NULL, reason_detail = NULL, test = 1 WHERE row = ?1",
    ] {
        tx.execute(empty, [row])?;
    }
    Ok(())
}

/// Where nothing is left that is to be erased, neither is the wish; true = so it is.
fn end(tx: &Tx<'_>, number: &str) -> Result<bool, StoreError> {
    let left = "SELECT 1 FROM peers p JOIN erasures e ON e.number = p.peer
        WHERE p.peer = ?1 AND p.row <= e.upto";
    if tx.prepare(left)?.exists([number])? {
        return Ok(false);
    }
    // What came in meanwhile is another conversation: it stays, and what was made of this one goes.
    work::forget(tx, number)?;
    tx.execute("DELETE FROM erasures WHERE number = ?1", [number])?;
    Ok(true)
}
