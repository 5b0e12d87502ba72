//! Runs of rows in an index, read newest first and no further than asked for.

use std::collections::VecDeque;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::Looks;
use crate::StoreError;
use crate::values::RowExt as _;

/// How far a run is read ahead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    first: i64,
    factor: i64,
    most: i64,
    /// What a query costs beside its rows, in looks.
    query: i64,
    /// A place further on costs no more than the next one.
    seeks: bool,
}

impl Pace {
    /// A place in an index is found in a moment.
    pub(super) const INDEX: Self = Self {
        first: 4,
        factor: 4,
        most: 512,
        query: 8,
        seeks: true,
    };
    /// FTS5 collects the whole volume for each query, and is asked for words that many rows have.
    pub(super) const VOLUME: Self = Self {
        first: 64,
        factor: 64,
        most: 1 << 15,
        query: 4000,
        seeks: false,
    };
}

/// The rows under one key of an index.
pub(super) struct Run {
    /// Gives rows from ?1 down, ?2 at most, under the key ?3 and further.
    sql: &'static str,
    key: Vec<Value>,
    pace: Pace,
    /// What was read ahead, newest first.
    rows: VecDeque<i64>,
    /// The lowest row that was read.
    lowest: Option<i64>,
    /// How many to read next.
    ahead: i64,
    /// Nothing is below what was read.
    is_over: bool,
}

impl Run {
    pub(super) fn new(sql: &'static str, key: Vec<Value>, pace: Pace) -> Self {
        Self {
            sql,
            key,
            pace,
            rows: VecDeque::new(),
            lowest: None,
            ahead: pace.first,
            is_over: false,
        }
    }

    /// One that was read already: these rows, newest first.
    pub(super) fn whole(rows: Vec<i64>) -> Self {
        Self {
            rows: rows.into(),
            is_over: true,
            ..Self::new("", Vec::new(), Pace::INDEX)
        }
    }

    /// So many rows are wanted of it, one after the other.
    pub(super) fn expect(&mut self, rows: i64) {
        self.ahead = rows.clamp(self.pace.first, self.pace.most);
    }

    /// The newest row of the run from `row` down. From call to call `row` only falls.
    pub(super) fn at_or_below(
        &mut self,
        reader: &Connection,
        row: i64,
        looks: &mut Looks,
    ) -> Result<Option<i64>, StoreError> {
        while self.rows.front().is_some_and(|first| *first > row) {
            self.rows.pop_front();
        }
        if self.rows.is_empty() && !self.is_over {
            self.read(reader, row, looks)?;
        }
        Ok(self.rows.front().copied())
    }

    fn read(&mut self, reader: &Connection, row: i64, looks: &mut Looks) -> Result<(), StoreError> {
        if let Some(lowest) = self.lowest {
            // Who skips rows of an index wants a few here and there; who does not wants more.
            let skips = row < lowest - 1 && self.pace.seeks;
            self.ahead = if skips {
                self.pace.first
            } else {
                (self.ahead * self.pace.factor).min(self.pace.most)
            };
        }
        let mut select = reader.prepare_cached(self.sql)?;
        let bounds = [Value::from(row), Value::from(self.ahead)];
        let params = params_from_iter(bounds.iter().chain(&self.key));
        for found in select.query_map(params, |found| found.col(0))? {
            self.rows.push_back(found?);
        }
        let count = i64::try_from(self.rows.len()).unwrap_or(i64::MAX);
        self.is_over = count < self.ahead;
        self.lowest = self.rows.back().copied();
        looks.spend(self.pace.query + count);
        Ok(())
    }
}

/// The newest row from `row` down that is in any of the runs.
pub(super) fn newest(
    runs: &mut [Run],
    reader: &Connection,
    row: i64,
    looks: &mut Looks,
) -> Result<Option<i64>, StoreError> {
    let mut newest = None;
    for run in runs {
        newest = newest.max(run.at_or_below(reader, row, looks)?);
        if newest == Some(row) {
            break;
        }
    }
    Ok(newest)
}
