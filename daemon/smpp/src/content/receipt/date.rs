//! Dates in the text of a receipt.

/// A date and time as the SMSC wrote it, checked against the calendar. The time zone is not
/// told: mostly the SMSC's local time, so it is for people and not for reckoning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateFields {
    /// With the century.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59; `None` where it was not told, as in Appendix B.
    pub second: Option<u8>,
}

impl DateFields {
    /// Reads `YYMMDDhhmm` (Appendix B), `YYMMDDhhmmss`, the same with the century, or the
    /// 16 characters of §7.1.1; separators between the digits are skipped.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_start();
        let first: String = leading_digits(text, |_| false);
        let digits = if first.len() >= 10 {
            first
        } else {
            leading_digits(text, |c| " -/.:tT".contains(c))
        };
        match digits.len() {
            10 => Self::from_digits(&digits, 2),
            // Twelve digits are mostly with seconds; with a century they name no month then.
            12 => Self::from_digits(&digits, 2).or_else(|| Self::from_digits(&digits, 4)),
            14 => Self::from_digits(&digits, 4),
            // Tenths of a second and the offset from UTC follow (§7.1.1).
            15 => Self::from_digits(&digits[..12], 2),
            _ => None,
        }
    }

    /// From digits alone, the first `year_digits` (2 or 4) of which are the year.
    fn from_digits(digits: &str, year_digits: usize) -> Option<Self> {
        let (year, rest) = digits.split_at_checked(year_digits)?;
        let year = year.parse::<u16>().ok()?;
        let pair = |at: usize| rest.get(at * 2..at * 2 + 2)?.parse::<u8>().ok();
        let fields = Self {
            year: if year_digits == 2 { 2000 + year } else { year },
            month: pair(0)?,
            day: pair(1)?,
            hour: pair(2)?,
            minute: pair(3)?,
            second: pair(4),
        };
        fields.is_valid().then_some(fields)
    }

    fn is_valid(self) -> bool {
        let leap = self.year.is_multiple_of(4)
            && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        (1..=days).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second.is_none_or(|second| second < 60)
    }
}

fn leading_digits(text: &str, skip: impl Fn(char) -> bool) -> String {
    text.chars()
        .take_while(|c| c.is_ascii_digit() || skip(*c))
        .filter(char::is_ascii_digit)
        .take(15)
        .collect()
}
