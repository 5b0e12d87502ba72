//! Notes on a conversation.

use rusqlite::{Connection, Row};

use super::{Staff, heard};
use crate::machine::select::Select as _;
use crate::machine::writer::{Need, Tx};
use crate::tables::audit::append;
use crate::tables::replays::{self, NewReplay, Once, Replayed};
use crate::values::{RowExt as _, params};
use crate::{NewAudit, StoreError};
use model::{Note, RowId, Time};

/// Notes of one conversation; another one is refused.
const MOST_NOTES: i64 = 200;

/// What the answer was: 201.
const CREATED: u16 = 201;

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
    /// The same request has added it before.
    Before(Note),
    /// The name of the request was another one's.
    Reused,
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
            let sql = "SELECT * FROM notes WHERE number = ?1 AND id < ?2 ORDER BY id DESC";
            reader.first_readable(limit, sql, params![number, before], note)
        };
        self.file.read(read).await
    }

    /// Adds a note; once, where its request has a name.
    pub async fn add_note(
        &self,
        number: &str,
        new: NewNote,
        audit: NewAudit,
        once: Option<Once>,
    ) -> Result<Noted, StoreError> {
        let number = number.to_owned();
        let add = move |tx: &mut Tx<'_>| match &once {
            Some(once) => add_once(tx, &number, &new, &audit, once),
            None => add(tx, &number, &new, &audit),
        };
        self.file.write(Need::Growth, add).await
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

/// What is remembered is the note but for its text, which the request has; and the number, by which an
/// erasure finds it.
type Remembered = (String, i64, String, Time);

fn add_once(
    tx: &Tx<'_>,
    number: &str,
    new: &NewNote,
    audit: &NewAudit,
    Once { key, name, request }: &Once,
) -> Result<Noted, StoreError> {
    match replays::find(tx.reader(), (*key, name, request), new.at)? {
        None => {}
        Some(Replayed::Conflict) => return Ok(Noted::Reused),
        Some(Replayed::Answer { body, .. }) => {
            let read = serde_json::from_slice::<Remembered>(&body);
            let (_, id, author, created_at) = read.map_err(|_| StoreError::Defect)?;
            return Ok(Noted::Before(Note {
                id: RowId(id),
                author,
                text: new.text.clone(),
                created_at,
            }));
        }
    }
    let noted = add(tx, number, new, audit)?;
    if let Noted::Done(Note { id, author, .. }) = &noted {
        let remembered: Remembered = (number.to_owned(), id.0, author.clone(), new.at);
        let replay = NewReplay {
            key: *key,
            name: name.clone(),
            request: *request,
            status: CREATED,
            body: crate::json(&remembered)?.into_bytes(),
            at: new.at,
        };
        replays::insert(tx, &replay)?;
    }
    Ok(noted)
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

pub(crate) fn note(row: &Row<'_>) -> rusqlite::Result<Note> {
    Ok(Note {
        id: row.col("id")?,
        author: row.col("author")?,
        text: row.col("text")?,
        created_at: row.col("at")?,
    })
}
