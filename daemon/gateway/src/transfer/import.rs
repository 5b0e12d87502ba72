//! Taking a document over.

use std::collections::BTreeSet;

use model::Iccid;
use serde_json::Value;

use super::document::{Configuration, FORMAT};
use super::plan::{Before, Plan, differing};
use super::sealed::{self, SealError, Secrets};
use super::{ImportWish, Imported};
use crate::changes::Thing;
use crate::{Caller, FieldCode, FieldError, Gateway, Made, Once, Refusal, Reused};

impl Gateway {
    /// Takes over what a document says, all of it or nothing, at once and for good. What it does not
    /// name stays as it is. `dry_run` tells what would change. The answer is given again for `once` as long as the
    /// process runs: secrets are in it that are shown this once.
    pub async fn import(
        &self,
        caller: &Caller,
        wish: ImportWish,
        once: Option<Once>,
    ) -> Result<Made<Imported>, Refusal> {
        let _one_at_a_time = self.alone(Thing::Import).await;
        if let Some(told) = self.imported_before(once.as_ref())? {
            return Ok(Made::Before(told));
        }
        Ok(Made::Now(self.take_over(caller, wish, once).await?))
    }

    /// What this request has imported, if it came before.
    pub fn imported_before(&self, once: Option<&Once>) -> Result<Option<Imported>, Reused> {
        self.0.imported.made(once)
    }

    async fn take_over(
        &self,
        caller: &Caller,
        wish: ImportWish,
        once: Option<Once>,
    ) -> Result<Imported, Refusal> {
        super::check_passphrase(wish.passphrase.as_deref())?;
        let mut wanted = wish.configuration;
        if wanted.format != FORMAT {
            let detail = format!("this version of simgate reads format {FORMAT}");
            return Err(FieldError::new("/configuration/format", detail).into());
        }
        let secrets = opened(&mut wanted, wish.passphrase).await?;
        let settings = std::mem::take(&mut wanted.settings);
        let _alone = self.alone_with(&wanted).await;
        let _keys = self.keys().alone().await;
        let before = self.before(caller).await?;
        let (import, mut told) = Plan::of(wanted, secrets, &before).map_err(within)?;
        told.dry_run = wish.dry_run;
        for name in self.settings_that_differ(&settings) {
            if !told.settings_that_differ.contains(&name) {
                told.settings_that_differ.push(name);
            }
        }
        if wish.dry_run {
            for change in &mut told.changes {
                change.secret = None;
            }
            self.0.imported.remember(once, &told);
            return Ok(told);
        }
        let (webhooks, uplinks) = (import.webhooks.clone(), import.uplinks.clone());
        let country = import.country.as_ref().map(|(code, _)| code.clone());
        let done = self.0.store.admin().import(import).await;
        self.forget_templates().await;
        let sims = done?;
        // Before anything else can fail: nobody else knows the secrets that were made.
        self.0.imported.remember(once, &told);
        for (name, config, _) in webhooks {
            self.0.webhooks.set(&name, Some(config));
        }
        for (name, config, _) in uplinks {
            self.uplinks_at_work().set(&name, Some(config)).await;
        }
        for (iccid, config) in sims {
            self.set_to_work(&iccid, config).await;
        }
        if let Some(country) = country {
            self.take_country(Some(&country)).await?;
        }
        self.reroute().await?;
        Ok(told)
    }

    /// Keeps others from all that the document names. In this order alone: two that hold a part of it
    /// each would wait for ever.
    async fn alone_with(&self, wanted: &Configuration) -> Vec<tokio::sync::OwnedMutexGuard<()>> {
        let sims: BTreeSet<Iccid> = wanted
            .sims
            .keys()
            .filter_map(|name| name.parse().ok())
            .collect();
        let things = sims.into_iter().map(Thing::Sim);
        let things = things.chain([
            Thing::Numbers,
            Thing::Country,
            Thing::Routing,
            Thing::Templates,
            Thing::Webhooks,
        ]);
        let mut alone = Vec::new();
        for thing in things {
            alone.push(self.alone(thing).await);
        }
        alone
    }

    async fn before<'a>(&'a self, caller: &'a Caller) -> Result<Before<'a>, Refusal> {
        let admin = self.0.store.admin();
        Ok(Before {
            caller,
            sims: admin.sims().await?,
            uplinks: admin.uplinks().await?.into_iter().collect(),
            routes: admin.routes().await?,
            country: admin.country().await?,
            country_by_file: self.settings().defaults.country.as_deref(),
            webhooks: &self.0.webhooks,
            templates: self.kept_templates().await?,
            keys: admin.keys().await?,
            users: admin.users().await?,
            defaults: self.defaults(),
            fleet: self.fleet(),
            usable: self.usable(caller).await?,
        })
    }

    /// Dotted names, as in simgate.toml.
    fn settings_that_differ(&self, wanted: &Value) -> Vec<String> {
        let here = self.shown_settings();
        let mut names = Vec::new();
        for (section, values) in wanted.as_object().into_iter().flatten() {
            if values.is_object() {
                let differ = differing(&here[section], values).into_iter();
                names.extend(differ.map(|name| format!("{section}.{name}")));
            } else if here[section] != *values {
                names.push(section.clone());
            }
        }
        names
    }
}

/// The secrets of a document for which a passphrase is given.
async fn opened(
    wanted: &mut Configuration,
    passphrase: Option<String>,
) -> Result<Secrets, Refusal> {
    let (sealed, passphrase) = match (wanted.sealed.take(), passphrase) {
        (Some(sealed), Some(passphrase)) => (sealed, passphrase),
        (None, Some(_)) => {
            let detail = "the document has no sealed secrets that it could open";
            return Err(FieldError::new("/passphrase", detail).into());
        }
        (_, None) => return Ok(Secrets::new()),
    };
    sealed::open(passphrase, sealed)
        .await
        .map_err(|error| match error {
            SealError::Wrong => FieldError::new("/passphrase", error.to_string())
                .coded(FieldCode::PassphraseWrong)
                .into(),
            SealError::Unknown => {
                FieldError::new("/configuration/sealed/kdf", error.to_string()).into()
            }
            SealError::System => Refusal::Failed("The system has no memory for it."),
        })
}

/// What is wrong with the document, as it stands in the request.
fn within(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Invalid(mut errors) => {
            for error in &mut errors {
                error.pointer.insert_str(0, "/configuration");
            }
            Refusal::Invalid(errors)
        }
        other => other,
    }
}
