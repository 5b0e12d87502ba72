//! What an import would change: the document against what is there.

mod access;
mod sims;
mod templates;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use model::{Key, Reach, Route, SimRecord, UplinkConfig, UplinkName, User, WebhookName};
use serde::Serialize;
use serde_json::Value;
use store::{Import, NewAudit, clock};

use super::document::Configuration;
use super::sealed::Secrets;
use super::{ImportChange, Imported};
use crate::changes::routes_document::{RouteJson, RoutesJson};
use crate::changes::{UplinkPut, WebhookPut, country_checked, routes_checked};
use crate::messages::draft::Defaults;
use crate::messages::templates::Templates;
use crate::modems::Fleet;
use crate::webhooks::Webhooks;
use crate::{Caller, FieldError, Refusal};

/// What is there, and who changes it.
pub(super) struct Before<'a> {
    pub(super) caller: &'a Caller,
    pub(super) defaults: &'a Defaults,
    pub(super) fleet: &'a Fleet,
    /// The SIMs that the caller may give other groups.
    pub(super) usable: Reach,
    pub(super) sims: Vec<SimRecord>,
    pub(super) uplinks: BTreeMap<UplinkName, UplinkConfig>,
    pub(super) routes: Vec<Route>,
    pub(super) country: Option<String>,
    /// The one that simgate.toml says: no other counts.
    pub(super) country_by_file: Option<&'a str>,
    pub(super) webhooks: &'a Webhooks,
    pub(super) templates: Arc<Templates>,
    pub(super) keys: Vec<Key>,
    pub(super) users: Vec<User>,
}

/// What is to be done, and what is told of it.
pub(super) struct Plan<'a> {
    before: &'a Before<'a>,
    /// Those that were sealed; each goes to its entry.
    secrets: Secrets,
    /// Secrets that the document says it leaves out.
    left_out: HashSet<String>,
    errors: Vec<FieldError>,
    import: Import,
    told: Imported,
    /// Groups that have a SIM in them after it.
    groups: HashSet<String>,
}

/// What is wrong with an entry, by pointers into it.
type Entry = Result<(), Vec<FieldError>>;

impl<'a> Plan<'a> {
    /// What `wanted` comes to: all of it, or everything that is wrong with it.
    pub(super) fn of(
        wanted: Configuration,
        secrets: Secrets,
        before: &'a Before<'a>,
    ) -> Result<(Import, Imported), Refusal> {
        let mut plan = Self {
            before,
            secrets,
            left_out: wanted.secrets_left_out.into_iter().collect(),
            errors: Vec::new(),
            import: Import::default(),
            told: Imported::default(),
            groups: HashSet::new(),
        };
        plan.each("/sims", wanted.sims, Self::sim);
        plan.after_sims();
        plan.each("/uplinks", wanted.uplinks, Self::uplink);
        plan.routes(wanted.routes);
        plan.country(wanted.country);
        plan.each("/webhooks", wanted.webhooks, Self::webhook);
        plan.each("/templates", wanted.templates, Self::template);
        let keys = wanted.keys.into_iter().enumerate();
        plan.each(
            "/keys",
            keys.map(|(n, key)| (n.to_string(), key)),
            Self::key,
        );
        plan.twice("/keys", |import| {
            let new = import.new_keys.iter().map(|(key, _)| key.wish.name.clone());
            new.chain(
                import
                    .changed_keys
                    .iter()
                    .map(|(_, key, _)| key.name.clone()),
            )
            .collect()
        });
        let users = wanted.users.into_iter().enumerate();
        plan.each(
            "/users",
            users.map(|(n, user)| (n.to_string(), user)),
            Self::user,
        );
        plan.twice("/users", |import| {
            let new = import.new_users.iter().map(|(user, _)| user.name.clone());
            new.chain(import.roles.iter().map(|(name, ..)| name.clone()))
                .collect()
        });
        for pointer in std::mem::take(&mut plan.secrets).into_keys() {
            let detail = "a secret is sealed for it, and the document has no such entry";
            plan.errors.push(FieldError::new(pointer, detail));
        }
        if plan.errors.is_empty() {
            Ok((plan.import, plan.told))
        } else {
            Err(plan.errors.into())
        }
    }

    /// Takes the entries of a section, and remembers what is wrong with each.
    fn each<T>(
        &mut self,
        section: &str,
        entries: impl IntoIterator<Item = (String, T)>,
        take: fn(&mut Self, &str, &str, T) -> Entry,
    ) {
        for (name, entry) in entries {
            let at = FieldError::under(section, &name, "").pointer;
            if let Err(errors) = take(self, &at, &name, entry) {
                self.errors
                    .extend(errors.into_iter().map(|error| FieldError {
                        pointer: format!("{at}{}", error.pointer),
                        ..error
                    }));
            }
        }
    }

    fn uplink(&mut self, at: &str, name: &str, mut put: UplinkPut) -> Entry {
        let wrong = |why: String| vec![FieldError::new("", why)];
        let key: UplinkName = name.parse().map_err(wrong)?;
        put.set_secrets(
            self.secrets.remove(&format!("{at}/password")),
            self.secrets.remove(&format!("{at}/tls/client_key")),
        );
        let known = self.before.uplinks.get(&key);
        let client_key = format!("{at}/tls/client_key");
        let is_left_out = self.left_out.contains(&client_key);
        let misses_key = is_left_out && put.drop_certificate_without_key(known);
        let config = put.into_config(known)?;
        self.misses(format!("{at}/password"), config.password.is_empty());
        self.misses(client_key, misses_key);
        if let Some(audit) = self.tell("uplinks", name, known, &config, None) {
            self.import.uplinks.push((key, config, audit));
        }
        Ok(())
    }

    fn routes(&mut self, wanted: Option<Vec<RouteJson>>) {
        let Some(items) = wanted else { return };
        let there = self.before.uplinks.keys().map(ToString::to_string);
        let added = self
            .import
            .uplinks
            .iter()
            .map(|(name, ..)| name.to_string());
        let routes = routes_checked(RoutesJson { items }, &there.chain(added).collect());
        match routes {
            Ok(routes) if routes == self.before.routes => self.told.unchanged += 1,
            Ok(routes) => {
                let is_new = self.before.routes.is_empty();
                let audit = self.changes("routes".to_owned(), is_new, Vec::new(), None);
                self.import.routes = Some((routes, audit));
            }
            Err(errors) => {
                let moved = errors.into_iter().map(|error| {
                    let rest = error.pointer.strip_prefix("/items").unwrap_or_default();
                    FieldError {
                        pointer: format!("/routes{rest}"),
                        ..error
                    }
                });
                self.errors.extend(moved);
            }
        }
    }

    fn country(&mut self, wanted: Option<String>) {
        let Some(wanted) = wanted else { return };
        match country_checked("/country", &wanted) {
            Ok(code) if self.before.country_by_file.is_some() => {
                if self.before.country_by_file != Some(&code) {
                    let name = "defaults.country".to_owned();
                    self.told.settings_that_differ.push(name);
                }
            }
            Ok(code) if self.before.country.as_ref() == Some(&code) => self.told.unchanged += 1,
            Ok(code) => {
                let is_new = self.before.country.is_none();
                let audit = self.changes("country".to_owned(), is_new, Vec::new(), None);
                self.import.country = Some((code, audit));
            }
            Err(error) => self.errors.push(error),
        }
    }

    fn webhook(&mut self, at: &str, name: &str, mut put: WebhookPut) -> Entry {
        let wrong = |why: String| vec![FieldError::new("", why)];
        let key: WebhookName = name.parse().map_err(wrong)?;
        if let Some(secret) = self.secrets.remove(&format!("{at}/secret")) {
            put.set_secret(secret);
        }
        let known = self.before.webhooks.get(&key);
        let known = known.as_deref();
        let by = (self.before.webhooks.addresses(), clock::now());
        let mut checked = put.checked(key.is_callbacks(), known, by)?;
        // That of the callback_urls is signed once somebody has said so.
        let unsigned = key.is_callbacks() && known.is_none_or(|known| known.secret.is_none());
        if unsigned && checked.new_secret.take().is_some() {
            checked.config.secret = None;
            self.misses(format!("{at}/secret"), true);
        }
        let secret = checked.new_secret.map(|secret| secret.text());
        if let Some(audit) = self.tell("webhooks", name, known, &checked.config, secret) {
            self.import.webhooks.push((key, checked.config, audit));
        }
        Ok(())
    }

    /// No name stands in a list twice.
    fn twice(&mut self, section: &str, names: fn(&Import) -> Vec<String>) {
        let mut seen = HashSet::new();
        for name in names(&self.import) {
            if !seen.insert(name.clone()) {
                let detail = format!("{name} stands there twice");
                self.errors.push(FieldError::new(section, detail));
            }
        }
    }

    /// Tells of an entry that is new or another, for the audit too; none where it is as it was.
    fn tell<T: Serialize>(
        &mut self,
        section: &str,
        name: &str,
        before: Option<&T>,
        after: &T,
        secret: Option<String>,
    ) -> Option<NewAudit> {
        let fields = before.map(|before| differing(before, after));
        if fields.as_ref().is_some_and(Vec::is_empty) {
            self.told.unchanged += 1;
            return None;
        }
        let entry = format!("{section}/{name}");
        Some(self.changes(entry, fields.is_none(), fields.unwrap_or_default(), secret))
    }

    fn changes(
        &mut self,
        entry: String,
        is_new: bool,
        fields: Vec<String>,
        secret: Option<String>,
    ) -> NewAudit {
        let what = match fields.as_slice() {
            _ if is_new => format!("imported {entry}, which is new"),
            [] => format!("imported {entry}"),
            fields => format!("imported {entry}: {}", fields.join(", ")),
        };
        self.told.changes.push(ImportChange {
            entry,
            is_new,
            fields,
            secret,
        });
        self.before.caller.entry(what)
    }

    /// A secret that the document leaves out, where there is none here either.
    fn misses(&mut self, pointer: String, is_missing: bool) {
        if is_missing && self.left_out.contains(&pointer) {
            self.told.secrets_missing.push(pointer);
        }
    }
}

/// Names of the fields that differ; their values may be secret.
pub(super) fn differing<T: Serialize>(before: &T, after: &T) -> Vec<String> {
    let [before, after] = [before, after].map(|value| serde_json::to_value(value).ok());
    let (Some(before), Some(Value::Object(after))) = (before, after) else {
        return Vec::new();
    };
    let differs = after
        .into_iter()
        .filter(|(name, value)| before[name] != *value);
    differs.map(|(name, _)| name).collect()
}
