//! The hours of the day in which a SIM sends.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned, civil};

use model::{Time, Window};

/// A [`Window`] that was checked.
#[derive(Clone, Debug)]
pub struct Hours {
    from: civil::Time,
    to: civil::Time,
    zone: TimeZone,
}

impl Hours {
    /// The error is the name of the field that is wrong; the API refuses such a window before
    /// it is stored.
    pub fn new(window: &Window) -> Result<Self, &'static str> {
        Ok(Self {
            from: civil::Time::strptime("%H:%M", &window.from).map_err(|_| "from")?,
            to: civil::Time::strptime("%H:%M", &window.to).map_err(|_| "to")?,
            zone: TimeZone::get(&window.timezone).map_err(|_| "timezone")?,
        })
    }

    /// When the window opens next; none while it is open. Equal ends mean the whole day.
    pub fn closed_until(&self, now: Time) -> Option<Time> {
        let local = Timestamp::from_millisecond(now.0)
            .ok()?
            .to_zoned(self.zone.clone());
        let time = local.time();
        let open = if self.from < self.to {
            (self.from..self.to).contains(&time)
        } else {
            time >= self.from || time < self.to
        };
        if open {
            None
        } else {
            self.next_opening(&local, time)
        }
    }

    /// When the window opens or closes next.
    pub fn changes_at(&self, now: Time) -> Option<Time> {
        if self.from == self.to {
            return None;
        }
        if let Some(opens) = self.closed_until(now) {
            return Some(opens);
        }
        let closing = Self {
            from: self.to,
            to: self.from,
            zone: self.zone.clone(),
        };
        closing.closed_until(now)
    }

    fn next_opening(&self, local: &Zoned, time: civil::Time) -> Option<Time> {
        let today = local.date();
        let day = if time < self.from {
            today
        } else {
            today.checked_add(1.day()).ok()?
        };
        let opens = day
            .to_datetime(self.from)
            .to_zoned(self.zone.clone())
            .ok()?;
        Some(Time(opens.timestamp().as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed_until(from: &str, to: &str, now: &str) -> Option<String> {
        let [from, to] = [from, to].map(str::to_owned);
        let hours = Hours::new(&Window {
            from,
            to,
            timezone: "Asia/Ho_Chi_Minh".to_owned(),
        });
        hours
            .unwrap()
            .closed_until(Time::parse(now).unwrap())
            .map(|time| time.to_string())
    }

    #[test]
    fn opens_in_the_morning_of_its_own_zone() {
        let opening = Some("2026-11-22T01:00:00.000Z".to_owned());
        assert_eq!(
            closed_until("08:00", "21:00", "2026-11-21T15:00:00Z"),
            opening
        );
        assert_eq!(
            closed_until("08:00", "21:00", "2026-11-22T00:59:59Z"),
            opening
        );
        assert_eq!(closed_until("08:00", "21:00", "2026-11-22T01:00:00Z"), None);
    }

    #[test]
    fn may_run_over_midnight() {
        assert_eq!(closed_until("22:00", "06:00", "2026-11-22T17:00:00Z"), None);
        let opening = Some("2026-11-22T15:00:00.000Z".to_owned());
        assert_eq!(
            closed_until("22:00", "06:00", "2026-11-22T05:00:00Z"),
            opening
        );
    }

    #[test]
    fn a_wrong_field_is_named() {
        let window = |from: &str, zone: &str| Window {
            from: from.to_owned(),
            to: "21:00".to_owned(),
            timezone: zone.to_owned(),
        };
        assert_eq!(
            Hours::new(&window("8 o'clock", "Asia/Ho_Chi_Minh")).err(),
            Some("from")
        );
        assert_eq!(
            Hours::new(&window("08:00", "Mars/Olympus")).err(),
            Some("timezone")
        );
    }
}
