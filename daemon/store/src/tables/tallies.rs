//! What each carrier did, by the hour.

use std::collections::BTreeSet;

use crate::StoreError;
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params, readable};
use model::{Carrier, ClockStep, Span, Time};

const HOUR_MS: i64 = 3600 * 1000;
/// Quotas of a month look back 31 days; people compare with the month before.
const KEPT_HOURS: i64 = 24 * 400;

/// The table `each`: the carriers' texts as they are in the rows, found by stepping from one to the next
/// in the table's order. The last is NULL.
macro_rules! each_carrier {
    () => {
        "WITH RECURSIVE each (carrier) AS (
            SELECT min(carrier) FROM tallies UNION ALL
            SELECT (SELECT min(carrier) FROM tallies WHERE carrier > each.carrier) FROM each
            WHERE each.carrier IS NOT NULL) "
    };
}
pub(crate) use each_carrier;

/// What to add; what was handed over and then refused is taken off again.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    /// First parts handed over.
    pub(crate) messages: i64,
    /// Parts handed over.
    pub(crate) parts: i64,
    /// Messages of which the network took every part.
    pub(crate) sent: i64,
    pub(crate) failed: i64,
    pub(crate) received: i64,
    /// Of the parts handed over, in the operators' own units.
    pub(crate) cost: f64,
}

impl Tally {
    /// This part was handed over, and costs so much.
    pub(crate) fn handed(part: u16, cost: f64) -> Self {
        Self {
            messages: i64::from(part == 1),
            parts: 1,
            cost,
            ..Self::default()
        }
    }

    /// Takes off again what was added.
    pub(crate) fn taken_back(self) -> Self {
        Self {
            messages: -self.messages,
            parts: -self.parts,
            cost: -self.cost,
            ..self
        }
    }
}

/// The hour of an instant, as the table counts them.
pub(crate) fn hour(at: Time) -> i64 {
    at.0.div_euclid(HOUR_MS)
}

/// Adds to a carrier's hour.
pub(crate) fn add(
    tx: &Tx<'_>,
    carrier: &Carrier,
    at: Time,
    tally: Tally,
) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO tallies (carrier, hour, messages, parts, sent, failed, received, cost)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (carrier, hour) DO UPDATE SET
             messages = messages + excluded.messages, parts = parts + excluded.parts,
             sent = sent + excluded.sent, failed = failed + excluded.failed,
             received = received + excluded.received, cost = cost + excluded.cost",
        params![
            carrier,
            hour(at),
            tally.messages,
            tally.parts,
            tally.sent,
            tally.failed,
            tally.received,
            tally.cost
        ],
    )
}

/// Forgets what no quota and no statistic looks at, carrier by carrier: the whole table is long.
pub(crate) fn prune(tx: &Tx<'_>, now: Time) -> Result<(), StoreError> {
    let before = hour(now) - KEPT_HOURS;
    tx.run(
        concat!(
            "DELETE FROM tallies WHERE hour < ?1 AND carrier IN (",
            each_carrier!(),
            "SELECT carrier FROM each)"
        ),
        params![before],
    )
}

/// All that have any, once each and in order. The text of a row may be none, or another one of a carrier.
pub(crate) fn carriers(tx: &Tx<'_>) -> Result<Vec<Carrier>, StoreError> {
    let mut select = tx.prepare(concat!(
        each_carrier!(),
        "SELECT carrier FROM each WHERE carrier IS NOT NULL"
    ))?;
    let mut carriers = BTreeSet::new();
    for carrier in select.query_map([], |row| row.col(0))? {
        carriers.extend(readable(carrier)?);
    }
    Ok(carriers.into_iter().collect())
}

/// The clock was set: what counts in the running day and month counts in those that run by the new
/// clock. What was sent by a clock that was ahead counts in no span that is still to come.
pub(crate) fn clock_set(tx: &Tx<'_>, carrier: &Carrier, step: ClockStep) -> Result<(), StoreError> {
    let (from, to) = (step.from, step.to);
    let start = |span: Span, at| span.start(at);
    let same = |span| start(span, from) == start(span, to);
    let (day, month) = (hour(start(Span::Day, from)), hour(start(Span::Month, from)));
    if !same(Span::Day) {
        let today = take_counts(tx, carrier, (day, hour(from)))?;
        add(tx, carrier, to, today)?;
    }
    if !same(Span::Month) {
        let this_month = take_counts(tx, carrier, (month, day - 1))?;
        add(tx, carrier, start(Span::Month, to), this_month)?;
    }
    if to < from && !same(Span::Day) {
        let to_come = (hour(Span::Day.end(to)), i64::MAX);
        let to_come = take_counts(tx, carrier, to_come)?;
        if same(Span::Month) {
            add(tx, carrier, start(Span::Month, to), to_come)?;
        }
    }
    Ok(())
}

/// Takes out what went out in these hours.
fn take_counts(
    tx: &Tx<'_>,
    carrier: &Carrier,
    (first, last): (i64, i64),
) -> Result<Tally, StoreError> {
    let mut select = tx.prepare(
        "SELECT coalesce(sum(messages), 0), coalesce(sum(parts), 0), coalesce(sum(cost), 0.0) FROM tallies
         WHERE carrier = ?1 AND hour BETWEEN ?2 AND ?3",
    )?;
    let tally = select.query_row(params![carrier, first, last], |row| {
        Ok(Tally {
            messages: row.col(0)?,
            parts: row.col(1)?,
            cost: row.col(2)?,
            ..Tally::default()
        })
    })?;
    let sql = "UPDATE tallies SET messages = 0, parts = 0, cost = 0 WHERE carrier = ?1 AND hour BETWEEN ?2 AND ?3";
    tx.execute(sql, params![carrier, first, last])?;
    Ok(tally)
}
