//! What an import makes of keys and users.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use model::{ApiKey, KeyWish, Scope, User};
use store::{NewKey, NewUser, clock};

use super::super::document::UserEntry;
use super::{Entry, Plan};
use crate::FieldError;
use crate::keys::{KeyRequest, beyond, is_whole, new_secret};
use crate::users::UserError;

/// A password that nobody has: no hash is so.
const NO_PASSWORD: &str = "!";

impl Plan<'_> {
    pub(super) fn key(&mut self, _: &str, _: &str, request: KeyRequest) -> Entry {
        let sealed = FieldError::under("/keys", request.name(), "").pointer;
        let sealed = self.secrets.remove(&sealed);
        // One that has expired since the export is taken over as that: it opens nothing here either.
        let mut wish = request.checked_but_for_its_end()?;
        wish.scopes = Scope::of_key(wish.scopes);
        let (after, name) = (KeyRequest::from(&wish), wish.name.clone());
        let mut working = self.before.keys.iter();
        let known = working.find(|key| key.name == name && key.revoked_at.is_none());
        let before = known.map(|known| KeyRequest::from(known.clone()));
        if before.as_ref() != Some(&after) {
            self.knows_groups(&wish.groups)?;
            self.gives(&wish)?;
        }
        if let Some(known) = known {
            if let Some(audit) = self.tell("keys", &name, before.as_ref(), &after, None) {
                self.import.changed_keys.push((known.id, wish, audit));
            }
            return Ok(());
        }
        let (hash, secret) = if let Some(hash) = sealed.and_then(|hash| hash_of(&hash)) {
            (hash, None)
        } else {
            let no_random = |_| vec![FieldError::new("", "the system has no random numbers")];
            let secret: ApiKey = new_secret().map_err(no_random)?;
            (secret.hash(), Some(secret.as_str().to_owned()))
        };
        if let Some(audit) = self.tell("keys", &name, None, &after, secret) {
            let at = clock::now();
            self.import
                .new_keys
                .push((NewKey { wish, hash, at }, audit));
        }
        Ok(())
    }

    pub(super) fn user(&mut self, at: &str, _: &str, entry: UserEntry) -> Entry {
        let UserEntry { name, role } = entry;
        // One of before may have a name that no new one gets.
        let here = User::name(&name).filter(|name| self.knows_user(name));
        let wrong = |why| vec![FieldError::new("/name", why)];
        let name = here
            .map_or_else(|| User::new_name(&name), Ok)
            .map_err(wrong)?;
        let of = |role| UserEntry {
            name: name.clone(),
            role,
        };
        let known = self.before.users.iter().find(|user| user.name == name);
        let known = known.map(|user| of(user.role));
        let Some(audit) = self.tell("users", &name, known.as_ref(), &of(role), None) else {
            return Ok(());
        };
        if self.before.caller.key().is_some_and(|key| !is_whole(key)) {
            let why = UserError::Limited.to_string();
            return Err(vec![FieldError::new("", why)]);
        }
        if known.is_some() {
            self.import.roles.push((name, role, audit));
            return Ok(());
        }
        self.told.secrets_missing.push(format!("{at}/password"));
        let new = NewUser {
            name,
            role,
            password: NO_PASSWORD.to_owned(),
            at: clock::now(),
            first_by: None,
        };
        self.import.new_users.push((new, audit));
        Ok(())
    }

    fn knows_user(&self, name: &str) -> bool {
        self.before.users.iter().any(|user| user.name == name)
    }

    /// A key gives no more than it has.
    fn gives(&self, wish: &KeyWish) -> Entry {
        let key = self.before.caller.key();
        let errors = key.map_or_else(Vec::new, |key| beyond(key, wish));
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    /// A group is there while a SIM is in it.
    fn knows_groups(&self, groups: &[String]) -> Entry {
        let unknown = groups.iter().enumerate();
        let unknown = unknown.filter(|(_, group)| !self.groups.contains(*group));
        let errors: Vec<_> = unknown
            .map(|(n, _)| FieldError::new(format!("/groups/{n}"), "no SIM is in that group"))
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}

/// The SHA-256 of a key's secret.
fn hash_of(text: &str) -> Option<[u8; 32]> {
    let octets = BASE64_STANDARD.decode(text).ok()?;
    octets.try_into().ok()
}
