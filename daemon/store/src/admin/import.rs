//! Much of what operators set, at once: all of it or nothing.

use model::{
    Iccid, KeyId, KeyWish, Role, Route, SimConfig, Template, UplinkConfig, UplinkName,
    WebhookConfig, WebhookName,
};

use super::{Admin, country, keys, routes, sims, templates, uplinks, users};
use crate::machine::writer::{Need, Tx};
use crate::webhooks::config as webhooks;
use crate::{
    Created, NewAudit, NewKey, NewUser, StoreError, TemplateStored, UserChange, UserStored,
};

/// Puts what is given in its place.
type SimEdit = Box<dyn Fn(&mut SimConfig) + Send>;

/// What is to be made and changed, each with its row of the audit.
#[derive(Default)]
pub struct Import {
    pub sims: Vec<(Iccid, SimEdit, NewAudit)>,
    pub uplinks: Vec<(UplinkName, UplinkConfig, NewAudit)>,
    /// Replace all.
    pub routes: Option<(Vec<Route>, NewAudit)>,
    /// The country of national numbers.
    pub country: Option<(String, NewAudit)>,
    pub webhooks: Vec<(WebhookName, WebhookConfig, NewAudit)>,
    /// Each becomes the next version of its name.
    pub templates: Vec<(Template, NewAudit)>,
    pub new_keys: Vec<(NewKey, NewAudit)>,
    /// What they are from now on; their secrets stay.
    pub changed_keys: Vec<(KeyId, KeyWish, NewAudit)>,
    pub new_users: Vec<(NewUser, NewAudit)>,
    pub roles: Vec<(String, Role, NewAudit)>,
}

impl Admin {
    /// Commits all of it; what is set for the SIMs from now on.
    pub async fn import(&self, import: Import) -> Result<Vec<(Iccid, SimConfig)>, StoreError> {
        let done = self
            .file
            .write(Need::Growth, move |tx| put(tx, &import))
            .await;
        self.forget_keys();
        done
    }
}

fn put(tx: &Tx<'_>, import: &Import) -> Result<Vec<(Iccid, SimConfig)>, StoreError> {
    // First, since keys name their groups.
    let mut changed = Vec::new();
    for (iccid, edit, audit) in &import.sims {
        changed.push((iccid.clone(), sims::change(tx, iccid, edit, Some(audit))?));
    }
    for (name, config, audit) in &import.uplinks {
        uplinks::put(tx, name, config, audit)?;
    }
    if let Some((all, audit)) = &import.routes {
        routes::put(tx, all, audit)?;
    }
    if let Some((code, audit)) = &import.country {
        country::put(tx, Some(code), audit)?;
    }
    for (name, config, audit) in &import.webhooks {
        webhooks::put(tx, name, config, audit)?;
    }
    for (new, audit) in &import.templates {
        if templates::put(tx, new, audit)? == TemplateStored::Full {
            let why = format!("Template {}: there would be more than 1,000.", new.name);
            return Err(StoreError::Undone(why));
        }
    }
    for (key, audit) in &import.new_keys {
        let why = match keys::make(tx, key, Some(audit))? {
            Created::Done(_) => continue,
            Created::NameTaken => "its name is taken",
            Created::UnknownGroups(_) => "no SIM is in one of its groups",
        };
        return Err(StoreError::Undone(format!("Key {}: {why}.", key.wish.name)));
    }
    for (id, key, audit) in &import.changed_keys {
        if !keys::change(tx, *id, key, audit)? {
            let why = "it was revoked, or no SIM is in one of its groups";
            return Err(StoreError::Undone(format!("Key {}: {why}.", key.name)));
        }
    }
    for (user, audit) in &import.new_users {
        done(&user.name, &users::make(tx, user, audit)?)?;
    }
    // Those who become admins first: somebody stays one.
    let mut roles: Vec<_> = import.roles.iter().collect();
    roles.sort_by_key(|(_, role, _)| std::cmp::Reverse(*role));
    for (name, role, audit) in roles {
        let change = UserChange {
            role: Some(*role),
            ..UserChange::default()
        };
        done(name, &users::change(tx, name, &change, audit)?)?;
    }
    Ok(changed)
}

fn done(name: &str, stored: &UserStored) -> Result<(), StoreError> {
    let why = match stored {
        UserStored::Done(_) => return Ok(()),
        UserStored::LastAdmin => "it is the last admin",
        UserStored::NameTaken => "the name is taken",
        UserStored::Unknown | UserStored::NotFirst | UserStored::WrongCode => {
            "it was changed meanwhile"
        }
    };
    Err(StoreError::Undone(format!("User {name}: {why}.")))
}
