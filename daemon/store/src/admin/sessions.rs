//! Sessions of users; only the SHA-256 of a token is kept.

use rusqlite::Connection;

use crate::admin::Admin;
use crate::admin::users::{use_code, user};
use crate::machine::select::Select as _;
use crate::machine::writer::{Need, Tx};
use crate::tables::audit::append;
use crate::values::{RowExt as _, params};
use crate::{NewAudit, StoreError};
use model::{Time, User, UserId};

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub hash: [u8; 32],
    pub user: UserId,
    /// What the user has shown.
    pub by: ShownBy,
    /// Where it is opened from.
    pub from: Option<String>,
    /// The session that the client had before: it ends.
    pub replaces: Option<[u8; 32]>,
    pub at: Time,
    pub idle_at: Time,
    pub ends_at: Time,
}

/// What lets a user in.
#[derive(Clone, Debug)]
pub enum ShownBy {
    /// The password that this is the hash of, which must still be theirs, and the second factor where
    /// they have one.
    Password(String, Option<Factor>),
    /// A one-time code, which is used up.
    Code([u8; 32]),
}

/// What was shown as a second factor.
#[derive(Clone, Debug)]
pub enum Factor {
    /// A code of this step. Steps up to `latest` may be used now.
    Totp { step: i64, latest: i64 },
    /// A recovery code with this hash, which is used up.
    Recovery([u8; 32]),
}

/// A session that has not ended.
#[derive(Clone, Debug)]
pub struct Session {
    pub user: User,
    pub idle_at: Time,
    pub ends_at: Time,
}

/// One of a user's sessions, as it is told to them.
#[derive(Clone, Debug)]
pub struct OwnSession {
    /// The beginning of what is kept of its token: enough to name it among a user's own.
    pub id: String,
    /// Where it was opened from.
    pub from: Option<String>,
    pub idle_at: Time,
    pub ends_at: Time,
    /// It is the one whose user asks by it.
    pub this: bool,
}

/// What a session is called by.
const ID: &str = "lower(hex(substr(hash, 1, 8)))";

/// Sessions of one user. Of more, the one that ends first is given up.
const OF_ONE_USER: i64 = 32;
/// Addresses remembered for one user. Of more, the one not used for longest is forgotten.
const ADDRESSES: i64 = 64;

impl Admin {
    /// Opens a session; false where what was shown is not so any more.
    pub async fn open_session(&self, new: NewSession, audit: NewAudit) -> Result<bool, StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| {
                let opened = open(tx, &new)?;
                if opened {
                    append(tx, &audit)?;
                }
                Ok(opened)
            })
            .await
    }

    /// The session of a token with this hash, unless it has ended.
    pub async fn session(&self, hash: [u8; 32], now: Time) -> Result<Option<Session>, StoreError> {
        let find =
            "SELECT users.*, idle_at, ends_at FROM sessions JOIN users ON users.id = sessions.user
            WHERE hash = ?1 AND idle_at > ?2 AND ends_at > ?2";
        let read = move |reader: &Connection| {
            reader.first(find, params![hash, now], |row| {
                Ok(Session {
                    user: user(row)?,
                    idle_at: row.col("idle_at")?,
                    ends_at: row.col("ends_at")?,
                })
            })
        };
        self.file.read(read).await
    }

    /// A user's sessions that have not ended, the one that was used last first. `this`: by which they ask.
    pub async fn own_sessions(
        &self,
        user: UserId,
        this: [u8; 32],
        now: Time,
    ) -> Result<Vec<OwnSession>, StoreError> {
        let sql = format!(
            "SELECT {ID} AS id, addr, idle_at, ends_at, hash = ?3 AS this FROM sessions
             WHERE user = ?1 AND idle_at > ?2 AND ends_at > ?2 ORDER BY idle_at DESC, ends_at DESC, id"
        );
        let read = move |reader: &Connection| {
            reader.all(&sql, params![user.0, now, this], |row| {
                Ok(OwnSession {
                    id: row.col("id")?,
                    from: row.col("addr")?,
                    idle_at: row.col("idle_at")?,
                    ends_at: row.col("ends_at")?,
                    this: row.col("this")?,
                })
            })
        };
        self.file.read(read).await
    }

    /// Ends one of a user's sessions; false where the user has none of this id.
    pub async fn end_own_session(
        &self,
        user: UserId,
        id: &str,
        audit: NewAudit,
    ) -> Result<bool, StoreError> {
        let id = id.to_owned();
        let sql = format!("DELETE FROM sessions WHERE user = ?1 AND {ID} = ?2");
        self.file
            .write(Need::Ongoing, move |tx| {
                let ended = tx.execute(&sql, params![user.0, id])? > 0;
                if ended {
                    append(tx, &audit)?;
                }
                Ok(ended)
            })
            .await
    }

    /// Puts off the end of a session that is used.
    pub async fn session_used(&self, hash: [u8; 32], idle_at: Time) -> Result<(), StoreError> {
        let put_off = "UPDATE sessions SET idle_at = ?2 WHERE hash = ?1";
        self.file
            .write(Need::Ongoing, move |tx| {
                tx.run(put_off, params![hash, idle_at])
            })
            .await
    }

    /// Ends a session.
    pub async fn end_session(&self, hash: [u8; 32], audit: NewAudit) -> Result<(), StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| {
                tx.run("DELETE FROM sessions WHERE hash = ?1", params![hash])?;
                append(tx, &audit)
            })
            .await
    }

    /// Ends all sessions of a user.
    pub async fn end_sessions(&self, user: UserId, audit: NewAudit) -> Result<(), StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| {
                tx.run("DELETE FROM sessions WHERE user = ?1", params![user.0])?;
                append(tx, &audit)
            })
            .await
    }

    /// Whether a user has logged in from this address before.
    pub async fn knows_address(&self, user: UserId, from: &str) -> Result<bool, StoreError> {
        let from = from.to_owned();
        let find = "SELECT 1 FROM known_addresses WHERE user = ?1 AND addr = ?2";
        let read = move |reader: &Connection| reader.exists(find, params![user.0, from]);
        self.file.read(read).await
    }

    /// Whether this is a code that makes the first user.
    pub async fn has_setup_code(&self, hash: [u8; 32], now: Time) -> Result<bool, StoreError> {
        let find = "SELECT 1 FROM one_time_codes WHERE hash = ?1 AND user IS NULL AND ends_at > ?2";
        let read = move |reader: &Connection| reader.exists(find, params![hash, now]);
        self.file.read(read).await
    }

    /// The user whom a one-time code lets in.
    pub async fn user_of_code(
        &self,
        hash: [u8; 32],
        now: Time,
    ) -> Result<Option<User>, StoreError> {
        let find = "SELECT users.* FROM one_time_codes JOIN users ON users.id = one_time_codes.user
            WHERE hash = ?1 AND ends_at > ?2";
        let read = move |reader: &Connection| reader.first(find, params![hash, now], user);
        self.file.read(read).await
    }
}

fn open(tx: &Tx<'_>, new: &NewSession) -> Result<bool, StoreError> {
    let shown = match &new.by {
        ShownBy::Password(password, factor) => {
            let is_theirs = "SELECT 1 FROM users
                WHERE id = ?1 AND password = ?2 AND (totp IS NOT NULL) = ?3";
            let theirs = params![new.user.0, password, factor.is_some()];
            tx.exists(is_theirs, theirs)?
                && match factor {
                    Some(factor) => use_factor(tx, new.user, factor)?,
                    None => true,
                }
        }
        ShownBy::Code(code) => use_code(tx, *code, Some(new.user), new.at)?,
    };
    if !shown {
        return Ok(false);
    }
    let over = "DELETE FROM sessions WHERE idle_at <= ?1 OR ends_at <= ?1 OR hash IS ?2";
    tx.execute(over, params![new.at, new.replaces])?;
    let too_many = "DELETE FROM sessions WHERE hash IN
        (SELECT hash FROM sessions WHERE user = ?1 ORDER BY ends_at DESC LIMIT -1 OFFSET ?2)";
    tx.execute(too_many, params![new.user.0, OF_ONE_USER - 1])?;
    tx.execute(
        "INSERT INTO sessions (hash, user, addr, idle_at, ends_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![new.hash, new.user.0, new.from, new.idle_at, new.ends_at],
    )?;
    if let Some(from) = &new.from {
        let known = "INSERT INTO known_addresses (user, addr, at) VALUES (?1, ?2, ?3)
            ON CONFLICT (user, addr) DO UPDATE SET at = excluded.at";
        tx.execute(known, params![new.user.0, from, new.at])?;
        let too_many = "DELETE FROM known_addresses WHERE user = ?1 AND addr IN
            (SELECT addr FROM known_addresses WHERE user = ?1 ORDER BY at DESC LIMIT -1 OFFSET ?2)";
        tx.execute(too_many, params![new.user.0, ADDRESSES])?;
    }
    Ok(true)
}

/// Uses up what was shown, in the commit that lets the user in: of two who show the same, one gets in.
fn use_factor(tx: &Tx<'_>, user: UserId, factor: &Factor) -> Result<bool, StoreError> {
    let used = match factor {
        Factor::Totp { step, latest } => {
            // Where the last one is ahead of all that count, the clock was set back since.
            let newest = "UPDATE users SET totp_step = ?2
                WHERE id = ?1 AND (totp_step < ?2 OR totp_step > ?3)";
            tx.execute(newest, params![user.0, step, latest])?
        }
        Factor::Recovery(hash) => {
            let used = "DELETE FROM recovery_codes WHERE user = ?1 AND hash = ?2";
            tx.execute(used, params![user.0, hash])?
        }
    };
    Ok(used == 1)
}
