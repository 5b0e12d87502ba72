//! Writing the document.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use model::{SimRecord, Template, User};
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::clock;

use super::document::{FORMAT, TemplateEntry, UserEntry};
use super::sealed::{self, Sealed, Secrets};
use crate::changes::routes_document::RoutesJson;
use crate::keys::KeyRequest;
use crate::{Caller, FieldError, Gateway, Refusal, mask};

/// Fields of a SIM that are no settings of an operator.
const NOT_SET: [&str; 3] = ["pin_refused", "pin_refusal_seen", "pin_sent"];

/// A part of the document without its secrets, and those.
#[derive(Default)]
struct Parted {
    entries: Map<String, Value>,
    secrets: Secrets,
}

impl Parted {
    /// Takes these fields out of an entry, each of which may be below others: `tls/client_key`.
    fn add<T: Serialize>(&mut self, section: &str, name: &str, entry: &T, secret: &[&str]) {
        let mut entry = serde_json::to_value(entry).unwrap_or_default();
        for path in secret {
            if let Some(Value::String(text)) = take(&mut entry, path)
                && !text.is_empty()
            {
                let pointer = FieldError::under(&format!("/{section}"), name, "").pointer;
                self.secrets.insert(format!("{pointer}/{path}"), text);
            }
        }
        self.entries.insert(name.to_owned(), entry);
    }
}

fn take(entry: &mut Value, path: &str) -> Option<Value> {
    match path.split_once('/') {
        Some((first, rest)) => take(entry.get_mut(first)?, rest),
        None => entry.as_object_mut()?.remove(path),
    }
}

impl Gateway {
    /// All that operators set, as a document that [`Gateway::import`] takes. With a passphrase its
    /// secrets are in it, sealed.
    pub async fn export(
        &self,
        caller: &Caller,
        passphrase: Option<String>,
    ) -> Result<Value, Refusal> {
        super::check_passphrase(passphrase.as_deref())?;
        let what = match passphrase {
            None => "exported the configuration",
            Some(_) => "exported the configuration with sealed secrets",
        };
        self.note(caller, what.to_owned()).await;
        let sims = self.sim_entries().await?;
        let uplinks = self.uplink_entries().await?;
        let webhooks = self.webhook_entries().await?;
        let keys = self.key_entries().await?;
        let mut secrets = self.key_secrets(&keys).await?;
        for parted in [sims.secrets, uplinks.secrets, webhooks.secrets] {
            secrets.extend(parted);
        }
        let left_out: Vec<_> = secrets.keys().cloned().collect();
        let mut document = json!({
            "format": FORMAT,
            "simgate_version": env!("CARGO_PKG_VERSION"),
            "exported_at": clock::now(),
            "sims": sims.entries,
            "uplinks": uplinks.entries,
            "routes": RoutesJson::from(self.routes().await?).items,
            "country": self.admin().country().await?,
            "webhooks": webhooks.entries,
            "templates": self.template_entries().await?,
            "keys": keys,
            "users": self.user_entries().await?,
            "settings": self.shown_settings(),
            "secrets_left_out": left_out,
        });
        if let Some(passphrase) = passphrase {
            document["sealed"] = json!(seal(passphrase, secrets).await?);
        }
        Ok(document)
    }

    async fn sim_entries(&self) -> Result<Parted, Refusal> {
        let mut parted = Parted::default();
        for SimRecord { iccid, config, .. } in self.0.store.admin().sims().await? {
            let mut entry = serde_json::to_value(&config).unwrap_or_default();
            if let Value::Object(fields) = &mut entry {
                fields.retain(|name, _| !NOT_SET.contains(&name.as_str()));
            }
            parted.add("sims", iccid.as_str(), &entry, &["pin"]);
        }
        Ok(parted)
    }

    async fn uplink_entries(&self) -> Result<Parted, Refusal> {
        let mut parted = Parted::default();
        for (name, config) in self.0.store.admin().uplinks().await? {
            let secret = ["password", "tls/client_key"];
            parted.add("uplinks", name.as_str(), &config, &secret);
        }
        Ok(parted)
    }

    async fn webhook_entries(&self) -> Result<Parted, Refusal> {
        let mut parted = Parted::default();
        for (name, config) in self.0.store.webhooks().all().await? {
            let mut entry = serde_json::to_value(&config).unwrap_or_default();
            if name.is_callbacks()
                && let Value::Object(fields) = &mut entry
            {
                // It has none of its own.
                fields.remove("events");
            }
            parted.add("webhooks", name.as_str(), &entry, &["secret"]);
        }
        Ok(parted)
    }

    async fn template_entries(&self) -> Result<BTreeMap<String, TemplateEntry>, Refusal> {
        let kept = self.kept_templates().await?;
        let entry = |one: &Template| (one.name.to_string(), TemplateEntry::from(one));
        Ok(kept.all().map(entry).collect())
    }

    /// Those that work.
    async fn key_entries(&self) -> Result<Vec<KeyRequest>, Refusal> {
        let now = clock::now();
        let keys = self.keys().all().await?.into_iter();
        let working = keys.filter(|key| key.revoked_at.is_none() && !key.has_expired(now));
        Ok(working.map(KeyRequest::from).collect())
    }

    /// What the keys are known by: with that, those who have them go on elsewhere.
    async fn key_secrets(&self, keys: &[KeyRequest]) -> Result<Secrets, Refusal> {
        let hashes = self.0.store.admin().key_hashes().await?.into_iter();
        let exported = hashes.filter(|(name, _)| keys.iter().any(|key| key.name() == name));
        let secret = |(name, hash): (String, [u8; 32])| {
            let pointer = FieldError::under("/keys", &name, "").pointer;
            (pointer, BASE64_STANDARD.encode(hash))
        };
        Ok(exported.map(secret).collect())
    }

    async fn user_entries(&self) -> Result<Vec<UserEntry>, Refusal> {
        let users = self.0.store.admin().users().await?.into_iter();
        let entry = |User { name, role, .. }| UserEntry { name, role };
        Ok(users.map(entry).collect())
    }

    /// What simgate.toml says, without secrets.
    pub(super) fn shown_settings(&self) -> Value {
        let mut settings = self.0.configuration.clone();
        mask::settings(&mut settings);
        settings
    }
}

async fn seal(passphrase: String, secrets: Secrets) -> Result<Sealed, Refusal> {
    sealed::seal(passphrase, secrets).await.map_err(|error| {
        tracing::error!(%error, "cannot seal secrets");
        Refusal::Failed("The system has no random numbers, or no memory.")
    })
}
