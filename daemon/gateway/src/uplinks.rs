//! Uplinks and routes, as the API sees and changes them.

use super::Gateway;
use crate::uplink::Uplinks;
use model::{Carrier, Route, Target, UplinkConfig, UplinkName, UplinkState, UplinkStatus};
use store::{NewAudit, StoreError};

/// An uplink as it may be shown: its secrets are taken out of `config`.
#[derive(Clone, Debug)]
pub struct UplinkView {
    pub name: UplinkName,
    pub config: UplinkConfig,
    pub password_set: bool,
    pub client_key_set: bool,
    pub status: UplinkStatus,
}

/// What became of a wish to delete an uplink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UplinkDeleted {
    Done {
        /// Queued messages that may go by no other.
        waiting: u64,
    },
    Unknown,
    /// This route still leads to it.
    Routed(String),
}

/// Whoever changes uplinks or routes does so one at a time (`Thing::Routing`): a change is checked
/// against the rest, and what is told last to those at work must be what was committed last.
impl Gateway {
    /// What keeps the uplinks at work.
    pub fn uplinks_at_work(&self) -> &Uplinks {
        &self.0.uplinks
    }

    /// All uplinks, by name.
    pub async fn uplinks(&self) -> Result<Vec<UplinkView>, StoreError> {
        let known = self.0.store.uplinks().await?.into_iter();
        Ok(known
            .map(|(name, config)| self.uplink_view(name, config))
            .collect())
    }

    pub async fn uplink(&self, name: &UplinkName) -> Result<Option<UplinkView>, StoreError> {
        let config = self.uplink_config(name).await?;
        Ok(config.map(|config| self.uplink_view(name.clone(), config)))
    }

    /// With its secrets.
    pub async fn uplink_config(
        &self,
        name: &UplinkName,
    ) -> Result<Option<UplinkConfig>, StoreError> {
        let mut known = self.0.store.uplinks().await?.into_iter();
        Ok(known
            .find(|(known, _)| known == name)
            .map(|(_, config)| config))
    }

    /// Sets what an uplink is, at once and for good.
    pub async fn put_uplink(
        &self,
        name: &UplinkName,
        config: UplinkConfig,
        audit: NewAudit,
    ) -> Result<UplinkView, StoreError> {
        self.0.store.put_uplink(name, &config, audit).await?;
        self.uplinks_at_work().set(name, Some(config.clone())).await;
        Ok(self.uplink_view(name.clone(), config))
    }

    /// Deletes an uplink that no route names.
    pub async fn delete_uplink(
        &self,
        name: &UplinkName,
        audit: NewAudit,
    ) -> Result<UplinkDeleted, StoreError> {
        let routes = self.routes().await?;
        if let Some(route) = routes.into_iter().find(|route| leads_to(route, name)) {
            return Ok(UplinkDeleted::Routed(route.name));
        }
        if !self.0.store.delete_uplink(name, audit).await? {
            return Ok(UplinkDeleted::Unknown);
        }
        self.uplinks_at_work().set(name, None).await;
        let carrier = Carrier::Uplink(name.clone());
        let waiting = self.0.store.bound_to(&carrier).await?;
        Ok(UplinkDeleted::Done { waiting })
    }

    /// The routes in their order.
    pub async fn routes(&self) -> Result<Vec<Route>, StoreError> {
        self.0.store.routes().await
    }

    /// Replaces all routes, at once and for good.
    pub async fn set_routes(&self, routes: &[Route], audit: NewAudit) -> Result<(), StoreError> {
        self.0.store.set_routes(routes, audit).await?;
        self.reroute().await?;
        Ok(())
    }

    fn uplink_view(&self, name: UplinkName, mut config: UplinkConfig) -> UplinkView {
        let password_set = !std::mem::take(&mut config.password).is_empty();
        let client_key_set = config.tls.client_key.take().is_some();
        let status = self.uplinks_at_work().status(&name);
        let status = status.unwrap_or_else(|| idle(config.enabled));
        UplinkView {
            name,
            config,
            password_set,
            client_key_set,
            status,
        }
    }
}

/// How an uplink stands that nobody keeps at work, as before it is started.
fn idle(enabled: bool) -> UplinkStatus {
    UplinkStatus {
        state: if enabled {
            UplinkState::Stopped
        } else {
            UplinkState::Disabled
        },
        bound_since: None,
        in_flight: 0,
        last_error: None,
        rests_until: None,
    }
}

fn leads_to(route: &Route, name: &UplinkName) -> bool {
    let mut targets = route.targets.iter();
    targets.any(|target| matches!(target, Target::Uplink(named) if named == name.as_str()))
}
