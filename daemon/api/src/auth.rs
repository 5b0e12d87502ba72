//! Who calls, and whether they may: API keys and sessions, scopes, addresses, rates.

mod browser;
mod need;
mod on;
mod pace;
mod user;

use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

pub(super) use browser::{
    SECURE_COOKIE, check_origin, clear_cookie, presented_session, set_cookie,
};
pub(super) use need::{Anyone, ToAdmin, ToCancel, ToOperate, ToRead, ToReadMessages, ToSend};

use super::Api;
use super::problem::{Kind, Problem};
use gateway::users::OpenSession;
use gateway::{Caller, Gateway, StoreError, clock};
use model::{ApiKey, Key, Reach, SessionToken};
pub(super) use need::Need;
pub(super) use on::On;
use pace::Pace;
pub(super) use pace::Paces;
pub(super) use user::ByUser;

/// How often a long answer looks whether its key still stands.
const REVOKED_LOOK: Duration = Duration::from_secs(30);
/// How long after the end of a key at most such an answer ends.
const EXPIRED_LOOK: Duration = Duration::from_secs(1);

/// A caller who may do what `N` says. A handler that takes it cannot forget the check.
pub(super) struct May<N> {
    /// The caller's rights: those of a key, or of a user's role.
    pub(super) key: Arc<Key>,
    caller: Caller,
    api: Api,
    shown: Shown,
    pace: Option<Arc<Pace>>,
    need: PhantomData<N>,
}

impl<N> Deref for May<N> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

/// What a caller has shown.
enum Shown {
    /// A key with this hash of its secret.
    Key([u8; 32]),
    Session(SessionToken, OpenSession),
}

impl<N> May<N> {
    pub(super) fn api(&self) -> &Api {
        &self.api
    }

    pub(super) fn gateway(&self) -> &Gateway {
        self.api.gateway()
    }

    /// Returns when [`May::stands`] does not hold any more; for answers that do not end by themselves.
    pub(super) async fn revoked(&self) {
        loop {
            // A store that does not answer says nothing about it.
            if let Ok(false) = self.stands().await {
                return;
            }
            let end = self.key.expires_at.map(|end| clock::now().until(end));
            let wait = end.map_or(REVOKED_LOOK, |end| end.clamp(EXPIRED_LOOK, REVOKED_LOOK));
            tokio::time::sleep(wait).await;
        }
    }

    /// Whether the caller is who it was, and may see what it could: the key was not revoked, has not expired and has the
    /// scopes and groups that it had, or the session goes on.
    pub(super) async fn stands(&self) -> Result<bool, StoreError> {
        match &self.shown {
            Shown::Key(hash) => {
                let key = self.gateway().keys().with_hash(*hash).await?;
                let stands = |key: Key| !key.has_expired(clock::now()) && key.sees_as(&self.key);
                Ok(key.is_some_and(stands))
            }
            Shown::Session(token, session) => {
                self.gateway().users().goes_on(token, &session.user).await
            }
        }
    }

    /// The session, where it is one.
    pub(super) fn session(&self) -> Option<(&SessionToken, &OpenSession)> {
        match &self.shown {
            Shown::Session(token, session) => Some((token, session)),
            Shown::Key(_) => None,
        }
    }

    /// Counts what a request holds beyond its first message: it passed as one.
    pub(super) fn charge(&self, messages: usize) {
        if let Some(pace) = &self.pace {
            pace.charge(messages.saturating_sub(1), Instant::now());
        }
    }
}

impl<N: Need> FromRequestParts<Api> for May<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let peer = peer(parts, api).await;
        let Found { key, shown, pace } = match presented(&parts.headers) {
            Some(presented) => {
                presented.check(parts)?;
                by_key(api, &presented.secret, peer).await?
            }
            None => by_session(api, parts).await?,
        };
        if !N::ANY_OF.iter().any(|scope| key.scopes.contains(scope)) {
            let names: Vec<_> = N::ANY_OF.iter().map(|scope| scope.as_str()).collect();
            let who = match shown {
                Shown::Key(_) => "The API key",
                Shown::Session(..) => "The user's role",
            };
            let detail = format!("{who} lacks the scope {}.", names.join(" or "));
            return Err(Problem::new(Kind::Forbidden, detail));
        }
        let reach = api.gateway().reach(&key, N::WIDE).await?;
        Ok(Self {
            caller: shown.caller(&key, reach, peer),
            api: api.clone(),
            key,
            shown,
            pace,
            need: PhantomData,
        })
    }
}

impl Shown {
    fn caller(&self, key: &Arc<Key>, reach: Reach, peer: Option<IpAddr>) -> Caller {
        match self {
            Self::Key(_) => Caller::with_key(key, reach, peer),
            // No groups bind a user, and each role reads all.
            Self::Session(_, session) => Caller::user(&session.user.name, peer),
        }
    }
}

/// The address that a request comes from.
pub(super) async fn peer(parts: &mut Parts, api: &Api) -> Option<IpAddr> {
    let peer = ConnectInfo::<SocketAddr>::from_request_parts(parts, api).await;
    peer.ok()
        .map(|ConnectInfo(address)| address.ip().to_canonical())
}

/// A caller who is known.
struct Found {
    key: Arc<Key>,
    shown: Shown,
    pace: Option<Arc<Pace>>,
}

async fn by_key(api: &Api, secret: &str, peer: Option<IpAddr>) -> Result<Found, Problem> {
    let hash = ApiKey::hash_of(secret);
    let key = api.gateway().keys().with_hash(hash).await?;
    let key = key.ok_or_else(|| {
        Problem::new(
            Kind::Unauthenticated,
            "The API key is not known, was revoked, or has another secret by now.",
        )
    })?;
    if key.has_expired(clock::now()) {
        let end = key
            .expires_at
            .map_or_else(String::new, |end| format!(" at {end}"));
        let detail = format!("The API key has expired{end}.");
        return Err(Problem::new(Kind::Unauthenticated, detail));
    }
    // First: who has a key and no right to use it here must not use its rate up.
    check_address(&key, peer)?;
    let pace = api.paces().of(key.id, key.rate_per_second);
    check_rate(&key, pace.as_deref())?;
    api.gateway().keys().used(key.id);
    Ok(Found {
        key: Arc::new(key),
        shown: Shown::Key(hash),
        pace,
    })
}

async fn by_session(api: &Api, parts: &Parts) -> Result<Found, Problem> {
    let Some(token) = presented_session(parts) else {
        // A browser would ask for a password by itself, where its page has a form for that.
        if browser::is_page(parts) {
            return Err(Problem::new(Kind::NotLoggedIn, "Log in."));
        }
        let how = "Send the API key as Authorization: Bearer, or as the password of Basic.";
        return Err(Problem::new(Kind::Unauthenticated, how));
    };
    let session = api.gateway().users().session(&token).await?;
    let session = session
        .ok_or_else(|| Problem::new(Kind::NotLoggedIn, "The session has ended. Log in again."))?;
    browser::check_change(parts, &token)?;
    Ok(Found {
        key: Arc::new(session.user.as_key()),
        shown: Shown::Session(token, session),
        pace: None,
    })
}

/// The secret of a key, as a client presents it.
struct Presented {
    secret: String,
    is_basic: bool,
}

impl Presented {
    /// A password of Basic that somebody typed into a browser is sent along with what any page asks for.
    fn check(&self, parts: &Parts) -> Result<(), Problem> {
        if self.is_basic && !parts.method.is_safe() {
            check_origin(parts)?;
        }
        Ok(())
    }
}

/// The secret of `Authorization: Bearer`, or the password of Basic.
fn presented(headers: &HeaderMap) -> Option<Presented> {
    let (scheme, value) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        let secret = value.to_owned();
        return Some(Presented {
            secret,
            is_basic: false,
        });
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(value).ok()?).ok()?;
    let (_, password) = pair.split_once(':')?;
    Some(Presented {
        secret: password.to_owned(),
        is_basic: true,
    })
}

fn check_address(key: &Key, peer: Option<IpAddr>) -> Result<(), Problem> {
    let allowed = key.allowed_from.is_empty()
        || peer.is_some_and(|peer| key.allowed_from.iter().any(|net| net.contains(&peer)));
    if allowed {
        Ok(())
    } else {
        Err(Problem::new(
            Kind::Forbidden,
            "The API key may not be used from this address.",
        ))
    }
}

fn check_rate(key: &Key, pace: Option<&Pace>) -> Result<(), Problem> {
    let Some(pace) = pace else { return Ok(()) };
    pace.admit(Instant::now()).map_err(|wait| {
        // Whole seconds, rounded up: that is all that Retry-After can say.
        let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
        let rate = key.rate_per_second.unwrap_or_default();
        let detail = format!("It allows {rate} messages or other requests a second.");
        Problem::new(Kind::TooManyRequests, detail).retry_after(seconds)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presented_by(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        presented(&headers).map(|presented| presented.secret)
    }

    #[test]
    fn bearer_and_basic_carry_the_same_key() {
        let key = Some("sg_x".to_owned());
        assert_eq!(presented_by("Bearer sg_x"), key);
        assert_eq!(presented_by("bearer  sg_x "), key);
        let basic = format!("Basic {}", BASE64_STANDARD.encode("anyone:sg_x"));
        assert_eq!(presented_by(&basic), key);
        for other in ["sg_x", "Digest a", "Basic sg_x", "Basic !"] {
            assert_eq!(presented_by(other), None, "{other}");
        }
    }
}
