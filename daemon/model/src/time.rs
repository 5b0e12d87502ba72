//! Wall-clock time as the store keeps it and the API shows it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// Milliseconds since 1970-01-01 UTC. Rendered as RFC 3339 UTC with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(pub i64);

impl Time {
    /// The latest instant RFC 3339 can write: the end of the year 9999.
    const MAX: i64 = 253_402_300_799_999;

    pub const ZERO: Self = Self(0);

    /// This instant and `wait`, at most the end of the year 9999.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        let millis = i64::try_from(wait.as_millis()).unwrap_or(Self::MAX);
        Self(self.0.saturating_add(millis).min(Self::MAX))
    }

    /// So long before this instant.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        let millis = i64::try_from(span.as_millis()).unwrap_or(Self::MAX);
        Self(self.0.saturating_sub(millis))
    }

    /// How long from `self` until `later`; zero when it is past.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }

    pub fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000).clamp(0, Self::MAX))
    }

    /// Reads RFC 3339 with any offset; fractions below a millisecond are dropped.
    pub fn parse(text: &str) -> Result<Self, time::error::Parse> {
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
}
