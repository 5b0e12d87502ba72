//! What tells whose a report or an answer is: when a part was handed over, and when the report came.
//!
//! All of it is moved by one rule ([`past`]), so that what was before something else still is. The rule
//! keeps parts of the running minute and hour in those that run by the new clock, for the quotas.

use serde::{Deserialize, Serialize};

use super::{HOUR_MS, STEP, Since};
use crate::evidence::AGAIN_MS;
use crate::machine::select::{Select as _, both};
use crate::machine::writer::Tx;
use crate::tables::tallies;
use crate::values::{RowExt as _, params};
use crate::{StoreError, rows};
use model::{Carrier, ClockStep, Span, Time};

/// When something happened, by the clock as it is now. Of two times the earlier one stays the earlier
/// one, or they are the same.
fn past(since: Since, at: Time) -> Time {
    if since.has(at) {
        return at;
    }
    let step = since.step;
    let span = [Span::Minute, Span::Hour]
        .into_iter()
        .find(|span| at >= span.start(step.from));
    span.map_or(step.past(at), |span| step.past(at).max(span.start(step.to)))
}

/// No answer or report that is still waited for belongs to what was handed over before this.
fn awaited_since(step: ClockStep) -> Time {
    Time(Span::Hour.start(step.from).0 - HOUR_MS)
}

/// Parts of a carrier without an answer, and, of a SIM, those of the running hour, which quotas are
/// counted from.
pub(super) fn parts(tx: &Tx<'_>, carrier: &Carrier, since: Since) -> Result<(), StoreError> {
    let step = since.step;
    let mut all: Vec<(i64, i64, Time)> = Vec::new();
    // The literals are `sending` of messages and parts: one part a SIM, and what an uplink's window
    // holds.
    let mut with_carrier = tx.prepare(
        "SELECT p.message, p.seq, p.handed_at FROM messages m INDEXED BY messages_state
         JOIN parts p ON p.message = m.row
         WHERE m.state = 2 AND p.state = 1 AND p.carrier = ?1 AND p.handed_at IS NOT NULL",
    )?;
    let found = with_carrier.query_map(params![carrier], |row| {
        Ok((row.col(0)?, row.col(1)?, row.col(2)?))
    })?;
    for part in found {
        all.push(part?);
    }
    let hour = Span::Hour.start(step.from);
    if carrier.sim().is_some() {
        let mut counted = tx.prepare(
            "SELECT message, seq, handed_at FROM parts INDEXED BY parts_handed
             WHERE carrier = ?1 AND handed_at BETWEEN ?2 AND ?3",
        )?;
        let until = step.from.max(step.to);
        let found = counted.query_map(params![carrier, hour, until], |row| {
            Ok((row.col(0)?, row.col(1)?, row.col(2)?))
        })?;
        for part in found {
            all.push(part?);
        }
    }
    all.sort_unstable();
    all.dedup();
    for (message, seq, at) in all {
        let sql = "UPDATE parts SET handed_at = ?3 WHERE message = ?1 AND seq = ?2";
        tx.execute(sql, params![message, seq, past(since, at)])?;
    }
    Ok(())
}

/// What is moved next of what there may be much of: rows before these, the newest first, so that what
/// is written meanwhile does not come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pages {
    doubts: Option<i64>,
    orphans: Option<i64>,
    early_receipts: Option<i64>,
    /// When the first were moved: there is nothing among the others that was written later.
    #[serde(default)]
    begun: Time,
}

impl Pages {
    pub(super) fn first(now: Time) -> Self {
        Self {
            doubts: Some(i64::MAX),
            orphans: Some(i64::MAX),
            early_receipts: Some(i64::MAX),
            begun: now,
        }
    }

    /// Moves these; what is next, if anything is.
    pub(super) fn turn(self, tx: &Tx<'_>, step: ClockStep) -> Result<Option<Self>, StoreError> {
        let since = Since::of(step, self.begun);
        let next = Self {
            doubts: self.doubts.map_or(Ok(None), |row| doubts(tx, since, row))?,
            orphans: self.orphans.map_or(Ok(None), |row| {
                let select = "SELECT row, received_at FROM orphans
                    WHERE row < ?1 ORDER BY row DESC LIMIT ?2";
                let update = "UPDATE orphans SET received_at = ?2 WHERE row = ?1";
                received(tx, since, row, (select, update))
            })?,
            early_receipts: self.early_receipts.map_or(Ok(None), |row| {
                let select = "SELECT row, received_at FROM early_receipts
                    WHERE row < ?1 ORDER BY row DESC LIMIT ?2";
                let update = "UPDATE early_receipts SET received_at = ?2 WHERE row = ?1";
                received(tx, since, row, (select, update))
            })?,
            begun: self.begun,
        };
        let is_over = [next.doubts, next.orphans, next.early_receipts] == [None; 3];
        Ok((!is_over).then_some(next))
    }
}

/// The next reports or receipts that no part was found for: one may have come before its part's answer.
fn received(
    tx: &Tx<'_>,
    since: Since,
    before: i64,
    (select, update): (&'static str, &'static str),
) -> Result<Option<i64>, StoreError> {
    let found: Vec<(i64, Time)> = tx.all(select, [before, rows(STEP)], both)?;
    for (row, at) in &found {
        tx.execute(update, params![row, past(since, *at)])?;
    }
    Ok(found.last().map(|(row, _)| *row))
}

/// The last refusals.
pub(super) fn refusals(tx: &Tx<'_>, since: Since) -> Result<(), StoreError> {
    let sql = "SELECT carrier, refused_at FROM mr_counts WHERE refused_at IS NOT NULL";
    let refused: Vec<(String, Time)> = tx.all(sql, [], both)?;
    for (iccid, at) in refused {
        let sql = "UPDATE mr_counts SET refused_at = ?2 WHERE carrier = ?1";
        tx.execute(sql, params![iccid, past(since, at)])?;
    }
    Ok(())
}

/// The next doubts before this row that evidence may settle, and their parts with them; at first also
/// those of the last hours that are settled: an answer may be theirs.
fn doubts(tx: &Tx<'_>, since: Since, before: i64) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT row, handed_at FROM doubts INDEXED BY doubts_unsettled
        WHERE (conclusion = 0 OR conclusion = 4) AND row < ?1 ORDER BY row DESC LIMIT ?2";
    let mut found: Vec<(i64, Time)> = tx.all(sql, params![before, rows(STEP)], both)?;
    let next = found.last().map(|(row, _)| *row);
    if before == i64::MAX {
        let mut settled = tx.prepare(
            "SELECT row, handed_at FROM (SELECT * FROM doubts ORDER BY row DESC LIMIT ?2)
             WHERE NOT (conclusion = 0 OR conclusion = 4) AND handed_at >= ?1",
        )?;
        let settled = settled.query_map(params![awaited_since(since.step), rows(STEP)], |row| {
            Ok((row.col(0)?, row.col(1)?))
        })?;
        for doubt in settled {
            found.push(doubt?);
        }
    }
    for (row, at) in found {
        let moved = past(since, at);
        let sql = "UPDATE doubts SET handed_at = ?2 WHERE row = ?1";
        tx.execute(sql, params![row, moved])?;
        // The literal is `uncertain`: nothing has been done with the part since.
        let sql = "UPDATE parts SET handed_at = ?2 WHERE state = 6 AND handed_at IS NOT NULL
            AND (message, seq) = (SELECT message, part FROM doubts WHERE row = ?1)";
        tx.execute(sql, params![row, moved])?;
    }
    Ok(next)
}

/// The next parts of this SIM before this time, and then of the SIMs after it: those before the running
/// hour, as far back as a report may come once more. It is none of another part then.
pub(super) fn handed(
    tx: &Tx<'_>,
    since: Since,
    (sim, before): (&str, i64),
) -> Result<Option<(String, i64)>, StoreError> {
    let step = since.step;
    // Parts in doubt have been moved with their doubts; those of doubts that are settled were not.
    let mut select = tx.prepare(
        "SELECT message, seq, handed_at FROM parts p INDEXED BY parts_handed
         WHERE carrier = ?1 AND handed_at >= ?2 AND handed_at < ?3 AND state <> 1 AND NOT EXISTS
             (SELECT 1 FROM doubts d WHERE d.message = p.message AND d.part = p.seq
                 AND (d.conclusion = 0 OR d.conclusion = 4))
         ORDER BY handed_at DESC LIMIT ?4",
    )?;
    let values = params![sim, step.from.0 - AGAIN_MS, before, rows(STEP)];
    let found: Vec<(i64, i64, Time)> = select
        .query_map(values, |row| Ok((row.col(0)?, row.col(1)?, row.col(2)?)))?
        .collect::<Result<_, _>>()?;
    for (message, seq, at) in &found {
        let sql = "UPDATE parts SET handed_at = ?3 WHERE message = ?1 AND seq = ?2";
        tx.execute(sql, params![message, seq, past(since, *at)])?;
    }
    if let Some((_, _, at)) = found.last() {
        return Ok(Some((sim.to_owned(), at.0)));
    }
    let carriers = tallies::carriers(tx)?;
    let mut sims = carriers.iter().filter_map(Carrier::sim);
    let next = sims.find(|next| next.as_str() > sim);
    Ok(next.map(|next| (next.to_string(), Span::Hour.start(step.from).0)))
}
