//! The wall clock as an offset of the monotonic one, so that time stays an argument.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What the wall clock shows at an instant.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: Instant,
    /// Since 1970.
    wall_at_origin: Duration,
}

impl Clock {
    /// A clock that shows `unix` (time since 1970) at `origin`.
    pub fn new(origin: Instant, unix: Duration) -> Self {
        Self {
            origin,
            wall_at_origin: unix,
        }
    }

    /// The system's clock as it stands.
    pub fn system() -> Self {
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self::new(Instant::now(), unix)
    }

    /// Time since 1970 at `at`.
    pub fn unix(&self, at: Instant) -> Duration {
        match at.checked_duration_since(self.origin) {
            Some(later) => self.wall_at_origin + later,
            None => self.wall_at_origin.saturating_sub(self.origin - at),
        }
    }

    /// Microseconds since 1970 at `at`.
    pub fn unix_us(&self, at: Instant) -> i64 {
        i64::try_from(self.unix(at).as_micros()).unwrap_or(i64::MAX)
    }

    /// Seconds since 1970 at `at`.
    pub fn unix_seconds(&self, at: Instant) -> i64 {
        i64::try_from(self.unix(at).as_secs()).unwrap_or(i64::MAX)
    }
}
