//! A webhook and its deliveries as they are answered.

use serde::Serialize;
use utoipa::ToSchema;

use gateway::webhooks::webhook_id;
use gateway::{ListedDelivery, WebhookView};
use model::{DeliveryState, MessageId, Time, WebhookSecret, WebhookTls};

/// A webhook: what is set for it, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(super) struct WebhookJson {
    /// What it is called.
    #[schema(example = "crm")]
    name: String,
    /// Where events are posted to; null for `callbacks`: each message brings its own.
    #[schema(required, example = "https://example.com/hooks/sms")]
    url: Option<String>,
    /// Kinds of event, groups, or all.
    #[schema(example = json!(["message.*"]))]
    events: Vec<String>,
    /// Whether posts are signed. Those of `callbacks` are when a secret has been set.
    secret_set: bool,
    /// The secret where it has just been made; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    secret: Option<String>,
    /// Until then posts are signed with the secret before too; null: with one alone.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    old_secret_until: Option<Time>,
    /// Whether events are posted.
    enabled: bool,
    tls: WebhookTls,
    /// Events that wait to be posted.
    waiting: u64,
    /// Events that could not be posted for a day. They are posted when somebody asks for it.
    parked: u64,
}

impl From<WebhookView> for WebhookJson {
    fn from(view: WebhookView) -> Self {
        let WebhookView {
            name,
            config,
            waiting,
            parked,
        } = view;
        let events = config.events.iter();
        Self {
            name: name.to_string(),
            url: config.url.clone(),
            events: events.map(|events| events.as_str().to_owned()).collect(),
            secret_set: config.secret.is_some(),
            secret: None,
            old_secret_until: config.old_secret.as_ref().map(|old| old.until),
            enabled: config.enabled,
            tls: config.tls.clone(),
            waiting,
            parked,
        }
    }
}

impl WebhookJson {
    pub(super) fn with_secret(self, secret: Option<WebhookSecret>) -> Self {
        Self {
            secret: secret.map(|secret| secret.text()),
            ..self
        }
    }
}

/// An event on its way to a webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(super) struct DeliveryJson {
    /// Of the delivery.
    #[schema(example = "42")]
    id: String,
    /// The kind of event.
    #[serde(rename = "type")]
    #[schema(example = "message.delivered")]
    kind: String,
    /// The header `webhook-id` of its posts.
    webhook_id: String,
    /// The message that it is about; null: something else.
    #[schema(required, value_type = Option<String>, format = Uuid)]
    message: Option<MessageId>,
    /// Of the message's `callback_url`, with its port; null: the webhook has an address of its own.
    #[schema(required)]
    host: Option<String>,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    state: DeliveryState,
    /// Posts so far. Having it posted again begins anew.
    tries: u16,
    /// When it is tried next, unless something else about the same waits, or the host does not
    /// answer; null: it is not.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    next_try_at: Option<Time>,
    /// When it was tried last.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    tried_at: Option<Time>,
    /// HTTP status of the last answer.
    #[schema(required)]
    status: Option<u16>,
    /// What was wrong at the last try, for people.
    #[schema(required)]
    error: Option<String>,
}

impl From<ListedDelivery> for DeliveryJson {
    fn from(listed: ListedDelivery) -> Self {
        let of_message = listed.message.zip(listed.message_state);
        let of_message = of_message.map(|(id, state)| webhook_id(id, state, listed.at));
        let waits = listed.state == DeliveryState::Waiting;
        Self {
            id: listed.row.0.to_string(),
            kind: listed.kind,
            webhook_id: of_message.or(listed.event).unwrap_or_default(),
            message: listed.message,
            host: Some(listed.host).filter(|host| !host.is_empty()),
            at: listed.at,
            state: listed.state,
            tries: listed.attempts,
            // What is due at once has no time of its own.
            next_try_at: waits.then(|| listed.next_at.max(listed.at)),
            tried_at: listed.tried_at,
            status: listed.status,
            error: listed.error,
        }
    }
}
