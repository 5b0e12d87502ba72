//! Statistics as they are asked for.

use std::collections::HashSet;

use rusqlite::{Connection, Row};

use crate::StoreError;
use crate::json;
use crate::tables::statistics::{Extent, Level};
use crate::values::{RowExt as _, params};
use model::{CountedBy, Counts, Figures};

/// What is asked.
#[derive(Clone, Debug)]
pub struct StatisticsQuery {
    /// Told apart by this; none: all together.
    pub by: Option<CountedBy>,
    /// These alone, by their names in the store.
    pub only: Option<HashSet<String>>,
    /// The hours with which the steps begin, since 1970, and that with which the last one ends.
    pub steps: Vec<i64>,
    /// The steps are hours.
    pub hourly: bool,
    /// The most groups that are wanted.
    pub most: usize,
}

/// What was found.
#[derive(Clone, Debug)]
pub enum StatisticsRead {
    Found {
        /// By step, and in a step by name; none where nothing was counted.
        groups: Vec<StatisticsGroup>,
        /// Their names in the store; an empty one: none, or all.
        names: Vec<String>,
        /// All of them together.
        total: Figures,
        /// Messages of before there were statistics are all counted.
        complete: bool,
    },
    /// Hours are kept from this one on.
    TooOld(i64),
    TooMany,
}

/// What was counted of one thing in one step.
#[derive(Clone, Debug)]
pub struct StatisticsGroup {
    /// Its place among the steps.
    pub step: usize,
    /// The place of its name among the names: tens of thousands of groups have a hundred names.
    pub name: usize,
    pub figures: Figures,
}

pub(super) fn read(
    reader: &Connection,
    query: &StatisticsQuery,
) -> Result<StatisticsRead, StoreError> {
    let extent = Extent::read(reader)?;
    let (Some(first), Some(end)) = (query.steps.first(), query.steps.last()) else {
        return Err(StoreError::Defect);
    };
    if query.hourly && *first < extent.hours {
        return Ok(StatisticsRead::TooOld(extent.hours));
    }
    let stretches = if query.hourly {
        vec![(Level::Hour, *first, *end)]
    } else if begin_with_days(reader, &query.steps)? {
        vec![(Level::Day, *first, *end)]
    } else {
        // Hours of before are no more: what is asked by days that begin elsewhere gets those that there are.
        let turn = extent.hours.clamp(*first, *end);
        let days = days(reader, (turn, *end))?;
        let mut stretches = vec![(Level::Day, *first, turn)];
        let steps = query.steps.array_windows();
        let steps = steps.map(|[from, until]| (turn.max(*from), *until));
        stretches.extend(steps.flat_map(|step| of_step(&days, step)));
        stretches
    };
    let stretches = stretches
        .into_iter()
        .flat_map(|stretch| as_summed(stretch, extent.summed));
    let mut steps = Steps::new(query);
    for (level, from, until) in stretches {
        if from < until && !steps.read(reader, level, (from, until))? {
            return Ok(StatisticsRead::TooMany);
        }
    }
    if !steps.finish() {
        return Ok(StatisticsRead::TooMany);
    }
    Ok(StatisticsRead::Found {
        groups: steps.groups,
        names: steps.named.into_iter().map(|(name, _)| name).collect(),
        total: steps.total.figures(),
        complete: extent.uncounted == 0,
    })
}

/// Days as far as hours are summed up in them, and then the hours.
fn as_summed((level, from, until): (Level, i64, i64), summed: i64) -> [(Level, i64, i64); 2] {
    let turn = match level {
        Level::Day => summed.clamp(from, until.max(from)),
        Level::Hour => from,
    };
    [(level, from, turn), (Level::Hour, turn, until)]
}

/// How a step is read: its whole days as such, and its ends by the hour.
fn of_step(days: &[i64], (from, until): (i64, i64)) -> [(Level, i64, i64); 3] {
    let begin = days.partition_point(|day| *day < from);
    let end = days.partition_point(|day| *day <= until);
    let whole = days.get(begin..end).unwrap_or_default();
    // Without a whole day all of it is one end.
    let (first, last) = match whole {
        [first, .., last] => (*first, *last),
        _ => (until, until),
    };
    [
        (Level::Hour, from, first),
        (Level::Day, first, last),
        (Level::Hour, last, until),
    ]
}

/// The hours in a time with which days begin.
fn days(reader: &Connection, (from, until): (i64, i64)) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT hour FROM statistics_days WHERE hour BETWEEN ?1 AND ?2 ORDER BY hour";
    let mut select = reader.prepare_cached(sql)?;
    let found = select.query_map(params![from, until], |row| row.col(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Whether each of the steps begins with a day, as far as it is known where days begin.
fn begin_with_days(reader: &Connection, steps: &[i64]) -> Result<bool, StoreError> {
    let sql = "SELECT NOT EXISTS (
        SELECT 1 FROM json_each(?1), (SELECT min(hour) AS first, max(hour) AS last FROM statistics_days)
        WHERE value BETWEEN first AND last
            AND NOT EXISTS (SELECT 1 FROM statistics_days WHERE hour = value))";
    let mut select = reader.prepare_cached(sql)?;
    Ok(select.query_row(params![json(steps)?], |row| row.col(0))?)
}

/// Goes through rows in the order of time, a step at a time.
struct Steps<'a> {
    query: &'a StatisticsQuery,
    /// The step at hand, and what was counted in it by name.
    step: usize,
    named: Vec<(String, Counts)>,
    /// Places in `named`, by name.
    order: Vec<usize>,
    /// Where in `order` the name of the next row is likely to be: the rows of an hour come by name.
    next: usize,
    total: Counts,
    groups: Vec<StatisticsGroup>,
}

impl<'a> Steps<'a> {
    fn new(query: &'a StatisticsQuery) -> Self {
        Self {
            query,
            step: 0,
            named: Vec::new(),
            order: Vec::new(),
            next: 0,
            total: Counts::default(),
            groups: Vec::new(),
        }
    }

    /// False where there are too many groups.
    fn read(
        &mut self,
        reader: &Connection,
        level: Level,
        (from, until): (i64, i64),
    ) -> Result<bool, StoreError> {
        // All together are fewest by key.
        let by = self.query.by.unwrap_or(CountedBy::Key);
        let mut select = reader.prepare_cached(
            "SELECT hour, name, queued, sent, delivered, failed, received, waits, reports
             FROM statistics WHERE level = ?1 AND kind = ?2 AND hour >= ?3 AND hour < ?4
             ORDER BY hour, name",
        )?;
        let mut rows = select.query(params![level, by, from, until])?;
        while let Some(row) = rows.next()? {
            let hour: i64 = row.col(0)?;
            while self
                .query
                .steps
                .get(self.step + 1)
                .is_some_and(|next| *next <= hour)
            {
                if !self.finish() {
                    return Ok(false);
                }
                self.step += 1;
            }
            self.add(row)?;
        }
        Ok(true)
    }

    fn add(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let name = row.get_ref(1)?.as_str()?;
        if self
            .query
            .only
            .as_ref()
            .is_some_and(|only| !only.contains(name))
        {
            return Ok(());
        }
        let name = if self.query.by.is_some() { name } else { "" };
        let place = self.place(name);
        add_row(&mut self.named[place].1, row)
    }

    /// Where in `named` a name is.
    fn place(&mut self, name: &str) -> usize {
        let is_next = |place: &&usize| self.named[**place].0 == name;
        if let Some(place) = self.order.get(self.next).filter(is_next) {
            self.next += 1;
            return *place;
        }
        let found = self
            .order
            .binary_search_by(|place| self.named[*place].0.as_str().cmp(name));
        let at = found.unwrap_or_else(|at| {
            self.order.insert(at, self.named.len());
            self.named.push((name.to_owned(), Counts::default()));
            at
        });
        self.next = at + 1;
        self.order[at]
    }

    /// Ends the step at hand; false where there are too many groups.
    fn finish(&mut self) -> bool {
        for place in &self.order {
            let counts = &mut self.named[*place].1;
            if counts.is_zero() {
                continue;
            }
            self.total.add(counts, 1);
            self.groups.push(StatisticsGroup {
                step: self.step,
                name: *place,
                figures: counts.figures(),
            });
            counts.clear();
        }
        self.groups.len() <= self.query.most
    }
}

fn add_row(counts: &mut Counts, row: &Row<'_>) -> rusqlite::Result<()> {
    counts.queued += row.col::<i64>(2)?;
    counts.sent += row.col::<i64>(3)?;
    counts.delivered += row.col::<i64>(4)?;
    counts.failed += row.col::<i64>(5)?;
    counts.received += row.col::<i64>(6)?;
    counts.waits.add_encoded(row.get_ref(7)?.as_blob()?);
    counts.reports.add_encoded(row.get_ref(8)?.as_blob()?);
    Ok(())
}
