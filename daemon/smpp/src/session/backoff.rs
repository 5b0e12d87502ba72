//! How long to wait before the next try.

use std::time::Duration;

use model::Backoff;

/// After a lost or failed connection.
const LOST: Backoff = Backoff {
    first: Duration::from_secs(1),
    longest: Duration::from_mins(1),
};
/// After a refused bind: a wrong password does not get right by asking often, and some
/// SMSCs lock the account.
const REFUSED: Backoff = Backoff {
    first: Duration::from_secs(10),
    longest: Duration::from_mins(5),
};

/// Why the last try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Lost,
    Refused,
}

/// The tries of a bind that failed one after the other.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    failed: u32,
    last: Option<Kind>,
}

impl Tries {
    /// The bind held: begin at the shortest again.
    pub(crate) fn reset(&mut self) {
        self.failed = 0;
    }

    /// The next wait. `jitter` is 0 to 1.
    pub(crate) fn wait(&mut self, kind: Kind, jitter: f64) -> Duration {
        if self.last != Some(kind) {
            self.failed = 0;
        }
        self.last = Some(kind);
        self.failed = self.failed.saturating_add(1);
        let backoff = match kind {
            Kind::Lost => LOST,
            Kind::Refused => REFUSED,
        };
        backoff.spread(self.failed, jitter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_to_the_cap_and_begins_anew() {
        let mut tries = Tries::default();
        let mut seconds = |kind| tries.wait(kind, 0.0).as_secs();
        let lost: Vec<_> = (0..8).map(|_| seconds(Kind::Lost)).collect();
        assert_eq!(lost, [1, 2, 4, 8, 16, 32, 60, 60]);
        let refused: Vec<_> = (0..7).map(|_| seconds(Kind::Refused)).collect();
        assert_eq!(refused, [10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(seconds(Kind::Lost), 1);
        tries.reset();
        assert_eq!(tries.wait(Kind::Lost, 0.0), Duration::from_secs(1));
        assert_eq!(tries.wait(Kind::Lost, 1.0), Duration::from_millis(2500));
    }
}
