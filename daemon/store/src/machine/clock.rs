//! The gateway's clock: what the wall clock showed, carried on by the clock that nobody sets. When
//! the wall clock is set, the gateway's follows once all that runs by it has been moved along
//! ([`follow`]), and not in the middle of a thought: a span that runs stays the span it was.

use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use model::{ClockStep, MessageId, Time};
use uuid::Uuid;

/// Where systemd-timesyncd tells whether it has set the clock. Other programs tell nobody.
pub const TIMESYNC: &str = "/run/systemd/timesync";

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

/// What it shows.
pub fn now() -> Time {
    let origin = Time(CLOCK.wall.load(Ordering::Relaxed));
    origin.after(CLOCK.origin.elapsed())
}

/// A new message's id: in the order of time (RFC 9562 §5.7).
pub fn message_id() -> MessageId {
    MessageId(Uuid::now_v7())
}

/// What the system's wall clock shows.
pub fn system() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Time::ZERO.after(since.unwrap_or_default())
}

/// How the system's clock was set; small differences are followed at once.
pub fn step() -> Option<ClockStep> {
    let (from, to) = (now(), system());
    let step = ClockStep::between(from, to);
    if step.is_none() {
        follow(to.0 - from.0);
    }
    step
}

/// Sets the gateway's clock by so many milliseconds.
pub fn follow(by: i64) {
    CLOCK.wall.fetch_add(by, Ordering::Relaxed);
}

/// Whether what waits may be given up by this clock.
pub fn is_trusted() -> bool {
    CLOCK.trusted.load(Ordering::Relaxed)
}

/// Says whether it may.
pub fn trust(trusted: bool) {
    CLOCK.trusted.store(trusted, Ordering::Relaxed);
}

/// Whether the system's clock has been set by a time server, where that can be known.
pub fn is_synchronised(timesync: &Path) -> Option<bool> {
    timesync
        .is_dir()
        .then(|| timesync.join("synchronized").exists())
}

#[cfg(test)]
mod tests {
    use super::*;

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
