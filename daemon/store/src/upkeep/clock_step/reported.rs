//! Messages that are with a carrier, in doubt, or out: they may still get a report. There may be as many
//! as the history holds of which none came, so that they are looked through by a reader, and only those
//! are written that a report can still find.

use rusqlite::Connection;

use super::stages::Place;
use super::{ClockMove, STEP, Since};
use crate::evidence::SLACK_MS;
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params};
use crate::{StoreError, rows};
use model::{ClockStep, RowId, State, Time};

/// Those in hand, of which there are few: they may wait again, or get a report.
const IN_HAND: [State; 2] = [State::Sending, State::Uncertain];
/// A part of these may await one.
const OUT: [State; 5] = [
    State::Sent,
    State::Undelivered,
    State::Failed,
    State::Expired,
    State::Cancelled,
];

impl Place {
    /// Along the index by state, from a row on: what is before it costs nothing.
    pub(crate) const SQL: &'static str = "SELECT row, expires_at > ?3 AND moved < ?5
             AND (row <= ?6 OR (created_at < ?7) = ?8)
             AND (?9 OR EXISTS (SELECT 1 FROM parts WHERE message = m.row AND awaits = 1))
         FROM (SELECT row, expires_at, moved, created_at FROM messages INDEXED BY messages_state
               WHERE state = ?1 AND row > ?2 ORDER BY row LIMIT ?4) m ORDER BY row";

    /// The next messages there, those to be moved, and where to go on.
    pub(crate) fn look(
        self,
        reader: &Connection,
        moving: &ClockMove,
    ) -> Result<(Vec<RowId>, Option<Self>), StoreError> {
        let Some(state) = IN_HAND.iter().chain(&OUT).nth(self.state) else {
            return Ok((Vec::new(), None));
        };
        let mut select = reader.prepare_cached(Self::SQL)?;
        let found = select.query_map(
            params![
                state,
                self.after,
                last_reported(moving.step),
                rows(STEP),
                moving.number,
                moving.last,
                moving.middle(),
                moving.step.by() > 0,
                self.state < IN_HAND.len()
            ],
            |row| Ok((row.col(0)?, row.col(1)?)),
        )?;
        let found: Vec<(RowId, bool)> = found.collect::<Result<_, _>>()?;
        let next = match found.last() {
            Some((row, _)) if found.len() == STEP => Self {
                after: *row,
                ..self
            },
            _ => self.next_state(),
        };
        let moved = found.into_iter().filter(|(_, is_moved)| *is_moved);
        Ok((moved.map(|(row, _)| row).collect(), Some(next)))
    }

    fn next_state(self) -> Self {
        let state = self.state + 1;
        let in_hand = state < IN_HAND.len();
        Self {
            state,
            after: if in_hand { RowId(0) } else { self.begin },
            ..self
        }
    }
}

/// No report finds a message whose validity ended before this, by either clock.
fn last_reported(step: ClockStep) -> i64 {
    step.from.min(step.to).0 - SLACK_MS
}

/// Moves these messages, unless they wait: then more of them is moved.
pub(super) fn move_rows(
    tx: &Tx<'_>,
    moving: &ClockMove,
    now: Time,
    messages: &[RowId],
) -> Result<(), StoreError> {
    let step = moving.step;
    for row in messages {
        let sql =
            "UPDATE messages SET expires_at = expires_at + ?2, shifted = shifted + ?2, moved = ?3
            WHERE row = ?1 AND state NOT IN (0, 1) AND moved < ?3";
        let moved = tx.execute(sql, params![row, step.by(), moving.number])?;
        if moved > 0 {
            move_parts(tx, Since::of(step, now), *row)?;
        }
    }
    Ok(())
}

/// Moves when the parts of a message were sent that still await a report. With a clock that was set back,
/// those of the running hour were handed over by the new one already; the others follow here. A part
/// that was sent since the clock was set says so.
pub(super) fn move_parts(tx: &Tx<'_>, since: Since, message: RowId) -> Result<(), StoreError> {
    let (by, to) = (since.step.by(), since.step.to);
    if by < 0 {
        // By that clock by which it is nearer to when it was sent.
        let sql = "UPDATE parts SET handed_at = handed_at + ?2 WHERE message = ?1 AND awaits = 1
            AND sent_at NOT BETWEEN ?3 AND ?4
            AND abs(handed_at - sent_at) < abs(handed_at - sent_at - ?2)";
        tx.execute(sql, params![message, by, to, since.until])?;
    }
    let sql = "UPDATE parts SET sent_at = sent_at + ?2
        WHERE message = ?1 AND awaits = 1 AND sent_at NOT BETWEEN ?3 AND ?4";
    tx.run(sql, params![message, by, to, since.until])
}
