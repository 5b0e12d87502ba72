//! What becomes due by the clock alone: scheduled messages, back-offs that end, validity that
//! runs out, parts that never came, history that is old enough to go.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::handle::{Handle, Signal};
use super::wall_clock::{DAY, WallClock};
use crate::carriers::Notice;
use crate::events::Bus;
use crate::messages::reassemble::join;
use crate::settings::Settings;
use model::{Change, Reason, ReasonCode, State, Time};
use store::{Store, StoreError, Thinned, clock};

/// The longest wait between two looks at what is due.
const LONGEST: Duration = Duration::from_secs(30);
/// The shortest, so that many single due times cost one look.
const SHORTEST: Duration = Duration::from_millis(100);
/// After a look that found nothing of what is due. What falls due behind a row that makes no sense is late by this at most.
const IN_VAIN: Duration = Duration::from_secs(1);
/// Rows that one transaction expires or deletes: sends go on in between.
const STEP: usize = 500;
/// How often old messages are looked for.
const RETENTION: Duration = Duration::from_hours(1);

/// Runs for ever. `changed` wakes it when something may have become due earlier.
pub async fn keep_time(
    settings: Arc<Settings>,
    store: Store,
    bus: Bus,
    scheduler: Handle,
    changed: Arc<Notify>,
) {
    let mut clean_at = Instant::now();
    let mut wall = WallClock::start(&store, settings.scheduler.clock_wait()).await;
    loop {
        if let Some(wait) = wall.keep(&store).await {
            clean_at = clean_at.max(Instant::now() + wait);
        }
        if wall.take_moved() {
            // The clock was followed before, and what was moved behind it since is in no lane.
            scheduler.signal(Signal::Moved).await;
        }
        let looked_at = clock::now();
        let mut found = false;
        if wall.is_trusted() {
            found = look(&settings, &store, &bus, &scheduler, looked_at).await;
            if clean_at <= Instant::now() {
                clean_at += RETENTION;
                clean(&settings, &store).await;
                erase(&store).await;
            }
        }
        if let Err(error) = tell_lanes(&store, &scheduler).await {
            tell(&error);
        }
        let wait = match next(&settings, &store).await {
            Ok(next) => until(next, looked_at, found),
            Err(_) => LONGEST,
        };
        let look_at = Instant::now() + if wall.is_trusted() { wait } else { LONGEST };
        tokio::select! {
            () = wall.wait(look_at) => {}
            () = changed.notified() => tokio::time::sleep(SHORTEST).await,
        }
    }
}

/// How long to wait for what is due next, after a look that did or did not find something due.
fn until(next: Option<Time>, looked_at: Time, found: bool) -> Duration {
    match next {
        // It was due and is due still, since its row makes no sense.
        Some(at) if at < looked_at && !found => IN_VAIN,
        Some(at) => clock::now().until(at).clamp(SHORTEST, LONGEST),
        None => LONGEST,
    }
}

/// Whether anything came of it. One of these that fails holds up none of the others.
async fn look(
    settings: &Settings,
    store: &Store,
    bus: &Bus,
    scheduler: &Handle,
    now: Time,
) -> bool {
    let looked = [
        expire(store, bus, now).await,
        decide(settings, store, bus, scheduler, now).await,
        promote(store, scheduler, now).await,
        release(settings, store, bus, scheduler, now).await,
    ];
    looked
        .iter()
        .filter_map(|looked| looked.as_ref().err())
        .for_each(tell);
    looked.iter().any(|looked| matches!(looked, Ok(true)))
}

fn tell(error: &StoreError) {
    if !error.is_told() {
        tracing::error!(%error, "cannot look after what is due; trying again");
    }
}

async fn expire(store: &Store, bus: &Bus, now: Time) -> Result<bool, StoreError> {
    let mut found = false;
    while let expired @ [_, ..] = &store.queue().expire(now, STEP).await?[..] {
        let reason = Reason::new(
            ReasonCode::Validity,
            "its validity ended before it could be sent",
        );
        found = true;
        for (id, to) in expired {
            bus.message(&Change {
                number: Some(to),
                reason: Some(&reason),
                ..Change::of(*id, State::Expired)
            });
        }
    }
    Ok(found)
}

/// Lets the policies of uncertain messages decide.
async fn decide(
    settings: &Settings,
    store: &Store,
    bus: &Bus,
    scheduler: &Handle,
    now: Time,
) -> Result<bool, StoreError> {
    let most = settings.scheduler.max_resends;
    let settled = store.evidence().decide(now, STEP, most).await?;
    let found = !settled.is_empty();
    scheduler.settled(bus, settled).await;
    Ok(found)
}

async fn promote(store: &Store, scheduler: &Handle, now: Time) -> Result<bool, StoreError> {
    let promoted = store.queue().promote(now).await?;
    if !promoted.lanes.is_empty() {
        scheduler.signal(Notice::Queued(promoted.lanes)).await;
    }
    Ok(promoted.count > 0)
}

async fn tell_lanes(store: &Store, scheduler: &Handle) -> Result<(), StoreError> {
    scheduler
        .signal(Signal::Look(store.queue().lanes().await?))
        .await;
    Ok(())
}

/// Makes messages of parts whose others never came.
async fn release(
    settings: &Settings,
    store: &Store,
    bus: &Bus,
    scheduler: &Handle,
    now: Time,
) -> Result<bool, StoreError> {
    let wait = reassembly_wait(settings);
    let before = Time(now.0 - i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
    let released = store.inbound().release_incomplete(before, join).await?;
    let found = !released.is_empty();
    for joined in released {
        if let Some(notice) = Notice::joined(bus, joined) {
            scheduler.signal(notice).await;
        }
    }
    Ok(found)
}

fn reassembly_wait(settings: &Settings) -> Duration {
    Duration::from_secs(settings.defaults.reassembly_timeout_seconds.into())
}

async fn next(settings: &Settings, store: &Store) -> Result<Option<Time>, StoreError> {
    let oldest = store.inbound().oldest_incomplete().await?;
    let due = [
        store.queue().next_due(clock::now()).await?,
        store.queue().next_expiry().await?,
        store.evidence().next_decision().await?,
        oldest.map(|at| at.after(reassembly_wait(settings))),
    ];
    Ok(due.into_iter().flatten().min())
}

/// Messages from here on are kept; with 0 days all are, while what else has served its time goes.
fn kept_from(days: u32, now: Time) -> Time {
    match days {
        0 => Time::ZERO,
        days => {
            let kept = i64::try_from((DAY * days).as_millis()).unwrap_or(i64::MAX);
            Time(now.0.saturating_sub(kept))
        }
    }
}

/// Deletes what is past its retention.
async fn clean(settings: &Settings, store: &Store) {
    let (upkeep, kept) = (store.upkeep(), &settings.retention);
    let before = kept_from(kept.messages_days, clock::now());
    in_steps(|| upkeep.retain(before, clock::now(), STEP)).await;
    for (days, what) in [
        (kept.texts_days, Thinned::Texts),
        (kept.numbers_days, Thinned::Numbers),
        (kept.events_days, Thinned::Events),
    ] {
        // With 0 days they are kept as long as the messages, and none is gone through.
        if days > 0 {
            let before = kept_from(days, clock::now());
            in_steps(|| upkeep.thin(what, before, STEP)).await;
        }
    }
    let before = kept_from(kept.audit_days, clock::now());
    in_steps(|| upkeep.forget_audit(before, clock::now(), STEP)).await;
}

/// Goes on with what was begun to be erased: before a restart, or when a message of it was not over.
async fn erase(store: &Store) {
    let erased = async {
        for number in store.upkeep().erasures().await? {
            store.upkeep().erase(&number).await?;
        }
        Ok(())
    };
    if let Err(error) = erased.await {
        tell(&error);
    }
}

/// Until a step deletes nothing.
async fn in_steps<S>(step: impl Fn() -> S)
where
    S: Future<Output = Result<usize, StoreError>>,
{
    loop {
        match step().await {
            Ok(0) => return,
            // Deleting must not hold up what is being sent.
            Ok(_) => tokio::time::sleep(SHORTEST).await,
            Err(error) if error.is_told() => return,
            Err(error) => return tracing::error!(%error, "cannot delete what is old"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    #[tokio::test]
    async fn what_is_due_and_makes_no_sense_is_not_looked_at_again_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Duration::from_mins(5)).unwrap();
        let (settings, bus) = (Settings::default(), Bus::new());
        let (signals, _told) = mpsc::channel(64);
        let scheduler = Handle::new(signals);
        let again = async || {
            let now = clock::now();
            let found = look(&settings, &store, &bus, &scheduler, now).await;
            until(next(&settings, &store).await.unwrap(), now, found)
        };
        assert_eq!(again().await, LONGEST);
        let no_sense =
            "INSERT INTO inbound_sets (carrier, originator, reference, wide, total, first_at)
            VALUES ('no ICCID', '+84901234567', 1, 0, 2, 1)";
        store.run(no_sense).await;
        assert_eq!(again().await, IN_VAIN);
        // What makes sense beside it is seen to, and then what is left is waited for as before.
        let set =
            "INSERT INTO inbound_sets (row, carrier, originator, reference, wide, total, first_at)
            VALUES (9, '8984011234567890123', '+84901234567', 1, 0, 2, 1)";
        let part =
            "INSERT INTO inbound_parts (part_of, seq, received_at, tpdu) VALUES (9, 1, 1, x'00')";
        store.run(set).await;
        store.run(part).await;
        assert_eq!(again().await, SHORTEST);
        assert_eq!(again().await, IN_VAIN);
    }

    #[test]
    fn what_is_due_later_is_waited_for_and_not_too_long() {
        let now = clock::now();
        let soon = until(Some(now.after(Duration::from_secs(20))), now, false);
        assert!(
            soon > IN_VAIN && soon <= Duration::from_secs(20),
            "{soon:?}"
        );
        assert_eq!(until(Some(now.after(DAY)), now, true), LONGEST);
        assert_eq!(until(None, now, true), LONGEST);
    }

    #[test]
    fn messages_are_kept_for_ever_where_the_file_says_so_and_the_rest_is_cleaned() {
        let now = Time::parse("2026-11-29T12:00:00Z").unwrap();
        assert_eq!(kept_from(0, now), Time::ZERO);
        assert_eq!(kept_from(1, now), Time(now.0 - 86_400_000));
        assert!(kept_from(36_500, now) < Time::ZERO);
    }
}
