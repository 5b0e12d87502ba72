//! Who calls, and whether they may: API keys, scopes, addresses, rates.

mod need;
mod pace;

use std::collections::HashMap;
use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

pub(super) use need::{ToAdmin, ToCancel, ToOperate, ToRead, ToReadMessages, ToSend};

use super::problem::{Kind, Problem};
use super::{Api, reach};
use gateway::StoreError;
use gateway::records::NewAudit;
use gateway::records::Records;
use model::{ApiKey, Key, Reach};
pub(super) use need::Need;
use pace::Pace;

/// How long a key that was read is trusted. A key that another process revokes works this long.
const FRESH: Duration = Duration::from_secs(1);
/// How often a long answer looks whether its key still stands.
const REVOKED_LOOK: Duration = Duration::from_secs(30);
/// Keys remembered. Only keys that exist are, so guesses take no room; at the bound those not
/// used lately are read again.
const REMEMBERED: usize = 1024;

/// A caller who may do what `N` says. A handler that takes it cannot forget the check.
pub(super) struct May<N> {
    pub(super) key: Arc<Key>,
    /// What the caller may see and change.
    pub(super) reach: Reach,
    hash: [u8; 32],
    pace: Option<Arc<Pace>>,
    peer: Option<IpAddr>,
    need: PhantomData<N>,
}

impl<N> May<N> {
    /// Returns when the key has been revoked; for answers that do not end by themselves.
    pub(super) async fn revoked(self, api: Api) {
        let mut looks = tokio::time::interval(REVOKED_LOOK);
        loop {
            looks.tick().await;
            // A store that does not answer says nothing about the key.
            if let Ok(None) = api.keys().find(api.gateway().records(), self.hash).await {
                return;
            }
        }
    }

    /// Counts what a request holds beyond its first message: it passed as one.
    pub(super) fn charge(&self, messages: usize) {
        if let Some(pace) = &self.pace {
            pace.charge(messages.saturating_sub(1), Instant::now());
        }
    }

    /// What the caller changes, for changes that are committed together with it.
    pub(super) fn entry(&self, what: String) -> NewAudit {
        NewAudit {
            at: gateway::clock::now(),
            actor: format!("key {}", self.key.name),
            from: self.peer.map(|address| address.to_string()),
            what,
        }
    }

    /// Remembers what the caller has changed. It has happened: a full disk does not undo it.
    pub(super) async fn audit(&self, records: &Records, what: String) {
        if let Err(error) = records.audit(self.entry(what)).await {
            tracing::error!(%error, "a change is missing in the audit");
        }
    }
}

impl<N: Need> FromRequestParts<Api> for May<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let peer = ConnectInfo::<SocketAddr>::from_request_parts(parts, api)
            .await
            .ok();
        let peer = peer.map(|ConnectInfo(address)| address.ip().to_canonical());
        let presented = presented(&parts.headers).ok_or_else(|| {
            Problem::new(
                Kind::Unauthenticated,
                "Send the API key as Authorization: Bearer, or as the password of Basic.",
            )
        })?;
        let hash = ApiKey::hash_of(&presented);
        let known = api
            .keys()
            .find(api.gateway().records(), hash)
            .await?
            .ok_or_else(|| {
                Problem::new(
                    Kind::Unauthenticated,
                    "The API key is not known, or was revoked.",
                )
            })?;
        known.check_rate()?;
        let (key, pace) = (known.key, known.pace);
        check_address(&key, peer)?;
        if !N::ANY_OF.iter().any(|scope| key.scopes.contains(scope)) {
            let names: Vec<_> = N::ANY_OF.iter().map(|scope| scope.as_str()).collect();
            let detail = format!("The API key lacks the scope {}.", names.join(" or "));
            return Err(Problem::new(Kind::Forbidden, detail));
        }
        let reach = reach::of(api, &key, N::WIDE).await?;
        Ok(Self {
            key,
            reach,
            hash,
            pace,
            peer,
            need: PhantomData,
        })
    }
}

/// The secret of `Authorization: Bearer`, or the password of Basic.
fn presented(headers: &HeaderMap) -> Option<String> {
    let (scheme, value) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(value).ok()?).ok()?;
    pair.split_once(':')
        .map(|(_, password)| password.to_owned())
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

/// Keys read lately, with their paces.
#[derive(Default)]
pub(super) struct KeyCache(Mutex<HashMap<[u8; 32], Known>>);

#[derive(Clone)]
struct Known {
    key: Arc<Key>,
    pace: Option<Arc<Pace>>,
    read_at: Instant,
}

impl Known {
    fn check_rate(&self) -> Result<(), Problem> {
        let Some(pace) = &self.pace else {
            return Ok(());
        };
        pace.admit(Instant::now()).map_err(|wait| {
            // Whole seconds, rounded up: that is all that Retry-After can say.
            let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
            let rate = self.key.rate_per_second.unwrap_or_default();
            let detail = format!("It allows {rate} messages or other requests a second.");
            Problem::new(Kind::TooManyRequests, detail).retry_after(seconds)
        })
    }
}

impl KeyCache {
    async fn find(&self, records: &Records, hash: [u8; 32]) -> Result<Option<Known>, StoreError> {
        let remembered = self.lock().get(&hash).cloned();
        if let Some(known) = &remembered
            && known.read_at.elapsed() < FRESH
        {
            return Ok(remembered);
        }
        let Some(key) = records.key(hash).await? else {
            self.lock().remove(&hash);
            return Ok(None);
        };
        // The pace outlives a reading, or each one would begin it anew.
        let pace = match remembered {
            Some(old) if old.key.rate_per_second == key.rate_per_second => old.pace,
            _ => key.rate_per_second.and_then(Pace::new).map(Arc::new),
        };
        let known = Known {
            key: Arc::new(key),
            pace,
            read_at: Instant::now(),
        };
        let mut keys = self.lock();
        if keys.len() >= REMEMBERED {
            keys.retain(|_, known| known.read_at.elapsed() < FRESH);
        }
        if keys.len() < REMEMBERED {
            keys.insert(hash, known.clone());
        }
        Ok(Some(known))
    }

    /// Makes a revocation through this process count at once.
    pub(super) fn forget(&self, name: &str) {
        self.lock().retain(|_, known| known.key.name != name);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presented_by(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        presented(&headers)
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
