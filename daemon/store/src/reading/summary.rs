//! How the messages of one reference stand, such as those of a campaign, without reading them.

use model::{Reach, State};
use rusqlite::types::ToSql;
use rusqlite::{Connection, params_from_iter};

use crate::StoreError;
use crate::machine::select::Select as _;
use crate::reading::Reading;
use crate::tables::reach::condition;
use crate::values::{RowExt as _, params};

/// Messages of a reference that are counted, the newest: each is read, which takes some 100 ms for all of them.
pub(crate) const COUNTED: i64 = 100_000;

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
    /// All of them were counted.
    pub complete: bool,
}

impl Reading {
    /// Counts the messages with this reference, as far as they are within reach; those of self-tests are left out.
    pub async fn summary(&self, reference: String, reach: Reach) -> Result<Summary, StoreError> {
        self.file
            .read(move |reader| summary(reader, &reference, &reach, COUNTED))
            .await
    }
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
        "SELECT m.state, count(*), sum(m.segments) FROM
            (SELECT state, segments, test, lane, carrier FROM messages INDEXED BY messages_reference
             WHERE reference = ?1 ORDER BY row DESC LIMIT ?2) m
         WHERE m.test = 0{within} GROUP BY m.state ORDER BY m.state"
    );
    let states = reader.all(&sql, params_from_iter(params), |row| {
        Ok(StateCount {
            state: row.col(0)?,
            messages: row.col::<i64>(1)?.unsigned_abs(),
            segments: row.col::<i64>(2)?.unsigned_abs(),
        })
    })?;
    let more = "SELECT row FROM messages INDEXED BY messages_reference
        WHERE reference = ?1 ORDER BY row DESC LIMIT 1 OFFSET ?2";
    let complete = !reader.exists(more, params![reference, counted])?;
    Ok(Summary { states, complete })
}
