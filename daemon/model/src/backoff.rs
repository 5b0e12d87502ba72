//! How long to wait before the next try.

use std::time::Duration;

/// Waits that double from failure to failure, up to the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    pub first: Duration,
    pub longest: Duration,
}

impl Backoff {
    /// The wait after so many failures; after one, and before any, it is the first.
    pub fn wait(self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }

    /// The same and up to a quarter more, so that those who failed together do not come back in
    /// step. `jitter` is 0 to 1.
    pub fn spread(self, failures: u32, jitter: f64) -> Duration {
        self.wait(failures)
            .mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff {
        first: Duration::from_secs(1),
        longest: Duration::from_mins(1),
    };

    #[test]
    fn waits_double_up_to_the_longest() {
        let seconds = |failures| BACKOFF.wait(failures).as_secs();
        let waits: Vec<_> = (0..9).map(seconds).collect();
        assert_eq!(waits, [1, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(BACKOFF.wait(u32::MAX), BACKOFF.longest);
    }

    #[test]
    fn jitter_adds_up_to_a_quarter() {
        assert_eq!(BACKOFF.spread(3, 0.0), Duration::from_secs(4));
        assert_eq!(BACKOFF.spread(3, 1.0), Duration::from_secs(5));
        assert_eq!(BACKOFF.spread(3, 7.0), Duration::from_secs(5));
    }
}
