//! What a post says.

use model::{Carrier, Iccid, MessageId, Reason, State, Time, UplinkName};
use serde::Serialize;
use serde_json::Value;
use store::{DueDelivery, EventAbout};
use utoipa::ToSchema;

use crate::events::{MessageEvent, with_time};

/// What is posted to a message's `callback_url` when the message comes into a state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageCallback)]
pub struct Posted<'a> {
    /// `message.` and the state.
    #[serde(rename = "type")]
    #[schema(example = "message.delivered")]
    kind: &'a str,
    /// When it came into the state.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Time,
    data: PostedMessage<'a>,
}

/// The message, as it was when it came into the state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageCallbackData)]
struct PostedMessage<'a> {
    /// Of the message.
    #[schema(value_type = String, format = Uuid)]
    id: MessageId,
    state: State,
    /// The client's own name for it.
    #[schema(required)]
    reference: Option<&'a str>,
    /// ICCID of the SIM that had it.
    #[schema(required)]
    sim: Option<&'a str>,
    /// The uplink that had it.
    #[schema(required)]
    uplink: Option<&'a str>,
    /// Why it is in this state, when that needs a reason.
    #[schema(required)]
    reason: Option<&'a Reason>,
}

/// What is posted to a webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookPost)]
pub struct EventPost<'a> {
    /// The kind of event, as of `/events`.
    #[serde(rename = "type")]
    #[schema(example = "message.delivered")]
    kind: &'a str,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Time,
    /// The event's data, as `/events` gives them.
    #[schema(value_type = Object)]
    data: &'a Value,
}

/// What the queue holds is no event.
#[derive(Debug, thiserror::Error)]
#[error("its row in the database makes no sense")]
pub struct NoEvent;

impl From<serde_json::Error> for NoEvent {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

/// The `webhook-id`, the same at every try, so that a receiver knows a repetition; and the body.
pub(super) fn of(due: &DueDelivery, for_callback: bool) -> Result<(String, String), NoEvent> {
    Ok(match &due.about {
        EventAbout::Message {
            id,
            state,
            carrier,
            reason,
            reference,
            ..
        } => {
            let sim = carrier.as_ref().and_then(Carrier::sim).map(Iccid::as_str);
            let uplink = carrier
                .as_ref()
                .and_then(Carrier::uplink)
                .map(UplinkName::as_str);
            let reason = reason.as_ref();
            let id = *id;
            let body = if for_callback {
                let data = PostedMessage {
                    id,
                    state: *state,
                    reference: reference.as_deref(),
                    sim,
                    uplink,
                    reason,
                };
                let posted = Posted {
                    kind: &due.kind,
                    timestamp: due.at,
                    data,
                };
                serde_json::to_string(&posted)?
            } else {
                let event = MessageEvent::new(id, *state, (sim, uplink), reason);
                let data = serde_json::to_value(event)?;
                event_post(&due.kind, due.at, &with_time(data, due.at))?
            };
            (webhook_id(id, *state, due.at), body)
        }
        EventAbout::Other { event, data } => {
            let data = Value::Object(serde_json::from_str(data)?);
            let data = with_time(data, due.at);
            (event.clone(), event_post(&due.kind, due.at, &data)?)
        }
        EventAbout::Unreadable => return Err(NoEvent),
    })
}

pub(super) fn event_post(kind: &str, at: Time, data: &Value) -> Result<String, NoEvent> {
    let post = EventPost {
        kind,
        timestamp: at,
        data,
    };
    Ok(serde_json::to_string(&post)?)
}

/// `webhook-id` of a message's change. Rows cannot tell: a message comes into a state more than once.
pub fn webhook_id(id: MessageId, state: State, at: Time) -> String {
    format!("{id}-{}-{}", state.as_str(), at.0)
}
