//! What was counted of messages, by the hour and by the day: read, filled in for messages of before, and
//! held against the messages. What is counted, and when, is `tables/statistics.rs`.

pub(crate) mod compare;
pub(crate) mod extent;
mod older;
mod read;

use crate::StoreError;
use crate::machine::access::Access;
use crate::machine::writer::{Need, Tx};
use crate::tables::{statistics, tallies};
use model::Time;

pub use read::{StatisticsGroup, StatisticsQuery, StatisticsRead};

/// Messages of before that are counted in one transaction: some ten milliseconds.
const OLDER_STEP: usize = 500;

/// What was counted.
#[derive(Clone)]
pub struct Statistics {
    file: Access,
}

impl Statistics {
    pub(crate) fn new(file: Access) -> Self {
        Self { file }
    }

    /// Reads what was counted of some hours.
    pub async fn read(&self, query: StatisticsQuery) -> Result<StatisticsRead, StoreError> {
        self.file
            .read(move |reader| read::read(reader, &query))
            .await
    }

    /// Days begin with these hours from here on; those in which something was counted stay as they are.
    pub async fn set_days(&self, starts: Vec<i64>, now: Time) -> Result<(), StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| extent::set_days(tx, &starts, now))
            .await
    }

    /// Adds the hours before that of `now` to their days. Each is a transaction of its own.
    pub async fn sum_up(&self, now: Time) -> Result<(), StoreError> {
        let end = tallies::hour(now);
        let step = move |tx: &mut Tx<'_>| statistics::sum_up(tx, end);
        while self.file.write(Need::Ongoing, step).await? {}
        Ok(())
    }

    /// Counts some messages that were stored before there were statistics, the newest first; false when
    /// there are none.
    pub async fn count_older(&self) -> Result<bool, StoreError> {
        self.file
            .write(Need::Growth, |tx| older::count(tx, OLDER_STEP))
            .await
    }
}
