//! A clock that is set while the gateway runs.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::Time;

/// Less is a clock that is kept by a time server, or a slow look at two clocks.
const SLACK: Duration = Duration::from_secs(2);

/// A clock was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockStep {
    pub from: Time,
    pub to: Time,
}

impl ClockStep {
    /// None where the difference is none to speak of.
    pub fn between(from: Time, to: Time) -> Option<Self> {
        let apart = from.until(to).max(to.until(from));
        (apart > SLACK).then_some(Self { from, to })
    }

    /// In milliseconds; negative = back.
    pub fn by(self) -> i64 {
        self.to.0 - self.from.0
    }

    /// How far ahead it was set.
    pub fn ahead(self) -> Option<Duration> {
        (self.to > self.from).then(|| self.from.until(self.to))
    }

    /// When something is due that was to be at `at`: what is left to it stays, and what was due is
    /// due.
    pub fn due(self, at: Time) -> Time {
        if at > self.from {
            Time(at.0.saturating_add(self.by()))
        } else {
            at.min(self.to)
        }
    }

    /// When something happened that was at `at`, by the clock as it is now.
    pub fn past(self, at: Time) -> Time {
        Time(at.0.saturating_add(self.by()))
    }
}

/// Notices steps of the gateway's clock, by the clock that nobody sets.
pub struct Watch {
    wall: Time,
    steady: Instant,
}

impl Watch {
    pub fn new(wall: Time, steady: Instant) -> Self {
        Self { wall, steady }
    }

    /// What happened since the last look.
    pub fn look(&mut self, wall: Time, steady: Instant) -> Option<ClockStep> {
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
        #[expect(clippy::disallowed_methods, reason = "any instant will do")]
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
}
