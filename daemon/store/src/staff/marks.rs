//! Up to where each user has read a conversation.

use rusqlite::OptionalExtension as _;

use super::{Staff, heard};
use crate::StoreError;
use crate::machine::writer::{Need, Tx};
use crate::values::{RowExt as _, params};
use model::{MessageId, UserId};

/// Read marks deleted in one commit.
const STEP: i64 = 500;

/// What became of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    Done,
    /// No message was ever sent to or received from this number.
    Unknown,
    /// The message is not one of this conversation.
    NotThere,
}

impl Staff {
    /// A user has read a conversation up to this message, or up to its newest one. A mark only moves on.
    pub async fn mark_read(
        &self,
        user: UserId,
        number: &str,
        up_to: Option<MessageId>,
    ) -> Result<Marked, StoreError> {
        let number = number.to_owned();
        self.file
            .write(Need::Growth, move |tx| mark(tx, user, &number, up_to))
            .await
    }
}

fn mark(
    tx: &Tx<'_>,
    user: UserId,
    number: &str,
    up_to: Option<MessageId>,
) -> Result<Marked, StoreError> {
    let Some(heard) = heard(tx, number)? else {
        return Ok(Marked::Unknown);
    };
    let upto = match up_to {
        None => heard,
        Some(id) => {
            let row = tx
                .prepare("SELECT row FROM messages WHERE id = ?1 AND peer = ?2")?
                .query_row(params![id, number], |row| row.col(0));
            let Some(row) = row.optional()? else {
                return Ok(Marked::NotThere);
            };
            row
        }
    };
    tx.execute(
        "INSERT INTO read_marks (user, number, upto) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET upto = excluded.upto WHERE upto < excluded.upto",
        params![user.0, number, upto],
    )?;
    Ok(Marked::Done)
}

/// Forgets some of the marks of users who were removed.
pub(crate) fn prune(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.execute(
        "WITH RECURSIVE each (user) AS (
             SELECT min(user) FROM read_marks UNION ALL
             SELECT (SELECT min(user) FROM read_marks WHERE user > each.user) FROM each
             WHERE each.user IS NOT NULL)
         DELETE FROM read_marks WHERE (user, number) IN (
             SELECT m.user, m.number FROM each CROSS JOIN read_marks m ON m.user = each.user
             WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = each.user) LIMIT ?1)",
        [STEP],
    )?;
    Ok(())
}
