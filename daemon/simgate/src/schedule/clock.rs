//! What becomes due by the clock alone: scheduled messages, back-offs that end, validity that
//! runs out, parts that never came, history that is old enough to go.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::dispatcher::{Handle, Signal};
use crate::config::Config;
use crate::events::Bus;
use crate::messages::reassemble::join;
use crate::model::{Reason, State, Time};
use crate::store::{Store, StoreError};

/// The longest wait between two looks, in case the system's clock was set.
const LONGEST: Duration = Duration::from_secs(30);
/// The shortest, so that many single due times cost one look.
const SHORTEST: Duration = Duration::from_millis(100);
/// Rows that one transaction expires or deletes: sends go on in between.
const STEP: usize = 500;
const DAY: Duration = Duration::from_hours(24);
/// How often old messages are looked for.
const RETENTION: Duration = Duration::from_hours(1);

/// Runs for ever. `changed` wakes it when something may have become due earlier.
pub(crate) async fn keep_time(
    config: Arc<Config>,
    store: Store,
    bus: Bus,
    scheduler: Handle,
    changed: Arc<Notify>,
) {
    let mut clean_at = tokio::time::Instant::now();
    loop {
        if let Err(error) = look(&config, &store, &bus, &scheduler).await {
            tracing::error!(%error, "cannot look after what is due; trying again");
        }
        if clean_at <= tokio::time::Instant::now() {
            clean_at += RETENTION;
            clean(&config, &store).await;
        }
        let wait = match next(&config, &store).await {
            Ok(Some(at)) => Time::now().until(at).clamp(SHORTEST, LONGEST),
            Ok(None) | Err(_) => LONGEST,
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = changed.notified() => tokio::time::sleep(SHORTEST).await,
        }
    }
}

async fn look(
    config: &Config,
    store: &Store,
    bus: &Bus,
    scheduler: &Handle,
) -> Result<(), StoreError> {
    let now = Time::now();
    while let expired @ [_, ..] = &store.expire(now, STEP).await?[..] {
        let reason = Reason::new("validity", "its validity ended before it could be sent");
        for (_, id) in expired {
            bus.message(*id, State::Expired, None, Some(&reason));
        }
    }
    scheduler.settled(bus, store.decide(now, STEP).await?).await;
    let promoted = store.promote(now).await?;
    if !promoted.is_empty() {
        scheduler.signal(Signal::Queued(promoted)).await;
    }
    scheduler.signal(Signal::Look(store.lanes().await?)).await;
    let wait = reassembly_wait(config);
    let before = Time(now.0 - i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
    for id in store.release_incomplete(before, join).await? {
        bus.message(id, State::Received, None, None);
    }
    Ok(())
}

fn reassembly_wait(config: &Config) -> Duration {
    Duration::from_secs(config.defaults.reassembly_timeout_seconds.into())
}

async fn next(config: &Config, store: &Store) -> Result<Option<Time>, StoreError> {
    let oldest = store.oldest_incomplete().await?;
    let due = [
        store.next_due(Time::now()).await?,
        store.next_expiry().await?,
        store.next_decision().await?,
        oldest.map(|at| at.after(reassembly_wait(config))),
    ];
    Ok(due.into_iter().flatten().min())
}

async fn clean(config: &Config, store: &Store) {
    let days = config.retention.messages_days;
    if days == 0 {
        return;
    }
    let before = Time(Time::now().0 - i64::try_from((DAY * days).as_millis()).unwrap_or(i64::MAX));
    loop {
        match store.retain(before, Time::now(), STEP).await {
            Ok(0) => return,
            // Deleting must not hold up what is being sent.
            Ok(_) => tokio::time::sleep(SHORTEST).await,
            Err(error) => return tracing::error!(%error, "cannot delete old messages"),
        }
    }
}
