//! One post: what it says, and what counts as an answer.

use std::time::Duration;

use modem::Iccid;
use serde_json::json;

use super::AT_ONCE;
use crate::model::{Carrier, UplinkName};
use crate::store::Callback;
use crate::threads::Threads;

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
    let carrier = callback.carrier.as_ref();
    let body = json!({
        "type": format!("message.{}", callback.state.as_str()),
        "timestamp": callback.at,
        "data": {
            "id": callback.id,
            "state": callback.state,
            "reference": callback.reference,
            "sim": carrier.and_then(Carrier::sim).map(Iccid::as_str),
            "uplink": carrier.and_then(Carrier::uplink).map(UplinkName::as_str),
            "reason": callback.reason,
        },
    });
    let seconds = callback.at.0.div_euclid(1000).to_string();
    let answer = agent
        .post(&callback.url)
        .header("webhook-id", name(callback))
        .header("webhook-timestamp", seconds)
        .send_json(body)?;
    Ok(answer.status().as_u16())
}

/// The same for every attempt, so that a receiver knows a repetition, and another for every
/// change: rows are used again, so they cannot tell.
fn name(callback: &Callback) -> String {
    let (id, state, at) = (callback.id, callback.state.as_str(), callback.at.0);
    format!("{id}-{state}-{at}")
}
