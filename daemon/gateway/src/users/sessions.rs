//! Logging in and out.

use std::net::IpAddr;
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::{OneTimeCode, SessionToken, Time, User};
use store::{Factor, NewSession, Session, ShownBy, StoreError, UserChange, clock};

use super::throttle::{Attempt, Delay, Throttle};
use super::two_factor;
use super::{UserError, Users, done};
use crate::Caller;

/// A session ends after so long, whether it is used or not.
pub const SESSION_LASTS: Duration = Duration::from_hours(7 * 24);
/// And when it was not used for so long.
pub(super) const IDLE: Duration = Duration::from_hours(12);
/// Its use is written at most so often.
const USE_WRITTEN: Duration = Duration::from_mins(5);

/// What a client shows to log in.
pub enum LogIn {
    Password {
        name: String,
        password: String,
        /// Of the second factor, or a recovery code.
        code: Option<String>,
    },
    /// A one-time code, instead of name and password.
    Code(OneTimeCode),
}

/// What became of a log-in.
#[derive(Debug)]
pub enum LoggedIn {
    Done(Opened),
    /// The password is right, and a code of the second factor is missing.
    NeedsCode,
    /// Which of what was shown is wrong is told to nobody.
    Wrong,
    /// After failures: come back after that time.
    Wait(Duration),
}

/// A session that was just opened; the token is told this once.
#[derive(Debug)]
pub struct Opened {
    pub token: SessionToken,
    pub session: OpenSession,
}

/// A session that has not ended.
#[derive(Clone, Debug)]
pub struct OpenSession {
    pub user: User,
    /// It ends then at the latest.
    pub ends_at: Time,
}

/// A session as its client presents it.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    pub token: &'a SessionToken,
    pub user: &'a User,
}

/// An attempt until it is over, however it ends.
struct UnderWay<'a> {
    users: &'a Users,
    attempt: &'a Attempt,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.users.throttle().ended(self.attempt);
    }
}

impl Users {
    /// Opens a session; the one that the client had before ends.
    pub async fn log_in(
        &self,
        shown: LogIn,
        from: Option<IpAddr>,
        replaces: Option<&SessionToken>,
    ) -> Result<LoggedIn, UserError> {
        let opened = match shown {
            LogIn::Code(code) => {
                let hash = code.hash();
                match self.admin().user_of_code(hash, clock::now()).await? {
                    Some(user) => {
                        self.open_for(user, ShownBy::Code(hash), from, replaces)
                            .await?
                    }
                    None => None,
                }
            }
            LogIn::Password {
                name,
                password,
                code,
            } => {
                let shown = (name, password, code);
                return self.with_password(shown, from, replaces).await;
            }
        };
        Ok(opened.map_or(LoggedIn::Wrong, LoggedIn::Done))
    }

    async fn with_password(
        &self,
        (name, password, code): (String, String, Option<String>),
        from: Option<IpAddr>,
        replaces: Option<&SessionToken>,
    ) -> Result<LoggedIn, UserError> {
        let name = User::name(&name).unwrap_or_default();
        let account = self.admin().account(&name).await?;
        let known_address = match (&account, from) {
            (Some(account), Some(from)) => {
                let (store, id) = (self.admin(), account.user.id);
                store.knows_address(id, &from.to_string()).await?
            }
            _ => false,
        };
        let attempt = Attempt {
            name,
            from,
            known_address,
        };
        let _under_way = match self.begin(&attempt).await? {
            Ok(under_way) => under_way,
            Err(wait) => return Ok(LoggedIn::Wait(wait)),
        };
        let hash = account.as_ref().map(|account| account.password.clone());
        let right = self
            .0
            .passwords
            .verify(password, hash.clone(), known_address)
            .await?;
        if let (true, Some(account), Some(hash)) = (right, account, hash) {
            if account.totp.is_some() {
                if code.is_none() {
                    return Ok(LoggedIn::NeedsCode);
                }
                if let Some(wait) = self.throttle().shows_code(&attempt, Instant::now()) {
                    return Ok(LoggedIn::Wait(wait));
                }
            }
            let factor = code.and_then(|code| two_factor::shown(&account, &code));
            let by = ShownBy::Password(hash, factor);
            if let Some(opened) = self.open_for(account.user, by, from, replaces).await? {
                self.throttle().succeeded(&attempt);
                return Ok(LoggedIn::Done(opened));
            }
        }
        self.throttle().failed(&attempt, Instant::now());
        Ok(LoggedIn::Wrong)
    }

    /// Waits as long as others' failures demand; or says for how long this one is refused.
    async fn begin<'a>(
        &'a self,
        attempt: &'a Attempt,
    ) -> Result<Result<UnderWay<'a>, Duration>, UserError> {
        let delay = self.throttle().begin(attempt, Instant::now());
        let wait = match delay {
            Delay::Refused(wait) => return Ok(Err(wait)),
            Delay::Wait(wait) => wait,
        };
        let under_way = UnderWay {
            users: self,
            attempt,
        };
        if !wait.is_zero() {
            let _place = self.0.waiting.take().ok_or(UserError::Busy)?;
            tokio::time::sleep(wait).await;
        }
        Ok(Ok(under_way))
    }

    async fn open_for(
        &self,
        user: User,
        by: ShownBy,
        from: Option<IpAddr>,
        replaces: Option<&SessionToken>,
    ) -> Result<Option<Opened>, UserError> {
        let token = SessionToken::generate().map_err(|_| UserError::NoRandom)?;
        let at = clock::now();
        let ends_at = at.after(SESSION_LASTS);
        let how = match by {
            ShownBy::Password(_, Some(Factor::Recovery(_))) => "logged in with a recovery code",
            _ => "logged in",
        };
        let entry = Caller::user(&user.name, from).entry(how.to_owned());
        let new = NewSession {
            hash: token.hash(),
            user: user.id,
            by,
            from: from.map(|from| from.to_string()),
            replaces: replaces.map(SessionToken::hash),
            at,
            idle_at: at.after(IDLE),
            ends_at,
        };
        let opened = self.admin().open_session(new, entry).await?;
        let session = OpenSession { user, ends_at };
        Ok(opened.then_some(Opened { token, session }))
    }

    /// The session of a token, unless it has ended; this is a use of it.
    pub async fn session(&self, token: &SessionToken) -> Result<Option<OpenSession>, StoreError> {
        let (hash, now) = (token.hash(), clock::now());
        let Some(session) = self.admin().session(hash, now).await? else {
            return Ok(None);
        };
        let idle_at = now.after(IDLE);
        if session.idle_at.until(idle_at) >= USE_WRITTEN {
            // Nobody waits for it; a full disk ends a session early, and no more.
            let store = self.0.store.clone();
            tokio::spawn(async move { store.admin().session_used(hash, idle_at).await });
        }
        let Session { user, ends_at, .. } = session;
        Ok(Some(OpenSession { user, ends_at }))
    }

    /// Whether a session goes on and its user may still do what they could; this is no use of it.
    pub async fn goes_on(&self, token: &SessionToken, user: &User) -> Result<bool, StoreError> {
        let session = self.admin().session(token.hash(), clock::now()).await?;
        Ok(session.is_some_and(|session| session.user == *user))
    }

    pub async fn log_out(&self, caller: &Caller, token: &SessionToken) -> Result<(), StoreError> {
        let entry = caller.entry("logged out".to_owned());
        self.admin().end_session(token.hash(), entry).await
    }

    /// Ends all sessions of a user.
    pub async fn log_out_everywhere(&self, caller: &Caller, user: &User) -> Result<(), StoreError> {
        let entry = caller.entry("logged out everywhere".to_owned());
        self.admin().end_sessions(user.id, entry).await
    }

    /// Gives users another password of their own. Their other sessions end.
    pub async fn change_own_password(
        &self,
        caller: &Caller,
        own: Presented<'_>,
        (old, new): (String, String),
    ) -> Result<(), UserError> {
        let name = &own.user.name;
        self.prove(caller, own.user, old).await?;
        let change = UserChange {
            role: None,
            password: Some(self.0.passwords.hash(new).await?),
            two_factor: None,
            keeps: Some(own.token.hash()),
        };
        let entry = caller.entry("changed their password".to_owned());
        done(self.admin().change_user(name, change, entry).await?).map(drop)
    }

    /// Asks a user who is logged in for the password once more. Whoever found the screen unlocked
    /// guesses no faster than at the door.
    pub(super) async fn prove(
        &self,
        caller: &Caller,
        user: &User,
        password: String,
    ) -> Result<(), UserError> {
        let attempt = Attempt {
            name: user.name.clone(),
            from: caller.from(),
            known_address: true,
        };
        let _under_way = self.begin(&attempt).await?.map_err(UserError::Wait)?;
        let account = self.admin().account(&user.name).await?;
        let hash = account.map(|account| account.password);
        if self.0.passwords.verify(password, hash, true).await? {
            self.throttle().succeeded(&attempt);
            return Ok(());
        }
        self.throttle().failed(&attempt, Instant::now());
        Err(UserError::WrongPassword)
    }

    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        let throttle = &self.0.throttle;
        throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
