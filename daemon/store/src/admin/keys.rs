//! API keys; only the SHA-256 of a secret is kept.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::types::FromSqlError;
use rusqlite::{Connection, Row};

use crate::admin::Admin;
use crate::machine::clock;
use crate::machine::select::{Select as _, both};
use crate::machine::writer::{Need, Tx};
use crate::tables::audit::{append_change, append_some_change};
use crate::values::{RowExt as _, params};
use crate::{NewAudit, StoreError};
use model::{Key, KeyId, KeyWish, Time};

/// How long a key is believed without asking the file, which another process may change.
const BELIEVED: Duration = Duration::from_secs(1);

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewKey {
    pub wish: KeyWish,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    pub at: Time,
}

/// What became of a [`NewKey`].
#[derive(Clone, Debug)]
pub enum Created {
    Done(Key),
    /// A key of this name exists and is not revoked.
    NameTaken,
    /// No SIM is in these groups: where each stands in the list.
    UnknownGroups(Vec<usize>),
}

/// What became of a key's rotation.
#[derive(Clone, Debug)]
pub enum Rotated {
    Done(Box<Key>),
    /// No key of this name is in use.
    Unknown,
    /// It has expired, and gets no later end.
    Expired,
}

/// How an operator names a key.
#[derive(Clone, Debug)]
pub enum WhichKey {
    Id(KeyId),
    Name(String),
}

/// Keys looked up of late: a busy client's is looked up thousands of times a second. Holds only
/// keys that exist, so it is no longer than the table.
#[derive(Default)]
pub(crate) struct Cache(Mutex<Known>);

#[derive(Default)]
struct Known {
    keys: HashMap<[u8; 32], (Key, Instant)>,
    /// Rises with each change: what was read before one is not remembered after it.
    changes: u64,
}

impl Cache {
    fn get(&self, hash: &[u8; 32]) -> Option<Key> {
        let known = self.lock();
        let (key, read_at) = known.keys.get(hash)?;
        (read_at.elapsed() < BELIEVED).then(|| key.clone())
    }

    fn changes(&self) -> u64 {
        self.lock().changes
    }

    fn put(&self, hash: [u8; 32], key: Option<&Key>, (read_at, changes): (Instant, u64)) {
        let mut known = self.lock();
        match key {
            _ if known.changes != changes => {}
            Some(key) => drop(known.keys.insert(hash, (key.clone(), read_at))),
            None => drop(known.keys.remove(&hash)),
        }
    }

    fn clear(&self) {
        let mut known = self.lock();
        known.keys.clear();
        known.changes += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admin {
    /// Makes a key.
    pub async fn create_key(
        &self,
        key: NewKey,
        audit: Option<NewAudit>,
    ) -> Result<Created, StoreError> {
        self.file
            .write(Need::Growth, move |tx| make(tx, &key, audit.as_ref()))
            .await
    }

    /// What another change has made of keys counts at once.
    pub(super) fn forget_keys(&self) {
        self.keys.clear();
    }

    /// The hashes of the secrets of those that are not revoked, by name.
    pub async fn key_hashes(&self) -> Result<Vec<(String, [u8; 32])>, StoreError> {
        let find = "SELECT name, hash FROM keys WHERE revoked_at IS NULL";
        let read = move |reader: &Connection| reader.readable(find, [], both);
        self.file.read(read).await
    }

    /// Revokes a key; false when there is none, or when it was revoked before.
    pub async fn revoke_key(
        &self,
        which: WhichKey,
        at: Time,
        audit: Option<NewAudit>,
    ) -> Result<bool, StoreError> {
        let revoked = self
            .file
            .write(Need::Ongoing, move |tx| {
                let Some(before) = in_use(tx, &which)? else {
                    return Ok(false);
                };
                let revoke = "UPDATE keys SET revoked_at = ?2 WHERE id = ?1 RETURNING *";
                let after = tx.one(revoke, params![before.id, at], key)?;
                append_some_change(tx, audit.as_ref(), Some(&before), Some(&after))?;
                Ok(true)
            })
            .await;
        self.keys.clear();
        revoked
    }

    /// Gives the key of this name another secret, and another end where there is one. The secret that it has
    /// works on until `old_until`, and no longer than it did.
    pub async fn rotate_key(
        &self,
        name: &str,
        hash: [u8; 32],
        (old_until, expires_at): (Time, Option<Time>),
        audit: NewAudit,
    ) -> Result<Rotated, StoreError> {
        let which = WhichKey::Name(name.to_owned());
        let rotated = self
            .file
            .write(Need::Growth, move |tx| {
                let Some(before) = in_use(tx, &which)? else {
                    return Ok(Rotated::Unknown);
                };
                if before.has_expired(audit.at) && expires_at.is_none() {
                    return Ok(Rotated::Expired);
                }
                let end = before
                    .expires_at
                    .map_or(old_until, |end| end.min(old_until));
                let rotated = tx.one(ROTATE, params![before.id, hash, end, expires_at], key)?;
                append_change(tx, &audit, Some(&before), Some(&rotated))?;
                Ok(Rotated::Done(Box::new(rotated)))
            })
            .await;
        self.keys.clear();
        rotated
    }

    /// Remembers when keys were used.
    pub async fn keys_used(&self, used: Vec<(KeyId, Time)>) -> Result<(), StoreError> {
        let set = "UPDATE keys SET last_used_at = max(coalesce(last_used_at, 0), ?2) WHERE id = ?1";
        self.file
            .write(Need::Growth, move |tx| {
                for (key, at) in &used {
                    tx.execute(set, params![key, at])?;
                }
                Ok(())
            })
            .await
    }

    /// All keys, revoked ones too, oldest first.
    pub async fn keys(&self) -> Result<Vec<Key>, StoreError> {
        let all = "SELECT * FROM keys ORDER BY id";
        let read = |reader: &Connection| reader.readable(all, [], key);
        self.file.read(read).await
    }

    /// The key with this hash, unless it is revoked. What another process changed is seen
    /// within a second.
    pub async fn key_by_hash(&self, hash: [u8; 32]) -> Result<Option<Key>, StoreError> {
        if let Some(key) = self.keys.get(&hash) {
            return Ok(Some(key));
        }
        let as_of = (Instant::now(), self.keys.changes());
        let find = "SELECT * FROM keys
            WHERE (hash = ?1 OR old_hash = ?1 AND old_until > ?2) AND revoked_at IS NULL";
        let now = clock::now();
        let read = move |reader: &Connection| reader.first(find, params![hash, now], key);
        let found = self.file.read(read).await?;
        self.keys.put(hash, found.as_ref(), as_of);
        Ok(found)
    }
}

pub(super) fn make(
    tx: &Tx<'_>,
    new: &NewKey,
    audit: Option<&NewAudit>,
) -> Result<Created, StoreError> {
    let created = create(tx, new)?;
    if let Created::Done(key) = &created {
        append_some_change(tx, audit, None::<&Key>, Some(key))?;
    }
    Ok(created)
}

/// Sets what a key may do; false where it is revoked, or no SIM is in one of its groups.
pub(super) fn change(
    tx: &Tx<'_>,
    id: KeyId,
    wish: &KeyWish,
    audit: &NewAudit,
) -> Result<bool, StoreError> {
    let Some(before) = in_use(tx, &WhichKey::Id(id))? else {
        return Ok(false);
    };
    if !unknown_groups(tx, &wish.groups)?.is_empty() {
        return Ok(false);
    }
    let set = "UPDATE keys SET scopes = ?2, allowed_from = ?3, sim_groups = ?4, rate = ?5,
            max_segments = ?6, expires_at = ?7, may_pass_opt_out = ?8
        WHERE id = ?1 RETURNING *";
    let after = tx.one(
        set,
        params![
            id,
            joined(&wish.scopes),
            joined(&wish.allowed_from),
            crate::json(&wish.groups)?,
            wish.rate_per_second,
            wish.max_segments,
            wish.expires_at,
            wish.may_pass_opt_out
        ],
        key,
    )?;
    append_change(tx, audit, Some(&before), Some(&after))?;
    Ok(true)
}

fn create(tx: &Tx<'_>, new: &NewKey) -> Result<Created, StoreError> {
    let wish = &new.wish;
    let taken = "SELECT 1 FROM keys WHERE name = ?1 AND revoked_at IS NULL";
    if tx.exists(taken, [&wish.name])? {
        return Ok(Created::NameTaken);
    }
    let unknown = unknown_groups(tx, &wish.groups)?;
    if !unknown.is_empty() {
        return Ok(Created::UnknownGroups(unknown));
    }
    let insert = "INSERT INTO keys (name, scopes, allowed_from, sim_groups, rate, hash, created_at, max_segments,
             expires_at, may_pass_opt_out)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING *";
    let params = params![
        wish.name,
        joined(&wish.scopes),
        joined(&wish.allowed_from),
        crate::json(&wish.groups)?,
        wish.rate_per_second,
        new.hash,
        new.at,
        wish.max_segments,
        wish.expires_at,
        wish.may_pass_opt_out
    ];
    tx.one(insert, params, key).map(Created::Done)
}

const ROTATE: &str = "UPDATE keys SET old_hash = hash, old_until = ?3, hash = ?2,
        expires_at = coalesce(?4, expires_at)
    WHERE id = ?1 RETURNING *";

/// A group is there while a SIM is in it.
fn unknown_groups(tx: &Tx<'_>, groups: &[String]) -> Result<Vec<usize>, StoreError> {
    let known = "SELECT 1 FROM sims,
            json_each(iif(json_valid(sims.config), sims.config, '{}'), '$.groups') AS named
        WHERE named.value = ?1";
    let mut unknown = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        if !tx.exists(known, [group])? {
            unknown.push(index);
        }
    }
    Ok(unknown)
}

/// A key that is not revoked.
fn in_use(tx: &Tx<'_>, which: &WhichKey) -> Result<Option<Key>, StoreError> {
    let (id, name) = match which {
        WhichKey::Id(id) => (Some(id), None),
        WhichKey::Name(name) => (None, Some(name)),
    };
    let sql = "SELECT * FROM keys WHERE (id = ?1 OR name = ?2) AND revoked_at IS NULL";
    tx.first(sql, params![id, name], key)
}

pub(crate) fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key {
        id: row.col("id")?,
        name: row.col("name")?,
        scopes: split(&row.col::<String>("scopes")?)?,
        allowed_from: split(&row.col::<String>("allowed_from")?)?,
        rate_per_second: row.col("rate")?,
        max_segments: row.col("max_segments")?,
        may_pass_opt_out: row.col("may_pass_opt_out")?,
        groups: row.json("sim_groups")?,
        created_at: row.col("created_at")?,
        expires_at: row.col("expires_at")?,
        last_used_at: row.col("last_used_at")?,
        old_secret_until: row.col("old_until")?,
        revoked_at: row.col("revoked_at")?,
    })
}

fn joined<T: ToString>(list: &[T]) -> String {
    list.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

/// The reverse of [`joined`].
fn split<T: FromStr>(text: &str) -> Result<Vec<T>, FromSqlError> {
    let items = text.split(',').filter(|item| !item.is_empty());
    let items = items.map(|item| item.parse().map_err(|_| FromSqlError::InvalidType));
    items.collect()
}
