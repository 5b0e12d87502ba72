//! Follows the system's clock when it is set, and says whether to go by it.

use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, Instant};

use model::{ClockStep, RowId, Time};
use store::{ClockMove, Store, StoreError, clock};

/// Between two looks whether the clock was set: two clocks are read.
pub(super) const GLANCE: Duration = Duration::from_secs(1);
pub(super) const DAY: Duration = Duration::from_hours(24);
/// A clock that is further ahead of the latest message, or was set further ahead, may be wrong:
/// retention by it would delete everything. Nothing is deleted until the gateway has run for a day
/// more, so that somebody can see it.
pub(super) const FAR: Duration = Duration::from_hours(7 * 24);

/// The system's clock as the keeper sees it.
pub(super) struct WallClock {
    /// What is still to be moved along before or after the gateway's clock follows, one step after the
    /// other.
    moving: VecDeque<Moving>,
    /// Nothing falls due until then, or until the clock has been set.
    distrusted_until: Option<Instant>,
    /// The latest that was stored before the start.
    latest: Time,
    /// Messages have been moved since somebody asked.
    has_moved: bool,
    /// How long nothing is to be deleted, from the start on.
    keeps: Option<Duration>,
}

/// What is moved with a step of the clock.
struct Moving {
    all: ClockMove,
    /// The gateway's clock is to follow in between.
    follows: bool,
    /// A run before this one began with it.
    resumed: bool,
}

impl Moving {
    fn of(step: ClockStep, last: RowId) -> Self {
        Self {
            all: ClockMove::new(step, last),
            follows: false,
            resumed: false,
        }
    }
}

impl WallClock {
    /// The clock against the latest that is stored.
    pub(super) async fn start(store: &Store, patience: Duration) -> Self {
        let (now, latest) = (clock::now(), store.upkeep().latest().await);
        let (row, latest) = latest.ok().flatten().unwrap_or((RowId(0), Time::ZERO));
        // It went back by so much at least while nobody looked.
        let back = ClockStep::between(latest, now).filter(|step| step.ahead().is_none());
        let is_unset = clock::is_synchronised(Path::new(clock::TIMESYNC)) == Some(false);
        let left = store
            .upkeep()
            .clock_move_left()
            .await
            .unwrap_or_else(|error| {
                tell(&error);
                None
            });
        let left = left.map(|all| Moving {
            all,
            // This run has begun with the clock as it is.
            follows: false,
            resumed: true,
        });
        let back = back.map(|step| Moving::of(step, row));
        let is_back = back.is_some();
        let mut wall = Self {
            moving: left.into_iter().chain(back).collect(),
            distrusted_until: None,
            latest,
            has_moved: false,
            keeps: None,
        };
        let away = latest.until(now);
        if latest > Time::ZERO && away > FAR {
            wall.keeps = Some(distrust(away));
        }
        if is_back || is_unset {
            tracing::warn!(
                seconds = patience.as_secs(),
                "the clock is behind what was stored last, or not set by its time server yet: \
                 nothing expires until it is set, or for so long"
            );
            wall.distrusted_until = Some(Instant::now() + patience);
            clock::trust(false);
        }
        if let Err(error) = store.upkeep().bound_waits(now).await {
            tell(&error);
        }
        wall
    }

    /// Follows the clock if it was set; how long nothing is to be deleted.
    pub(super) async fn keep(&mut self, store: &Store) -> Option<Duration> {
        self.finish(store).await;
        let mut keeps = self.keeps.take();
        if self.moving.is_empty()
            && let Some(step) = clock::step()
        {
            keeps = self.follow(store, step).await.or(keeps);
            self.finish(store).await;
        }
        self.decide();
        keeps
    }

    /// Whether what waits has other times than it had when this was asked last.
    pub(super) fn take_moved(&mut self) -> bool {
        std::mem::take(&mut self.has_moved)
    }

    /// False while nothing may fall due.
    pub(super) fn is_trusted(&self) -> bool {
        self.distrusted_until.is_none() && self.moving.is_empty()
    }

    /// Waits until then, or until the clock has been set.
    pub(super) async fn wait(&self, until: Instant) {
        loop {
            let now = Instant::now();
            let is_over = self.distrusted_until.is_some_and(|over| over <= now);
            if !self.moving.is_empty() {
                // What could not be moved is tried again, and not at once.
                return tokio::time::sleep(GLANCE).await;
            }
            if now >= until || is_over || clock::step().is_some() {
                return;
            }
            tokio::time::sleep(GLANCE.min(until - now)).await;
        }
    }

    /// Ahead: all deadlines are moved before the clock is, so that none falls due in between. Back: the
    /// other way round, for the same reason.
    async fn follow(&mut self, store: &Store, step: ClockStep) -> Option<Duration> {
        let row = store.upkeep().latest().await.ok().flatten();
        // Without it, messages are moved by when they were accepted.
        let row = row.map_or(RowId(0), |(row, _)| row);
        let is_ahead = step.ahead().is_some();
        if !is_ahead {
            followed(step);
        }
        self.moving.push_back(Moving {
            follows: is_ahead,
            ..Moving::of(step, row)
        });
        step.ahead().filter(|by| *by > FAR).map(distrust)
    }

    async fn finish(&mut self, store: &Store) {
        while let Some(moving) = self.moving.front_mut() {
            if let Err(error) = move_on(store, moving).await {
                return tell(&error);
            }
            self.moving.pop_front();
            self.has_moved = true;
        }
    }

    /// Whether to go by the clock from now on.
    fn decide(&mut self) {
        let Some(until) = self.distrusted_until else {
            return;
        };
        let is_set = match clock::is_synchronised(Path::new(clock::TIMESYNC)) {
            Some(is_set) => is_set,
            None => clock::now() > self.latest,
        };
        if is_set || Instant::now() >= until {
            self.distrusted_until = None;
            clock::trust(true);
        }
    }
}

async fn move_on(store: &Store, moving: &mut Moving) -> Result<(), StoreError> {
    store
        .upkeep()
        .move_clock(&mut moving.all, clock::now)
        .await?;
    if moving.all.is_to_follow() {
        if moving.follows {
            followed(moving.all.step());
        }
        moving.all.followed();
        if !moving.resumed {
            // Time for those that were on their way.
            tokio::time::sleep(GLANCE).await;
        }
    }
    store
        .upkeep()
        .move_clock(&mut moving.all, clock::now)
        .await?;
    if moving.resumed {
        // What the start put into the queue was by the new clock already.
        store.upkeep().bound_waits(clock::now()).await?;
    }
    Ok(())
}

fn followed(step: ClockStep) {
    clock::follow(step.by());
    let seconds = step.by() / 1000;
    tracing::warn!(
        seconds,
        "the clock was set; what runs by it goes on as it did"
    );
}

fn distrust(by: Duration) -> Duration {
    tracing::error!(
        days = by.as_secs() / DAY.as_secs(),
        "the clock is far ahead of what was stored last: old messages are kept for another day; \
         set the clock if it is wrong"
    );
    DAY
}

fn tell(error: &StoreError) {
    if !error.is_told() {
        tracing::error!(%error, "cannot move what runs by the clock; trying again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tells_once_that_what_waits_was_moved() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Duration::from_mins(5)).unwrap();
        let now = clock::now();
        let back = ClockStep::between(now, Time(now.0 - 3_600_000)).unwrap();
        let mut wall = WallClock {
            moving: [Moving::of(back, RowId(0))].into(),
            distrusted_until: None,
            latest: now,
            has_moved: false,
            keeps: None,
        };
        assert!(!wall.take_moved());
        wall.keep(&store).await;
        assert!(wall.is_trusted() && wall.take_moved());
        wall.keep(&store).await;
        assert!(!wall.take_moved());
    }

    #[tokio::test]
    async fn a_start_goes_on_with_what_was_not_moved_to_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Store::open(dir.path(), Duration::from_mins(5)).unwrap();
        let store = open();
        let step = ClockStep::between(Time(1_000_000), clock::now()).unwrap();
        let rest =
            "INSERT INTO sim_health (iccid, open_until, openings, failures, results, counted)
            VALUES ('8984011234567890121', 1060000, 1, 1, 1, 1)";
        store.run(rest).await;
        let broken = "CREATE TRIGGER broken BEFORE UPDATE ON sim_health
            BEGIN SELECT RAISE(FAIL, 'broken'); END";
        store.run(broken).await;
        let mut moving = Moving::of(step, RowId(0));
        move_on(&store, &mut moving).await.unwrap_err();
        store.run("DROP TRIGGER broken").await;
        store.close().await;
        for _ in 0..2 {
            let store = open();
            let mut wall = WallClock::start(&store, Duration::ZERO).await;
            wall.keep(&store).await;
            assert_eq!(store.upkeep().clock_move_left().await.unwrap(), None);
            let health = store.admin().all_sim_health().await.unwrap();
            let until = health.first().and_then(|(_, health)| health.open_until);
            assert_eq!(until, Some(Time(step.to.0 + 60_000)));
            store.close().await;
        }
    }
}
