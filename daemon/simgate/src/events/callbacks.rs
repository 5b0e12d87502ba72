//! Posts a message's state changes to the address that its sender gave (`callback_url`).
//!
//! The queue is in the store, so that a restart loses none. The posts of one message keep their
//! order; those of others do not wait for an address that does not answer.

use std::time::Duration;

use modem::Iccid;
use serde_json::json;
use tokio::task::JoinSet;

use super::Bus;
use crate::model::{Carrier, Time, UplinkName};
use crate::schedule::back_off;
use crate::store::{Callback, Store, StoreError};

/// Posts at a time.
const AT_ONCE: u32 = 8;
/// For one post, answer and all.
const PATIENCE: Duration = Duration::from_secs(10);
/// After this a state change is given up: the client can still ask for the message.
const GIVE_UP: Duration = Duration::from_hours(24);
/// Between two looks, should an event have been missed.
const LONGEST: Duration = Duration::from_mins(1);
const SHORTEST: Duration = Duration::from_millis(50);

/// Runs for ever.
pub(crate) async fn post_callbacks(store: Store, bus: Bus) {
    let agent = agent();
    let mut changes = bus.subscribe(None).live;
    loop {
        let wait = match post_due(&store, &agent).await {
            Ok(wait) => wait,
            Err(error) => {
                if !error.is_told() {
                    tracing::error!(%error, "cannot read what is to be posted; trying again");
                }
                LONGEST
            }
        };
        // Any event may be a state change; one that was missed is found by the next look.
        let _ = tokio::time::timeout(wait, changes.recv()).await;
        tokio::time::sleep(SHORTEST).await;
    }
}

/// Posts all that is due; how long until the next is.
async fn post_due(store: &Store, agent: &ureq::Agent) -> Result<Duration, StoreError> {
    loop {
        let due = store.due_callbacks(Time::now(), AT_ONCE).await?;
        if due.is_empty() {
            let next = store.next_callback().await?;
            return Ok(next.map_or(LONGEST, |at| Time::now().until(at).clamp(SHORTEST, LONGEST)));
        }
        let mut posts = JoinSet::new();
        for callback in due {
            let agent = agent.clone();
            posts.spawn_blocking(move || {
                let posted = post(&agent, &callback);
                (callback, posted)
            });
        }
        while let Some(Ok((callback, posted))) = posts.join_next().await {
            settle(store, &callback, posted).await?;
        }
    }
}

async fn settle(
    store: &Store,
    callback: &Callback,
    posted: Result<(), ureq::Error>,
) -> Result<(), StoreError> {
    let Err(error) = posted else {
        return store.callback_done(callback.row).await;
    };
    let message = callback.id;
    if callback.at.until(Time::now()) > GIVE_UP {
        tracing::error!(%message, %error, "a callback failed for a day; given up");
        return store.callback_done(callback.row).await;
    }
    let attempts = u16::try_from(callback.attempts)
        .unwrap_or(u16::MAX)
        .saturating_add(1);
    tracing::info!(%message, attempts, %error, "a callback failed; trying again later");
    let next_at = Time::now().after(back_off(attempts, rand::random()));
    store.callback_failed(callback.row, next_at).await
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .user_agent(concat!("simgate/", env!("CARGO_PKG_VERSION")))
        .build();
    config.into()
}

fn post(agent: &ureq::Agent, callback: &Callback) -> Result<(), ureq::Error> {
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
    agent
        .post(&callback.url)
        .header("webhook-id", name(callback))
        .header("webhook-timestamp", seconds)
        .send_json(body)
        .map(|_| ())
}

/// The same for every attempt, so that a receiver knows a repetition, and another for every
/// change: rows are used again, so they cannot tell.
fn name(callback: &Callback) -> String {
    let (id, state, at) = (callback.id, callback.state.as_str(), callback.at.0);
    format!("{id}-{state}-{at}")
}
