//! One post: what it says, and what counts as an answer.

use std::time::Duration;

use model::{Carrier, Iccid, MessageId, Reason, State, Time, UplinkName};
use serde::Serialize;
use utoipa::ToSchema;

use super::AT_ONCE;
use crate::threads::Threads;
use store::Callback;

/// For one post, answer and all.
const PATIENCE: Duration = Duration::from_secs(10);

static THREADS: Threads = Threads::new("callback", AT_ONCE);

/// Posts; clones share their connections.
#[derive(Clone)]
pub(super) struct Client(ureq::Agent);

/// Why a post is not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The host answers, but not with success. A redirection is none: following it would take the
    /// message's id to wherever it says, and the sender named the address.
    #[error("the answer was {0}")]
    Refused(u16),
    /// The host does not: nothing else for it would fare better.
    #[error("{0}")]
    Unanswered(String),
}

impl Client {
    pub(super) fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("simgate/", env!("CARGO_PKG_VERSION")))
            .build();
        Self(config.into())
    }

    pub(super) async fn post(&self, callback: Callback) -> Result<(), Failure> {
        let agent = self.0.clone();
        let answered = THREADS.run(move || send(&agent, &callback)).await;
        let status = answered
            .map_err(|error| error.to_string())
            .and_then(|answered| answered.map_err(|error| error.to_string()))
            .map_err(Failure::Unanswered)?;
        match status {
            200..=299 => Ok(()),
            other => Err(Failure::Refused(other)),
        }
    }
}

/// The status of the answer.
fn send(agent: &ureq::Agent, callback: &Callback) -> Result<u16, ureq::Error> {
    let seconds = callback.at.0.div_euclid(1000).to_string();
    let answer = agent
        .post(&callback.url)
        .header("webhook-id", name(callback))
        .header("webhook-timestamp", seconds)
        .send_json(body(callback))?;
    Ok(answer.status().as_u16())
}

/// What is posted to a message's `callback_url` when the message comes into a state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageCallback)]
pub struct Posted<'a> {
    /// `message.` and the state.
    #[serde(rename = "type")]
    #[schema(example = "message.delivered")]
    kind: String,
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

fn body(callback: &Callback) -> Posted<'_> {
    let carrier = callback.carrier.as_ref();
    Posted {
        kind: format!("message.{}", callback.state.as_str()),
        timestamp: callback.at,
        data: PostedMessage {
            id: callback.id,
            state: callback.state,
            reference: callback.reference.as_deref(),
            sim: carrier.and_then(Carrier::sim).map(Iccid::as_str),
            uplink: carrier.and_then(Carrier::uplink).map(UplinkName::as_str),
            reason: callback.reason.as_ref(),
        },
    }
}

/// The same for every attempt, so that a receiver knows a repetition, and another for every
/// change: rows are used again, so they cannot tell.
fn name(callback: &Callback) -> String {
    let (id, state, at) = (callback.id, callback.state.as_str(), callback.at.0);
    format!("{id}-{state}-{at}")
}
