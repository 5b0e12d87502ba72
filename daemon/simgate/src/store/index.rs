//! What only readers need: full text, messages by number, conversations.
//!
//! Kept by hand and behind, because it touches pages all over the file: an acceptance writes one
//! row, and this is written while nothing else is, or when a reader asks.

use rusqlite::params;

use super::writer::{Job, Need, Tx};
use super::{Store, StoreError};

/// Messages indexed in one transaction while the writer has nothing else to do: a modem's job
/// that comes meanwhile waits for a millisecond or two.
pub(super) const IDLE_STEP: i64 = 32;
/// And when a reader waits for it: some ten milliseconds.
const ASKED_STEP: i64 = 250;

/// Indexes the next messages; the row up to which all are indexed.
fn step(tx: &mut Tx<'_>, limit: i64) -> Result<i64, StoreError> {
    let from: i64 = tx
        .prepare("SELECT upto FROM indexed")?
        .query_row([], |row| row.get(0))?;
    let next = "SELECT max(row), count(*) FROM
        (SELECT row FROM messages WHERE row > ?1 ORDER BY row LIMIT ?2)";
    let (to, count): (Option<i64>, i64) = tx
        .prepare(next)?
        .query_row([from, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    // A short step has come to the end.
    tx.unindexed = if count < limit {
        0
    } else {
        tx.unindexed - count
    };
    let Some(to) = to else { return Ok(from) };
    tx.execute(
        "INSERT INTO search (rowid, text)
         SELECT row, text FROM messages WHERE row > ?1 AND row <= ?2 AND text IS NOT NULL",
        [from, to],
    )?;
    tx.execute(
        "INSERT INTO peers (peer, row)
         SELECT peer, row FROM messages WHERE row > ?1 AND row <= ?2 ORDER BY peer, row",
        [from, to],
    )?;
    tx.execute(
        "INSERT INTO conversations (number, last, count)
         SELECT peer, max(row), count(*) FROM messages WHERE row > ?1 AND row <= ?2 GROUP BY peer
         ON CONFLICT (number) DO UPDATE SET last = excluded.last, count = count + excluded.count",
        [from, to],
    )?;
    tx.execute("UPDATE indexed SET upto = ?1", [to])?;
    Ok(to)
}

/// Takes a message out of all of it, if it is in, before its row is deleted.
pub(super) fn remove(tx: &Tx<'_>, row: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO search (search, rowid, text)
         SELECT 'delete', row, text FROM messages
         WHERE row = ?1 AND text IS NOT NULL AND row <= (SELECT upto FROM indexed)",
        [row],
    )?;
    let mut peer = tx.prepare("SELECT peer FROM messages WHERE row = ?1")?;
    let peer: String = peer.query_row([row], |row| row.get(0))?;
    let gone = tx.execute(
        "DELETE FROM peers WHERE peer = ?1 AND row = ?2",
        params![peer, row],
    )?;
    if gone == 0 {
        return Ok(());
    }
    tx.execute(
        "DELETE FROM conversations WHERE number = ?1 AND count <= 1",
        [&peer],
    )?;
    tx.execute(
        "UPDATE conversations SET count = count - 1,
             last = CASE last WHEN ?2 THEN (SELECT max(row) FROM peers WHERE peer = ?1) ELSE last END
         WHERE number = ?1",
        params![peer, row],
    )?;
    Ok(())
}

/// What the writer does when nobody wants anything.
pub(super) struct IdleStep;

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

impl Store {
    /// Indexes all that is stored by now. On a disk in trouble the index stays as it is, and the answer
    /// lacks the latest messages: that is better than none.
    pub(super) async fn catch_up(&self) -> Result<(), StoreError> {
        let state = "SELECT upto, (SELECT max(row) FROM messages) FROM indexed";
        let (mut upto, last): (i64, Option<i64>) = self
            .read(move |reader| {
                Ok(reader
                    .prepare_cached(state)?
                    .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
            })
            .await?;
        while last.is_some_and(|last| upto < last) {
            match self.write(Need::Growth, |tx| step(tx, ASKED_STEP)).await {
                Ok(to) => upto = to,
                Err(error) if error.is_told() => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
