//! Notes on a conversation.

use rusqlite::{Connection, Row};

use super::{Staff, heard};
use crate::machine::writer::{Need, Tx};
use crate::tables::audit::append;
use crate::values::{RowExt as _, params};
use crate::{NewAudit, StoreError, rows};
use model::{Note, RowId, Time};

/// Notes of one conversation; another one is refused.
const MOST_NOTES: i64 = 200;

/// A note to be added.
#[derive(Clone, Debug)]
pub struct NewNote {
    pub author: String,
    pub at: Time,
    pub text: String,
}

/// What became of a new note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noted {
    Done(Note),
    /// No message was ever sent to or received from this number.
    Unknown,
    /// It has as many as there may be.
    Full,
}

impl Staff {
    /// The notes on a conversation, newest first, those before `before`; none where there is no message
    /// to or from this number.
    pub async fn notes(
        &self,
        number: &str,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Vec<Note>, StoreError> {
        let (number, before) = (number.to_owned(), before.map_or(i64::MAX, |row| row.0));
        let read = move |reader: &Connection| {
            let mut select = reader.prepare_cached(
                "SELECT * FROM notes WHERE number = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
            )?;
            let found = select.query_map(params![number, before, rows(limit)], note)?;
            Ok(found.collect::<Result<_, _>>()?)
        };
        self.file.read(read).await
    }

    pub async fn add_note(
        &self,
        number: &str,
        new: NewNote,
        audit: NewAudit,
    ) -> Result<Noted, StoreError> {
        let number = number.to_owned();
        self.file
            .write(Need::Growth, move |tx| add(tx, &number, &new, &audit))
            .await
    }

    /// False where the conversation has no such note.
    pub async fn delete_note(
        &self,
        number: &str,
        note: RowId,
        audit: NewAudit,
    ) -> Result<bool, StoreError> {
        let number = number.to_owned();
        self.file
            .write(Need::Ongoing, move |tx| {
                let delete = "DELETE FROM notes WHERE id = ?1 AND number = ?2";
                let deleted = tx.execute(delete, params![note, number])? == 1;
                if deleted {
                    append(tx, &audit)?;
                }
                Ok(deleted)
            })
            .await
    }
}

fn add(tx: &Tx<'_>, number: &str, new: &NewNote, audit: &NewAudit) -> Result<Noted, StoreError> {
    if heard(tx, number)?.is_none() {
        return Ok(Noted::Unknown);
    }
    let count: i64 = tx
        .prepare("SELECT count(*) FROM notes WHERE number = ?1")?
        .query_row([number], |row| row.col(0))?;
    if count >= MOST_NOTES {
        return Ok(Noted::Full);
    }
    tx.execute(
        "INSERT INTO notes (number, author, at, text) VALUES (?1, ?2, ?3, ?4)",
        params![number, new.author, new.at, new.text],
    )?;
    let id = RowId(tx.last_row());
    append(tx, audit)?;
    Ok(Noted::Done(Note {
        id,
        author: new.author.clone(),
        text: new.text.clone(),
        created_at: new.at,
    }))
}

fn note(row: &Row<'_>) -> rusqlite::Result<Note> {
    Ok(Note {
        id: row.col("id")?,
        author: row.col("author")?,
        text: row.col("text")?,
        created_at: row.col("at")?,
    })
}
