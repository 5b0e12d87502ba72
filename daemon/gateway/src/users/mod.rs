//! Users: made, changed and removed, beside a daemon or without one; and their sessions.

mod codes;
mod own_sessions;
mod passwords;
mod sessions;
#[cfg(test)]
mod tests;
mod throttle;
mod totp;
mod two_factor;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::{Role, User};
use store::{Admin, Home, NewUser, Store, StoreError, TwoFactor, UserChange, UserStored, clock};

pub use own_sessions::OwnSessionView;
pub use passwords::{LONGEST as LONGEST_PASSWORD, check as check_password};
pub use sessions::{LogIn, LoggedIn, OpenSession, Opened, Presented, SESSION_LASTS};
#[cfg(feature = "samples")]
pub use totp::test_totp;
pub use two_factor::Offered;

use crate::keys::is_whole;
use crate::once::{Remembered, Reused};
use crate::{Caller, Made, Once};
use passwords::{Busy, Passwords, Room};
use throttle::Throttle;

/// Log-ins that wait because others have failed at their account. More are told to come back.
const WAITING: usize = 256;

/// A handle; clones share one store.
#[derive(Clone)]
pub struct Users(Arc<Whole>);

struct Whole {
    store: Store,
    passwords: Passwords,
    throttle: Mutex<Throttle>,
    /// For log-ins that wait because others have failed at their account.
    waiting: Room,
    made: Remembered<User>,
}

/// Why something about users is not done.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    #[error("There is no user of this name.")]
    Unknown,
    #[error("There is no session of this id, or it has ended.")]
    UnknownSession,
    /// Users have no such limits.
    #[error(
        "Users are made, changed and removed by keys without limits: without groups, networks, a rate, bounded parts and an end."
    )]
    Limited,
    #[error("There is a user of this name already.")]
    NameTaken,
    #[error(transparent)]
    Reused(#[from] Reused),
    #[error("It is the last admin: nobody could make users any more.")]
    LastAdmin,
    #[error("There are users already. An admin makes the others.")]
    NotFirst,
    #[error("The code is wrong, or was used, or its time is over.")]
    WrongCode,
    #[error("The password is wrong.")]
    WrongPassword,
    #[error("No second factor is offered. Ask for one first.")]
    NothingOffered,
    #[error("Too many failures. Try again later.")]
    Wait(Duration),
    /// Too many passwords are being checked.
    #[error("Too many log-ins at once. Try again soon.")]
    Busy,
    #[error("The system has no random numbers.")]
    NoRandom,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Busy> for UserError {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// A user to be made. The name is as [`User::name`] gives it, the password one that
/// [`check_password`] has nothing against.
#[derive(Clone)]
pub struct UserWish {
    pub name: String,
    pub role: Role,
    pub password: String,
}

/// What an admin changes of a user; none = as it is.
#[derive(Clone, Default)]
pub struct UserPatch {
    pub role: Option<Role>,
    pub password: Option<String>,
    pub two_factor_off: bool,
}

impl Users {
    pub(crate) fn of(store: Store) -> Self {
        Self(Arc::new(Whole {
            store,
            passwords: Passwords::new(),
            throttle: Mutex::default(),
            waiting: Room::new(WAITING),
            made: Remembered::default(),
        }))
    }

    /// Those of a data directory that a daemon may be using.
    pub fn open(home: impl Into<Home>) -> Result<Self, StoreError> {
        Store::open_tool(home).map(Self::of)
    }

    fn admin(&self) -> &Admin {
        self.0.store.admin()
    }

    /// Ends what was opened.
    pub async fn close(&self) {
        self.0.store.close().await;
    }

    /// All of them, oldest first.
    pub async fn all(&self) -> Result<Vec<User>, StoreError> {
        self.admin().users().await
    }

    /// Makes a user. The answer is given again for `once` as long as the process runs: the request has a
    /// password.
    pub async fn make(
        &self,
        caller: &Caller,
        wish: UserWish,
        once: Option<Once>,
    ) -> Result<Made<User>, UserError> {
        if let Some(made) = self.0.made.made(once.as_ref())? {
            return Ok(Made::Before(made));
        }
        unlimited(caller)?;
        let what = format!("made user {} with the role {}", wish.name, wish.role);
        let user = self.make_one(wish, None, caller.entry(what)).await?;
        self.0.made.remember(once, &user);
        Ok(Made::Now(user))
    }

    async fn make_one(
        &self,
        wish: UserWish,
        first_by: Option<[u8; 32]>,
        entry: store::NewAudit,
    ) -> Result<User, UserError> {
        let new = NewUser {
            name: wish.name,
            role: wish.role,
            password: self.0.passwords.hash(wish.password).await?,
            at: clock::now(),
            first_by,
        };
        done(self.admin().create_user(new, entry).await?)
    }

    /// Gives a user another role, or another password, which ends the sessions of the user, or takes
    /// the second factor away.
    pub async fn change(
        &self,
        caller: &Caller,
        name: &str,
        wish: UserPatch,
    ) -> Result<User, UserError> {
        unlimited(caller)?;
        let UserPatch {
            role,
            password,
            two_factor_off,
        } = wish;
        let mut what = Vec::new();
        what.extend(role.map(|role| format!("role {role}")));
        what.extend(password.as_ref().map(|_| "password".to_owned()));
        what.extend(two_factor_off.then(|| "second factor off".to_owned()));
        let entry = caller.entry(format!("changed user {name}: {}", what.join(", ")));
        let password = match password {
            Some(password) => Some(self.0.passwords.hash(password).await?),
            None => None,
        };
        let change = UserChange {
            role,
            password,
            two_factor: two_factor_off.then_some(TwoFactor::Off),
            keeps: None,
        };
        done(self.admin().change_user(name, change, entry).await?)
    }

    /// Removes a user and ends the sessions of the user.
    pub async fn remove(&self, caller: &Caller, name: &str) -> Result<(), UserError> {
        unlimited(caller)?;
        let entry = caller.entry(format!("removed user {name}"));
        done(self.admin().remove_user(name, entry).await?).map(drop)
    }
}

/// What a user may do is not bound as a key's rights are, and who sets a password may log in by it.
fn unlimited(caller: &Caller) -> Result<(), UserError> {
    let is_limited = caller.key().is_some_and(|key| !is_whole(key));
    (!is_limited).then_some(()).ok_or(UserError::Limited)
}

fn done(stored: UserStored) -> Result<User, UserError> {
    Err(match stored {
        UserStored::Done(user) => return Ok(user),
        UserStored::NameTaken => UserError::NameTaken,
        UserStored::NotFirst => UserError::NotFirst,
        UserStored::WrongCode => UserError::WrongCode,
        UserStored::Unknown => UserError::Unknown,
        UserStored::LastAdmin => UserError::LastAdmin,
    })
}
