//! The gateway's clock: what the wall clock showed, carried on by the clock that nobody sets. When
//! the wall clock is set, the gateway's follows once all that runs by it has been moved along
//! ([`follow`]), and not in the middle of a thought: a span that runs stays the span it was.

use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::Time;

/// Less is a clock that is kept by a time server, or a slow look at two clocks.
const SLACK: Duration = Duration::from_secs(2);
/// Where systemd-timesyncd tells whether it has set the clock. Other programs tell nobody.
pub(crate) const TIMESYNC: &str = "/run/systemd/timesync";

static CLOCK: LazyLock<Clock> = LazyLock::new(|| Clock {
    origin: Instant::now(),
    wall: AtomicI64::new(system().0),
    trusted: AtomicBool::new(true),
});

struct Clock {
    origin: Instant,
    /// What the wall clock showed, or would have shown, at the origin.
    wall: AtomicI64,
    trusted: AtomicBool,
}

pub(super) fn now() -> Time {
    let origin = Time(CLOCK.wall.load(Ordering::Relaxed));
    origin.after(CLOCK.origin.elapsed())
}

/// What the system's wall clock shows.
pub(crate) fn system() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Time::ZERO.after(since.unwrap_or_default())
}

/// How the system's clock was set; small differences are followed at once.
pub(crate) fn step() -> Option<ClockStep> {
    let (from, to) = (now(), system());
    let step = ClockStep::between(from, to);
    if step.is_none() {
        follow(to.0 - from.0);
    }
    step
}

/// Sets the gateway's clock by so many milliseconds.
pub(crate) fn follow(by: i64) {
    CLOCK.wall.fetch_add(by, Ordering::Relaxed);
}

/// Whether what waits may be given up by this clock.
pub(crate) fn is_trusted() -> bool {
    CLOCK.trusted.load(Ordering::Relaxed)
}

/// Says whether it may.
pub(crate) fn trust(trusted: bool) {
    CLOCK.trusted.store(trusted, Ordering::Relaxed);
}

/// Whether the system's clock has been set by a time server, where that can be known.
pub(crate) fn is_synchronised(timesync: &Path) -> Option<bool> {
    timesync
        .is_dir()
        .then(|| timesync.join("synchronized").exists())
}

/// A clock was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClockStep {
    pub(crate) from: Time,
    pub(crate) to: Time,
}

impl ClockStep {
    /// None where the difference is none to speak of.
    pub(crate) fn between(from: Time, to: Time) -> Option<Self> {
        let apart = from.until(to).max(to.until(from));
        (apart > SLACK).then_some(Self { from, to })
    }

    /// In milliseconds; negative = back.
    pub(crate) fn by(self) -> i64 {
        self.to.0 - self.from.0
    }

    /// How far ahead it was set.
    pub(crate) fn ahead(self) -> Option<Duration> {
        (self.to > self.from).then(|| self.from.until(self.to))
    }

    /// When something is due that was to be at `at`: what is left to it stays, and what was due is
    /// due.
    pub(crate) fn due(self, at: Time) -> Time {
        if at > self.from {
            Time(at.0.saturating_add(self.by()))
        } else {
            at.min(self.to)
        }
    }

    /// When something happened that was at `at`, by the clock as it is now.
    pub(crate) fn past(self, at: Time) -> Time {
        Time(at.0.saturating_add(self.by()))
    }
}

/// Notices steps of the gateway's clock, by the clock that nobody sets.
pub(crate) struct Watch {
    wall: Time,
    steady: Instant,
}

impl Watch {
    pub(crate) fn new(wall: Time, steady: Instant) -> Self {
        Self { wall, steady }
    }

    /// What happened since the last look.
    pub(crate) fn look(&mut self, wall: Time, steady: Instant) -> Option<ClockStep> {
        let expected = self
            .wall
            .after(steady.saturating_duration_since(self.steady));
        *self = Self { wall, steady };
        ClockStep::between(expected, wall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn at(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    #[test]
    fn a_clock_that_is_set_is_noticed_and_one_that_runs_is_not() {
        let (t0, began) = (at("2026-11-22T10:00:00Z"), Instant::now());
        let mut watch = Watch::new(t0, began);
        assert_eq!(watch.look(t0.after(HOUR), began + HOUR), None);
        let back = watch.look(t0, began + HOUR).unwrap();
        assert_eq!((back.ahead(), back.by()), (None, -3_600_000));
        let ahead = watch.look(t0.after(HOUR * 3), began + HOUR * 2).unwrap();
        assert_eq!(ahead.ahead(), Some(HOUR * 2));
        assert_eq!(watch.look(t0.after(HOUR * 3), began + HOUR * 2), None);
    }

    #[test]
    fn what_is_left_of_a_wait_stays_whichever_way_the_clock_is_set() {
        let (noon, later) = (at("2026-11-22T12:00:00Z"), at("2026-11-24T12:00:00Z"));
        for (from, to) in [(noon, later), (later, noon)] {
            let step = ClockStep { from, to };
            assert_eq!(step.due(from.after(HOUR)), to.after(HOUR));
            let was_due = Time(from.0 - 60_000);
            assert!(step.due(was_due) <= to);
            assert_eq!(step.past(was_due).until(to), Duration::from_mins(1));
        }
    }

    #[test]
    fn whether_the_clock_is_synchronised_is_read_where_that_is_told() {
        let run = tempfile::tempdir().unwrap();
        let timesync = run.path().join("timesync");
        assert_eq!(is_synchronised(&timesync), None);
        std::fs::create_dir(&timesync).unwrap();
        assert_eq!(is_synchronised(&timesync), Some(false));
        std::fs::write(timesync.join("synchronized"), "").unwrap();
        assert_eq!(is_synchronised(&timesync), Some(true));
    }
}
