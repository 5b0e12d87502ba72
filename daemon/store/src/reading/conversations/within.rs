//! Conversations as a key sees them that sees a part of the messages.

use rusqlite::types::ToSql;
use rusqlite::{Connection, params_from_iter};

use super::{Assigned, Conversation, ConversationFilter};
use crate::reading::listing::Listed;
use crate::reading::messages::readable_at;
use crate::staff::work;
use crate::tables::reach;
use crate::values::{RowExt as _, readable};
use crate::{StoreError, Work};
use model::{Reach, RowId};

/// What lies within a reach, of so many rows before `before`: the last message and the count are those
/// of this reach too. Where the page ends before that of all rows, its cursor goes on.
pub(crate) fn within(
    reader: &Connection,
    filter: &ConversationFilter,
    (limit, before): (usize, Option<RowId>),
    looks: i64,
) -> Result<Listed<Conversation>, StoreError> {
    let reach = &filter.reach;
    let mut page = Listed::empty();
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
        let (last, count): (i64, i64) = (row.col(1)?, row.col(2)?);
        // The next page goes on here, should this one end.
        page.next = Some(RowId(last));
        let Some(number) = readable(row.col::<String>(0))? else {
            continue;
        };
        // Which message came in last is not told: it may be out of reach.
        let work = work::of(reader, &number, 0)?;
        if fits(filter, &number, &work)
            && (before == i64::MAX || !newer.has(&number)?)
            && let Some(last) = readable_at(reader, RowId(last))?
        {
            page.items.push(Conversation {
                last,
                number,
                count: u64::try_from(count).unwrap_or(0),
                work,
                unread: None,
            });
        }
    }
    let more = "SELECT EXISTS (SELECT 1 FROM messages WHERE row < ?1)";
    let more: bool = reader.query_row(more, [from], |row| row.col(0))?;
    page.next = more.then_some(RowId(from));
    Ok(page)
}

/// Keys with a reach name no users.
fn fits(filter: &ConversationFilter, number: &str, work: &Work) -> bool {
    let digits = filter.digits.as_ref();
    filter.done.is_none_or(|done| done == work.done)
        && digits.is_none_or(|digits| number.contains(digits))
        && filter
            .assigned
            .is_none_or(|wanted| wanted == Assigned::Nobody && work.assigned.is_none())
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
