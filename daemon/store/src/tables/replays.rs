//! Idempotency: a request that comes again gets the answer it got.

use rusqlite::Connection;

use crate::StoreError;
use crate::machine::select::Select as _;
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params};
use model::{KeyId, Time};

/// How long an answer is remembered.
pub(crate) const KEPT_MS: i64 = 24 * 3600 * 1000;

/// A request that a client has named, so that it is done once.
#[derive(Clone, Debug)]
pub struct Once {
    /// Whose.
    pub key: KeyId,
    /// The `Idempotency-Key`.
    pub name: String,
    /// SHA-256 of the request: another request under the same name is a conflict.
    pub request: [u8; 32],
}

/// The answer to remember under an `Idempotency-Key`, committed with what it tells of.
#[derive(Clone, Debug)]
pub struct NewReplay {
    pub key: KeyId,
    /// The `Idempotency-Key`.
    pub name: String,
    /// SHA-256 of the request: another request under the same name is a conflict.
    pub request: [u8; 32],
    pub status: u16,
    pub body: Vec<u8>,
    pub at: Time,
}

/// What an `Idempotency-Key` stands for already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// The same request was answered like this.
    Answer { status: u16, body: Vec<u8> },
    /// The name was used for another request.
    Conflict,
}

/// What this name stands for at `now`, when it comes with a request of this hash.
pub(crate) fn find(
    connection: &Connection,
    (key, name, request): (KeyId, &str, &[u8; 32]),
    now: Time,
) -> Result<Option<Replayed>, StoreError> {
    let sql = "SELECT request, status, body FROM replays WHERE key = ?1 AND name = ?2 AND at > ?3";
    connection.first(sql, params![key, name, now.0 - KEPT_MS], |row| {
        if row.col::<[u8; 32]>(0)? == *request {
            Ok(Replayed::Answer {
                status: row.col(1)?,
                body: row.col(2)?,
            })
        } else {
            Ok(Replayed::Conflict)
        }
    })
}

/// Remembers an answer; one of the same name that is older than a day is replaced.
pub(crate) fn insert(tx: &Tx<'_>, new: &NewReplay) -> Result<(), StoreError> {
    tx.run(
        "INSERT OR REPLACE INTO replays (key, name, request, status, body, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![new.key, new.name, new.request, new.status, new.body, new.at],
    )
}

/// Forgets what has served its time.
pub(crate) fn prune(tx: &Tx<'_>, now: Time) -> Result<(), StoreError> {
    tx.run("DELETE FROM replays WHERE at <= ?1", [now.0 - KEPT_MS])
}
