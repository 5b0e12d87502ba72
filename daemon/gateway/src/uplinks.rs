//! Uplinks and routes as they may be shown.

use super::Gateway;
use crate::uplink::Uplinks;
use model::{Route, UplinkConfig, UplinkName, UplinkState, UplinkStatus};
use store::StoreError;

/// An uplink as it may be shown: its secrets are taken out of `config`.
#[derive(Clone, Debug)]
pub struct UplinkView {
    pub name: UplinkName,
    pub config: UplinkConfig,
    pub password_set: bool,
    pub client_key_set: bool,
    pub status: UplinkStatus,
}

impl Gateway {
    /// What keeps the uplinks at work.
    pub fn uplinks_at_work(&self) -> &Uplinks {
        &self.0.uplinks
    }

    /// All uplinks, by name.
    pub async fn uplinks(&self) -> Result<Vec<UplinkView>, StoreError> {
        let known = self.admin().uplinks().await?.into_iter();
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
        let mut known = self.admin().uplinks().await?.into_iter();
        Ok(known
            .find(|(known, _)| known == name)
            .map(|(_, config)| config))
    }

    /// The routes in their order.
    pub async fn routes(&self) -> Result<Vec<Route>, StoreError> {
        self.admin().routes().await
    }

    pub(crate) fn uplink_view(&self, name: UplinkName, mut config: UplinkConfig) -> UplinkView {
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
        last_error_code: None,
        rests_until: None,
    }
}
