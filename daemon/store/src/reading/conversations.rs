//! Messages by the other party, both directions together.

use rusqlite::types::ToSql;
use rusqlite::{Connection, params_from_iter};

use crate::reading::Reading;
use crate::reading::listing::{Extent, Filter, Listed};
use crate::reading::messages::{COLUMNS, message};
use crate::tables::reach;
use crate::values::{RowExt as _, params};
use crate::{StoreError, rows};
use model::{Message, Reach, RowId};

/// All messages to and from one number.
#[derive(Clone, Debug)]
pub struct Conversation {
    pub number: String,
    pub last: Message,
    pub count: u64,
}

impl Reading {
    /// The conversations, without the messages of self-tests, whose last message is before row `before`, latest first.
    pub async fn conversations(
        &self,
        reach: Reach,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Listed<Conversation>, StoreError> {
        self.catch_up().await?;
        self.file
            .read(move |reader| conversations(reader, &reach, limit, before))
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
}

/// The rows that a page looks at for a key that sees a part of the messages: their conversations are
/// counted anew each time, and however long the history is, nobody else may wait for that.
const LOOKS: i64 = 50_000;

fn conversations(
    reader: &Connection,
    reach: &Reach,
    limit: usize,
    before: Option<RowId>,
) -> Result<Listed<Conversation>, StoreError> {
    let listed = match reach {
        Reach::All => counted(reader, limit, before)?,
        Reach::Part { .. } => within(reader, reach, (limit, before), LOOKS)?,
    };
    let indexed_until = Extent::of(reader)?.behind(reader, true)?;
    Ok(Listed {
        indexed_until,
        ..listed
    })
}

fn counted(
    reader: &Connection,
    limit: usize,
    before: Option<RowId>,
) -> Result<Listed<Conversation>, StoreError> {
    let before = before.map_or(i64::MAX, |row| row.0);
    let sql = format!(
        "SELECT {COLUMNS}, c.number, c.count FROM conversations c
         CROSS JOIN messages m ON m.row = c.last LEFT JOIN sims s ON s.iccid = m.carrier
         WHERE c.last < ?1 ORDER BY c.last DESC LIMIT ?2"
    );
    let mut select = reader.prepare_cached(&sql)?;
    let found = select.query_map(params![before, rows(limit) + 1], |row| {
        let count: i64 = row.col("count")?;
        Ok(Conversation {
            number: row.col("number")?,
            last: message(row)?,
            count: u64::try_from(count).unwrap_or(0),
        })
    })?;
    let found = found.collect::<Result<Vec<_>, _>>()?;
    Ok(Listed::cut(found, limit, |one| one.last.row))
}

/// What lies within a reach, of so many rows before `before`: the last message and the count are those
/// of this reach too. Where the page ends before that of all rows, its cursor goes on.
pub(crate) fn within(
    reader: &Connection,
    reach: &Reach,
    (limit, before): (usize, Option<RowId>),
    looks: i64,
) -> Result<Listed<Conversation>, StoreError> {
    let mut page = Listed {
        items: Vec::new(),
        next: None,
        indexed_until: None,
    };
    let before = before.map_or(i64::MAX, |row| row.0);
    // What was deleted leaves rows out.
    let newest = "SELECT max(row) FROM messages WHERE row < ?1";
    let newest: Option<i64> = reader.query_row(newest, [before], |row| row.col(0))?;
    let Some(newest) = newest else {
        return Ok(page);
    };
    let from = newest.saturating_sub(looks - 1);
    let mut params: Vec<Box<dyn ToSql>> = vec![Box::new(from), Box::new(newest)];
    let within = reach::condition(reach, &mut params).unwrap_or_else(|| "1".to_owned());
    let sql = format!(
        "SELECT m.peer, max(m.row) AS last, count(*) FROM messages m
         WHERE m.row BETWEEN ?1 AND ?2 AND m.test = 0 AND {within}
         GROUP BY m.peer ORDER BY last DESC"
    );
    let mut select = reader.prepare_cached(&sql)?;
    let mut found = select.query(params_from_iter(&params))?;
    let mut newer = Newer {
        reader,
        reach,
        from: before,
        looks,
    };
    while let Some(row) = found.next()? {
        if page.items.len() == limit || newer.looks <= 0 {
            return Ok(page);
        }
        let (number, last, count): (String, i64, i64) = (row.col(0)?, row.col(1)?, row.col(2)?);
        // The next page goes on here, should this one end.
        page.next = Some(RowId(last));
        if before == i64::MAX || !newer.has(&number)? {
            page.items.push(Conversation {
                last: last_of(reader, last)?,
                number,
                count: u64::try_from(count).unwrap_or(0),
            });
        }
    }
    let more = "SELECT EXISTS (SELECT 1 FROM messages WHERE row < ?1)";
    let more: bool = reader.query_row(more, [from], |row| row.col(0))?;
    page.next = more.then_some(RowId(from));
    Ok(page)
}

/// Whether an earlier page has shown a conversation, with its newer messages.
struct Newer<'a> {
    reader: &'a Connection,
    reach: &'a Reach,
    from: i64,
    /// The rows that may still be looked at. Beyond, a conversation is rather shown twice than never.
    looks: i64,
}

impl Newer<'_> {
    fn has(&mut self, number: &str) -> Result<bool, StoreError> {
        let mut params: Vec<Box<dyn ToSql>> =
            vec![Box::new(number.to_owned()), Box::new(self.from)];
        let within = reach::condition(self.reach, &mut params).unwrap_or_else(|| "1".to_owned());
        let sql = format!(
            "SELECT m.test = 0 AND {within} FROM peers p CROSS JOIN messages m ON m.row = p.row
             WHERE p.peer = ?1 AND p.direction IN (0, 1) AND p.row >= ?2"
        );
        let mut select = self.reader.prepare_cached(&sql)?;
        let mut rows = select.query(params_from_iter(&params))?;
        while self.looks > 0
            && let Some(row) = rows.next()?
        {
            self.looks -= 1;
            if row.col(0)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn last_of(reader: &Connection, row: i64) -> Result<Message, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM messages m LEFT JOIN sims s ON s.iccid = m.carrier WHERE m.row = ?1"
    );
    let mut select = reader.prepare_cached(&sql)?;
    Ok(select.query_row([row], message)?)
}
