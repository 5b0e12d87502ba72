//! Phone numbers as clients write them, and the one form in which they are kept.

use std::str::FromStr;

use phonenumber::{Mode, country::Id};

/// Digits of an E.164 number, country code included (ITU-T E.164 §6.1 sets the upper bound).
const E164_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Digits of a short code.
const SHORT_CODE_DIGITS: std::ops::RangeInclusive<usize> = 3..=8;
/// More than any number with all its separators.
const MAX_LENGTH: usize = 40;

/// The country whose national numbers are understood; ISO 3166-1 alpha-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Country(Id);

impl FromStr for Country {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse()
            .map(Self)
            .map_err(|_| format!("{text:?} is not an ISO 3166-1 alpha-2 country code"))
    }
}

/// Why something is not a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadNumber {
    #[error("a number is needed")]
    Empty,
    #[error("a number has digits, a leading + and the separators space - . ( ) only")]
    Character,
    #[error("a number after + has 7 to 15 digits and does not start with 0")]
    International,
    #[error(
        "a national number is understood only when defaults.country is set; write it with + and the country code"
    )]
    NoCountry,
    #[error("not a number of the default country, not a short code (3 to 8 digits), and without +")]
    National,
}

/// Gives `+` and 7 to 15 digits, or a short code of 3 to 8 digits as it is.
/// Anything else without `+` is read as a national number of `country`.
pub(crate) fn normalise(text: &str, country: Option<Country>) -> Result<String, BadNumber> {
    let bare = strip_separators(text)?;
    if let Some(digits) = bare.strip_prefix('+') {
        let fits = E164_DIGITS.contains(&digits.len()) && !digits.starts_with('0');
        return if fits {
            Ok(bare)
        } else {
            Err(BadNumber::International)
        };
    }
    if SHORT_CODE_DIGITS.contains(&bare.len()) {
        return Ok(bare);
    }
    let Country(country) = country.ok_or(BadNumber::NoCountry)?;
    // The tables take a tenth of a second and 9 MB to load, on the first national number only.
    let parsed = phonenumber::parse(Some(country), &bare).map_err(|_| BadNumber::National)?;
    let e164 = parsed.format().mode(Mode::E164).to_string();
    let digits = e164.len().saturating_sub(1);
    if phonenumber::is_valid(&parsed) && E164_DIGITS.contains(&digits) {
        Ok(e164)
    } else {
        Err(BadNumber::National)
    }
}

/// Keeps digits and a `+` in front; anything but a separator besides them is refused.
/// Whether a text is `+` and the first digits of a number, all of them perhaps.
pub(crate) fn is_international_prefix(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (1..=*E164_DIGITS.end()).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Whether a text is the beginning of a number as it is kept: a short code's too.
pub(crate) fn is_prefix(text: &str) -> bool {
    let is_short = (1..=*SHORT_CODE_DIGITS.end()).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit());
    is_short || is_international_prefix(text)
}

fn strip_separators(text: &str) -> Result<String, BadNumber> {
    if text.len() > MAX_LENGTH {
        return Err(BadNumber::Character);
    }
    let mut bare = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '0'..='9' => bare.push(character),
            '+' if bare.is_empty() => bare.push(character),
            ' ' | '-' | '.' | '(' | ')' => {}
            _ => return Err(BadNumber::Character),
        }
    }
    if bare.is_empty() {
        Err(BadNumber::Empty)
    } else {
        Ok(bare)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(code: &str) -> Country {
        code.parse().unwrap()
    }

    #[test]
    fn international_numbers_lose_their_separators_only() {
        assert_eq!(
            normalise("+84 (90) 123-45.67", None).unwrap(),
            "+84901234567"
        );
        assert_eq!(normalise("+1234567", None).unwrap(), "+1234567");
    }

    #[test]
    fn short_codes_pass_through() {
        for code in ["101", "12345", "12345678"] {
            assert_eq!(normalise(code, Some(country("VN"))).unwrap(), code);
        }
    }

    #[test]
    fn national_numbers_take_the_default_country() {
        assert_eq!(
            normalise("0901234567", Some(country("VN"))).unwrap(),
            "+84901234567"
        );
        assert_eq!(
            normalise("0084901234567", Some(country("VN"))).unwrap(),
            "+84901234567"
        );
        let britain = Some(country("GB"));
        assert_eq!(normalise("07400 123456", britain).unwrap(), "+447400123456");
    }

    #[test]
    fn what_is_no_number_says_why() {
        let cases = [
            ("", BadNumber::Empty),
            ("+", BadNumber::International),
            ("+0123456789", BadNumber::International),
            ("+123456", BadNumber::International),
            ("+1234567890123456", BadNumber::International),
            ("12", BadNumber::NoCountry),
            ("0901234567", BadNumber::NoCountry),
            ("ACME", BadNumber::Character),
            ("+84٠901234567", BadNumber::Character),
            ("84+901234567", BadNumber::Character),
            ("*101#", BadNumber::Character),
            ("+84901234567\0", BadNumber::Character),
        ];
        for (text, why) in cases {
            assert_eq!(normalise(text, None), Err(why), "{text:?}");
        }
        assert_eq!(
            normalise("00000000000", Some(country("VN"))),
            Err(BadNumber::National)
        );
    }

    #[test]
    fn beginnings_of_numbers() {
        for prefix in ["+8", "+84901234567", "1", "12345678"] {
            assert!(is_prefix(prefix), "{prefix}");
        }
        for other in [
            "",
            "+",
            "+0",
            "84 9",
            "+84-9",
            "123456789",
            "+1234567890123456",
            "x",
        ] {
            assert!(!is_prefix(other), "{other}");
        }
        assert!(is_international_prefix("+84") && !is_international_prefix("84"));
    }

    #[test]
    fn an_unknown_country_is_refused() {
        assert!("XX".parse::<Country>().is_err());
    }
}
