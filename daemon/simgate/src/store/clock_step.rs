//! The wall clock was set: what runs by it is moved along, so that a wait is as long as it was to
//! be, and no quota begins anew.

mod last;
mod reported;

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::writer::{Need, Tx};
use super::{Store, StoreError, replays, rows, tallies};
use crate::model::{ClockStep, RowId, Span, Time};
use last::LastSet;
use reported::Place;

/// No back-off of a queued message is longer: a message whose turn is further away than this
/// waits for a clock that was set back while no daemon ran.
pub(super) const LONGEST_WAIT: Duration = Duration::from_mins(35);
const HOUR_MS: i64 = 3600 * 1000;
/// Rows moved in one commit: sends go on in between.
const STEP: usize = 500;

/// What is to be moved, and how far that has come: an error leaves the rest for another try, and
/// nothing is moved twice, whatever states it goes through meanwhile.
#[derive(Clone, Copy)]
pub(crate) struct ClockMove {
    step: ClockStep,
    /// Messages after this row and up to that one,
    rows: (RowId, RowId),
    /// if they were accepted before this.
    before: Time,
    waits: bool,
    messages: Option<Cursor>,
    reported: Option<Place>,
    answers: Option<i64>,
}

/// The last message moved, by the end of its validity: the order is such that none comes again.
type Cursor = (Time, RowId);

impl ClockMove {
    /// All that runs by the clock, and of the messages those up to this row.
    pub(crate) fn new(step: ClockStep, last: RowId) -> Self {
        Self {
            step,
            rows: (RowId(0), last),
            before: Time(i64::MAX),
            waits: true,
            messages: Some(first(step)),
            reported: Some(Place::FIRST),
            answers: Some(0),
        }
    }

    /// Messages after this row: some were on their way into the store, with times by the clock as it
    /// was.
    pub(crate) fn stragglers(step: ClockStep, after: RowId) -> Self {
        Self {
            rows: (after, RowId(i64::MAX)),
            before: Time(i64::midpoint(step.from.0, step.to.0)),
            waits: false,
            answers: None,
            ..Self::new(step, after)
        }
    }
}

fn first(step: ClockStep) -> Cursor {
    if step.by() > 0 {
        (Time(i64::MAX), RowId(i64::MAX))
    } else {
        (step.from, RowId(i64::MAX))
    }
}

impl Store {
    /// Moves what is still to be moved.
    pub(crate) async fn move_clock(&self, moving: &mut ClockMove) -> Result<(), StoreError> {
        let (all, step) = (*moving, moving.step);
        if moving.waits {
            self.write(Need::Progress, move |tx| waits(tx, &all))
                .await?;
            moving.waits = false;
        }
        while let Some(cursor) = moving.messages {
            let moved = move |tx: &mut Tx<'_>| messages(tx, &all, cursor);
            moving.messages = self.write(Need::Progress, moved).await?;
        }
        while let Some(place) = moving.reported {
            moving.reported = self.move_reported(all, place).await?;
        }
        while let Some(after) = moving.answers {
            let moved = move |tx: &mut Tx<'_>| answers(tx, step, after);
            moving.answers = self.write(Need::Progress, moved).await?;
        }
        Ok(())
    }

    /// The next messages that may get a report; and first those that were taken out of the queue
    /// before they were moved.
    async fn move_reported(
        &self,
        all: ClockMove,
        place: Place,
    ) -> Result<Option<Place>, StoreError> {
        if place == Place::FIRST {
            self.write(Need::Progress, move |tx| reported::move_in_hands(tx, &all))
                .await?;
        }
        let look = move |reader: &Connection| place.look(reader, all.step);
        let (found, next) = self.read_queue(look).await?;
        if !found.is_empty() {
            let moved = move |tx: &mut Tx<'_>| reported::move_rows(tx, &all, &found);
            self.write(Need::Progress, moved).await?;
        }
        Ok(next)
    }

    /// At a start, when nobody knows how far the clock was moved: what would wait longer than
    /// any wait is due now.
    pub(crate) async fn bound_waits(&self, now: Time) -> Result<(), StoreError> {
        self.write(Need::Progress, move |tx| bound(tx, now)).await
    }

    /// The latest message, and when it was accepted or came in: by the clock of that time, or as it is
    /// since that was set.
    pub(crate) async fn latest(&self) -> Result<Option<(RowId, Time)>, StoreError> {
        let sql = "SELECT row, created_at FROM messages ORDER BY row DESC LIMIT 1";
        self.read_queue(move |reader| {
            let mut select = reader.prepare_cached(sql)?;
            let found = select.query_row([], |row| Ok((row.get(0)?, row.get(1)?)));
            let set = LastSet::read(reader.prepare_cached(LastSet::SQL)?)?;
            Ok(found.optional()?.map(|(row, at)| (row, set.when(row, at))))
        })
        .await
    }
}

/// Waits of which there are not too many for one commit.
fn waits(tx: &mut Tx<'_>, all: &ClockMove) -> Result<(), StoreError> {
    let step = all.step;
    let (from, to, by) = (step.from, step.to, step.by());
    LastSet::note(tx, step)?;
    reported::move_in_hands(tx, all)?;
    for sql in [
        "UPDATE doubts SET decide_at = decide_at + ?3
         WHERE conclusion = 0 AND decide_at > ?1",
        "UPDATE callbacks SET since = since + ?3,
             next_at = CASE WHEN next_at > min(?1, ?2) THEN max(next_at + ?3, ?2) ELSE next_at END",
        "UPDATE inbound_sets SET first_at = first_at + ?3",
        "UPDATE strays SET until = until + ?3 WHERE until > ?1",
        "UPDATE sim_health SET open_until = open_until + ?3
         WHERE open_until > ?1",
    ] {
        tx.execute(sql, params![from, to, by])?;
    }
    for carrier in tallies::carriers(tx)? {
        tallies::clock_set(tx, &carrier, step)?;
        handed_over(tx, &carrier, step)?;
    }
    overtaking(tx, step)
}

/// Reports and receipts that have come before their part's answer, which goes by when it was handed over.
fn overtaking(tx: &Tx<'_>, step: ClockStep) -> Result<(), StoreError> {
    let since = awaited_since(step);
    for sql in [
        "UPDATE orphans SET received_at = received_at + ?2 WHERE received_at >= ?1",
        "UPDATE early_receipts SET received_at = received_at + ?2 WHERE received_at >= ?1",
    ] {
        tx.execute(sql, params![since, step.by()])?;
    }
    Ok(())
}

/// No answer or report that is still waited for belongs to what was handed over before this.
fn awaited_since(step: ClockStep) -> Time {
    Time(Span::Hour.start(step.from).0 - HOUR_MS)
}

/// Parts of the running minute and hour, which quotas are counted from, are in those that run by the
/// new clock; and parts without an answer stay before the reports that come before it.
fn handed_over(tx: &Tx<'_>, carrier: &str, step: ClockStep) -> Result<(), StoreError> {
    let start = |span: Span, at| span.start(at);
    // The literals are `sending` and `uncertain`: one part a SIM, and what an uplink's window holds.
    tx.execute(
        "UPDATE parts SET handed_at = CASE WHEN handed_at < ?2 THEN handed_at + ?4 ELSE max(handed_at + ?4,
             CASE WHEN handed_at >= ?5 THEN ?6 ELSE ?7 END) END
         WHERE sim = ?1 AND handed_at BETWEEN ?8 AND ?3 AND (handed_at >= ?2 OR state IN (1, 6))",
        params![
            carrier,
            start(Span::Hour, step.from),
            step.from,
            step.by(),
            start(Span::Minute, step.from),
            start(Span::Minute, step.to),
            start(Span::Hour, step.to),
            awaited_since(step)
        ],
    )?;
    Ok(())
}

/// The next messages that wait: what is left of their validity stays, and of their back-off. What
/// has a time of its own (`send_at`) keeps that, and its validity begins when it comes.
fn messages(
    tx: &mut Tx<'_>,
    all: &ClockMove,
    cursor: Cursor,
) -> Result<Option<Cursor>, StoreError> {
    let (step, number) = (all.step, LastSet::number(tx)?);
    let ((after, upto), before) = (all.rows, all.before);
    let sql = if step.by() > 0 {
        "SELECT expires_at, row FROM messages INDEXED BY messages_expiring
         WHERE state IN (0, 1) AND expires_at > ?1 AND (expires_at, row) < (?2, ?3)
         ORDER BY expires_at DESC, row DESC LIMIT ?4"
    } else {
        "SELECT expires_at, row FROM messages INDEXED BY messages_expiring
         WHERE state IN (0, 1) AND expires_at > ?1 AND (expires_at, row) > (?2, ?3)
         ORDER BY expires_at, row LIMIT ?4"
    };
    let found: Vec<Cursor> = tx
        .prepare(sql)?
        .query_map(params![step.from, cursor.0, cursor.1, rows(STEP)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    for (_, row) in &found {
        tx.execute(
            "UPDATE messages SET moved = ?8,
                 expires_at = expires_at
                     + CASE state WHEN 1 THEN ?2 ELSE max(0, ?4 - max(due_at, ?3)) END,
                 due_at = CASE WHEN state = 1 AND due_at > min(?3, ?4)
                     THEN max(due_at + ?2, ?4) ELSE due_at END
             WHERE row = ?1 AND row > ?5 AND row <= ?6 AND created_at < ?7 AND moved < ?8",
            params![
                row,
                step.by(),
                step.from,
                step.to,
                after,
                upto,
                before,
                number
            ],
        )?;
    }
    Ok(found.last().copied())
}

/// The next answers that are remembered for a day: a request that comes again must find its own.
fn answers(tx: &mut Tx<'_>, step: ClockStep, after: i64) -> Result<Option<i64>, StoreError> {
    let found: Vec<i64> = tx
        .prepare("SELECT row FROM replays WHERE row > ?1 AND at <= ?2 ORDER BY row LIMIT ?3")?
        .query_map(params![after, step.from, rows(STEP)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let oldest = step.from.0 - replays::KEPT_MS;
    for row in &found {
        let sql = "UPDATE replays SET at = at + ?2 WHERE row = ?1 AND at > ?3";
        tx.execute(sql, params![row, step.by(), oldest])?;
    }
    Ok(found.last().copied())
}

fn bound(tx: &mut Tx<'_>, now: Time) -> Result<(), StoreError> {
    let latest = now.after(LONGEST_WAIT);
    for sql in [
        // The literal 1 (`queued`) is what the partial index is for.
        "UPDATE messages SET due_at = ?1 WHERE state = 1 AND due_at > ?2",
        "UPDATE callbacks SET next_at = ?1 WHERE next_at > ?2",
        "UPDATE inbound_sets SET first_at = ?1 WHERE first_at > ?2",
    ] {
        tx.execute(sql, params![now, latest])?;
    }
    Ok(())
}
