//! Time stamps: TP-SCTS, TP-DT and the absolute TP-VP (TS 23.040 §9.2.3.11).

use core::fmt;

/// Two-digit years below this are of this century, the others of the last:
/// the standard leaves the century to the reader.
const PIVOT: u8 = 70;
/// Minutes in a step of the time zone.
const QUARTER_MINUTES: i64 = 15;
/// The widest offset the field can hold, in quarters of an hour.
const MAX_QUARTERS: i8 = 79;

/// Seven semi-octet pairs: local time and its offset from UTC.
///
/// The octets are kept as they came, since networks do send impossible dates
/// (all zeros in a status report for instance) and a message must not be lost
/// for that: [`Timestamp::fields`] says whether they are a date.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timestamp([u8; 7]);

/// A time stamp taken apart, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimestampFields {
    /// 1970 to 2069.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// Offset of local time from UTC in quarters of an hour, -79 to 79;
    /// `None` when its octet is no number, as some networks write it.
    pub offset_quarters: Option<i8>,
}

impl Timestamp {
    /// From the seven octets on the wire.
    pub const fn from_octets(octets: [u8; 7]) -> Self {
        Self(octets)
    }

    /// The seven octets on the wire.
    pub const fn octets(self) -> [u8; 7] {
        self.0
    }

    /// From seconds since 1970 in UTC and the offset of local time in
    /// quarters of an hour. `None` outside 1970 to 2069 local time, or with
    /// an offset beyond ±79.
    pub fn from_unix(seconds: i64, offset_quarters: i8) -> Option<Self> {
        let local = seconds.checked_add(i64::from(offset_quarters) * QUARTER_MINUTES * 60)?;
        let (year, month, day) = civil_from_days(local.div_euclid(86_400));
        let second_of_day = local.rem_euclid(86_400);
        let small = |n: i64| u8::try_from(n).ok();
        Self::from_fields(TimestampFields {
            year: u16::try_from(year).ok()?,
            month,
            day,
            hour: small(second_of_day / 3600)?,
            minute: small(second_of_day / 60 % 60)?,
            second: small(second_of_day % 60)?,
            offset_quarters: Some(offset_quarters),
        })
    }

    /// From checked fields; `None` when they are no date of 1970 to 2069, or
    /// lack the offset.
    pub fn from_fields(fields: TimestampFields) -> Option<Self> {
        if !fields.is_valid() {
            return None;
        }
        let year = u8::try_from(fields.year % 100).ok()?;
        let offset = fields.offset_quarters?;
        let quarters = offset.unsigned_abs();
        // The sign is bit 3 of the octet, the top bit of the tens (§9.2.3.11).
        let sign = if offset < 0 { 0x08 } else { 0 };
        Some(Self([
            swapped(year),
            swapped(fields.month),
            swapped(fields.day),
            swapped(fields.hour),
            swapped(fields.minute),
            swapped(fields.second),
            swapped(quarters) | sign,
        ]))
    }

    /// Takes the time stamp apart; `None` when the octets are no date.
    pub fn fields(self) -> Option<TimestampFields> {
        let [year, month, day, hour, minute, second, zone] = self.0;
        let year = digits(year)?;
        let quarters = digits(zone & !0x08).and_then(|quarters| i8::try_from(quarters).ok());
        let fields = TimestampFields {
            year: if year < PIVOT { 2000 } else { 1900 } + u16::from(year),
            month: digits(month)?,
            day: digits(day)?,
            hour: digits(hour)?,
            minute: digits(minute)?,
            second: digits(second)?,
            offset_quarters: if zone & 0x08 == 0 {
                quarters
            } else {
                quarters.map(|quarters| -quarters)
            },
        };
        fields.is_valid().then_some(fields)
    }

    /// Seconds since 1970 in UTC; `None` when the octets are no date. Local
    /// time without its offset counts as UTC: a few hours off are better than
    /// no time at all.
    pub fn unix_seconds(self) -> Option<i64> {
        let fields = self.fields()?;
        let days = days_from_civil(i64::from(fields.year), fields.month, fields.day);
        let minutes = i64::from(fields.hour) * 60 + i64::from(fields.minute)
            - i64::from(fields.offset_quarters.unwrap_or(0)) * QUARTER_MINUTES;
        Some(days * 86_400 + minutes * 60 + i64::from(fields.second))
    }
}

impl TimestampFields {
    fn is_valid(self) -> bool {
        (1970..2070).contains(&self.year)
            && (1..=12).contains(&self.month)
            && (1..=days_in_month(self.year, self.month)).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
            && self
                .offset_quarters
                .is_none_or(|offset| offset.unsigned_abs() <= MAX_QUARTERS.unsigned_abs())
    }
}

/// ISO 8601 with offset, as `2026-11-22T15:04:05+07:00`, without where it is
/// not readable; octets that are no date as fourteen hexadecimal digits.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(TimestampFields {
            year,
            month,
            day,
            hour,
            minute,
            second,
            offset_quarters,
        }) = self.fields()
        else {
            return self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}"));
        };
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        let Some(offset) = offset_quarters else {
            return Ok(());
        };
        let sign = if offset < 0 { '-' } else { '+' };
        let quarters = offset.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", quarters / 4, quarters % 4 * 15)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

/// Two decimal digits, the tens in the low nibble.
pub(crate) const fn swapped(number: u8) -> u8 {
    ((number % 10) << 4) | (number / 10)
}

/// The number of two decimal digits, the tens in the low nibble; `None` when they are none.
pub(crate) fn digits(octet: u8) -> Option<u8> {
    let (tens, units) = (octet & 0x0F, octet >> 4);
    (tens < 10 && units < 10).then_some(tens * 10 + units)
}

const fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
fn days_from_civil(year: i64, month: u8, day: u8) -> i64 {
    // Years are counted from March, so that the leap day is their last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    // Both are small by construction: a month and a day of a month.
    (
        year,
        u8::try_from(month).unwrap_or(1),
        u8::try_from(day).unwrap_or(1),
    )
}
