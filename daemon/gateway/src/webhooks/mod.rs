//! Webhooks: events that are posted to addresses of the operator's, and to the `callback_url`s of
//! messages.
//!
//! The queue is in the store, so that a restart loses none. Posts wait by host: one that does not
//! answer, or is slow to, holds up no other. Those about one thing keep their order.

mod attempt;
mod body;
mod feed;
mod host;
mod hosts;
mod post;
mod poster;
mod sign;
#[cfg(test)]
mod tests;
mod tls;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use model::{WebhookConfig, WebhookName};
use serde_json::json;
use store::{StoreError, clock};
use tokio::sync::Notify;

pub use body::{EventPost, NoEvent, Posted, webhook_id};
pub use feed::feed;
pub use post::{PostAnswer, Unanswered};
pub use poster::post;
pub(crate) use tls::{check_ca, fingerprint};

use crate::post_to::Addresses;
pub use crate::post_to::Forbidden;
use crate::settings::PostTo;
use post::{Post, RESOLVERS};

/// A handle; clones share the webhooks.
#[derive(Clone)]
pub struct Webhooks(Arc<Shared>);

struct Shared {
    store: store::Webhooks,
    addresses: Addresses,
    /// As they are in the store.
    known: RwLock<BTreeMap<WebhookName, Arc<WebhookConfig>>>,
    /// Something may be due that was not.
    changed: Notify,
    /// No host rests any more.
    forgiven: AtomicBool,
}

impl Webhooks {
    /// `own`: where this gateway listens.
    pub fn new(store: store::Webhooks, allow: &[PostTo], own: Vec<SocketAddr>) -> Self {
        Self(Arc::new(Shared {
            store,
            addresses: Addresses::new(allow.to_vec(), own),
            known: RwLock::default(),
            changed: Notify::new(),
            forgiven: AtomicBool::new(false),
        }))
    }

    /// Reads them from the store, and puts the queue in order.
    pub async fn start(&self) -> Result<(), StoreError> {
        self.0.store.start().await?;
        let known = self.0.store.all().await?.into_iter();
        let known = known
            .map(|(name, config)| (name, Arc::new(config)))
            .collect();
        *self.0.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        self.look_again();
        Ok(())
    }

    /// All, by name.
    pub fn all(&self) -> Vec<(WebhookName, Arc<WebhookConfig>)> {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        known
            .iter()
            .map(|(name, config)| (name.clone(), Arc::clone(config)))
            .collect()
    }

    pub fn get(&self, name: &WebhookName) -> Option<Arc<WebhookConfig>> {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(name).cloned()
    }

    /// What was committed counts from now on; none: it is gone.
    pub(crate) fn set(&self, name: &WebhookName, config: Option<WebhookConfig>) {
        let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        match config {
            Some(config) => known.insert(name.clone(), Arc::new(config)),
            None => known.remove(name),
        };
        drop(known);
        self.forgive();
    }

    /// A person has changed something: what rests is tried at once.
    pub(crate) fn forgive(&self) {
        self.0.forgiven.store(true, Ordering::Relaxed);
        self.look_again();
    }

    /// Something may be due that was not.
    fn look_again(&self) {
        self.0.changed.notify_one();
    }

    /// Where posts may go.
    pub(crate) fn addresses(&self) -> &Addresses {
        &self.0.addresses
    }

    /// Posts a test event now, past the queue; none for a webhook without an address of its own.
    pub(crate) async fn test(
        &self,
        name: &WebhookName,
        config: &WebhookConfig,
    ) -> Option<(Result<PostAnswer, Unanswered>, Duration)> {
        let url = config.url.as_deref()?;
        let began_at = tokio::time::Instant::now();
        let answered = self.post_test(name, url, config).await;
        Some((answered, began_at.elapsed()))
    }

    async fn post_test(
        &self,
        name: &WebhookName,
        url: &str,
        config: &WebhookConfig,
    ) -> Result<PostAnswer, Unanswered> {
        let (now, data) = (clock::now(), json!({"webhook": name.as_str()}));
        let data = crate::events::with_time(data, now);
        let post = Post {
            url,
            id: &clock::message_id().to_string(),
            body: body::event_post("webhook.test", now, &data)?,
            secrets: config.secrets(now).collect(),
            tls: &config.tls,
            resolvers: &RESOLVERS,
        };
        post.send(&self.0.addresses).await
    }

    /// How many deliveries wait for a person, by webhook.
    pub async fn parked(&self) -> Result<Vec<(WebhookName, u64)>, StoreError> {
        self.0.store.parked().await
    }
}
