//! When the schedule wants a backup.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::settings::BackupSchedule;
use model::Time;

/// Whether one is due by now, when the last was made at `last`.
pub(super) fn is_due(schedule: BackupSchedule, last: Option<Time>, now: Time) -> bool {
    is_due_in(&TimeZone::system(), schedule, last, now)
}

fn is_due_in(zone: &TimeZone, schedule: BackupSchedule, last: Option<Time>, now: Time) -> bool {
    // One from the future was made by a clock that was wrong.
    let last = last.filter(|last| *last <= now);
    match (schedule, last) {
        (BackupSchedule::Off, _) => false,
        (_, None) => true,
        (BackupSchedule::Every(hours), Some(last)) => {
            last.after(Duration::from_hours(hours.into())) <= now
        }
        (BackupSchedule::Daily(time), Some(last)) => {
            latest(zone, time, now).is_some_and(|latest| last < latest)
        }
    }
}

/// The last time that a clock in this zone showed this time of day.
fn latest(zone: &TimeZone, time: jiff::civil::Time, now: Time) -> Option<Time> {
    let local = Timestamp::from_millisecond(now.0)
        .ok()?
        .to_zoned(zone.clone());
    let at = |days: i64| {
        let day = local.date().checked_sub(days.days()).ok()?;
        let at = day.to_datetime(time).to_zoned(zone.clone()).ok()?;
        Some(Time(at.timestamp().as_millisecond()))
    };
    at(0).filter(|today| *today <= now).or_else(|| at(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    fn schedule(text: &str) -> BackupSchedule {
        BackupSchedule::try_from(text.to_owned()).unwrap()
    }

    /// Whether it is due in Hanoi (UTC+7).
    fn due(schedule_of: &str, last: Option<&str>, now: &str) -> bool {
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
        is_due_in(&zone, schedule(schedule_of), last.map(at), at(now))
    }

    #[test]
    fn a_daily_one_is_due_from_its_time_on_once() {
        let before = Some("2026-11-28T20:31:00Z");
        assert!(!due("03:30", before, "2026-11-29T20:29:00Z"));
        assert!(due("03:30", before, "2026-11-29T20:30:00Z"));
        // Also when the gateway was off at that time.
        assert!(due("03:30", before, "2026-12-03T10:00:00Z"));
        let after = Some("2026-11-29T20:30:00Z");
        assert!(!due("03:30", after, "2026-11-29T20:31:00Z"));
    }

    #[test]
    fn one_every_so_many_hours_is_due_so_long_after_the_last() {
        let last = Some("2026-11-29T10:00:00Z");
        assert!(!due("every 6h", last, "2026-11-29T15:59:59Z"));
        assert!(due("every 6h", last, "2026-11-29T16:00:00Z"));
    }

    #[test]
    fn the_first_is_due_at_once_and_so_is_one_after_a_clock_that_was_ahead() {
        for wanted in ["03:30", "every 6h"] {
            assert!(due(wanted, None, "2026-11-29T10:00:00Z"), "{wanted}");
            let ahead = Some("2036-01-01T00:00:00Z");
            assert!(due(wanted, ahead, "2026-11-29T10:00:00Z"), "{wanted}");
        }
        assert!(!due("off", None, "2026-11-29T10:00:00Z"));
    }

    #[test]
    fn a_schedule_is_written_as_it_is_read_and_nothing_else_is_read() {
        for text in ["off", "03:30", "23:59", "every 1h", "every 168h"] {
            assert_eq!(schedule(text).to_string(), text);
        }
        for text in [
            "",
            "24:00",
            "3pm",
            "every 0h",
            "every 169h",
            "every h",
            "weekly",
        ] {
            assert!(BackupSchedule::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
