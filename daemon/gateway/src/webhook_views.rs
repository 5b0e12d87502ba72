//! Webhooks and their deliveries as they may be shown.

use std::sync::Arc;

use model::{DeliveryState, RowId, WebhookConfig, WebhookName};
use store::{DeliveryFilter, ListedDelivery, StoreError};

use crate::Gateway;
use crate::webhooks::Webhooks;

/// A webhook as it may be shown; what its `config` has as secret is not for showing.
#[derive(Clone, Debug)]
pub struct WebhookView {
    pub name: WebhookName,
    pub config: Arc<WebhookConfig>,
    pub waiting: u64,
    pub parked: u64,
}

impl Gateway {
    /// What keeps the webhooks at work.
    pub fn webhooks_at_work(&self) -> &Webhooks {
        &self.0.webhooks
    }

    /// All webhooks, by name.
    pub async fn webhooks(&self) -> Result<Vec<WebhookView>, StoreError> {
        let counts = self.0.store.webhooks().counts().await?;
        let count = |name: &WebhookName, state| {
            let mut counts = counts.iter();
            let found = counts.find(|(known, counted, _)| known == name && *counted == state);
            found.map_or(0, |(.., count)| *count)
        };
        let all = self.0.webhooks.all().into_iter();
        Ok(all
            .map(|(name, config)| WebhookView {
                waiting: count(&name, DeliveryState::Waiting),
                parked: count(&name, DeliveryState::Parked),
                name,
                config,
            })
            .collect())
    }

    pub async fn webhook(&self, name: &WebhookName) -> Result<Option<WebhookView>, StoreError> {
        let all = self.webhooks().await?.into_iter();
        Ok(all.into_iter().find(|view| view.name == *name))
    }

    /// At most `limit` deliveries of a webhook below the row `before`, newest first.
    pub async fn deliveries(
        &self,
        name: &WebhookName,
        which: DeliveryFilter,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Vec<ListedDelivery>, StoreError> {
        self.0
            .store
            .webhooks()
            .listed(name, which, limit, before)
            .await
    }
}
