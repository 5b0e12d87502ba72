//! Users; of their passwords only the hash is kept.

use rusqlite::types::FromSqlError;
use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use crate::admin::Admin;
use crate::machine::select::Select as _;
use crate::machine::writer::{Need, Tx};
use crate::staff::work;
use crate::tables::audit::append_change;
use crate::values::{RowExt as _, params};
use crate::{NewAudit, StoreError};
use model::{Role, Time, User, UserId};

/// A user to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// As [`User::name`] gives it.
    pub name: String,
    pub role: Role,
    /// argon2id, as a PHC string.
    pub password: String,
    pub at: Time,
    /// Made only where nobody else is, by this one-time code.
    pub first_by: Option<[u8; 32]>,
}

/// What is to be another way for a user; none = as it is.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    pub role: Option<Role>,
    /// Another password ends the user's sessions.
    pub password: Option<String>,
    pub two_factor: Option<TwoFactor>,
    /// The session that goes on all the same.
    pub keeps: Option<[u8; 32]>,
}

/// What is to become of a user's second factor.
#[derive(Clone, Debug)]
pub enum TwoFactor {
    /// A secret is offered; nothing asks for it yet.
    Offer(Vec<u8>),
    /// The secret that was offered counts from now on: a code of this step was shown.
    On {
        secret: Vec<u8>,
        step: i64,
        /// Hashes of codes, of which each lets the user in once.
        recovery: Vec<[u8; 32]>,
    },
    Off,
}

/// What became of a user's making or change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserStored {
    Done(User),
    NameTaken,
    /// There are users already: a code makes the first one alone.
    NotFirst,
    /// No such code, or its time is over.
    WrongCode,
    Unknown,
    /// Nobody could make users any more.
    LastAdmin,
}

/// A user, and what the password is checked against.
#[derive(Clone, Debug)]
pub struct Account {
    pub user: User,
    pub password: String,
    /// The secret of the second factor.
    pub totp: Option<Vec<u8>>,
    /// A secret of which no code was shown yet.
    pub totp_offered: Option<Vec<u8>>,
    /// The newest step whose code was used.
    pub totp_step: i64,
}

impl Admin {
    /// All users, oldest first.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        let all = "SELECT * FROM users ORDER BY id";
        let read = |reader: &Connection| reader.readable(all, [], user);
        self.file.read(read).await
    }

    pub async fn account(&self, name: &str) -> Result<Option<Account>, StoreError> {
        let name = name.to_owned();
        let read = move |reader: &Connection| {
            reader.first("SELECT * FROM users WHERE name = ?1", [name], account)
        };
        self.file.read(read).await
    }

    pub async fn create_user(
        &self,
        new: NewUser,
        audit: NewAudit,
    ) -> Result<UserStored, StoreError> {
        self.file
            .write(Need::Growth, move |tx| make(tx, &new, &audit))
            .await
    }

    pub async fn change_user(
        &self,
        name: &str,
        change: UserChange,
        audit: NewAudit,
    ) -> Result<UserStored, StoreError> {
        let name = name.to_owned();
        self.file
            .write(Need::Ongoing, move |tx| {
                self::change(tx, &name, &change, &audit)
            })
            .await
    }

    /// Removes a user, with all that is theirs; what they sent stays.
    pub async fn remove_user(&self, name: &str, audit: NewAudit) -> Result<UserStored, StoreError> {
        let name = name.to_owned();
        self.file
            .write(Need::Ongoing, move |tx| {
                let Some(user) = by_name(tx, &name)? else {
                    return Ok(UserStored::Unknown);
                };
                if is_last_admin(tx, &user)? {
                    return Ok(UserStored::LastAdmin);
                }
                for delete in [
                    "DELETE FROM users WHERE id = ?1",
                    "DELETE FROM sessions WHERE user = ?1",
                    "DELETE FROM known_addresses WHERE user = ?1",
                    "DELETE FROM one_time_codes WHERE user = ?1",
                    "DELETE FROM recovery_codes WHERE user = ?1",
                ] {
                    tx.execute(delete, params![user.id.0])?;
                }
                work::leave(tx, user.id.0)?;
                append_change(tx, &audit, Some(&user), None::<&User>)?;
                Ok(UserStored::Done(user))
            })
            .await
    }

    /// Lets a code work once, until `ends_at`: for a user's log-in, or to make the first user.
    pub async fn offer_code(
        &self,
        hash: [u8; 32],
        user: Option<UserId>,
        ends_at: Time,
    ) -> Result<(), StoreError> {
        let user = user.map(|user| user.0);
        self.file
            .write(Need::Ongoing, move |tx| {
                let add = "INSERT INTO one_time_codes (hash, user, ends_at) VALUES (?1, ?2, ?3)";
                tx.execute(add, params![hash, user, ends_at])?;
                // A few at a time: of more, those that end first are given up.
                let most = "DELETE FROM one_time_codes WHERE hash NOT IN
                (SELECT hash FROM one_time_codes ORDER BY ends_at DESC LIMIT 16)";
                tx.run(most, [])
            })
            .await
    }
}

pub(super) fn make(tx: &Tx<'_>, new: &NewUser, audit: &NewAudit) -> Result<UserStored, StoreError> {
    let stored = create(tx, new)?;
    if let UserStored::Done(user) = &stored {
        append_change(tx, audit, None::<&User>, Some(user))?;
    }
    Ok(stored)
}

pub(super) fn change(
    tx: &Tx<'_>,
    name: &str,
    change: &UserChange,
    audit: &NewAudit,
) -> Result<UserStored, StoreError> {
    let before = shown(tx, name)?;
    let stored = apply(tx, name, change)?;
    if let UserStored::Done(_) = stored {
        append_change(tx, audit, before.as_ref(), shown(tx, name)?.as_ref())?;
    }
    Ok(stored)
}

fn create(tx: &Tx<'_>, new: &NewUser) -> Result<UserStored, StoreError> {
    if let Some(code) = new.first_by {
        if tx.exists("SELECT 1 FROM users", [])? {
            return Ok(UserStored::NotFirst);
        }
        if !use_code(tx, code, None, new.at)? {
            return Ok(UserStored::WrongCode);
        }
    }
    if by_name(tx, &new.name)?.is_some() {
        return Ok(UserStored::NameTaken);
    }
    tx.execute(
        "INSERT INTO users (name, role, password, created_at, read_upto)
         VALUES (?1, ?2, ?3, ?4, (SELECT coalesce(max(row), 0) FROM messages))",
        params![new.name, new.role.as_str(), new.password, new.at],
    )?;
    let id = tx.last_row();
    // However the first user came: nobody else is.
    tx.execute("DELETE FROM one_time_codes WHERE user IS NULL", [])?;
    Ok(UserStored::Done(User {
        id: UserId(id),
        name: new.name.clone(),
        role: new.role,
        two_factor: false,
        created_at: new.at,
    }))
}

fn apply(tx: &Tx<'_>, name: &str, change: &UserChange) -> Result<UserStored, StoreError> {
    let Some(mut user) = by_name(tx, name)? else {
        return Ok(UserStored::Unknown);
    };
    if let Some(role) = change.role {
        if role != Role::Admin && is_last_admin(tx, &user)? {
            return Ok(UserStored::LastAdmin);
        }
        let set = "UPDATE users SET role = ?2 WHERE id = ?1";
        tx.execute(set, params![user.id.0, role.as_str()])?;
        user.role = role;
    }
    if let Some(password) = &change.password {
        let set = "UPDATE users SET password = ?2 WHERE id = ?1";
        tx.execute(set, params![user.id.0, password])?;
        let end = "DELETE FROM sessions WHERE user = ?1 AND hash IS NOT ?2";
        tx.execute(end, params![user.id.0, change.keeps])?;
    }
    if let Some(two_factor) = &change.two_factor {
        if !set_two_factor(tx, user.id, two_factor)? {
            return Ok(UserStored::WrongCode);
        }
        user.two_factor = match two_factor {
            TwoFactor::Offer(_) => user.two_factor,
            TwoFactor::On { .. } => true,
            TwoFactor::Off => false,
        };
    }
    Ok(UserStored::Done(user))
}

/// False where another secret is offered than the one that a code was shown of.
fn set_two_factor(tx: &Tx<'_>, user: UserId, change: &TwoFactor) -> Result<bool, StoreError> {
    match change {
        TwoFactor::Offer(secret) => {
            let offer = "UPDATE users SET totp_offered = ?2 WHERE id = ?1";
            tx.execute(offer, params![user.0, secret.as_slice()])?;
        }
        TwoFactor::On {
            secret,
            step,
            recovery,
        } => {
            let on = "UPDATE users SET totp = ?2, totp_offered = NULL, totp_step = ?3
                WHERE id = ?1 AND totp_offered = ?2";
            if tx.execute(on, params![user.0, secret.as_slice(), step])? == 0 {
                return Ok(false);
            }
            let sql = "DELETE FROM recovery_codes WHERE user = ?1";
            tx.execute(sql, params![user.0])?;
            for code in recovery {
                let add = "INSERT INTO recovery_codes (user, hash) VALUES (?1, ?2)";
                tx.execute(add, params![user.0, code])?;
            }
        }
        TwoFactor::Off => {
            let off = "UPDATE users SET totp = NULL, totp_offered = NULL WHERE id = ?1";
            tx.execute(off, params![user.0])?;
            let sql = "DELETE FROM recovery_codes WHERE user = ?1";
            tx.execute(sql, params![user.0])?;
        }
    }
    Ok(true)
}

/// Uses a code up; false where there is none such whose time is not over.
pub(super) fn use_code(
    tx: &Tx<'_>,
    hash: [u8; 32],
    user: Option<UserId>,
    now: Time,
) -> Result<bool, StoreError> {
    let used = "DELETE FROM one_time_codes WHERE hash = ?1 AND user IS ?2 AND ends_at > ?3";
    Ok(tx.execute(used, params![hash, user.map(|user| user.0), now])? == 1)
}

/// What the audit compares of a user. It masks what is secret of it.
fn shown(tx: &Tx<'_>, name: &str) -> Result<Option<Value>, StoreError> {
    let account = tx.first("SELECT * FROM users WHERE name = ?1", [name], account)?;
    let shown = |Account {
                     user,
                     password,
                     totp,
                     ..
                 }| {
        json!({"role": user.role, "two_factor": user.two_factor, "password": password, "totp": totp})
    };
    Ok(account.map(shown))
}

fn by_name(tx: &Tx<'_>, name: &str) -> Result<Option<User>, StoreError> {
    tx.first("SELECT * FROM users WHERE name = ?1", [name], user)
}

fn is_last_admin(tx: &Tx<'_>, user: &User) -> Result<bool, StoreError> {
    let others = "SELECT 1 FROM users WHERE role = 'admin' AND id <> ?1";
    Ok(user.role == Role::Admin && !tx.exists(others, [user.id.0])?)
}

pub(crate) fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    let role: String = row.col("role")?;
    Ok(User {
        id: UserId(row.col("id")?),
        name: row.col("name")?,
        role: role.parse().map_err(|_| FromSqlError::InvalidType)?,
        two_factor: row.col::<Option<Vec<u8>>>("totp")?.is_some(),
        created_at: row.col("created_at")?,
    })
}

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        user: user(row)?,
        password: row.col("password")?,
        totp: row.col("totp")?,
        totp_offered: row.col("totp_offered")?,
        totp_step: row.col("totp_step")?,
    })
}
