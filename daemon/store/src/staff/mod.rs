//! Conversations as staff work on them: whose they are, whether they are done, what was read, notes.

pub(crate) mod marks;
pub(crate) mod notes;
pub(crate) mod work;

pub use marks::Marked;
pub use notes::{NewNote, Noted};
pub use work::{Seen, Work, WorkChange, WorkStored};

use crate::StoreError;
use crate::machine::access::Access;
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params};

/// What staff make of conversations.
#[derive(Clone)]
pub struct Staff {
    file: Access,
}

impl Staff {
    pub(crate) fn new(file: Access) -> Self {
        Self { file }
    }
}

/// Of the messages that are not indexed yet, this many are looked through for one of a number.
const NOT_INDEXED: i64 = 5000;

/// The row of the last message that came in from a number, 0 for none; none where there is no message
/// to or from it at all.
fn heard(tx: &Tx<'_>, number: &str) -> Result<Option<i64>, StoreError> {
    let (last, heard): (Option<i64>, i64) = tx
        .prepare(
            "WITH fresh AS (
                 SELECT row, direction FROM messages
                 WHERE row > (SELECT max(upto, (SELECT coalesce(max(row), 0) FROM messages) - ?2) FROM indexed)
                     AND peer = ?1 AND test = 0)
             SELECT coalesce((SELECT max(row) FROM fresh),
                     (SELECT last FROM conversations WHERE number = ?1)),
                 coalesce((SELECT max(row) FROM fresh WHERE direction = 1),
                     (SELECT heard FROM conversations WHERE number = ?1), 0)",
        )?
        .query_row(params![number, NOT_INDEXED], |row| {
            Ok((row.col(0)?, row.col(1)?))
        })?;
    Ok(last.map(|_| heard))
}
