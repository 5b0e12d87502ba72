//! Whether the statistics are what a count of the messages gives.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::StoreError;
use crate::tables::statistics::{
    Cell, Cells, Extent, Level, counted, select_counted, stored_counts,
};
use crate::values::{RowExt as _, params, readable};
use model::Counts;

/// Messages that are counted before their cells are made small.
const BLOCK: usize = 5000;

/// What does not agree, in words; none where all does. Of hours in which messages or counts are gone
/// nothing can be said.
pub(crate) fn fault(reader: &Connection) -> Result<Option<String>, StoreError> {
    let extent = Extent::read(reader)?;
    let mut hours = Differences::default();
    add_messages(reader, &extent, &mut hours)?;
    let mut days = Differences::default();
    let mut day_of = reader.prepare("SELECT max(hour) FROM statistics_days WHERE hour <= ?1")?;
    each(
        reader,
        Level::Hour,
        extent.altered,
        |(by, name, hour), counts| {
            let day: Option<i64> = day_of.query_row([hour], |row| row.col(0))?;
            let day = day.filter(|day| *day > extent.altered && hour < extent.summed);
            if let Some(day) = day {
                days.add((by, name.clone(), day), counts, -1);
            }
            hours.add((by, name, hour), counts, -1);
            Ok(())
        },
    )?;
    if let Some(hour) = hours.first() {
        return Ok(Some(told(hour, "count other messages than there are")));
    }
    each(reader, Level::Day, extent.altered, |cell, counts| {
        days.add(cell, counts, 1);
        Ok(())
    })?;
    let differ = days.first();
    Ok(differ.map(|hour| told(hour, "count other messages by the day than by the hour")))
}

fn told(hour: i64, what: &str) -> String {
    let at = model::Time(hour * 3600 * 1000);
    format!("the statistics {what}, at {at} first; messages themselves are not affected")
}

/// By how much two counts of the same differ. Of how long messages took it holds a sum alone, since the
/// hours of many SIMs are in memory at once.
#[derive(Default)]
struct Differences(HashMap<Cell, [i64; 9]>);

impl Differences {
    fn add(&mut self, cell: Cell, counts: &Counts, times: i64) {
        let [(waits, sum_of_waits), (reports, sum_of_reports)] =
            [&counts.waits, &counts.reports].map(model::Spread::sums);
        let numbers = [
            counts.queued,
            counts.sent,
            counts.delivered,
            counts.failed,
            counts.received,
            waits,
            sum_of_waits,
            reports,
            sum_of_reports,
        ];
        let sums = self.0.entry(cell).or_default();
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += number * times;
        }
    }

    /// The first hour in which they differ.
    fn first(&self) -> Option<i64> {
        let differ = self.0.iter().filter(|(_, sums)| **sums != [0; 9]);
        differ.map(|((_, _, hour), _)| *hour).min()
    }
}

/// Counts the messages anew.
fn add_messages(
    reader: &Connection,
    extent: &Extent,
    hours: &mut Differences,
) -> Result<(), StoreError> {
    let mut select = reader.prepare(concat!(select_counted!(), "WHERE row > ?1"))?;
    let mut messages = select.query_map([extent.uncounted], counted)?;
    loop {
        let (mut cells, mut looked_at) = (Cells::default(), 0);
        for message in messages.by_ref().take(BLOCK) {
            looked_at += 1;
            if let Some(message) = readable(message)?.flatten() {
                cells.add(&message, 1);
            }
        }
        for (cell, counts) in cells.into_sorted() {
            if cell.2 > extent.altered {
                hours.add(cell, &counts, 1);
            }
        }
        if looked_at < BLOCK {
            return Ok(());
        }
    }
}

/// Each row of a level after an hour.
fn each(
    reader: &Connection,
    level: Level,
    after: i64,
    mut take: impl FnMut(Cell, &Counts) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut select = reader.prepare("SELECT * FROM statistics WHERE level = ?1 AND hour > ?2")?;
    let mut rows = select.query(params![level, after])?;
    while let Some(row) = rows.next()? {
        let cell = (row.col("kind")?, row.col("name")?, row.col("hour")?);
        take(cell, &stored_counts(row)?)?;
    }
    Ok(())
}
