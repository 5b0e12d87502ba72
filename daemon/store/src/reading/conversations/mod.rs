//! Messages by the other party, both directions together.

mod unread;
mod within;

use std::collections::HashSet;

use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};

use crate::reading::Reading;
use crate::reading::listing::{self, Extent, Filter, Listed};
use crate::reading::messages::readable_at;
use crate::staff::work;
use crate::values::{RowExt as _, params, readable};
use crate::{StoreError, Work};
use model::{Direction, Message, Reach, RowId, UserId};
use unread::Marks;
#[cfg(test)]
pub(crate) use within::within;

/// All messages to and from one number.
#[derive(Clone, Debug)]
pub struct Conversation {
    pub number: String,
    pub last: Message,
    pub count: u64,
    pub work: Work,
    /// What the reader has not read of it, where there is one.
    pub unread: Option<u64>,
}

/// Which conversations to list; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct ConversationFilter {
    /// Only what is within it.
    pub reach: Reach,
    pub done: Option<bool>,
    pub assigned: Option<Assigned>,
    /// By whose marks it is told what is unread.
    pub reader: Option<UserId>,
    /// Only what the reader has not read all of.
    pub unread: bool,
    /// Digits of the number.
    pub digits: Option<String>,
    /// Words of a text, as [`Filter::q`]. Only for whom all is within reach.
    pub words: Option<String>,
}

/// Who looks after a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assigned {
    Nobody,
    To(UserId),
}

impl From<Reach> for ConversationFilter {
    fn from(reach: Reach) -> Self {
        Self {
            reach,
            ..Self::default()
        }
    }
}

impl Reading {
    /// The conversations, without the messages of self-tests, whose last message is before row `before`, latest first.
    pub async fn conversations(
        &self,
        filter: impl Into<ConversationFilter>,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Listed<Conversation>, StoreError> {
        let filter = filter.into();
        self.catch_up().await?;
        self.file
            .read(move |reader| conversations(reader, &filter, limit, before))
            .await
    }

    /// The messages of one conversation, newest first, without parts; with those of self-tests where
    /// `tests`.
    pub async fn conversation(
        &self,
        number: &str,
        (reach, tests): (Reach, bool),
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Listed<Message>, StoreError> {
        let filter = Filter {
            peer: Some(number.to_owned()),
            reach,
            tests,
            ..Filter::default()
        };
        self.messages(filter, limit, before).await
    }

    /// Whether any message came from or went to this number, just as it is written.
    pub async fn has_conversation(&self, number: &str) -> Result<bool, StoreError> {
        let number = number.to_owned();
        self.catch_up().await?;
        let find = "SELECT 1 FROM conversations WHERE number = ?1";
        let read = move |reader: &Connection| Ok(reader.prepare_cached(find)?.exists([&number])?);
        self.file.read(read).await
    }

    /// How a conversation stands, and what this user has not read of it.
    pub async fn conversation_work(
        &self,
        number: &str,
        reader: Option<UserId>,
    ) -> Result<(Work, Option<u64>), StoreError> {
        let number = number.to_owned();
        let read = move |connection: &Connection| {
            let heard: Option<i64> = connection
                .prepare_cached("SELECT heard FROM conversations WHERE number = ?1")?
                .query_row([&number], |row| row.col(0))
                .optional()?;
            let work = work::of(connection, &number, heard.unwrap_or(0))?;
            let marks = Marks::of(connection, reader)?;
            let unread = marks.map(|marks| marks.unread(&number)).transpose()?;
            Ok((work, unread))
        };
        self.file.read(read).await
    }
}

/// The conversations that a page looks at: some 20 ms.
const LOOKS: usize = 20_000;
/// The rows that a page looks at for a key that sees a part of the messages: their conversations are
/// counted anew each time, and however long the history is, nobody else may wait for that.
const ROW_LOOKS: i64 = 50_000;

fn conversations(
    reader: &Connection,
    filter: &ConversationFilter,
    limit: usize,
    before: Option<RowId>,
) -> Result<Listed<Conversation>, StoreError> {
    let listed = match (&filter.reach, &filter.words) {
        (Reach::All, Some(words)) => by_words(reader, filter, words, (limit, before))?,
        (Reach::All, None) => in_order(reader, filter, (limit, before), LOOKS)?,
        (Reach::Part { .. }, _) => within::within(reader, filter, (limit, before), ROW_LOOKS)?,
    };
    let indexed_until = Extent::of(reader)?.behind(reader, true)?;
    Ok(Listed {
        indexed_until,
        ..listed
    })
}

/// What the index tells of a conversation.
struct Entry {
    number: String,
    last: i64,
    heard: i64,
    done: bool,
    assigned: Option<i64>,
}

const ENTRY: &str = "SELECT number, last, heard, done, assigned FROM conversations";

impl Entry {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.col(0)?,
            last: row.col(1)?,
            heard: row.col(2)?,
            done: row.col(3)?,
            assigned: row.col(4)?,
        })
    }

    fn fits(
        &self,
        filter: &ConversationFilter,
        marks: Option<&Marks<'_>>,
    ) -> Result<bool, StoreError> {
        let digits = filter.digits.as_ref();
        let fits = filter.done.is_none_or(|done| done == self.done)
            && filter.assigned.is_none_or(|wanted| match wanted {
                Assigned::Nobody => self.assigned.is_none(),
                Assigned::To(user) => self.assigned == Some(user.0),
            })
            && digits.is_none_or(|digits| self.number.contains(digits));
        match marks.filter(|_| fits && filter.unread) {
            Some(marks) => Ok(self.heard > marks.upto(&self.number)?),
            None => Ok(fits),
        }
    }

    /// None where its last message is gone, or makes no sense.
    fn shown(
        self,
        reader: &Connection,
        marks: Option<&Marks<'_>>,
    ) -> Result<Option<Conversation>, StoreError> {
        let Some(last) = readable_at(reader, RowId(self.last))? else {
            return Ok(None);
        };
        let count: i64 = reader
            .prepare_cached("SELECT count FROM conversations WHERE number = ?1")?
            .query_row([&self.number], |row| row.col(0))?;
        Ok(Some(Conversation {
            work: work::of(reader, &self.number, self.heard)?,
            unread: marks.map(|marks| marks.unread(&self.number)).transpose()?,
            count: u64::try_from(count).unwrap_or(0),
            last,
            number: self.number,
        }))
    }
}

/// The entries that a list goes through, latest first, by the index that leaves out most.
fn order(filter: &ConversationFilter, params: &mut Vec<Box<dyn ToSql>>) -> String {
    if let Some(Assigned::To(user)) = filter.assigned {
        params.push(Box::new(user.0));
        return format!("{ENTRY} WHERE assigned = ?2 AND last < ?1 ORDER BY last DESC");
    }
    let of = |done: bool| format!("{ENTRY} WHERE done = {} AND last < ?1", u8::from(done));
    match filter.done {
        Some(done) => format!("{} ORDER BY last DESC", of(done)),
        // Both in order each: SQLite goes through them side by side.
        None => format!("{} UNION ALL {} ORDER BY 2 DESC", of(false), of(true)),
    }
}

fn in_order(
    reader: &Connection,
    filter: &ConversationFilter,
    (limit, before): (usize, Option<RowId>),
    mut looks: usize,
) -> Result<Listed<Conversation>, StoreError> {
    let marks = Marks::of(reader, filter.reader)?;
    let before = before.map_or(i64::MAX, |row| row.0);
    let mut params: Vec<Box<dyn ToSql>> = vec![Box::new(before)];
    let mut select = reader.prepare_cached(&order(filter, &mut params))?;
    let mut found = select.query(params_from_iter(&params))?;
    let mut page = Listed::empty();
    let mut looked_at = before;
    while let Some(row) = found.next()? {
        if page.items.len() == limit || looks == 0 {
            page.next = Some(RowId(looked_at));
            break;
        }
        looks -= 1;
        let Some(entry) = readable(Entry::read(row))? else {
            continue;
        };
        looked_at = entry.last;
        // Nothing in the rest is newer than what the reader has read of all.
        if filter.unread && marks.as_ref().is_some_and(|marks| entry.last <= marks.base) {
            break;
        }
        if entry.fits(filter, marks.as_ref())? {
            page.items.extend(entry.shown(reader, marks.as_ref())?);
        }
    }
    Ok(page)
}

/// The conversations that have messages with these words, in the order of these. One that has many may
/// come again on a later page.
fn by_words(
    reader: &Connection,
    filter: &ConversationFilter,
    words: &str,
    (limit, before): (usize, Option<RowId>),
) -> Result<Listed<Conversation>, StoreError> {
    let marks = Marks::of(reader, filter.reader)?;
    let messages = Filter {
        q: Some(words.to_owned()),
        ..Filter::default()
    };
    let messages = listing::list(reader, &messages, (limit, before), listing::LOOKS)?;
    let mut page = Listed {
        next: messages.next,
        ..Listed::empty()
    };
    let mut seen = HashSet::new();
    for message in messages.items {
        let number = match message.direction {
            Direction::Inbound => message.from,
            Direction::Outbound => message.to,
        };
        let Some(number) = number.filter(|number| seen.insert(number.clone())) else {
            continue;
        };
        let entry = reader
            .prepare_cached(&format!("{ENTRY} WHERE number = ?1"))?
            .query_row(params![number], Entry::read)
            .optional()?;
        if let Some(entry) = entry
            && entry.fits(filter, marks.as_ref())?
        {
            page.items.extend(entry.shown(reader, marks.as_ref())?);
        }
    }
    Ok(page)
}
