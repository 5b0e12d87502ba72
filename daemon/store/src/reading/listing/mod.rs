//! Lists of messages, newest first, of which no page costs more than a bound.
//!
//! Each filter is a run of rows in an index, in the order of rows. What several filters leave
//! over is found by going from one run to the other, each time to the next row that can still be
//! in all. Where that takes long, the page ends early and its cursor goes on from there.

mod ages;
mod matches;
mod plan;
mod run;
mod words;

use model::{Direction, Iccid, Message, Reach, RowId, State, Time};
use rusqlite::Connection;

pub(crate) use ages::BLOCK;
#[cfg(test)]
pub(crate) use plan::RUNS;
use plan::{Next, Plan};
pub(crate) use words::indexed as indexed_words;

use crate::machine::select::{Select as _, only};
use crate::reading::Reading;
use crate::reading::messages::readable_at;
use crate::values::RowExt as _;
use crate::{StoreError, rows};

/// Which messages to list; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub direction: Option<Direction>,
    pub state: Option<State>,
    /// As [`Message::to`].
    pub to: Option<String>,
    /// As [`Message::from`].
    pub from: Option<String>,
    pub sim: Option<Iccid>,
    pub reference: Option<String>,
    /// Words of the text, in any order; the end of each may be missing.
    pub q: Option<String>,
    /// Created at or after.
    pub since: Option<Time>,
    /// Created before.
    pub until: Option<Time>,
    /// The other party, whichever way a message goes.
    pub peer: Option<String>,
    /// Only what is within it.
    pub reach: Reach,
    /// With those of self-tests.
    pub tests: bool,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// May be fewer than asked for, or none, and yet not the last.
    pub items: Vec<T>,
    /// The next page has what is before this row; none = there is no more.
    pub next: Option<RowId>,
    /// The list may lack messages that are newer than this.
    pub indexed_until: Option<Time>,
}

impl<T> Listed<T> {
    pub(crate) fn empty() -> Self {
        Self {
            items: Vec::new(),
            next: None,
            indexed_until: None,
        }
    }
}

/// What a page may cost, in rows of an index read: some 15 ms.
pub(crate) const LOOKS: i64 = 50_000;

/// How much of that is left.
pub(crate) struct Looks(i64);

impl Looks {
    fn spend(&mut self, looks: i64) {
        self.0 -= looks;
    }

    fn are_spent(&self) -> bool {
        self.0 <= 0
    }
}

impl Filter {
    /// Answered from what is written behind.
    fn is_behind(&self) -> bool {
        let by_number = [&self.to, &self.from, &self.peer];
        self.q.is_some() || by_number.iter().any(|number| number.is_some()) || !self.reach.is_all()
    }

    /// Faster where that has caught up.
    fn is_timed(&self) -> bool {
        self.since.is_some() || self.until.is_some()
    }
}

impl Reading {
    /// Without parts, those before row `before`: a page stays what it is while new messages come.
    pub async fn messages(
        &self,
        filter: Filter,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Listed<Message>, StoreError> {
        if filter.is_behind() || filter.is_timed() {
            self.catch_up().await?;
        }
        self.file
            .read(move |reader| list(reader, &filter, (limit, before), LOOKS))
            .await
    }
}

/// A page of at most `limit` messages before row `before`, for so many looks.
pub(crate) fn list(
    reader: &Connection,
    filter: &Filter,
    (limit, before): (usize, Option<RowId>),
    looks: i64,
) -> Result<Listed<Message>, StoreError> {
    let extent = Extent::of(reader)?;
    let mut listed = Listed {
        items: Vec::new(),
        next: None,
        indexed_until: extent.behind(reader, filter.is_behind())?,
    };
    let indexed = (extent.first, extent.upto);
    let Some(mut plan) = Plan::of(reader, filter, indexed, rows(limit) + 1)? else {
        return Ok(listed);
    };
    let mut looks = Looks(looks);
    let start = before.map_or(extent.last, |before| before.0 - 1);
    let mut below = start;
    let mut found = Vec::new();
    while found.len() <= limit {
        match plan.next(reader, below, start, &mut looks)? {
            Next::Found(row) => {
                found.push(row);
                below = row - 1;
            }
            Next::Cut(row) => {
                listed.next = Some(RowId(row + 1));
                break;
            }
            Next::Over => break,
        }
    }
    if found.len() > limit {
        found.truncate(limit);
        listed.next = found.last().copied().map(RowId);
    }
    for row in found {
        // One that was deleted may still have its words in the index.
        listed.items.extend(readable_at(reader, RowId(row))?);
    }
    Ok(listed)
}

/// How far the rows go, and how far they are indexed.
pub(crate) struct Extent {
    first: i64,
    last: i64,
    upto: i64,
}

impl Extent {
    pub(crate) fn of(reader: &Connection) -> Result<Self, StoreError> {
        let sql = "SELECT (SELECT min(row) FROM messages), (SELECT max(row) FROM messages), upto
            FROM indexed";
        let extent = reader.one(sql, [], |row| {
            Ok(Self {
                first: row.col::<Option<i64>>(0)?.unwrap_or(0),
                last: row.col::<Option<i64>>(1)?.unwrap_or(0),
                upto: row.col(2)?,
            })
        })?;
        Ok(extent)
    }

    /// Until when a list has everything that is read from what is written behind; none = it has
    /// all there is.
    pub(crate) fn behind(
        &self,
        reader: &Connection,
        is_read: bool,
    ) -> Result<Option<Time>, StoreError> {
        if !is_read || self.upto >= self.last {
            return Ok(None);
        }
        let sql = "SELECT created_at FROM messages WHERE row <= ?1 ORDER BY row DESC LIMIT 1";
        let newest = reader.first(sql, [self.upto], only)?;
        Ok(Some(newest.unwrap_or(Time::ZERO)))
    }
}
