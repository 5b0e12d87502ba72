//! Messages by the other party, both directions together.

use rusqlite::types::ToSql;
use rusqlite::{Connection, params_from_iter};

use super::messages::{COLUMNS, list, message};
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
    /// The conversations whose last message is before row `before`, latest first.
    pub(crate) async fn conversations(
        &self,
        reach: Reach,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Vec<Conversation>, StoreError> {
        self.catch_up().await?;
        self.read(move |reader| conversations(reader, &reach, limit, before))
            .await
    }

    /// The messages of one conversation, newest first, without parts.
    pub(crate) async fn conversation(
        &self,
        number: &str,
        reach: Reach,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Vec<Message>, StoreError> {
        self.catch_up().await?;
        let number = number.to_owned();
        let before = before.map_or(i64::MAX, |row| row.0);
        self.read(move |reader| {
            let mut params: Vec<Box<dyn ToSql>> =
                vec![Box::new(number), Box::new(before), Box::new(rows(limit))];
            let within = reach::condition(&reach, &mut params).unwrap_or_else(|| "1".to_owned());
            let sql = format!(
                "SELECT {COLUMNS} FROM peers p CROSS JOIN messages m ON m.row = p.row
                 LEFT JOIN sims s ON s.iccid = m.sim
                 WHERE p.peer = ?1 AND p.row < ?2 AND {within} ORDER BY p.row DESC LIMIT ?3"
            );
            list(reader, &sql, &params)
        })
        .await
    }
}

fn conversations(
    reader: &Connection,
    reach: &Reach,
    limit: usize,
    before: Option<RowId>,
) -> Result<Vec<Conversation>, StoreError> {
    let before = before.map_or(i64::MAX, |row| row.0);
    let mut params: Vec<Box<dyn ToSql>> = vec![Box::new(before), Box::new(rows(limit))];
    let counted = match reach::condition(reach, &mut params) {
        None => "conversations".to_owned(),
        // The last message and the count must be those of this reach too.
        Some(within) => format!(
            "(SELECT m.peer AS number, max(m.row) AS last, count(*) AS count FROM messages m
              WHERE {within} GROUP BY m.peer)"
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
    Ok(found.collect::<Result<_, _>>()?)
}
