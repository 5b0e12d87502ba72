//! The last time that the clock was set, among the settings.

use rusqlite::{CachedStatement, OptionalExtension as _};
use serde::{Deserialize, Serialize};

use super::ClockMove;
use crate::StoreError;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params};
use model::{ClockStep, RowId, Time};

/// Its name.
const NAME: &str = "clock_set";

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct LastSet {
    /// How often it was set: a message that was moved says with which of these.
    number: i64,
    /// The latest message then,
    row: i64,
    /// and what the clock showed.
    to: i64,
    /// What is still to be moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moving: Option<ClockMove>,
}

impl LastSet {
    /// What [`LastSet::read`] takes.
    pub(super) const SQL: &'static str = "SELECT value FROM settings WHERE name = ?1";

    pub(super) fn read(mut select: CachedStatement<'_>) -> Result<Self, StoreError> {
        let text: Option<String> = select.query_row([NAME], |row| row.col(0)).optional()?;
        // What cannot be read is as if it were not there: then a start may move what runs once more.
        Ok(text
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default())
    }

    /// What is still to be moved, as far as it is on the disk.
    pub(super) fn moving(tx: &Tx<'_>) -> Result<Option<ClockMove>, StoreError> {
        Ok(Self::read(tx.prepare(Self::SQL)?)?.left())
    }

    /// What is still to be moved.
    pub(super) fn left(self) -> Option<ClockMove> {
        self.moving
    }

    /// Everything is moved with this step from now on; its number.
    pub(super) fn begin(tx: &Tx<'_>, step: ClockStep) -> Result<i64, StoreError> {
        let row: Option<i64> = tx.one("SELECT max(row) FROM messages", [], only)?;
        let number = Self::read(tx.prepare(Self::SQL)?)?.number + 1;
        let set = Self {
            number,
            row: row.unwrap_or(0),
            to: step.to.0,
            moving: None,
        };
        set.write(tx)?;
        Ok(number)
    }

    /// How far a move has come.
    pub(super) fn keep(tx: &Tx<'_>, moving: &ClockMove) -> Result<(), StoreError> {
        let set = Self {
            moving: (!moving.is_over()).then(|| moving.clone()),
            ..Self::read(tx.prepare(Self::SQL)?)?
        };
        set.write(tx)
    }

    fn write(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        let sql = "INSERT INTO settings (name, value) VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        tx.run(sql, params![NAME, crate::json(self)?])
    }

    /// When the latest message was stored, at `at` by the clock of that time: by the clock as it is now.
    pub(super) fn when(&self, row: RowId, at: Time) -> Time {
        if self.row >= row.0 { Time(self.to) } else { at }
    }
}
