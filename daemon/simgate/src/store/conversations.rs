//! Messages by the other party, both directions together.

use rusqlite::types::ToSql;
use rusqlite::{Connection, params_from_iter};

use super::listing::{Extent, Filter, Listed};
use super::messages::{COLUMNS, message};
use super::{Store, StoreError, reach, rows};
use crate::model::{Message, Reach, RowId};

/// All messages to and from one number.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) number: String,
    pub(crate) last: Message,
    pub(crate) count: u64,
}

impl Store {
    /// The conversations, without the messages of self-tests, whose last message is before row `before`, latest first.
    pub(crate) async fn conversations(
        &self,
        reach: Reach,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Listed<Conversation>, StoreError> {
        self.catch_up().await?;
        self.read(move |reader| conversations(reader, &reach, limit, before))
            .await
    }

    /// The messages of one conversation, newest first, without parts; with those of self-tests where
    /// `tests`.
    pub(crate) async fn conversation(
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

/// The newest messages that are looked at for a key that sees a part of them: their conversations are
/// counted anew each time, and however long the history is, nobody else may wait for that.
const LOOKS: i64 = 50_000;

fn conversations(
    reader: &Connection,
    reach: &Reach,
    limit: usize,
    before: Option<RowId>,
) -> Result<Listed<Conversation>, StoreError> {
    let before = before.map_or(i64::MAX, |row| row.0);
    let mut params: Vec<Box<dyn ToSql>> = vec![Box::new(before), Box::new(rows(limit) + 1)];
    let counted = match reach::condition(reach, &mut params) {
        None => "conversations".to_owned(),
        // The last message and the count must be those of this reach too.
        Some(within) => format!(
            "(SELECT m.peer AS number, max(m.row) AS last, count(*) AS count FROM messages m
              WHERE m.row > (SELECT max(row) FROM messages) - {LOOKS} AND m.test = 0 AND {within}
              GROUP BY m.peer)"
        ),
    };
    let sql = format!(
        "SELECT {COLUMNS}, c.number, c.count FROM {counted} c
         CROSS JOIN messages m ON m.row = c.last LEFT JOIN sims s ON s.iccid = m.sim
         WHERE c.last < ?1 ORDER BY c.last DESC LIMIT ?2"
    );
    let mut select = reader.prepare_cached(&sql)?;
    let found = select.query_map(params_from_iter(&params), |row| {
        let count: i64 = row.get("count")?;
        Ok(Conversation {
            number: row.get("number")?,
            last: message(row)?,
            count: u64::try_from(count).unwrap_or(0),
        })
    })?;
    let found = found.collect::<Result<Vec<_>, _>>()?;
    let listed = Listed::cut(found, limit, |one| one.last.row);
    let indexed_until = Extent::of(reader)?.behind(reader, true)?;
    Ok(Listed {
        indexed_until,
        ..listed
    })
}
