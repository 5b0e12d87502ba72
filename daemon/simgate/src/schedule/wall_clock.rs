//! Follows the system's clock when it is set, and says whether to go by it.

use std::path::Path;
use std::time::{Duration, Instant};

use super::clock::{DAY, FAR, GLANCE};
use crate::model::{ClockStep, RowId, Time, clock};
use crate::store::{ClockMove, Store, StoreError};

/// The system's clock as the keeper sees it.
pub(super) struct WallClock {
    /// What is still to be moved along before or after the gateway's clock follows.
    moving: Option<(ClockMove, Then)>,
    /// Nothing falls due until then, or until the clock has been set.
    distrusted_until: Option<Instant>,
    /// The latest that was stored before the start.
    latest: Time,
    /// How long nothing is to be deleted, from the start on.
    keeps: Option<Duration>,
}

/// What follows when everything has been moved.
#[derive(Clone, Copy)]
enum Then {
    /// The gateway's clock does; and messages that came in after this row, by the clock as it was, are
    /// moved too.
    Follow(ClockStep, RowId),
    Nothing,
}

impl WallClock {
    /// The clock against the latest that is stored.
    pub(super) async fn start(store: &Store, patience: Duration) -> Self {
        let (now, latest) = (Time::now(), store.latest().await);
        let (row, latest) = latest.ok().flatten().unwrap_or((RowId(0), Time::ZERO));
        // It went back by so much at least while nobody looked.
        let back = ClockStep::between(latest, now).filter(|step| step.ahead().is_none());
        let is_unset = clock::is_synchronised(Path::new(clock::TIMESYNC)) == Some(false);
        let mut wall = Self {
            moving: back.map(|step| (ClockMove::new(step, row), Then::Nothing)),
            distrusted_until: None,
            latest,
            keeps: None,
        };
        let away = latest.until(now);
        if latest > Time::ZERO && away > FAR {
            wall.keeps = Some(distrust(away));
        }
        if back.is_some() || is_unset {
            tracing::warn!(
                seconds = patience.as_secs(),
                "the clock is behind what was stored last, or not set by its time server yet: \
                 nothing expires until it is set, or for so long"
            );
            wall.distrusted_until = Some(Instant::now() + patience);
            clock::trust(false);
        }
        if let Err(error) = store.bound_waits(now).await {
            tell(&error);
        }
        wall
    }

    /// Follows the clock if it was set; how long nothing is to be deleted.
    pub(super) async fn keep(&mut self, store: &Store) -> Option<Duration> {
        self.finish(store).await;
        let mut keeps = self.keeps.take();
        if self.moving.is_none()
            && let Some(step) = clock::step()
        {
            keeps = self.follow(store, step).await.or(keeps);
            self.finish(store).await;
        }
        self.decide();
        keeps
    }

    /// False while nothing may fall due.
    pub(super) fn is_trusted(&self) -> bool {
        self.distrusted_until.is_none() && self.moving.is_none()
    }

    /// Waits until then, or until the clock has been set.
    pub(super) async fn wait(&self, until: Instant) {
        loop {
            let now = Instant::now();
            let is_over = self.distrusted_until.is_some_and(|over| over <= now);
            if self.moving.is_some() {
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
        let row = store.latest().await.ok().flatten();
        let row = row.map_or(RowId(i64::MAX), |(row, _)| row);
        let moving = ClockMove::new(step, row);
        if step.ahead().is_some() {
            self.moving = Some((moving, Then::Follow(step, row)));
        } else {
            followed(step);
            self.moving = Some((moving, Then::Nothing));
        }
        step.ahead().filter(|by| *by > FAR).map(distrust)
    }

    async fn finish(&mut self, store: &Store) {
        while let Some((moving, then)) = &mut self.moving {
            if let Err(error) = store.move_clock(moving).await {
                return tell(&error);
            }
            match *then {
                Then::Nothing => self.moving = None,
                Then::Follow(step, row) => {
                    followed(step);
                    // Time for those that were on their way.
                    tokio::time::sleep(GLANCE).await;
                    self.moving = Some((ClockMove::stragglers(step, row), Then::Nothing));
                }
            }
        }
    }

    /// Whether to go by the clock from now on.
    fn decide(&mut self) {
        let Some(until) = self.distrusted_until else {
            return;
        };
        let is_set = match clock::is_synchronised(Path::new(clock::TIMESYNC)) {
            Some(is_set) => is_set,
            None => Time::now() > self.latest,
        };
        if is_set || Instant::now() >= until {
            self.distrusted_until = None;
            clock::trust(true);
        }
    }
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
