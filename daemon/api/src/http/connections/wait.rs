//! How long a client keeps an answer or a body waiting.

use std::time::Duration;

use tokio::time::Instant;

/// What an octet makes good of the wait: whoever moves fewer than 256 a second falls behind, however
/// steady.
const OCTET: Duration = Duration::from_micros(3906);

/// The wait for one direction to move.
#[derive(Default)]
pub(super) struct Wait {
    /// Since when nothing moves; none where nothing is waited for.
    since: Option<Instant>,
    /// Of the waits before, what was not made good.
    behind: Duration,
}

impl Wait {
    /// It is waited for, if it was not yet: whether it was not.
    pub(super) fn begin(&mut self) -> bool {
        let begins = self.since.is_none();
        self.since.get_or_insert_with(Instant::now);
        begins
    }

    pub(super) fn moved(&mut self, octets: usize) {
        let waited = self
            .since
            .take()
            .map_or(Duration::ZERO, |since| since.elapsed());
        let worth = OCTET.saturating_mul(u32::try_from(octets).unwrap_or(u32::MAX));
        self.behind = (self.behind + waited).saturating_sub(worth);
    }

    pub(super) fn since(&self) -> Option<Instant> {
        self.since
    }

    /// How long it is waited for, all in all; none where it is not.
    pub(super) fn length(&self, now: Instant) -> Option<Duration> {
        let since = self.since?;
        Some(now.saturating_duration_since(since) + self.behind)
    }

    /// As if it had begun so much earlier.
    #[cfg(test)]
    pub(super) fn set_back(&mut self, time: Duration) {
        self.since = self.since.map(|since| since - time);
    }
}
