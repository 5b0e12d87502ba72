//! How fast: the configured rate, and pauses the SMSC asks for.

use std::time::Duration;

use tokio::time::Instant;

/// A token bucket that gives at most `n` in any second, evenly.
#[derive(Debug)]
pub(crate) struct Rate {
    interval: Duration,
    /// How far ahead of an even spacing it may run.
    tolerance: Duration,
    /// When the next is due at even spacing.
    next_at: Instant,
}

impl Rate {
    pub(crate) fn new(per_second: u32, now: Instant) -> Self {
        let per_second = per_second.max(1);
        // Timers are good to a millisecond or two; without a burst of that much a high rate
        // would never be reached. It is taken off the rate, so a second never holds more.
        let burst = (per_second / 50).max(1);
        let interval = Duration::from_secs(1) / (per_second - (burst - 1));
        Self {
            interval,
            tolerance: interval * (burst - 1),
            next_at: now,
        }
    }

    /// When the next may go; now or earlier is at once.
    pub(crate) fn ready_at(&self) -> Instant {
        self.next_at
            .checked_sub(self.tolerance)
            .unwrap_or(self.next_at)
    }

    /// How many may go at once.
    pub(crate) fn available(&self, now: Instant) -> usize {
        let Some(early) = now.checked_duration_since(self.ready_at()) else {
            return 0;
        };
        // Taking the next moves the one after it by an interval, counted from now at the least.
        let ahead = early.min(self.tolerance).as_nanos() / self.interval.as_nanos().max(1);
        usize::try_from(ahead).map_or(usize::MAX, |ahead| ahead.saturating_add(1))
    }

    pub(crate) fn take(&mut self, now: Instant) -> bool {
        if self.ready_at() > now {
            return false;
        }
        self.next_at = self.next_at.max(now) + self.interval;
        true
    }
}

const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Accepted submits after which the next pause is half as long.
const SUCCESSES: u32 = 10;

/// Pauses after `ESME_RTHROTTLED` and `ESME_RMSGQFUL`.
#[derive(Debug)]
pub(crate) struct Throttle {
    next_pause: Duration,
    began_at: Option<Instant>,
    until: Option<Instant>,
    successes: u32,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            next_pause: PAUSE_FIRST,
            began_at: None,
            until: None,
            successes: 0,
        }
    }
}

impl Throttle {
    /// A submit sent at `sent_at` was throttled. True when that begins a pause: those that
    /// were on their way when one began say nothing new.
    pub(crate) fn throttled(&mut self, sent_at: Instant, now: Instant) -> bool {
        if self.until(now).is_some() || self.began_at.is_some_and(|began| sent_at <= began) {
            return false;
        }
        self.began_at = Some(now);
        self.until = Some(now + self.next_pause);
        self.next_pause = (self.next_pause * 2).min(PAUSE_MAX);
        self.successes = 0;
        true
    }

    pub(crate) fn accepted(&mut self) {
        self.successes += 1;
        if self.successes >= SUCCESSES {
            self.successes = 0;
            self.next_pause = (self.next_pause / 2).max(PAUSE_FIRST);
        }
    }

    /// When the present pause ends.
    pub(crate) fn until(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| *until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_than_the_rate_in_a_second() {
        for per_second in [1, 3, 49, 50, 100, 1000, 5000] {
            let t0 = Instant::now();
            let mut rate = Rate::new(per_second, t0);
            let taken: Vec<u64> = (0..30_000)
                .filter(|tenth_ms| rate.take(t0 + Duration::from_micros(tenth_ms * 100)))
                .collect();
            for (first, at) in taken.iter().enumerate() {
                let within = taken[first..]
                    .iter()
                    .take_while(|other| *other - at < 10_000);
                assert!(
                    u32::try_from(within.count()).is_ok_and(|count| count <= per_second),
                    "{per_second}"
                );
            }
            let most = usize::try_from(per_second).unwrap_or(usize::MAX) * 3;
            assert!(
                taken.len() * 100 >= most * 96,
                "{per_second}: {}",
                taken.len()
            );
        }
    }

    #[test]
    fn as_many_are_available_as_can_be_taken() {
        for per_second in [1, 10, 50, 500, 5000] {
            let t0 = Instant::now();
            let mut rate = Rate::new(per_second, t0);
            for step in 0..200 {
                let now = t0 + Duration::from_millis(step * 7);
                let available = rate.available(now);
                let taken = (0..10_000).take_while(|_| rate.take(now)).count();
                assert_eq!(available, taken, "{per_second} at step {step}");
            }
        }
    }

    #[test]
    fn pauses_double_and_halve() {
        let t0 = Instant::now();
        let second = Duration::from_secs(1);
        let mut throttle = Throttle::default();
        assert!(throttle.throttled(t0, t0 + second));
        assert_eq!(throttle.until(t0 + second), Some(t0 + 2 * second));
        assert!(
            !throttle.throttled(t0, t0 + 3 * second),
            "sent before the pause"
        );
        assert!(throttle.throttled(t0 + 3 * second, t0 + 4 * second));
        assert_eq!(throttle.until(t0 + 4 * second), Some(t0 + 6 * second));
        (0..20).for_each(|_| throttle.accepted());
        assert!(throttle.throttled(t0 + 8 * second, t0 + 9 * second));
        assert_eq!(throttle.until(t0 + 9 * second), Some(t0 + 10 * second));
    }
}
