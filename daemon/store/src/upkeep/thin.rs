//! Retention of what is kept for a shorter time than the messages are: what they say, with whom they
//! are, their steps. Messages are gone through once, in the order of their rows, which is that of
//! their age but for steps of the clock; those that are not over yet are looked at again.

use rusqlite::OptionalExtension as _;

use super::retain::id_at;
use super::told::Told;
use crate::machine::writer::{Need, Tx};
use crate::reading::index;
use crate::tables::statistics;
use crate::upkeep::Upkeep;
use crate::values::{RowExt as _, params, readable};
use crate::{StoreError, rows};
use model::{MessageId, RowId, Time};

/// Messages in one transaction: a modem's job that comes meanwhile waits for some ten milliseconds.
const STEP: usize = 20;

/// What of a message may go before the message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thinned {
    /// What it says: its text is empty then.
    Texts,
    /// The other party's number, but for its last three digits.
    Numbers,
    /// Its history.
    Events,
}

impl Thinned {
    fn name(self) -> &'static str {
        match self {
            Self::Texts => "texts",
            Self::Numbers => "numbers",
            Self::Events => "events",
        }
    }
}

/// A message that may be old enough.
struct Old {
    row: i64,
    /// None where it is gone.
    id: Option<MessageId>,
    /// Whatever is still told of it, it is not sent again.
    is_over: bool,
}

impl Upkeep {
    /// Takes this out of finished messages created before `before`, at most `limit` of them, and out of those
    /// that were not finished at the last look. How many were looked at: `limit` means that there may be more.
    pub async fn thin(
        &self,
        what: Thinned,
        before: Time,
        limit: usize,
    ) -> Result<usize, StoreError> {
        if what == Thinned::Numbers {
            self.forget_told(before, Told::WithNumber).await?;
        }
        let before = id_at(before);
        let mut after = Some(0);
        while let Some(row) = after {
            let step = move |tx: &mut Tx<'_>| look_again(tx, what, before, row);
            after = self.file.write(Need::Ongoing, step).await?;
        }
        let mut looked_at = 0;
        while looked_at < limit {
            let most = STEP.min(limit - looked_at);
            let step = move |tx: &mut Tx<'_>| go_on(tx, what, before, most);
            let done = self.file.write(Need::Ongoing, step).await?;
            looked_at += done;
            if done < most {
                break;
            }
        }
        Ok(looked_at)
    }
}

/// Goes on behind the messages that were gone through.
fn go_on(tx: &Tx<'_>, what: Thinned, before: MessageId, limit: usize) -> Result<usize, StoreError> {
    let kind = what.name();
    let upto: Option<i64> = tx
        .prepare("SELECT upto FROM thinned WHERE kind = ?1")?
        .query_row([kind], |row| row.col(0))
        .optional()?;
    // Those that are not indexed yet wait until they are: the index is made of what they say.
    let next = "SELECT row, id, state NOT IN (0, 1, 2, 9), created_at FROM messages
        WHERE row > ?1 AND row <= (SELECT upto FROM indexed) ORDER BY row LIMIT ?2";
    let mut done = 0;
    let mut last = None;
    for old in some(tx, next, params![upto.unwrap_or(0), rows(limit)])? {
        if old.id.is_none_or(|id| id >= before) {
            break;
        }
        if old.is_over {
            thin(tx, what, old.row)?;
        } else {
            let wait = "INSERT OR IGNORE INTO thinned_waits (kind, row) VALUES (?1, ?2)";
            tx.execute(wait, params![kind, old.row])?;
        }
        done += 1;
        last = Some(old.row);
    }
    if let Some(last) = last {
        let set = "INSERT OR REPLACE INTO thinned (kind, upto) VALUES (?1, ?2)";
        tx.execute(set, params![kind, last])?;
    }
    Ok(done)
}

/// Looks at some of those that were not over, behind the row `after`; the last of them, none at the end.
fn look_again(
    tx: &Tx<'_>,
    what: Thinned,
    before: MessageId,
    after: i64,
) -> Result<Option<i64>, StoreError> {
    let kind = what.name();
    let next = "SELECT w.row, m.id, m.state NOT IN (0, 1, 2, 9), m.created_at FROM thinned_waits w
        LEFT JOIN messages m ON m.row = w.row
        WHERE w.kind = ?1 AND w.row > ?2 ORDER BY w.row LIMIT ?3";
    let found = some(tx, next, params![kind, after, rows(STEP)])?;
    let last = found
        .last()
        .map(|old| old.row)
        .filter(|_| found.len() == STEP);
    for old in found {
        let is_due = old.is_over && old.id.is_some_and(|id| id < before);
        if is_due {
            thin(tx, what, old.row)?;
        }
        if is_due || old.id.is_none() {
            let over = "DELETE FROM thinned_waits WHERE kind = ?1 AND row = ?2";
            tx.execute(over, params![kind, old.row])?;
        }
    }
    Ok(last)
}

fn some(tx: &Tx<'_>, sql: &str, params: impl rusqlite::Params) -> Result<Vec<Old>, StoreError> {
    let mut select = tx.prepare(sql)?;
    let found = select.query_map(params, |row| {
        Ok(Old {
            row: row.col(0)?,
            // One that makes no sense is as old as the message says.
            id: match readable(row.col(1))? {
                Some(id) => id,
                None => Some(id_at(row.col(3)?)),
            },
            is_over: row.col::<Option<bool>>(2)?.unwrap_or(false),
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn thin(tx: &Tx<'_>, what: Thinned, row: i64) -> Result<(), StoreError> {
    let sql = match what {
        Thinned::Texts => {
            index::remove_words(tx, row)?;
            "UPDATE messages SET text = '', data = NULL, port = NULL WHERE row = ?1"
        }
        Thinned::Numbers => {
            // What counts it by country stays.
            statistics::forgotten(tx, RowId(row))?;
            index::remove_peer(tx, row)?;
            "UPDATE messages SET peer = '…' || CASE WHEN length(peer) > 6 THEN substr(peer, -3) ELSE '' END
             WHERE row = ?1 AND peer NOT LIKE '…%'"
        }
        Thinned::Events => "DELETE FROM history WHERE message = ?1",
    };
    tx.execute(sql, [row])?;
    Ok(())
}
