//! Wall-clock time as the store keeps it and the API shows it.

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// Milliseconds since 1970-01-01 UTC. Rendered as RFC 3339 UTC with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Time(pub(crate) i64);

impl Time {
    /// The latest instant RFC 3339 can write: the end of the year 9999.
    const MAX: i64 = 253_402_300_799_999;

    pub(crate) fn now() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self::ZERO.after(since)
    }

    pub(crate) const ZERO: Self = Self(0);

    /// This instant and `wait`, at most the end of the year 9999.
    pub(crate) fn after(self, wait: Duration) -> Self {
        let millis = i64::try_from(wait.as_millis()).unwrap_or(Self::MAX);
        Self(self.0.saturating_add(millis).min(Self::MAX))
    }

    /// How long from `self` until `later`; zero when it is past.
    pub(crate) fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    pub(crate) fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000).clamp(0, Self::MAX))
    }

    /// Reads RFC 3339 with any offset; fractions below a millisecond are dropped.
    pub(crate) fn parse(text: &str) -> Result<Self, time::error::Parse> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339)?;
        let millis = parsed.unix_timestamp_nanos() / 1_000_000;
        Ok(Self(i64::try_from(millis).unwrap_or(Self::MAX)))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
        );
        let nanos = i128::from(self.0.clamp(-Self::MAX, Self::MAX)) * 1_000_000;
        let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|_| fmt::Error)?;
        f.write_str(&at.format(&shown).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(|_| {
            serde::de::Error::custom("not an RFC 3339 time such as 2026-11-22T10:00:00.000Z")
        })
    }
}

/// Watches for the wall clock being set, by the clock that nobody sets.
pub(crate) struct Watch {
    wall: Time,
    steady: Instant,
}

/// By how much the wall clock was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockStep {
    Back(Duration),
    Ahead(Duration),
}

impl Watch {
    /// Less is a clock that is kept by a time server, or a slow look at two clocks.
    const SLACK: Duration = Duration::from_secs(2);

    pub(crate) fn new(wall: Time, steady: Instant) -> Self {
        Self { wall, steady }
    }

    /// What happened since the last look.
    pub(crate) fn look(&mut self, wall: Time, steady: Instant) -> Option<ClockStep> {
        let expected = self
            .wall
            .after(steady.saturating_duration_since(self.steady));
        *self = Self { wall, steady };
        let (back, ahead) = (wall.until(expected), expected.until(wall));
        if back > Self::SLACK {
            Some(ClockStep::Back(back))
        } else {
            (ahead > Self::SLACK).then_some(ClockStep::Ahead(ahead))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_utc_with_milliseconds() {
        let at = Time::parse("2026-11-22T17:00:00.0019+07:00").unwrap();
        assert_eq!(at.to_string(), "2026-11-22T10:00:00.001Z");
    }

    #[test]
    fn adding_never_leaves_the_writable_years() {
        let late = Time(Time::MAX).after(Duration::from_secs(u64::MAX));
        assert!(late.to_string().starts_with("9999-12-31T"));
    }

    #[test]
    fn a_clock_that_is_set_is_noticed_and_one_that_runs_is_not() {
        const HOUR: Duration = Duration::from_hours(1);
        let (t0, began) = (Time::parse("2026-11-22T10:00:00Z").unwrap(), Instant::now());
        let mut watch = Watch::new(t0, began);
        assert_eq!(watch.look(t0.after(HOUR), began + HOUR), None);
        let back = watch.look(t0, began + HOUR);
        assert_eq!(back, Some(ClockStep::Back(HOUR)));
        let ahead = watch.look(t0.after(HOUR * 3), began + HOUR * 2);
        assert_eq!(ahead, Some(ClockStep::Ahead(HOUR * 2)));
        assert_eq!(watch.look(t0.after(HOUR * 3), began + HOUR * 2), None);
    }
}
