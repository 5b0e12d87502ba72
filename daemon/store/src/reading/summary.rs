//! How the messages of one reference stand, such as those of a campaign, without reading them.

use model::{MessageId, Reach, RowId, State};
use rusqlite::types::ToSql;
use rusqlite::{Connection, params_from_iter};

use crate::StoreError;
use crate::machine::select::{Select as _, only};
use crate::reading::Reading;
use crate::tables::reach::condition;
use crate::values::{RowExt as _, params};

/// Messages of a reference that are counted, the newest: each is read, which takes some 100 ms for all of them.
pub(crate) const COUNTED: i64 = 100_000;

/// Of which one page of those that wait looks at so many.
pub(crate) const LOOKED_AT: i64 = 5_000;

/// Messages of one reference in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateCount {
    pub state: State,
    pub messages: u64,
    /// Their parts.
    pub segments: u64,
}

/// How the messages of a reference stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The states in which there are any.
    pub states: Vec<StateCount>,
    /// How many of those that wait are paused.
    pub paused: u64,
    /// All of them were counted.
    pub complete: bool,
}

/// Which messages of a reference are to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Referenced {
    /// Those that wait.
    Waiting,
    /// Those that wait or may wait again, and are not paused.
    Running,
    /// The same that are.
    Paused,
}

impl Referenced {
    fn condition(self) -> &'static str {
        match self {
            Self::Waiting => "m.state IN (0, 1)",
            Self::Running => "m.state IN (0, 1, 2, 9) AND m.paused = 0",
            Self::Paused => "m.state IN (0, 1, 2, 9) AND m.paused = 1",
        }
    }
}

impl Reading {
    /// Counts the messages with this reference, as far as they are within reach; those of self-tests are left out.
    pub async fn summary(&self, reference: String, reach: Reach) -> Result<Summary, StoreError> {
        self.file
            .read(move |reader| summary(reader, &reference, &reach, COUNTED))
            .await
    }

    /// Those of a reference that are to be changed and are within reach, of its messages before row `before`; and
    /// where to go on, unless that was all. They are as they are now: a list may lack the latest of a key, which
    /// would go out when the others are cancelled.
    pub async fn referenced(
        &self,
        reference: &str,
        which: Referenced,
        reach: Reach,
        before: Option<RowId>,
    ) -> Result<(Vec<MessageId>, Option<RowId>), StoreError> {
        let reference = reference.to_owned();
        let before = before.map_or(i64::MAX, |row| row.0);
        self.file
            .read(move |reader| referenced(reader, &reference, which, (&reach, before)))
            .await
    }
}

fn referenced(
    reader: &Connection,
    reference: &str,
    which: Referenced,
    (reach, before): (&Reach, i64),
) -> Result<(Vec<MessageId>, Option<RowId>), StoreError> {
    let mut params: Vec<Box<dyn ToSql>> = vec![
        Box::new(reference.to_owned()),
        Box::new(before),
        Box::new(LOOKED_AT),
    ];
    let within =
        condition(reach, &mut params).map_or(String::new(), |within| format!(" AND {within}"));
    let wanted = which.condition();
    let sql = format!(
        "SELECT m.id FROM
            (SELECT row, id, state, paused, lane, carrier FROM messages INDEXED BY messages_reference
             WHERE reference = ?1 AND row < ?2 ORDER BY row DESC LIMIT ?3) m
         WHERE {wanted}{within} ORDER BY m.row DESC"
    );
    let found = reader.readable(&sql, params_from_iter(params), only)?;
    let last = "SELECT row FROM messages INDEXED BY messages_reference
        WHERE reference = ?1 AND row < ?2 ORDER BY row DESC LIMIT 1 OFFSET ?3";
    let last = reader.first(last, params![reference, before, LOOKED_AT - 1], only)?;
    Ok((found, last))
}

pub(crate) fn summary(
    reader: &Connection,
    reference: &str,
    reach: &Reach,
    counted: i64,
) -> Result<Summary, StoreError> {
    let mut params: Vec<Box<dyn ToSql>> = vec![Box::new(reference.to_owned()), Box::new(counted)];
    let within =
        condition(reach, &mut params).map_or(String::new(), |within| format!(" AND {within}"));
    let sql = format!(
        "SELECT m.state, count(*), sum(m.segments), sum(m.paused) FILTER (WHERE m.state IN (0, 1)) FROM
            (SELECT state, segments, paused, test, lane, carrier FROM messages INDEXED BY messages_reference
             WHERE reference = ?1 ORDER BY row DESC LIMIT ?2) m
         WHERE m.test = 0{within} GROUP BY m.state ORDER BY m.state"
    );
    let mut paused = 0;
    let states = reader.readable(&sql, params_from_iter(params), |row| {
        paused += row.col::<Option<i64>>(3)?.unwrap_or(0).unsigned_abs();
        Ok(StateCount {
            state: row.col(0)?,
            messages: row.col::<i64>(1)?.unsigned_abs(),
            segments: row.col::<i64>(2)?.unsigned_abs(),
        })
    })?;
    let more = "SELECT row FROM messages INDEXED BY messages_reference
        WHERE reference = ?1 ORDER BY row DESC LIMIT 1 OFFSET ?2";
    let complete = !reader.exists(more, params![reference, counted])?;
    Ok(Summary {
        states,
        paused,
        complete,
    })
}
