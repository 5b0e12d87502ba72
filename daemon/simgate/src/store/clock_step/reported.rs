//! Messages that are out and may still get a report. There may be as many as the history holds of which
//! none came, so that they are looked through by a reader, and only those are written that a report can
//! still find.

use rusqlite::{Connection, params};

use super::{ClockMove, LastSet, STEP};
use crate::model::{ClockStep, RowId, State};
use crate::store::reports::SLACK_MS;
use crate::store::{StoreError, rows, writer::Tx};

/// A part of these may await one.
const STATES: [State; 5] = [
    State::Sent,
    State::Undelivered,
    State::Failed,
    State::Expired,
    State::Cancelled,
];

/// What is looked through next: messages of this state after this row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    state: usize,
    after: RowId,
}

impl Place {
    pub(super) const FIRST: Self = Self {
        state: 0,
        after: RowId(0),
    };

    /// The next messages there, those to be moved, and where to go on.
    pub(super) fn look(
        self,
        reader: &Connection,
        step: ClockStep,
    ) -> Result<(Vec<RowId>, Option<Self>), StoreError> {
        let Some(state) = STATES.get(self.state) else {
            return Ok((Vec::new(), None));
        };
        let mut select = reader.prepare_cached(
            "SELECT row, expires_at > ?3
                 AND EXISTS (SELECT 1 FROM parts WHERE message = m.row AND awaits = 1)
             FROM (SELECT row, expires_at FROM messages INDEXED BY messages_state
                   WHERE state = ?1 AND row > ?2 ORDER BY row LIMIT ?4) m ORDER BY row",
        )?;
        let found = select.query_map(
            params![state, self.after, last_reported(step), rows(STEP)],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let found: Vec<(RowId, bool)> = found.collect::<Result<_, _>>()?;
        let next = match found.last() {
            Some((row, _)) if found.len() == STEP => Self {
                after: *row,
                ..self
            },
            _ => Self {
                state: self.state + 1,
                ..Self::FIRST
            },
        };
        let moved = found.into_iter().filter(|(_, is_moved)| *is_moved);
        Ok((moved.map(|(row, _)| row).collect(), Some(next)))
    }
}

/// No report finds a message whose validity ended before this, by either clock.
fn last_reported(step: ClockStep) -> i64 {
    step.from.min(step.to).0 - SLACK_MS
}

/// Moves these messages.
pub(super) fn move_rows(
    tx: &Tx<'_>,
    moving: &ClockMove,
    messages: &[RowId],
) -> Result<(), StoreError> {
    let number = LastSet::number(tx)?;
    let ((after, upto), before) = (moving.rows, moving.before);
    for row in messages {
        tx.execute(
            "UPDATE messages SET expires_at = expires_at + ?2, moved = ?3
             WHERE row = ?1 AND moved < ?3 AND row > ?4 AND row <= ?5 AND created_at < ?6",
            params![row, moving.step.by(), number, after, upto, before],
        )?;
    }
    Ok(())
}

/// Moves what is in a carrier's hands, or in doubt: what is refused, or was not sent, waits again, and the
/// others may get a report.
pub(super) fn move_in_hands(tx: &Tx<'_>, moving: &ClockMove) -> Result<(), StoreError> {
    let number = LastSet::number(tx)?;
    let ((after, upto), before) = (moving.rows, moving.before);
    tx.execute(
        "UPDATE messages INDEXED BY messages_state SET expires_at = expires_at + ?2, moved = ?3
         WHERE state IN (2, 9) AND expires_at > ?1 AND moved < ?3
             AND row > ?4 AND row <= ?5 AND created_at < ?6",
        params![
            last_reported(moving.step),
            moving.step.by(),
            number,
            after,
            upto,
            before
        ],
    )?;
    Ok(())
}
