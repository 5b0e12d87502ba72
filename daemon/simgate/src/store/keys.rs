//! API keys; only the SHA-256 of a secret is kept.

use crate::model::{Key, KeyId, Scope, Time};

use super::{Store, StoreError};

/// A key to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewKey {
    pub(crate) name: String,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) allowed_from: Vec<ipnet::IpNet>,
    pub(crate) rate_per_second: Option<u32>,
    pub(crate) groups: Vec<String>,
    /// SHA-256 of the secret.
    pub(crate) hash: [u8; 32],
    pub(crate) at: Time,
}

/// What became of a [`NewKey`].
#[derive(Clone, Debug)]
pub(crate) enum Created {
    Done(Key),
    /// A key of this name exists and is not revoked.
    NameTaken,
}

/// How an operator names a key.
#[derive(Clone, Debug)]
pub(crate) enum WhichKey {
    Id(KeyId),
    Name(String),
}

impl Store {
    /// Makes a key.
    pub(crate) async fn create_key(&self, _key: NewKey) -> Result<Created, StoreError> {
        Err(StoreError::Closed)
    }

    /// Revokes a key; false when there is none, or when it was revoked before.
    pub(crate) async fn revoke_key(&self, _which: WhichKey, _at: Time) -> Result<bool, StoreError> {
        Err(StoreError::Closed)
    }

    /// All keys, revoked ones too, oldest first.
    pub(crate) async fn keys(&self) -> Result<Vec<Key>, StoreError> {
        Err(StoreError::Closed)
    }

    /// The key with this hash, unless it is revoked. What another process changed is seen
    /// within a second.
    pub(crate) async fn key_by_hash(&self, _hash: [u8; 32]) -> Result<Option<Key>, StoreError> {
        Err(StoreError::Closed)
    }
}
