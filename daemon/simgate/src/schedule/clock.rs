//! What becomes due by the clock alone: scheduled messages, back-offs that end, validity that
//! runs out, parts that never came, history that is old enough to go.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::handle::{Handle, Signal};
use crate::config::Config;
use crate::events::Bus;
use crate::messages::reassemble::join;
use crate::model::{ClockStep, Reason, State, Time, Watch};
use crate::store::{Store, StoreError};

/// The longest wait between two looks, in case the system's clock was set.
const LONGEST: Duration = Duration::from_secs(30);
/// The shortest, so that many single due times cost one look.
const SHORTEST: Duration = Duration::from_millis(100);
/// Rows that one transaction expires or deletes: sends go on in between.
const STEP: usize = 500;
const DAY: Duration = Duration::from_hours(24);
/// A clock that is further ahead of the latest message, or was set further ahead, may be wrong:
/// retention by it would delete everything. Nothing is deleted until the gateway has run for a day
/// more, so that somebody can see it.
const FAR: Duration = Duration::from_hours(7 * 24);
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
    let mut clean_at = std::time::Instant::now();
    let mut watch = Watch::new(Time::now(), clean_at);
    if let Some(wait) = start(&store).await {
        clean_at += wait;
    }
    loop {
        let step = watch.look(Time::now(), std::time::Instant::now());
        if let Some(wait) = step_taken(&store, step).await {
            clean_at = clean_at.max(std::time::Instant::now() + wait);
        }
        look(&config, &store, &bus, &scheduler).await;
        if clean_at <= std::time::Instant::now() {
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

/// The clock against the latest that is stored, at a start. How long nothing is to be deleted.
async fn start(store: &Store) -> Option<Duration> {
    let now = Time::now();
    if let Err(error) = store.bound_waits(now).await
        && !error.is_told()
    {
        tracing::error!(%error, "waits may be as long as the clock was set back");
    }
    let latest = store.latest().await.ok().flatten()?;
    let away = latest.until(now);
    (away > FAR).then(|| distrust(away))
}

/// What follows from the clock being set. How long nothing is to be deleted.
async fn step_taken(store: &Store, step: Option<ClockStep>) -> Option<Duration> {
    match step? {
        ClockStep::Back(by) => {
            tracing::warn!(seconds = by.as_secs(), "the clock was set back");
            if let Err(error) = store.set_back(Time::now(), by).await
                && !error.is_told()
            {
                tracing::error!(%error, "waits may be as long as the clock was set back");
            }
            None
        }
        ClockStep::Ahead(by) if by > FAR => Some(distrust(by)),
        ClockStep::Ahead(by) => {
            tracing::warn!(seconds = by.as_secs(), "the clock was set ahead");
            None
        }
    }
}

fn distrust(by: Duration) -> Duration {
    tracing::error!(
        days = by.as_secs() / DAY.as_secs(),
        "the clock is far ahead of what was stored last: old messages are kept for another day; \
         set the clock if it is wrong"
    );
    DAY
}

/// One of these that fails holds up none of the others.
async fn look(config: &Config, store: &Store, bus: &Bus, scheduler: &Handle) {
    let now = Time::now();
    let looked = [
        expire(store, bus, now).await,
        decide(config, store, bus, scheduler, now).await,
        promote(store, scheduler, now).await,
        tell_lanes(store, scheduler).await,
        release(config, store, bus, now).await,
    ];
    for error in looked.into_iter().filter_map(Result::err) {
        if !error.is_told() {
            tracing::error!(%error, "cannot look after what is due; trying again");
        }
    }
}

async fn expire(store: &Store, bus: &Bus, now: Time) -> Result<(), StoreError> {
    while let expired @ [_, ..] = &store.expire(now, STEP).await?[..] {
        let reason = Reason::new("validity", "its validity ended before it could be sent");
        for (_, id) in expired {
            bus.message(*id, State::Expired, None, Some(&reason));
        }
    }
    Ok(())
}

/// Lets the policies of uncertain messages decide.
async fn decide(
    config: &Config,
    store: &Store,
    bus: &Bus,
    scheduler: &Handle,
    now: Time,
) -> Result<(), StoreError> {
    let most = config.scheduler.max_resends;
    scheduler
        .settled(bus, store.decide(now, STEP, most).await?)
        .await;
    Ok(())
}

async fn promote(store: &Store, scheduler: &Handle, now: Time) -> Result<(), StoreError> {
    let promoted = store.promote(now).await?;
    if !promoted.is_empty() {
        scheduler.signal(Signal::Queued(promoted)).await;
    }
    Ok(())
}

async fn tell_lanes(store: &Store, scheduler: &Handle) -> Result<(), StoreError> {
    scheduler.signal(Signal::Look(store.lanes().await?)).await;
    Ok(())
}

/// Makes messages of parts whose others never came.
async fn release(config: &Config, store: &Store, bus: &Bus, now: Time) -> Result<(), StoreError> {
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
            Err(error) if error.is_told() => return,
            Err(error) => return tracing::error!(%error, "cannot delete old messages"),
        }
    }
}
