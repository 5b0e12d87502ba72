//! Who asks for something, and how far they reach.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use model::{Iccid, Imei, Key, MessageId, Reach, Scope};
use store::{NewAudit, StoreError, clock};

use crate::{Gateway, Refusal, Unknown};

const NOT_ITS_SIM: &str = "The key may use the SIMs of its groups only.";

/// Who asks for something.
#[derive(Clone, Debug)]
pub struct Caller {
    /// As the audit names them.
    actor: String,
    /// The address they come from.
    from: Option<IpAddr>,
    /// What they may see and change.
    pub reach: Reach,
    /// The groups into which they may put a SIM; none: any.
    groups: Vec<String>,
    reads: bool,
    /// What they come with, which gives no more than it has; none: what they have is an admin's.
    key: Option<Arc<Key>>,
}

impl Caller {
    /// A client with an API key.
    pub fn with_key(key: &Arc<Key>, reach: Reach, from: Option<IpAddr>) -> Self {
        let groups = if reach.is_all() {
            Vec::new()
        } else {
            key.groups.clone()
        };
        let has = |scope| key.scopes.contains(&scope);
        Self {
            actor: format!("key {}", key.name),
            from,
            reach,
            groups,
            reads: has(Scope::Admin) || has(Scope::Read),
            key: Some(Arc::clone(key)),
        }
    }

    /// A user who has logged in, or does so.
    pub fn user(name: &str, from: Option<IpAddr>) -> Self {
        Self {
            actor: format!("user {name}"),
            from,
            ..Self::command_line()
        }
    }

    /// Who has the rights of the data directory needs no key; the audit says that much.
    pub fn command_line() -> Self {
        Self {
            actor: "command line".to_owned(),
            from: None,
            reach: Reach::All,
            groups: Vec::new(),
            reads: true,
            key: None,
        }
    }

    pub(crate) fn actor(&self) -> &str {
        &self.actor
    }

    pub(crate) fn from(&self) -> Option<IpAddr> {
        self.from
    }

    /// Whether they may read the SIMs and modems that are within their reach.
    pub fn reads(&self) -> bool {
        self.reads
    }

    pub(crate) fn key(&self) -> Option<&Key> {
        self.key.as_deref()
    }

    pub(crate) fn groups(&self) -> &[String] {
        &self.groups
    }

    /// A SIM that is out of reach is as if it were not there.
    pub fn reaches_sim(&self, iccid: &Iccid) -> Result<(), Unknown> {
        let within = self.reach.has_sim(iccid);
        within.then_some(()).ok_or(Unknown::Sim)
    }

    /// What staff make of a conversation is about all of its messages: it is for whom all are within
    /// reach.
    pub fn reaches_conversations(&self) -> Result<(), Unknown> {
        let all = self.reach.is_all();
        all.then_some(()).ok_or(Unknown::Conversation)
    }

    /// What they change, to be committed together with the change.
    pub(crate) fn entry(&self, what: String) -> NewAudit {
        NewAudit {
            at: clock::now(),
            actor: self.actor.clone(),
            from: self.from.map(|address| address.to_string()),
            what,
        }
    }
}

impl Gateway {
    /// What a key may see and change where the scope `wide` opens the view to what others sent.
    pub async fn reach(&self, key: &Key, wide: Scope) -> Result<Reach, StoreError> {
        if key.scopes.contains(&Scope::Admin) {
            return Ok(Reach::All);
        }
        let sees_others = key.scopes.contains(&wide);
        if sees_others && key.groups.is_empty() {
            return Ok(Reach::All);
        }
        let sims = if sees_others {
            self.sims_in(&key.groups).await?
        } else {
            HashSet::new()
        };
        Ok(Reach::Part { key: key.id, sims })
    }

    /// The SIMs that a caller may have send something, or may give a group. A key with groups may use their SIMs
    /// alone: with `admin` it sees the others too.
    pub(crate) async fn usable(&self, caller: &Caller) -> Result<Reach, StoreError> {
        match caller.key() {
            Some(key) if !key.groups.is_empty() && caller.reach.is_all() => {
                let sims = self.sims_in(&key.groups).await?;
                Ok(Reach::Part { key: key.id, sims })
            }
            _ => Ok(caller.reach.clone()),
        }
    }

    /// What a key sees and may not use is refused.
    pub(crate) async fn uses_sim(&self, caller: &Caller, iccid: &Iccid) -> Result<(), Refusal> {
        caller.reaches_sim(iccid)?;
        let within = self.usable(caller).await?.has_sim(iccid);
        within.then_some(()).ok_or(Refusal::Forbidden(NOT_ITS_SIM))
    }

    /// The same for a modem, which is used by the SIM that is in it.
    pub(crate) async fn uses_modem(&self, caller: &Caller, imei: &Imei) -> Result<(), Refusal> {
        self.reaches_modem(caller, imei)?;
        let within = self.has_modem(&self.usable(caller).await?, imei);
        within.then_some(()).ok_or(Refusal::Forbidden(NOT_ITS_SIM))
    }

    async fn sims_in(&self, groups: &[String]) -> Result<HashSet<Iccid>, StoreError> {
        let known = self.admin().sims().await?.into_iter();
        let mine = known.filter(|sim| sim.config.groups.iter().any(|group| groups.contains(group)));
        Ok(mine.map(|sim| sim.iccid).collect())
    }

    pub async fn has_message(&self, reach: &Reach, id: MessageId) -> Result<bool, StoreError> {
        if reach.is_all() {
            return Ok(true);
        }
        let found = self.0.store.reading().belongings(vec![id]).await?;
        Ok(found.get(&id).is_some_and(|belonging| reach.has(belonging)))
    }

    /// A modem is within reach while a SIM is in it that is, or was when it went.
    pub fn has_modem(&self, reach: &Reach, imei: &Imei) -> bool {
        let sim = || self.0.fleet.sim_in(imei);
        reach.is_all() || sim().is_some_and(|iccid| reach.has_sim(&iccid))
    }

    /// A message that is out of reach is as if it were not there.
    pub async fn reaches_message(&self, caller: &Caller, id: MessageId) -> Result<(), Refusal> {
        let within = self.has_message(&caller.reach, id).await?;
        Ok(within.then_some(()).ok_or(Unknown::Message)?)
    }

    /// The same for a modem.
    pub fn reaches_modem(&self, caller: &Caller, imei: &Imei) -> Result<(), Unknown> {
        let within = self.has_modem(&caller.reach, imei);
        within.then_some(()).ok_or(Unknown::Modem)
    }
}
