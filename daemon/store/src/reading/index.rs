//! What only readers need: full text, messages by number, conversations.
//!
//! Kept by hand and behind, because it touches pages all over the file: an acceptance writes one
//! row, and this is written while nothing else is, or when a reader asks.

use std::time::Duration;

use rusqlite::Row;

use crate::StoreError;
use crate::machine::keeper::IDLE_STEP;
use crate::machine::select::{Select as _, both};
use crate::machine::writer::{Job, Need, Tx};
use crate::reading::Reading;
use crate::reading::listing::{BLOCK, indexed_words};
use crate::tables::work;
use crate::values::{RowExt as _, params, readable};

/// Messages indexed in one transaction when a reader waits for it: some ten milliseconds.
const ASKED_STEP: i64 = 250;
/// How long a reader waits for that. Then its answer says what it may lack.
const PATIENCE: Duration = Duration::from_millis(250);

/// Indexes the next messages; the row up to which all are indexed.
fn step(tx: &mut Tx<'_>, limit: i64) -> Result<i64, StoreError> {
    let mut from: i64 = tx
        .prepare("SELECT upto FROM indexed")?
        .query_row([], |row| row.col(0))?;
    if makes_no_sense(tx, from)? {
        tracing::warn!(
            from,
            "how far messages are indexed makes no sense: they are indexed anew"
        );
        begin_anew(tx)?;
        from = 0;
    }
    let next = "SELECT max(row), count(*) FROM
        (SELECT row FROM messages WHERE row > ?1 ORDER BY row LIMIT ?2)";
    let (to, count): (Option<i64>, i64) = tx
        .prepare(next)?
        .query_row([from, limit], |row| Ok((row.col(0)?, row.col(1)?)))?;
    // A short step has come to the end.
    let Some(to) = to else {
        tx.unindexed = 0;
        return Ok(from);
    };
    tx.unindexed = if count < limit {
        0
    } else {
        // Counted anew: after a start nobody knows how much is behind. A row that is gone counts too,
        // which costs one more step.
        let newest: i64 = tx
            .prepare("SELECT max(row) FROM messages")?
            .query_row([], |row| row.col(0))?;
        newest - to
    };
    index_words(tx, from, to)?;
    tx.execute(
        "INSERT INTO peers (peer, direction, row) SELECT peer, direction, row FROM messages
         WHERE row > ?1 AND row <= ?2 ORDER BY peer, direction, row",
        [from, to],
    )?;
    // A lane begins with the key.
    tx.execute(
        "INSERT INTO senders (key, row) SELECT CAST(lane AS INTEGER), row FROM messages
         WHERE row > ?1 AND row <= ?2 AND lane IS NOT NULL ORDER BY 1, row",
        [from, to],
    )?;
    tx.execute(
        "INSERT INTO ages (block, oldest, newest)
         SELECT row >> ?3, min(created_at), max(created_at) FROM messages
         WHERE row > ?1 AND row <= ?2 GROUP BY 1
         ON CONFLICT (block) DO UPDATE SET
             oldest = min(oldest, excluded.oldest), newest = max(newest, excluded.newest)",
        [from, to, BLOCK.into()],
    )?;
    tx.execute(
        "INSERT INTO conversations (number, last, count, heard, done, assigned)
         SELECT peer, fresh.last, n, fresh.heard, coalesce(w.done, 0), w.assigned FROM
             (SELECT peer, max(row) AS last, count(*) AS n,
                  max(CASE direction WHEN 1 THEN row ELSE 0 END) AS heard FROM messages
              WHERE row > ?1 AND row <= ?2 AND test = 0 GROUP BY peer) AS fresh
             LEFT JOIN conversation_work w ON w.number = peer
         WHERE true
         ON CONFLICT (number) DO UPDATE SET last = excluded.last, count = count + excluded.count,
             heard = max(heard, excluded.heard)",
        [from, to],
    )?;
    tx.execute("UPDATE indexed SET upto = ?1", [to])?;
    Ok(to)
}

/// What is behind `upto` is not indexed, and nothing is indexed that is not there.
fn makes_no_sense(tx: &Tx<'_>, upto: i64) -> Result<bool, StoreError> {
    let sql = "SELECT ?1 < 0 OR ?1 > (SELECT coalesce(max(row), 0) FROM messages)
        OR (?1 >> ?2) < (SELECT coalesce(max(block), 0) FROM ages)";
    Ok(tx
        .prepare(sql)?
        .query_row([upto, BLOCK.into()], |row| row.col(0))?)
}

fn begin_anew(tx: &Tx<'_>) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM peers",
        "DELETE FROM senders",
        "DELETE FROM ages",
        "DELETE FROM conversations",
        "INSERT INTO search (search) VALUES ('delete-all')",
    ] {
        tx.execute(sql, [])?;
    }
    Ok(())
}

fn index_words(tx: &Tx<'_>, from: i64, to: i64) -> Result<(), StoreError> {
    let mut texts =
        tx.prepare("SELECT row, text FROM messages WHERE row > ?1 AND row <= ?2 AND text <> ''")?;
    let mut insert = tx.prepare("INSERT INTO search (rowid, words) VALUES (?1, ?2)")?;
    let mut found = texts.query([from, to])?;
    while let Some(message) = found.next()? {
        let row = message.col(0)?;
        insert.execute(params![row, indexed_words(row, &words_of(message, 1)?)])?;
    }
    Ok(())
}

/// The text of a message, whatever stands there: one that makes no sense keeps no other from being found.
fn words_of(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    let text = row.get_ref(column)?.as_bytes_or_null()?;
    Ok(String::from_utf8_lossy(text.unwrap_or_default()).into_owned())
}

/// Takes a message out of all of it, if it is in, before its row is deleted.
pub(crate) fn remove(tx: &Tx<'_>, row: i64) -> Result<(), StoreError> {
    let upto: i64 = tx
        .prepare("SELECT upto FROM indexed")?
        .query_row([], |indexed| indexed.col(0))?;
    if row > upto {
        return Ok(());
    }
    remove_words(tx, row)?;
    tx.execute(
        "DELETE FROM senders WHERE row = ?1
             AND key = (SELECT CAST(lane AS INTEGER) FROM messages WHERE row = ?1)",
        [row],
    )?;
    // Of the blocks before the oldest message nothing is left.
    tx.execute(
        "DELETE FROM ages WHERE block < (SELECT min(row) >> ?1 FROM messages)",
        [BLOCK],
    )?;
    remove_peer(tx, row)
}

/// Takes the words of an indexed message out, as long as its text is there.
pub(crate) fn remove_words(tx: &Tx<'_>, row: i64) -> Result<(), StoreError> {
    let text = tx
        .prepare("SELECT text FROM messages WHERE row = ?1")?
        .query_row([row], |found| words_of(found, 0))?;
    // A message without words was never in.
    if !text.is_empty() {
        tx.execute(
            "INSERT INTO search (search, rowid, words) VALUES ('delete', ?1, ?2)",
            params![row, indexed_words(row, &text)],
        )?;
    }
    Ok(())
}

/// Takes an indexed message out of the conversation with its number, as long as that is there.
pub(crate) fn remove_peer(tx: &Tx<'_>, row: i64) -> Result<(), StoreError> {
    let gone = tx.execute(
        "DELETE FROM peers WHERE (peer, direction, row) = (SELECT peer, direction, row FROM messages WHERE row = ?1)",
        [row],
    )?;
    let number = "SELECT peer, test FROM messages WHERE row = ?1";
    let found = tx
        .first(number, [row], |found| readable(both(found)))?
        .flatten();
    match found {
        Some((peer, false)) if gone > 0 => {
            let peer: String = peer;
            leave_conversation(tx, &peer, row)
        }
        // A number that makes no sense has no conversation that anybody could open.
        _ => Ok(()),
    }
}

/// The message of a row is in its conversation no more.
fn leave_conversation(tx: &Tx<'_>, peer: &str, row: i64) -> Result<(), StoreError> {
    let over = "DELETE FROM conversations WHERE number = ?1 AND count <= 1";
    if tx.execute(over, [peer])? == 1 {
        return work::forget(tx, peer);
    }
    tx.execute(
        "WITH latest (direction, row) AS (
             SELECT d.value, (SELECT p.row FROM peers p CROSS JOIN messages m ON m.row = p.row
                 WHERE p.peer = ?1 AND p.direction = d.value AND m.test = 0
                 ORDER BY p.row DESC LIMIT 1)
             FROM json_each('[0, 1]') d)
         UPDATE conversations SET count = count - 1,
             last = CASE last WHEN ?2 THEN (SELECT coalesce(max(row), 0) FROM latest) ELSE last END,
             heard = CASE heard WHEN ?2 THEN
                 (SELECT coalesce(max(row), 0) FROM latest WHERE direction = 1) ELSE heard END
         WHERE number = ?1",
        params![peer, row],
    )?;
    Ok(())
}

/// What the writer does when nobody wants anything.
pub(crate) fn idle_step() -> Box<dyn Job> {
    Box::new(IdleStep)
}

struct IdleStep;

impl Job for IdleStep {
    fn need(&self) -> Need {
        Need::Growth
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        step(tx, IDLE_STEP).map(drop)
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        match outcome {
            Ok(()) => {}
            Err(error) if error.is_told() => {}
            Err(error) => tracing::warn!(%error, "messages are not indexed"),
        }
    }
}

impl Reading {
    /// Indexes what is stored by now, as far as that goes in a moment. On a disk in trouble the
    /// index stays as it is, and the answer lacks the latest messages: that is better than none.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        // A step that was handed to the writer is done all the same.
        match tokio::time::timeout(PATIENCE, self.index_all()).await {
            Ok(done) => done,
            Err(_) => Ok(()),
        }
    }

    /// Indexes all that is stored by now, however long that takes.
    pub(crate) async fn index_all(&self) -> Result<(), StoreError> {
        let state = "SELECT upto, (SELECT max(row) FROM messages) FROM indexed";
        let (mut upto, last): (i64, Option<i64>) = self
            .file
            .read(move |reader| {
                Ok(reader
                    .prepare_cached(state)?
                    .query_row([], |row| Ok((row.col(0)?, row.col(1)?)))?)
            })
            .await?;
        while last.is_some_and(|last| upto < last) {
            match self
                .file
                .write(Need::Growth, |tx| step(tx, ASKED_STEP))
                .await
            {
                Ok(to) => upto = to,
                Err(error) if error.is_told() => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
