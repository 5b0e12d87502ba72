//! Messages by the other party, both directions together.

use rusqlite::{Connection, params};

use super::messages::{COLUMNS, list, message};
use super::{Store, StoreError, rows};
use crate::model::{Message, RowId};

/// All messages to and from one number.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) number: String,
    pub(crate) last: Message,
    pub(crate) count: u64,
}

impl Store {
    /// The conversations whose last message is before row `before`, latest first.
    pub(crate) async fn conversations(
        &self,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Vec<Conversation>, StoreError> {
        self.catch_up().await?;
        self.read(move |reader| conversations(reader, limit, before))
            .await
    }

    /// The messages of one conversation, newest first, without parts.
    pub(crate) async fn conversation(
        &self,
        number: &str,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Vec<Message>, StoreError> {
        self.catch_up().await?;
        let number = number.to_owned();
        let sql = format!(
            "SELECT {COLUMNS} FROM peers p CROSS JOIN messages m ON m.row = p.row
             LEFT JOIN sims s ON s.iccid = m.sim
             WHERE p.peer = ?1 AND p.row < ?2 ORDER BY p.row DESC LIMIT ?3"
        );
        let before = before.map_or(i64::MAX, |row| row.0);
        self.read(move |reader| {
            list(
                reader,
                &sql,
                &[Box::new(number), Box::new(before), Box::new(rows(limit))],
            )
        })
        .await
    }
}

fn conversations(
    reader: &Connection,
    limit: usize,
    before: Option<RowId>,
) -> Result<Vec<Conversation>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, c.number, c.count FROM conversations c
         CROSS JOIN messages m ON m.row = c.last LEFT JOIN sims s ON s.iccid = m.sim
         WHERE c.last < ?1 ORDER BY c.last DESC LIMIT ?2"
    );
    let before = before.map_or(i64::MAX, |row| row.0);
    let mut select = reader.prepare_cached(&sql)?;
    let found = select.query_map(params![before, rows(limit)], |row| {
        let count: i64 = row.get("count")?;
        Ok(Conversation {
            number: row.get("number")?,
            last: message(row)?,
            count: u64::try_from(count).unwrap_or(0),
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
