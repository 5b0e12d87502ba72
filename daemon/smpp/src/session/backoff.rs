//! How long to wait before the next try.

use std::time::Duration;

/// After a lost or failed connection.
const LOST: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// After a refused bind: a wrong password does not get right by asking often, and some
/// SMSCs lock the account.
const REFUSED: (Duration, Duration) = (Duration::from_secs(10), Duration::from_mins(5));

/// Why the last try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Lost,
    Refused,
}

/// Doubles from try to try.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    tries: u32,
    last: Option<Kind>,
}

impl Backoff {
    /// The bind held: begin at the shortest again.
    pub(crate) fn reset(&mut self) {
        self.tries = 0;
    }

    /// The next wait. `jitter` is 0 to 1 and spreads it by a fifth either way, so that many
    /// gateways do not come back in step.
    pub(crate) fn wait(&mut self, kind: Kind, jitter: f64) -> Duration {
        if self.last != Some(kind) {
            self.tries = 0;
        }
        self.last = Some(kind);
        let (first, cap) = match kind {
            Kind::Lost => LOST,
            Kind::Refused => REFUSED,
        };
        let nominal = first.saturating_mul(1 << self.tries.min(16)).min(cap);
        self.tries = self.tries.saturating_add(1);
        nominal.mul_f64(0.8 + 0.4 * jitter.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_to_the_cap_and_begins_anew() {
        let mut backoff = Backoff::default();
        let mut seconds = |kind| backoff.wait(kind, 0.5).as_secs();
        let lost: Vec<_> = (0..8).map(|_| seconds(Kind::Lost)).collect();
        assert_eq!(lost, [1, 2, 4, 8, 16, 32, 60, 60]);
        let refused: Vec<_> = (0..7).map(|_| seconds(Kind::Refused)).collect();
        assert_eq!(refused, [10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(seconds(Kind::Lost), 1);
        backoff.reset();
        assert_eq!(backoff.wait(Kind::Lost, 0.0), Duration::from_millis(800));
        assert_eq!(backoff.wait(Kind::Lost, 1.0), Duration::from_millis(2400));
    }
}
