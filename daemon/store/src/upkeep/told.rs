//! Retention of what was posted to webhooks, or is parked, and is no message's: those of a message go with it.

use rusqlite::Connection;

use crate::machine::writer::Need;
use crate::upkeep::Upkeep;
use crate::values::{RowExt as _, params};
use crate::{StoreError, rows};
use model::Time;

/// Rows looked through at a time.
const STEP: usize = 500;

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    All,
    /// Those that hold another party's number.
    WithNumber,
}

/// A delivery that is looked at.
struct Old {
    row: i64,
    at: Time,
    goes: bool,
}

impl Upkeep {
    /// Forgets events that happened before `before` and wait no more.
    pub(super) async fn forget_told(&self, before: Time, which: Told) -> Result<(), StoreError> {
        let mut after = Some(0);
        while let Some(row) = after {
            let read = move |reader: &Connection| some(reader, which, row);
            let page = self.file.read(read).await?;
            // They come in the order of their times, but for steps of the clock.
            let goes_on = page.len() == STEP && page.last().is_some_and(|old| old.at < before);
            after = page.last().map(|old| old.row).filter(|_| goes_on);
            let gone = page.into_iter().filter(|old| old.goes && old.at < before);
            let gone: Vec<_> = gone.map(|old| old.row).collect();
            if gone.is_empty() {
                continue;
            }
            let delete = "DELETE FROM deliveries WHERE row = ?1 AND state <> 0";
            self.file
                .write(Need::Ongoing, move |tx| {
                    let mut gone = gone.iter();
                    gone.try_for_each(|row| tx.execute(delete, [row]).map(drop))
                })
                .await?;
        }
        Ok(())
    }
}

fn some(reader: &Connection, which: Told, after: i64) -> Result<Vec<Old>, StoreError> {
    let sql = "SELECT row, at, message = 0 AND state <> 0
            AND (?1 OR kind IN ('call.missed', 'conversation.changed'))
        FROM deliveries WHERE row > ?2 ORDER BY row LIMIT ?3";
    let mut select = reader.prepare_cached(sql)?;
    let page = select.query_map(params![which == Told::All, after, rows(STEP)], |row| {
        Ok(Old {
            row: row.col(0)?,
            at: row.col(1)?,
            goes: row.col(2)?,
        })
    })?;
    Ok(page.collect::<Result<_, _>>()?)
}
