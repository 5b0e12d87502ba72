//! Messages that wait: what is left of their validity stays, and of their back-off. What has a time
//! of its own (`send_at`) keeps that, and its validity begins when it comes.

use rusqlite::Connection;

use super::stages::Cursor;
use super::{ClockMove, STEP, Since, reported};
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params};
use crate::{StoreError, rows};
use model::{RowId, Time};

/// The next messages there, those to be moved, and where to go on.
pub(super) fn look(
    reader: &Connection,
    moving: &ClockMove,
    cursor: Cursor,
) -> Result<(Vec<RowId>, Option<Cursor>), StoreError> {
    let ahead = moving.step.by() > 0;
    let sql = if ahead {
        "SELECT expires_at, row, moved < ?5 AND (row <= ?6 OR (created_at < ?7) = ?8)
         FROM messages INDEXED BY messages_expiring
         WHERE state IN (0, 1) AND expires_at > ?1 AND (expires_at, row) < (?2, ?3)
         ORDER BY expires_at DESC, row DESC LIMIT ?4"
    } else {
        "SELECT expires_at, row, moved < ?5 AND (row <= ?6 OR (created_at < ?7) = ?8)
         FROM messages INDEXED BY messages_expiring
         WHERE state IN (0, 1) AND expires_at > ?1 AND (expires_at, row) > (?2, ?3)
         ORDER BY expires_at, row LIMIT ?4"
    };
    let mut select = reader.prepare_cached(sql)?;
    let found = select.query_map(
        params![
            moving.step.from,
            cursor.0,
            cursor.1,
            rows(STEP),
            moving.number,
            moving.last,
            moving.middle(),
            ahead
        ],
        |row| Ok(((row.col(0)?, row.col(1)?), row.col(2)?)),
    )?;
    let found: Vec<(Cursor, bool)> = found.collect::<Result<_, _>>()?;
    let next = found.last().map(|(cursor, _)| *cursor);
    let moved = found.into_iter().filter(|(_, is_moved)| *is_moved);
    Ok((moved.map(|((_, row), _)| RowId(row)).collect(), next))
}

/// Moves these messages, if they still wait.
pub(super) fn move_rows(
    tx: &Tx<'_>,
    moving: &ClockMove,
    now: Time,
    messages: &[RowId],
) -> Result<(), StoreError> {
    let step = moving.step;
    for row in messages {
        let moved = tx.execute(
            "UPDATE messages SET moved = ?5,
                 expires_at = expires_at + CASE state WHEN 1 THEN ?2 ELSE max(0, ?4 - max(due_at, ?3)) END,
                 shifted = shifted + CASE state WHEN 1 THEN ?2 ELSE max(0, ?4 - max(due_at, ?3)) END,
                 due_at = CASE WHEN state = 1 AND due_at > min(?3, ?4)
                     THEN max(due_at + ?2, ?4) ELSE due_at END
             WHERE row = ?1 AND state IN (0, 1) AND moved < ?5",
            params![row, step.by(), step.from, step.to, moving.number],
        )?;
        if moved > 0 {
            reported::move_parts(tx, Since::of(step, now), *row)?;
        }
    }
    Ok(())
}
