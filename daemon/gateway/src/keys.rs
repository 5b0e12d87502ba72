//! API keys: made, listed and revoked, beside a daemon or without one.

mod limits;
mod request;

use std::sync::Arc;
use std::time::Duration;

pub use model::KeyWish;
use model::{ApiKey, Key, KeyId, Scope, Time};
use store::{Admin, Created, Home, NewKey, Rotated, Store, StoreError, WhichKey, clock};
use tokio::sync::Mutex as AsyncMutex;

pub(crate) use limits::{beyond, is_whole};
pub use request::{KeyRequest, past};

use crate::key_use::{KeyUse, WRITTEN_AFTER};
use crate::once::Remembered;
use crate::{Caller, FieldCode, FieldError, Made, Once, Refusal, Reused};

/// A handle; clones share one store.
#[derive(Clone)]
pub struct Keys(Arc<Whole>);

struct Whole {
    store: Store,
    /// One key is made or revoked at a time.
    alone: AsyncMutex<()>,
    made: Remembered<NewSecret>,
    used: KeyUse,
}

/// What became of a wish for a key.
#[derive(Clone, Debug)]
pub enum KeyMade {
    Done(Made<NewSecret>),
    /// A key of this name is in use.
    NameTaken,
    /// No SIM is in these groups: where each stands in the list.
    UnknownGroups(Vec<usize>),
}

/// A key that was made, and its secret, which is told this once.
#[derive(Clone, Debug)]
pub struct NewSecret {
    pub key: Key,
    pub secret: ApiKey,
}

impl Keys {
    pub(crate) fn of(store: Store) -> Self {
        Self(Arc::new(Whole {
            store,
            alone: AsyncMutex::default(),
            made: Remembered::default(),
            used: KeyUse::default(),
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

    /// Keeps others from making or changing one.
    pub(crate) async fn alone(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.alone.lock().await
    }

    /// All of them, revoked ones too, oldest first.
    pub async fn all(&self) -> Result<Vec<Key>, StoreError> {
        self.admin().keys().await
    }

    /// The key with this hash of its secret, unless it is revoked. What this process changes counts at
    /// once, what another one does within a second.
    pub async fn with_hash(&self, hash: [u8; 32]) -> Result<Option<Key>, StoreError> {
        self.admin().key_by_hash(hash).await
    }

    /// Makes a key. The answer is given again for `once` as long as the process runs: no secret is
    /// written to the disk.
    pub async fn make(
        &self,
        caller: &Caller,
        mut wish: KeyWish,
        once: Option<Once>,
    ) -> Result<KeyMade, Refusal> {
        let _alone = self.0.alone.lock().await;
        if let Some(made) = self.made_before(once.as_ref())? {
            return Ok(KeyMade::Done(Made::Before(made)));
        }
        wish.scopes = Scope::of_key(wish.scopes);
        let errors = caller.key().map_or_else(Vec::new, |key| beyond(key, &wish));
        if !errors.is_empty() {
            return Err(errors.into());
        }
        let secret = new_secret()?;
        let scopes: Vec<_> = wish.scopes.iter().map(|scope| scope.as_str()).collect();
        let what = format!("made key {} with scopes {}", wish.name, scopes.join(","));
        let entry = Some(caller.entry(what));
        let new = NewKey {
            wish,
            hash: secret.hash(),
            at: clock::now(),
        };
        let key = match self.admin().create_key(new, entry).await? {
            Created::Done(key) => key,
            Created::NameTaken => return Ok(KeyMade::NameTaken),
            Created::UnknownGroups(which) => return Ok(KeyMade::UnknownGroups(which)),
        };
        let made = NewSecret { key, secret };
        self.0.made.remember(once, &made);
        Ok(KeyMade::Done(Made::Now(made)))
    }

    /// What this request has made, if it came before.
    pub fn made_before(&self, once: Option<&Once>) -> Result<Option<NewSecret>, Reused> {
        self.0.made.made(once)
    }

    /// Gives the key of this name another secret, and another end where there is one. The secret that it
    /// has works on for a while, so that its client can be told the new one meanwhile. None where no such
    /// key is in use. `once`: as of [`Keys::make`].
    pub async fn rotate(
        &self,
        caller: &Caller,
        name: &str,
        (overlap, expires_at): (Duration, Option<Time>),
        once: Option<Once>,
    ) -> Result<Option<Made<NewSecret>>, Refusal> {
        let _alone = self.0.alone.lock().await;
        if let Some(made) = self.made_before(once.as_ref())? {
            return Ok(Some(Made::Before(made)));
        }
        if let Some(maker) = caller.key() {
            self.within(maker, name, expires_at).await?;
        }
        let secret = new_secret()?;
        let old_until = clock::now().after(overlap);
        let seconds = overlap.as_secs();
        let end = expires_at.map_or_else(String::new, |end| format!("; it expires at {end}"));
        let entry = caller.entry(format!(
            "rotated key {name}; the old secret works for {seconds} s{end}"
        ));
        let (store, hash) = (self.admin(), secret.hash());
        let until = (old_until, expires_at);
        let rotated = store.rotate_key(name, hash, until, entry).await?;
        self.forget(&WhichKey::Name(name.to_owned()));
        match rotated {
            Rotated::Done(key) => {
                let made = NewSecret { key: *key, secret };
                self.0.made.remember(once, &made);
                Ok(Some(Made::Now(made)))
            }
            Rotated::Unknown => Ok(None),
            Rotated::Expired => {
                let why =
                    "is needed: the key has expired, and would not work with another secret either";
                Err(FieldError::new("/expires_at", why)
                    .coded(FieldCode::BeyondOwn)
                    .into())
            }
        }
    }

    /// Whoever rotates a key learns its secret, and whoever revokes one takes its rights away: that is for keys that have
    /// as much themselves.
    async fn within(
        &self,
        maker: &Key,
        name: &str,
        expires_at: Option<Time>,
    ) -> Result<(), Refusal> {
        let mut in_use = self.all().await?.into_iter();
        let rotated = in_use.find(|key| key.name == name && key.revoked_at.is_none());
        let Some(mut rotated) = rotated else {
            return Ok(());
        };
        rotated.expires_at = expires_at.or(rotated.expires_at);
        if beyond(maker, &KeyWish::from(rotated)).is_empty() {
            return Ok(());
        }
        let why = "The key may do more than the one that asks, or for longer.";
        Err(Refusal::Forbidden(why))
    }

    /// Notes that a key is used now; nobody waits until it is written.
    pub fn used(&self, key: KeyId) {
        if self.0.used.note(key, clock::now()) {
            let keys = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(WRITTEN_AFTER).await;
                keys.write_used().await;
            });
        }
    }

    /// Writes when keys were used, as far as that was noted and not written.
    pub async fn write_used(&self) {
        let used = self.0.used.take();
        if !used.is_empty()
            && let Err(error) = self.admin().keys_used(used).await
        {
            tracing::warn!(%error, "when keys were last used is not known");
        }
    }

    /// Revokes the key of this name; false where none is in use. A key revokes none that may do more.
    pub async fn revoke(&self, caller: &Caller, name: &str) -> Result<bool, Refusal> {
        if let Some(revoker) = caller.key() {
            self.within(revoker, name, None).await?;
        }
        Ok(self.revoke_named(caller, name).await?)
    }

    async fn revoke_named(&self, caller: &Caller, name: &str) -> Result<bool, StoreError> {
        let _alone = self.0.alone.lock().await;
        let which = WhichKey::Name(name.to_owned());
        self.revoke_one(caller, which, name).await
    }

    /// The same for a key that is given by its name or, where none has that name, by its number.
    pub async fn revoke_given(&self, caller: &Caller, given: &str) -> Result<bool, StoreError> {
        if self.revoke_named(caller, given).await? {
            return Ok(true);
        }
        let _alone = self.0.alone.lock().await;
        match given.parse() {
            Ok(id) => {
                self.revoke_one(caller, WhichKey::Id(KeyId(id)), given)
                    .await
            }
            Err(_) => Ok(false),
        }
    }

    async fn revoke_one(
        &self,
        caller: &Caller,
        which: WhichKey,
        given: &str,
    ) -> Result<bool, StoreError> {
        let entry = Some(caller.entry(format!("revoked key {given}")));
        let revoked = self
            .admin()
            .revoke_key(which.clone(), clock::now(), entry)
            .await?;
        self.forget(&which);
        Ok(revoked)
    }

    /// A secret that is over is not handed out again.
    fn forget(&self, which: &WhichKey) {
        self.0.made.forget(|made| match which {
            WhichKey::Id(id) => made.key.id == *id,
            WhichKey::Name(name) => made.key.name == *name,
        });
    }
}

pub(crate) fn new_secret() -> Result<ApiKey, Refusal> {
    ApiKey::generate().map_err(|error| {
        tracing::error!(%error, "no random numbers");
        Refusal::Failed("The system has no random numbers.")
    })
}
