//! Whose a conversation is, and whether it is done.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use rusqlite::{Connection, OptionalExtension as _};
use serde_json::{Value, json};

use super::{Staff, heard};
use crate::machine::writer::{Need, Tx};
use crate::tables::audit::append_change;
use crate::values::{RowExt as _, params};
use crate::{NewAudit, StoreError};

/// How a conversation stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    pub seen: Seen,
    /// Name of the user who looks after it.
    pub assigned: Option<String>,
    /// Nobody has to answer it any more.
    pub done: bool,
}

/// What somebody has seen who changes a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Rises with each change of staff, and where a message reopens it.
    pub version: i64,
    /// Row of the last message that came in; 0 for none.
    pub heard: i64,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.version, self.heard)
    }
}

impl FromStr for Seen {
    type Err = ParseIntError;
    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let (version, heard) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self {
            version: version.parse()?,
            heard: heard.parse()?,
        })
    }
}

/// What is to be another way; none = as it is.
#[derive(Clone, Debug, Default)]
pub struct WorkChange {
    /// The name of a user, or nobody's.
    pub assigned: Option<Option<String>>,
    pub done: Option<bool>,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkStored {
    /// As it is now, and whether that is another way than before.
    Done(Work, bool),
    /// No message was ever sent to or received from this number.
    Unknown,
    /// There is no user of this name.
    NoUser,
    /// Somebody else has changed it meanwhile, or a message came in.
    Stale(Work),
}

impl Staff {
    /// Changes how a conversation stands, for somebody who has seen it as it is.
    pub async fn change(
        &self,
        number: &str,
        change: WorkChange,
        seen: Seen,
        audit: NewAudit,
    ) -> Result<WorkStored, StoreError> {
        let number = number.to_owned();
        self.file
            .write(Need::Growth, move |tx| {
                apply(tx, &number, &change, seen, &audit)
            })
            .await
    }
}

fn apply(
    tx: &Tx<'_>,
    number: &str,
    change: &WorkChange,
    seen: Seen,
    audit: &NewAudit,
) -> Result<WorkStored, StoreError> {
    let Some(heard) = heard(tx, number)? else {
        return Ok(WorkStored::Unknown);
    };
    let before = of(tx.reader(), number, heard)?;
    // Who says that it is done has read what came in; to look after it nobody need have.
    let unread = change.done == Some(true) && before.seen.heard != seen.heard;
    if before.seen.version != seen.version || unread {
        return Ok(WorkStored::Stale(before));
    }
    let mut after = before.clone();
    let mut user = user_id(tx, before.assigned.as_deref())?;
    if let Some(assigned) = &change.assigned {
        user = user_id(tx, assigned.as_deref())?;
        if user.is_none() && assigned.is_some() {
            return Ok(WorkStored::NoUser);
        }
        after.assigned.clone_from(assigned);
    }
    after.done = change.done.unwrap_or(before.done);
    if after == before {
        return Ok(WorkStored::Done(after, false));
    }
    after.seen.version += 1;
    tx.execute(
        "INSERT INTO conversation_work (number, version, assigned, done) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (number) DO UPDATE SET version = excluded.version,
             assigned = excluded.assigned, done = excluded.done",
        params![number, after.seen.version, user, after.done],
    )?;
    tx.execute(
        "UPDATE conversations SET assigned = ?2, done = ?3 WHERE number = ?1",
        params![number, user, after.done],
    )?;
    append_change(tx, audit, Some(&shown(&before)), Some(&shown(&after)))?;
    Ok(WorkStored::Done(after, true))
}

fn user_id(tx: &Tx<'_>, name: Option<&str>) -> Result<Option<i64>, StoreError> {
    let mut select = tx.prepare("SELECT id FROM users WHERE name = ?1")?;
    let id = name.map(|name| select.query_row([name], |row| row.col(0)).optional());
    Ok(id.transpose()?.flatten())
}

/// As the audit shows it.
fn shown(work: &Work) -> Value {
    json!({"assigned": work.assigned, "state": if work.done { "done" } else { "open" }})
}

/// How a conversation stands in which the last message came in with the row `heard`.
pub(crate) fn of(reader: &Connection, number: &str, heard: i64) -> Result<Work, StoreError> {
    let mut select = reader.prepare_cached(
        "SELECT w.version, w.done, u.name FROM conversation_work w
         LEFT JOIN users u ON u.id = w.assigned WHERE w.number = ?1",
    )?;
    let found = select.query_row([number], |row| {
        Ok(Work {
            seen: Seen {
                version: row.col(0)?,
                heard,
            },
            done: row.col(1)?,
            assigned: row.col(2)?,
        })
    });
    let nothing = || Work {
        seen: Seen { version: 0, heard },
        ..Work::default()
    };
    Ok(found.optional()?.unwrap_or_else(nothing))
}

/// Takes away what a user looked after.
pub(crate) fn leave(tx: &Tx<'_>, user: i64) -> Result<(), StoreError> {
    for leave in [
        "UPDATE conversations SET assigned = NULL WHERE assigned = ?1",
        "UPDATE conversation_work SET assigned = NULL, version = version + 1 WHERE assigned = ?1",
    ] {
        tx.execute(leave, [user])?;
    }
    Ok(())
}
