//! Spans of time that quotas are counted in.

use super::Time;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Spans of time in which sends are counted, by the UTC clock. Months are by the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    Minute,
    Hour,
    Day,
    Month,
}

impl Span {
    pub const ALL: [Self; 4] = [Self::Minute, Self::Hour, Self::Day, Self::Month];

    /// When the span that holds `now` began.
    pub fn start(self, now: Time) -> Time {
        match self {
            Self::Minute => Time(now.0 - now.0.rem_euclid(MINUTE)),
            Self::Hour => Time(now.0 - now.0.rem_euclid(HOUR)),
            Self::Day => Time(now.0 - now.0.rem_euclid(DAY)),
            Self::Month => month_start(now, 0),
        }
    }

    /// When the span that holds `now` ends.
    pub fn end(self, now: Time) -> Time {
        match self {
            Self::Minute => Time(self.start(now).0 + MINUTE),
            Self::Hour => Time(self.start(now).0 + HOUR),
            Self::Day => Time(self.start(now).0 + DAY),
            Self::Month => month_start(now, 1),
        }
    }
}

/// The start of the month that lies `ahead` months after the one of `now`.
fn month_start(now: Time, ahead: u8) -> Time {
    let seconds = now.0.div_euclid(1000);
    let Ok(at) = time::OffsetDateTime::from_unix_timestamp(seconds) else {
        return Time::ZERO;
    };
    let (year, month) = match ahead {
        0 => (at.year(), at.month()),
        _ if at.month() == time::Month::December => (at.year() + 1, time::Month::January),
        _ => (at.year(), at.month().next()),
    };
    time::Date::from_calendar_date(year, month, 1).map_or(Time::ZERO, |date| {
        Time::from_unix_seconds(date.midnight().assume_utc().unix_timestamp())
    })
}
