//! What a user has not read.

use rusqlite::{Connection, OptionalExtension as _};

use crate::StoreError;
use crate::values::{RowExt as _, params};
use model::UserId;

/// Unread messages that are counted in one conversation.
const MOST_COUNTED: i64 = 100;

/// The read marks of one user.
pub(super) struct Marks<'a> {
    reader: &'a Connection,
    user: i64,
    /// The row up to which the user has read everything.
    pub(super) base: i64,
}

impl<'a> Marks<'a> {
    /// None for nobody.
    pub(super) fn of(
        reader: &'a Connection,
        user: Option<UserId>,
    ) -> Result<Option<Self>, StoreError> {
        let Some(UserId(user)) = user else {
            return Ok(None);
        };
        let base: Option<i64> = reader
            .prepare_cached("SELECT read_upto FROM users WHERE id = ?1")?
            .query_row([user], |row| row.col(0))
            .optional()?;
        let base = base.unwrap_or(i64::MAX);
        Ok(Some(Self { reader, user, base }))
    }

    /// The row up to which a conversation is read.
    pub(super) fn upto(&self, number: &str) -> Result<i64, StoreError> {
        let mark: Option<i64> = self
            .reader
            .prepare_cached("SELECT upto FROM read_marks WHERE user = ?1 AND number = ?2")?
            .query_row(params![self.user, number], |row| row.col(0))
            .optional()?;
        Ok(mark.map_or(self.base, |mark| mark.max(self.base)))
    }

    /// How many messages came in since, at most [`MOST_COUNTED`].
    pub(super) fn unread(&self, number: &str) -> Result<u64, StoreError> {
        let mut count = self.reader.prepare_cached(
            "SELECT count(*) FROM (
                 SELECT 1 FROM peers p CROSS JOIN messages m ON m.row = p.row
                 WHERE p.peer = ?1 AND p.direction = 1 AND p.row > ?2 AND m.test = 0 LIMIT ?3)",
        )?;
        let upto = self.upto(number)?;
        let count: i64 = count.query_row(params![number, upto, MOST_COUNTED], |row| row.col(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}
