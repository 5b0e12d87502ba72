//! A webhook and its deliveries as they are answered.

use serde::Serialize;
use utoipa::ToSchema;

use gateway::changes::Tested;
use gateway::webhooks::webhook_id;
use gateway::{DeliveryState, ListedDelivery, WebhookView};
use model::{MessageId, Time, WebhookSecret};

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
    tls: TlsJson,
    /// Events that wait to be posted.
    waiting: u64,
    /// Events that could not be posted for a day. They are posted when somebody asks for it.
    parked: u64,
}

/// By what the receiver is known.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookTls)]
struct TlsJson {
    /// PEM; null: the system's certificate authorities.
    #[schema(required)]
    ca: Option<String>,
    /// SHA-256 of its certificate; null: certificate authorities count.
    #[schema(required)]
    fingerprint: Option<String>,
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
            tls: TlsJson {
                ca: config.tls.ca.clone(),
                fingerprint: config.tls.fingerprint.clone(),
            },
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

/// What came of a test event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookTest)]
pub(super) struct TestedJson {
    /// Whether the receiver answered with success (2xx).
    delivered: bool,
    /// HTTP status of its answer; null without one.
    #[schema(required)]
    status: Option<u16>,
    /// The answer's body as text, 64 KiB at most; null without an answer.
    #[schema(required)]
    answer: Option<String>,
    /// Why there was no success, for people.
    #[schema(required)]
    error: Option<String>,
    /// How long it took, in milliseconds.
    took_ms: u64,
}

impl From<Tested> for TestedJson {
    fn from(tested: Tested) -> Self {
        let took_ms = u64::try_from(tested.took.as_millis()).unwrap_or(u64::MAX);
        match tested.answered {
            Ok(answer) => Self {
                delivered: answer.is_success(),
                status: Some(answer.status),
                error: answer.failure(),
                answer: Some(String::from_utf8_lossy(&answer.body).into_owned()),
                took_ms,
            },
            Err(error) => Self {
                delivered: false,
                status: None,
                answer: None,
                error: Some(error.to_string()),
                took_ms,
            },
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
    state: StateJson,
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

/// How far an event has come: it waits, it is delivered, or it could not be posted for a day
/// (`parked`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[schema(as = WebhookDeliveryState)]
#[serde(rename_all = "snake_case")]
pub(super) enum StateJson {
    Waiting,
    Delivered,
    Parked,
}

impl From<StateJson> for DeliveryState {
    fn from(state: StateJson) -> Self {
        match state {
            StateJson::Waiting => Self::Waiting,
            StateJson::Delivered => Self::Delivered,
            StateJson::Parked => Self::Parked,
        }
    }
}

impl From<DeliveryState> for StateJson {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Waiting => Self::Waiting,
            DeliveryState::Delivered => Self::Delivered,
            DeliveryState::Parked => Self::Parked,
        }
    }
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
            state: listed.state.into(),
            tries: listed.attempts,
            // What is due at once has no time of its own.
            next_try_at: waits.then(|| listed.next_at.max(listed.at)),
            tried_at: listed.tried_at,
            status: listed.status,
            error: listed.error,
        }
    }
}
