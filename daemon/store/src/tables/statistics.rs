//! What is counted of messages: what a transaction did to them goes into the statistics with its commit,
//! so that nothing is read from the messages for a statistic.
//!
//! What is counted of a message follows from its row. So a change is the difference between the row
//! before and after, and the statistics are the sum over all rows, those that are gone included.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::StoreError;
use crate::columns::{as_code, lane_key};
use crate::machine::writer::{Counted, Stored, Tx};
use crate::tables::tallies::hour;
use crate::values::{RowExt as _, params, readable};
use model::{
    Carrier, CountedBy, Counts, Direction, NewMessage, Prefix, RowId, Spread, State, Time,
};

as_code!(CountedBy { Carrier = 0, Key = 1, Prefix = 2 });

/// What a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Hour,
    Day,
}

as_code!(Level { Hour = 0, Day = 1 });

/// A report that says it was later than this tells of the SMSC's clock. It counts in the last hour.
const LATEST_MS: i64 = 7 * 24 * 3600 * 1000;

/// What is counted of a message, in the columns of `messages` that [`counted`] reads by their places: each message
/// comes by there four times, and a look for a column's name takes longer than the rest. Messages of before the
/// column `waited` have the difference of two times.
macro_rules! select_counted {
    () => {
        "SELECT row, direction, test, state, created_at, lane, carrier, peer, sent_at, delivered_at,
             coalesce(waited, sent_at - max(created_at, coalesce(send_at, created_at))) AS waited,
             coalesce(took, delivered_at - sent_at) AS took,
             coalesce(ended_at, sent_at, created_at) AS ended_at
         FROM messages "
    };
}
pub(crate) use select_counted;

/// What is counted of a row of `messages`; none of a self-test's.
pub(crate) fn counted(row: &Row<'_>) -> rusqlite::Result<Option<Counted>> {
    if row.col(2)? {
        return Ok(None);
    }
    let inbound = row.col::<Direction>(1)? == Direction::Inbound;
    let state: State = row.col(3)?;
    let lane: Option<String> = row.col(5)?;
    let carrier: Option<Carrier> = row.col(6)?;
    let stored = Stored {
        hour: hour(row.col(4)?),
        key: lane.as_deref().map(lane_key).transpose()?,
        by: carrier.clone().filter(|_| inbound),
        prefix: Prefix::of(row.get_ref(7)?.as_str()?),
    };
    let sent: Option<Time> = row.col(8)?;
    let delivered: Option<Time> = row.col(9)?;
    let millis = |column: usize| -> rusqlite::Result<i64> {
        Ok(row.col::<Option<i64>>(column)?.unwrap_or(0).max(0))
    };
    let (waited, took) = (millis(10)?, millis(11)?);
    let latest = sent.map_or(i64::MAX, |sent| sent.0.saturating_add(LATEST_MS));
    let delivered = delivered.filter(|_| state == State::Delivered);
    let failed = matches!(state, State::Undelivered | State::Failed | State::Expired);
    Ok(Some(Counted {
        stored,
        carrier,
        sent: sent.map(|at| (at, waited)),
        delivered: delivered.map(|at| (at.min(Time(latest)), took)),
        failed: if failed { row.col(12)? } else { None },
    }))
}

/// What is counted of a message as it is; none where there is no such, or its row makes no sense.
fn of_message(reader: &Connection, row: RowId) -> rusqlite::Result<Option<Counted>> {
    let mut select = reader.prepare_cached(concat!(select_counted!(), "WHERE row = ?1"))?;
    let found = readable(select.query_row(params![row], counted).optional())?;
    Ok(found.flatten().flatten())
}

/// A new message of a client.
pub(crate) fn accepted(tx: &mut Tx<'_>, new: &NewMessage) {
    if !new.test {
        tx.collected.add(Stored {
            hour: hour(new.created_at),
            key: Some(new.key),
            by: None,
            prefix: Prefix::of(&new.to),
        });
    }
}

/// A message that came in.
pub(crate) fn arrived(tx: &mut Tx<'_>, by: &Carrier, from: &str, at: Time) {
    tx.collected.add(Stored {
        hour: hour(at),
        key: None,
        by: Some(by.clone()),
        prefix: Prefix::of(from),
    });
}

/// A message may be about to change.
pub(crate) fn touched(tx: &Tx<'_>, row: RowId) -> rusqlite::Result<()> {
    if !tx.collected.has(row) {
        tx.collected.note(row, of_message(tx.reader(), row)?);
    }
    Ok(())
}

/// By what, which, and in which hour.
pub(crate) type Cell = (CountedBy, String, i64);

/// Counts by cell.
#[derive(Default)]
pub(crate) struct Cells(HashMap<Cell, Counts>);

impl Cells {
    /// Adds what a message counts as, `times`: -1 takes it off.
    pub(crate) fn add(&mut self, message: &Counted, times: i64) {
        self.store(&message.stored, times);
        let mut one = |at: Time, counts: &Counts| {
            self.put(
                hour(at),
                message.carrier.as_ref(),
                &message.stored,
                (counts, times),
            );
        };
        if let Some((at, waited)) = message.sent {
            let waits = spread(waited);
            one(
                at,
                &Counts {
                    sent: 1,
                    waits,
                    ..Counts::default()
                },
            );
        }
        if let Some((at, took)) = message.delivered {
            let reports = spread(took);
            one(
                at,
                &Counts {
                    delivered: 1,
                    reports,
                    ..Counts::default()
                },
            );
        }
        if let Some(at) = message.failed {
            one(
                at,
                &Counts {
                    failed: 1,
                    ..Counts::default()
                },
            );
        }
    }

    /// Adds what a message counts as from the beginning.
    fn store(&mut self, stored: &Stored, times: i64) {
        let counts = match stored.key {
            Some(_) => Counts {
                queued: 1,
                ..Counts::default()
            },
            None => Counts {
                received: 1,
                ..Counts::default()
            },
        };
        self.put(stored.hour, stored.by.as_ref(), stored, (&counts, times));
    }

    fn put(
        &mut self,
        hour: i64,
        carrier: Option<&Carrier>,
        stored: &Stored,
        (counts, times): (&Counts, i64),
    ) {
        let carrier = carrier.map(ToString::to_string);
        let key = stored.key.map(|key| key.0.to_string());
        let prefix = Some(stored.prefix.to_string());
        let names = [carrier, key, prefix];
        for (by, name) in CountedBy::ALL.into_iter().zip(names) {
            let cell = self
                .0
                .entry((by, name.unwrap_or_default(), hour))
                .or_default();
            cell.add(counts, times);
        }
    }

    /// Those that are not zero, in the table's order.
    pub(crate) fn into_sorted(self) -> Vec<(Cell, Counts)> {
        let mut cells: Vec<_> = self
            .0
            .into_iter()
            .filter(|(_, counts)| !counts.is_zero())
            .collect();
        cells.sort_unstable_by(
            |((by, name, hour), _), ((other_by, other, other_hour), _)| {
                (by, hour, name).cmp(&(other_by, other_hour, other))
            },
        );
        cells
    }

    /// Adds all of it to the table: to the hours, and to the days of those that are summed up already.
    pub(crate) fn write(self, tx: &Tx<'_>, extent: &Extent) -> Result<(), StoreError> {
        let mut days = HashMap::new();
        for ((by, name, hour), counts) in self.into_sorted() {
            if hour >= extent.hours {
                add(tx, (Level::Hour, by, hour, &name), &counts)?;
            }
            if hour < extent.summed.max(extent.hours) {
                let day = match days.get(&hour) {
                    Some(day) => *day,
                    None => *days.entry(hour).or_insert(day_of(tx, hour)?),
                };
                add(tx, (Level::Day, by, day, &name), &counts)?;
            }
        }
        Ok(())
    }
}

fn spread(millis: i64) -> Spread {
    let mut spread = Spread::default();
    spread.add(millis, 1);
    spread
}

/// How far the statistics reach.
pub(crate) struct Extent {
    /// Messages up to this row are not counted yet.
    pub(crate) uncounted: i64,
    /// From this hour on there are hours, before only days.
    pub(crate) hours: i64,
    /// Hours before this one count in their days. Those of now are summed up when they are over, since each
    /// commit counts.
    pub(crate) summed: i64,
    /// Up to this hour messages or counts are gone.
    pub(crate) altered: i64,
}

impl Extent {
    pub(crate) fn read(reader: &Connection) -> Result<Self, StoreError> {
        let sql = "SELECT uncounted, hours, summed, altered FROM statistics_extent";
        let read = reader.prepare_cached(sql)?.query_row([], |row| {
            Ok(Self {
                uncounted: row.col(0)?,
                hours: row.col(1)?,
                summed: row.col(2)?,
                altered: row.col(3)?,
            })
        });
        Ok(read?)
    }
}

/// Hours of the longest day: one on which clocks are set back, by a zone that has changed its own.
const LONGEST_DAY: i64 = 27;

/// The first hour of an hour's day. Where nobody has said when days begin, they have 24 hours each.
fn day_of(tx: &Tx<'_>, hour: i64) -> Result<i64, StoreError> {
    let mut select = tx.prepare("SELECT max(hour) FROM statistics_days WHERE hour <= ?1")?;
    let last: Option<i64> = select.query_row([hour], |row| row.col(0))?;
    let day = match last {
        Some(last) if hour - last < LONGEST_DAY => return Ok(last),
        last => hour - (hour - last.unwrap_or(0)).rem_euclid(24),
    };
    tx.execute(
        "INSERT OR IGNORE INTO statistics_days (hour) VALUES (?1)",
        [day],
    )?;
    Ok(day)
}

/// Adds the next hour before `end` with anything in it to its day; false when there is none left.
pub(crate) fn sum_up(tx: &Tx<'_>, end: i64) -> Result<bool, StoreError> {
    let Extent { summed, .. } = Extent::read(tx.reader())?;
    let next = "SELECT min(hour) FROM statistics WHERE level = ?1 AND kind = ?2 AND hour >= ?3 AND hour < ?4";
    let mut hour: Option<i64> = None;
    for by in CountedBy::ALL {
        let found: Option<i64> = tx
            .prepare(next)?
            .query_row(params![Level::Hour, by, summed, end], |row| row.col(0))?;
        hour = [hour, found].into_iter().flatten().min();
    }
    if let Some(hour) = hour {
        let day = day_of(tx, hour)?;
        for by in CountedBy::ALL {
            let mut select = tx.prepare(
                "SELECT name, queued, sent, delivered, failed, received, waits, reports FROM statistics
                 WHERE level = ?1 AND kind = ?2 AND hour = ?3",
            )?;
            let counted = |row: &Row<'_>| Ok((row.col("name")?, stored_counts(row)?));
            let found = select.query_map(params![Level::Hour, by, hour], counted)?;
            let found: Vec<(String, Counts)> = found.collect::<Result<_, _>>()?;
            for (name, counts) in found {
                add(tx, (Level::Day, by, day, &name), &counts)?;
            }
        }
    }
    let summed = hour.map_or(end.max(summed), |hour| hour + 1);
    tx.execute("UPDATE statistics_extent SET summed = ?1", [summed])?;
    Ok(hour.is_some())
}

/// A message is about to be deleted, or to lose its number: what counts it stays.
pub(crate) fn forgotten(tx: &Tx<'_>, row: RowId) -> Result<(), StoreError> {
    let Some(message) = of_message(tx.reader(), row)? else {
        return Ok(());
    };
    let times = [
        message.sent.map(|(at, _)| at),
        message.delivered.map(|(at, _)| at),
        message.failed,
    ];
    let last = times
        .into_iter()
        .flatten()
        .map(hour)
        .chain([message.stored.hour])
        .max();
    tx.execute(
        "UPDATE statistics_extent SET altered = max(altered, ?1)",
        [last],
    )?;
    Ok(())
}

/// Adds to a row; one in which nothing is left goes.
fn add(
    tx: &Tx<'_>,
    (level, by, hour, name): (Level, CountedBy, i64, &str),
    counts: &Counts,
) -> Result<(), StoreError> {
    // Each accepted message comes by here, three times: no row is read that SQL can count up by itself.
    if counts.only_count_up() {
        tx.execute(
            "INSERT INTO statistics (level, kind, hour, name, queued, sent, delivered, failed,
                 received, waits, reports)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, x'', x'')
             ON CONFLICT DO UPDATE SET queued = queued + excluded.queued,
                 sent = sent + excluded.sent, delivered = delivered + excluded.delivered,
                 failed = failed + excluded.failed, received = received + excluded.received",
            params![
                level,
                by,
                hour,
                name,
                counts.queued,
                counts.sent,
                counts.delivered,
                counts.failed,
                counts.received
            ],
        )?;
        return Ok(());
    }
    let mut select = tx.prepare(
        "SELECT queued, sent, delivered, failed, received, waits, reports FROM statistics
         WHERE level = ?1 AND kind = ?2 AND hour = ?3 AND name = ?4",
    )?;
    let found = select
        .query_row(params![level, by, hour, name], stored_counts)
        .optional()?;
    let mut now = found.unwrap_or_default();
    now.add(counts, 1);
    if now.is_zero() {
        tx.execute(
            "DELETE FROM statistics WHERE level = ?1 AND kind = ?2 AND hour = ?3 AND name = ?4",
            params![level, by, hour, name],
        )?;
        return Ok(());
    }
    tx.execute(
        "INSERT OR REPLACE INTO statistics (level, kind, hour, name, queued, sent, delivered, failed,
             received, waits, reports)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            level, by, hour, name, now.queued, now.sent, now.delivered, now.failed, now.received,
            now.waits.encoded(), now.reports.encoded()
        ],
    )?;
    Ok(())
}

/// The counts of a row, its columns from `queued` on.
pub(crate) fn stored_counts(row: &Row<'_>) -> rusqlite::Result<Counts> {
    let mut counts = Counts {
        queued: row.col("queued")?,
        sent: row.col("sent")?,
        delivered: row.col("delivered")?,
        failed: row.col("failed")?,
        received: row.col("received")?,
        ..Counts::default()
    };
    counts.waits.add_encoded(row.get_ref("waits")?.as_blob()?);
    counts
        .reports
        .add_encoded(row.get_ref("reports")?.as_blob()?);
    Ok(counts)
}

/// Writes what a transaction's jobs did. Damage there holds up no message: then it is not counted.
pub(crate) fn write(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let (stored, before) = tx.collected.take();
    if stored.is_empty() && before.is_empty() {
        return Ok(());
    }
    tx.execute("SAVEPOINT tally", [])?;
    let mut written = write_all(tx, &stored, before);
    if let Err(error) = &written
        && !error.is_of_disk()
        && !tx.reader().is_autocommit()
    {
        tracing::warn!(%error, "messages are missing in the statistics");
        tx.execute("ROLLBACK TO tally", [])?;
        written = Ok(());
    }
    written?;
    tx.execute("RELEASE tally", [])?;
    Ok(())
}

fn write_all(
    tx: &Tx<'_>,
    stored: &HashMap<Stored, i64>,
    before: HashMap<RowId, Option<Counted>>,
) -> Result<(), StoreError> {
    let mut cells = Cells::default();
    for (stored, count) in stored {
        cells.store(stored, *count);
    }
    let extent = Extent::read(tx.reader())?;
    for (row, before) in before {
        // Those are counted as they are when their turn comes.
        if row.0 <= extent.uncounted {
            continue;
        }
        let now = of_message(tx.reader(), row)?;
        if now != before {
            for (message, times) in [(&before, -1), (&now, 1)] {
                if let Some(message) = message {
                    cells.add(message, times);
                }
            }
        }
    }
    cells.write(tx, &extent)
}
