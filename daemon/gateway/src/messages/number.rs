//! Phone numbers as clients write them, and the one form in which they are kept.

mod trunk;

use std::str::FromStr;

use phonenumber::{Mode, PhoneNumber, Type, country::Id};

use crate::{FieldCode, FieldError};

/// Digits of an E.164 number, country code included (ITU-T E.164 §6.1 sets the upper bound).
const E164_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Digits of a short code.
const SHORT_CODE_DIGITS: std::ops::RangeInclusive<usize> = 3..=8;
/// Characters; more than any number with all its separators.
pub(super) const MAX_LENGTH: usize = 40;

/// The last three digits of a number, as a log may have it. A name that is no number is whole.
pub fn masked(number: &str) -> String {
    if !number.contains(|c: char| c.is_ascii_digit()) {
        return number.to_owned();
    }
    let hidden = number.chars().count().saturating_sub(3);
    format!("…{}", number.chars().skip(hidden).collect::<String>())
}

/// The country whose national numbers are understood; ISO 3166-1 alpha-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country(Id);

impl Country {
    /// Whether digits begin as numbers of this country do within it, with its trunk prefix: what
    /// begins so is no short code, since a handset would take it for a number.
    fn begins_national(self, digits: &str) -> bool {
        self.beyond_national(digits).is_some()
    }

    /// Whether digits are a whole number of a subscriber of this country, where numbers are dialled within it as they
    /// are: 91234567 in Norway. Lines of services have short numbers there too.
    fn is_subscriber(self, digits: &str) -> bool {
        let metadata = phonenumber::metadata::DATABASE.by_id(self.0.as_ref());
        if digits.len() < 7 || metadata.is_none_or(|known| known.national_prefix().is_some()) {
            return false;
        }
        phonenumber::parse(Some(self.0), digits).is_ok_and(|parsed| {
            let kind = parsed.number_type(&phonenumber::metadata::DATABASE);
            matches!(
                kind,
                Type::FixedLine | Type::Mobile | Type::FixedLineOrMobile
            )
        })
    }

    /// The country code, and what follows the trunk prefix of digits that begin so.
    fn beyond_national(self, digits: &str) -> Option<(u16, &str)> {
        // Where the prefix is another digit, as 1 or 8, short codes begin with it too. And the
        // tables are not loaded for every short code.
        if !digits.starts_with('0') {
            return None;
        }
        let metadata = phonenumber::metadata::DATABASE.by_id(self.0.as_ref())?;
        let rest = digits.strip_prefix(metadata.national_prefix()?)?;
        Some((metadata.country_code(), rest))
    }
}

impl std::fmt::Display for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.as_ref())
    }
}

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
pub enum BadNumber {
    #[error("a number is needed")]
    Empty,
    #[error("a number has digits, a leading + and separators such as space - . / ( ) only")]
    Character,
    #[error("a number after + has 7 to 15 digits and does not start with 0")]
    International,
    #[error("that country has no such number: behind its country code stands no 0")]
    Trunk,
    #[error(
        "a national number is understood only when the country is set; write it with + and the country code"
    )]
    NoCountry,
    #[error("not a number of the default country, not a short code (3 to 8 digits), and without +")]
    National,
}

impl BadNumber {
    /// Said of a field.
    pub fn at(self, pointer: impl Into<String>) -> FieldError {
        let code = match self {
            Self::Empty => FieldCode::Required,
            Self::Character => FieldCode::NumberCharacters,
            Self::International => FieldCode::NumberInternational,
            Self::Trunk => FieldCode::NumberTrunk,
            Self::NoCountry => FieldCode::NumberNoCountry,
            Self::National => FieldCode::NumberNational,
        };
        FieldError::new(pointer, self.to_string()).coded(code)
    }
}

/// Gives `+` and 7 to 15 digits, or a short code of 3 to 8 digits as it is: what no handset in `country` takes for the
/// number of a subscriber.
/// Anything else without `+` is read as a national number of `country`. One number has one form: the 0 of
/// `+84 (0)90…` is left out.
pub fn normalise(text: &str, country: Option<Country>) -> Result<String, BadNumber> {
    let bare = strip_separators(text)?;
    if let Some(digits) = bare.strip_prefix('+') {
        return international(digits);
    }
    let is_national =
        |country: Country| country.begins_national(&bare) || country.is_subscriber(&bare);
    if SHORT_CODE_DIGITS.contains(&bare.len()) && !country.is_some_and(is_national) {
        return Ok(bare);
    }
    match national(&bare, country) {
        // A plus that was not escaped in a form or a query has become a blank.
        Err(_) if text.starts_with(' ') && is_e164(&bare) => international(&bare),
        read => read,
    }
}

/// A number as a network gives it, in the form in which numbers are kept: else a conversation would be two. What is none
/// stays as it is, as the name of a service does.
pub fn received(given: &str, country: Option<Country>) -> String {
    normalise(given, country).unwrap_or_else(|_| given.to_owned())
}

/// Digits behind a plus.
fn international(digits: &str) -> Result<String, BadNumber> {
    if !is_e164(digits) {
        return Err(BadNumber::International);
    }
    let number = format!("+{digits}");
    if trunk::beyond(digits).is_none() {
        return Ok(number);
    }
    let parsed = phonenumber::parse(None, &number).map_err(|_| BadNumber::Trunk)?;
    e164(&parsed).ok_or(BadNumber::Trunk)
}

fn is_e164(digits: &str) -> bool {
    E164_DIGITS.contains(&digits.len()) && !digits.starts_with('0')
}

fn national(bare: &str, country: Option<Country>) -> Result<String, BadNumber> {
    let Country(country) = country.ok_or(BadNumber::NoCountry)?;
    // The tables take a tenth of a second and 9 MB to load, on the first national number only.
    let parsed = phonenumber::parse(Some(country), bare).map_err(|_| BadNumber::National)?;
    e164(&parsed).ok_or(BadNumber::National)
}

fn e164(parsed: &PhoneNumber) -> Option<String> {
    let number = parsed.format().mode(Mode::E164).to_string();
    let digits = number.len().saturating_sub(1);
    let fits = phonenumber::is_valid(parsed) && E164_DIGITS.contains(&digits);
    fits.then_some(number)
}

/// Whether a text is `+` and the first digits of a number, all of them perhaps.
pub fn is_international_prefix(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (1..=*E164_DIGITS.end()).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
            && trunk::beyond(digits).is_none()
    })
}

/// Whether a text is the beginning of a number as it is kept: a short code's too.
pub fn is_prefix(text: &str) -> bool {
    let is_short = (1..=*SHORT_CODE_DIGITS.end()).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit());
    is_short || is_international_prefix(text)
}

/// The beginning of a number as somebody writes it, in the form that numbers are kept in: `0902` is
/// `+84902` in Vietnam. None where no number begins so.
pub fn beginning(text: &str, country: Option<Country>) -> Option<String> {
    let mut bare = strip_separators(text).ok()?;
    // A plus that was not escaped in a query has become a blank.
    if text.starts_with(' ') && !bare.starts_with('+') {
        bare.insert(0, '+');
    }
    // What is dialled to leave the country in most of the world.
    if let Some(rest) = bare.strip_prefix("00") {
        bare = format!("+{rest}");
    } else if let Some((code, rest)) = country.and_then(|country| country.beyond_national(&bare)) {
        bare = format!("+{code}{rest}");
    }
    if let Some((code, rest)) = bare.strip_prefix('+').and_then(trunk::beyond) {
        bare = format!("+{code}{rest}");
    }
    (bare == "+" || is_prefix(&bare)).then_some(bare)
}

/// What people write between digits, and what comes along when they paste: blanks, dashes and
/// points of all kinds, and characters that only say how to show the others.
fn is_separator(character: char) -> bool {
    matches!(character,
        ' ' | '-' | '.' | '/' | '(' | ')'
        | '\u{a0}' | '\u{ad}' | '\u{b7}'
        | '\u{2000}'..='\u{2015}' | '\u{2022}' | '\u{202a}'..='\u{202f}'
        | '\u{205f}'..='\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{2212}' | '\u{3000}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ff0d}')
}

/// Keeps digits and a `+` in front; anything but a separator besides them is refused.
fn strip_separators(text: &str) -> Result<String, BadNumber> {
    if text.chars().count() > MAX_LENGTH {
        return Err(BadNumber::Character);
    }
    let mut bare = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '0'..='9' => bare.push(character),
            '+' if bare.is_empty() => bare.push(character),
            '\u{ff0b}' if bare.is_empty() => bare.push('+'),
            separator if is_separator(separator) => {}
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

    fn in_vietnam(text: &str) -> Result<String, BadNumber> {
        normalise(text, Some(country("VN")))
    }

    #[test]
    fn international_numbers_lose_their_separators_only() {
        let number = normalise("+84 (90) 123-45.67", None);
        assert_eq!(number.unwrap(), "+84901234567");
        assert_eq!(normalise("+1234567", None).unwrap(), "+1234567");
    }

    #[test]
    fn short_codes_pass_through() {
        for code in ["101", "12345", "12345678"] {
            assert_eq!(in_vietnam(code).unwrap(), code);
        }
    }

    #[test]
    fn a_subscriber_s_number_is_no_short_code_where_numbers_have_no_trunk_prefix() {
        for (code, written, kept) in [
            ("NO", "91 23 45 67", "+4791234567"),
            ("NO", "22334455", "+4722334455"),
            ("DK", "20123456", "+4520123456"),
            ("SG", "91234567", "+6591234567"),
            ("HK", "51234567", "+85251234567"),
            ("IS", "6111234", "+3546111234"),
            // Lines of services, which their numbers alone reach.
            ("NO", "1881", "1881"),
            ("NO", "02222", "02222"),
            ("NO", "26112", "26112"),
            ("SG", "77777", "77777"),
            // With a trunk prefix, and so without it.
            ("VN", "19001234", "19001234"),
            ("DE", "89123456", "89123456"),
        ] {
            let read = normalise(written, Some(country(code)));
            assert_eq!(read.unwrap(), kept, "{code} {written}");
        }
    }

    #[test]
    fn national_numbers_take_the_default_country() {
        assert_eq!(in_vietnam("0901234567").unwrap(), "+84901234567");
        assert_eq!(in_vietnam("0084901234567").unwrap(), "+84901234567");
        let britain = Some(country("GB"));
        assert_eq!(normalise("07400 123456", britain).unwrap(), "+447400123456");
    }

    #[test]
    fn what_begins_with_the_trunk_prefix_is_no_short_code() {
        for text in ["0123", "012", "09012345"] {
            let read = in_vietnam(text);
            assert_eq!(read, Err(BadNumber::National), "{text}");
            assert_eq!(
                normalise(text, None).unwrap(),
                text,
                "no country, no prefix"
            );
        }
        // Italy has none: the 0 belongs to the number.
        assert_eq!(normalise("0123", Some(country("IT"))).unwrap(), "0123");
        assert_eq!(in_vietnam("1414").unwrap(), "1414");
    }

    #[test]
    fn the_0_that_is_dialled_within_a_country_alone_is_left_out() {
        for (written, kept) in [
            ("+84 0902 000 001", "+84902000001"),
            ("+84 (0) 902 000 001", "+84902000001"),
            (" 840902000001", "+84902000001"),
            ("+44 (0)7400 123456", "+447400123456"),
            ("+49 (0)151 23456789", "+4915123456789"),
            ("+81 (0)90-1234-5678", "+819012345678"),
            ("+886 0912 345 678", "+886912345678"),
            // There a 0 belongs to the number.
            ("+39 06 6982 1234", "+390669821234"),
            ("+225 01 02 03 04 05", "+2250102030405"),
            ("+242 06 612 3456", "+242066123456"),
            ("+378 0549 886 377", "+3780549886377"),
            // Nor is another digit in front left out, where numbers begin with it too.
            ("+7 800 555 35 35", "+78005553535"),
        ] {
            assert_eq!(normalise(written, None).as_deref(), Ok(kept), "{written}");
        }
        for none in ["+84 0123 45", "+44 0000 000 000"] {
            assert_eq!(normalise(none, None), Err(BadNumber::Trunk), "{none}");
        }
    }

    #[test]
    fn what_a_network_gives_is_kept_in_the_same_form() {
        for (given, kept) in [
            ("+84902000001", "+84902000001"),
            ("0902000001", "+84902000001"),
            ("902000001", "+84902000001"),
            ("84902000001", "+84902000001"),
            ("0084902000001", "+84902000001"),
            ("+840902000001", "+84902000001"),
            ("1414", "1414"),
            ("09012345", "09012345"),
            ("*101#", "*101#"),
            ("Viettel", "Viettel"),
            ("unknown", "unknown"),
            ("", ""),
        ] {
            assert_eq!(received(given, Some(country("VN"))), kept, "{given}");
        }
        assert_eq!(received("0902000001", None), "0902000001");
    }

    #[test]
    fn a_blank_in_front_may_have_been_a_plus() {
        assert_eq!(normalise(" 84901234567", None).unwrap(), "+84901234567");
        assert_eq!(in_vietnam(" 84901234567").unwrap(), "+84901234567");
        assert_eq!(in_vietnam(" 0901234567").unwrap(), "+84901234567");
        assert_eq!(in_vietnam(" 1414").unwrap(), "1414");
        assert_eq!(normalise("84901234567", None), Err(BadNumber::NoCountry));
    }

    /// As they come with what is pasted.
    const PASTED: &[char] = &[
        '\u{202a}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{a0}', '\u{2011}', '\u{fe0d}',
        '\u{fe0f}', '/', ' ', '-', '.', '(', ')', '\u{200b}', '\u{200e}', '\u{2013}', '\u{2066}',
        '\u{2069}', '\u{feff}',
    ];

    #[test]
    fn a_number_as_it_is_pasted_is_a_number() {
        let pasted = "\u{202a}+84\u{a0}90\u{2011}123/45\u{fe0d}67\u{202c}";
        assert_eq!(normalise(pasted, None).unwrap(), "+84901234567");
    }

    proptest::proptest! {
        #[test]
        fn separators_anywhere_change_nothing(
            marks in proptest::collection::vec((0..=12_usize, proptest::sample::select(PASTED)), 0..20)
        ) {
            let mut text: Vec<char> = "+84901234567".chars().collect();
            for (at, mark) in marks {
                text.insert(at.min(text.len()), mark);
            }
            let text: String = text.into_iter().collect();
            proptest::prop_assert_eq!(normalise(&text, None), Ok("+84901234567".to_owned()));
        }

        #[test]
        fn letters_and_other_digits_are_never_dropped(
            at in 0..=12_usize, other in "[a-zA-Z#*,;٠-٩é]"
        ) {
            let mut text = "+84901234567".to_owned();
            text.insert_str(at, &other);
            proptest::prop_assert_eq!(normalise(&text, None), Err(BadNumber::Character));
        }
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
        assert_eq!(in_vietnam("00000000000"), Err(BadNumber::National));
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
            "+840",
            "+840902",
            "x",
        ] {
            assert!(!is_prefix(other), "{other}");
        }
        assert!(is_international_prefix("+84") && !is_international_prefix("84"));
        for (written, kept) in [
            ("0902", Some("+84902")),
            ("0", Some("+84")),
            ("0902 000 001", Some("+84902000001")),
            ("008490", Some("+8490")),
            (" 8490", Some("+8490")),
            ("+84 90", Some("+8490")),
            ("+84 (0)90", Some("+8490")),
            ("0084090", Some("+8490")),
            ("+840", Some("+84")),
            ("+39 06", Some("+3906")),
            ("+", Some("+")),
            ("14", Some("14")),
            ("84902000001", None),
            ("", None),
            ("x", None),
        ] {
            let read = beginning(written, Some(country("VN")));
            assert_eq!(read.as_deref(), kept, "{written:?}");
        }
        assert_eq!(beginning("0902", None).as_deref(), Some("0902"));
    }

    #[test]
    fn an_unknown_country_is_refused() {
        assert!("XX".parse::<Country>().is_err());
    }
}
