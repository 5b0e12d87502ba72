//! Steps of time as people count them: hours, and days, weeks and months of a time zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use model::Time;

pub(super) const HOUR_MS: i64 = 3600 * 1000;

/// How long the steps are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = StatisticsStep)]
#[serde(rename_all = "snake_case")]
pub enum StatisticsStep {
    Hour,
    #[default]
    Day,
    /// From Monday on.
    Week,
    Month,
}

impl StatisticsStep {
    /// What is shown where nobody says since when, in days.
    pub(super) fn shown_days(self) -> u32 {
        match self {
            Self::Hour => 1,
            Self::Day => 30,
            Self::Week => 7 * 12,
            Self::Month => 365,
        }
    }

    /// The hours, since 1970, with which the steps begin that lie between two times, and that with which
    /// the last one ends. None where they are more than `most`, or no calendar has them.
    pub(super) fn between(
        self,
        zone: &TimeZone,
        (since, until): (Time, Time),
        most: usize,
    ) -> Option<Vec<i64>> {
        let last = Time(until.0.max(since.0 + 1));
        let mut starts = Vec::new();
        if self == Self::Hour {
            let (first, end) = (since.0.div_euclid(HOUR_MS), hour_from(last));
            starts.extend((first..=end).take(most + 2));
        } else {
            let mut date = self.first_day(date_of(zone, since)?)?;
            loop {
                let start = hour_of(zone, date)?;
                starts.push(start);
                // In the half hour before the first whole one of a day there is a step all the same.
                let ends = start * HOUR_MS >= last.0 && starts.len() > 1;
                if ends || starts.len() > most + 1 {
                    break;
                }
                date = self.next(date)?;
            }
            // Where a zone has gone over the date line, a day is missing.
            starts.dedup();
        }
        (starts.len() <= most + 1).then_some(starts)
    }

    fn first_day(self, date: Date) -> Option<Date> {
        match self {
            Self::Hour | Self::Day => Some(date),
            Self::Week => {
                let since_monday = i64::from(date.weekday().to_monday_zero_offset());
                date.checked_sub(since_monday.days()).ok()
            }
            Self::Month => Some(date.first_of_month()),
        }
    }

    fn next(self, date: Date) -> Option<Date> {
        let step = match self {
            Self::Hour | Self::Day => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
        };
        date.checked_add(step).ok()
    }
}

fn date_of(zone: &TimeZone, at: Time) -> Option<Date> {
    let at = Timestamp::from_millisecond(at.0).ok()?;
    Some(at.to_zoned(zone.clone()).date())
}

/// The first whole hour of a day: where the clocks differ from UTC by half an hour, its first half hour
/// counts as the day before.
fn hour_of(zone: &TimeZone, date: Date) -> Option<i64> {
    let midnight = date.to_zoned(zone.clone()).ok()?;
    Some(hour_from(Time(midnight.timestamp().as_millisecond())))
}

/// The first whole hour from a time on.
fn hour_from(at: Time) -> i64 {
    -(-at.0).div_euclid(HOUR_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(step: StatisticsStep, zone: &str, since: &str, until: &str) -> Vec<String> {
        let zone = TimeZone::get(zone).unwrap();
        let [since, until] = [since, until].map(|at| Time::parse(at).unwrap());
        let starts = step.between(&zone, (since, until), 100).unwrap();
        let starts = starts.iter().map(|hour| Time(hour * HOUR_MS).to_string());
        starts.map(|at| at[..13].to_owned()).collect()
    }

    #[test]
    fn steps_are_whole_and_begin_where_the_zone_says() {
        let (since, until) = ("2026-03-28T22:30:00Z", "2026-03-29T00:30:00Z");
        let hours = [
            "2026-03-28T22",
            "2026-03-28T23",
            "2026-03-29T00",
            "2026-03-29T01",
        ];
        assert_eq!(between(StatisticsStep::Hour, "UTC", since, until), hours);
        // The day on which the clocks are set forward has 23 hours.
        let days = ["2026-03-27T23", "2026-03-28T23", "2026-03-29T22"];
        assert_eq!(
            between(StatisticsStep::Day, "Europe/Berlin", since, until),
            days
        );
        let days = ["2026-03-28T17", "2026-03-29T17"];
        assert_eq!(
            between(StatisticsStep::Day, "Asia/Ho_Chi_Minh", since, until),
            days
        );
        // 18:30 UTC.
        let days = ["2026-03-28T19", "2026-03-29T19"];
        assert_eq!(
            between(StatisticsStep::Day, "Asia/Kolkata", since, until),
            days
        );
        let weeks = ["2026-03-23T00", "2026-03-30T00"];
        assert_eq!(between(StatisticsStep::Week, "UTC", since, until), weeks);
        let months = ["2026-03-01T00", "2026-04-01T00"];
        assert_eq!(between(StatisticsStep::Month, "UTC", since, until), months);
        // No day is the 30th there.
        let days = ["2011-12-29T10", "2011-12-30T10", "2011-12-31T10"];
        let (since, until) = ("2011-12-29T12:00:00Z", "2011-12-30T12:00:00Z");
        assert_eq!(
            between(StatisticsStep::Day, "Pacific/Apia", since, until),
            days
        );
    }

    #[test]
    fn an_end_on_the_hour_begins_no_further_step_and_a_time_alone_has_one() {
        let (since, until) = ("2026-03-28T22:00:00Z", "2026-03-28T23:00:00Z");
        assert_eq!(
            between(StatisticsStep::Hour, "UTC", since, until),
            ["2026-03-28T22", "2026-03-28T23"]
        );
        assert_eq!(
            between(StatisticsStep::Day, "UTC", since, since),
            ["2026-03-28T00", "2026-03-29T00"]
        );
        // A quarter past midnight in Kolkata, where the day begins at 19:00 UTC.
        let (since, until) = ("2026-03-28T18:45:00Z", "2026-03-28T18:50:00Z");
        assert_eq!(
            between(StatisticsStep::Day, "Asia/Kolkata", since, until),
            ["2026-03-28T19", "2026-03-29T19"]
        );
    }

    #[test]
    fn too_many_steps_are_none() {
        let zone = TimeZone::UTC;
        for (step, span) in [
            (StatisticsStep::Hour, 3 * HOUR_MS),
            (StatisticsStep::Day, 3 * 24 * HOUR_MS),
        ] {
            assert!(step.between(&zone, (Time(0), Time(span)), 3).is_some());
            assert!(step.between(&zone, (Time(0), Time(span + 1)), 3).is_none());
        }
        let beyond = (Time(i64::MAX / 2), Time(i64::MAX / 2));
        assert!(StatisticsStep::Day.between(&zone, beyond, 3).is_none());
    }
}
