//! The trunk prefix of a country, which is dialled within it and is no part of its numbers (ITU-T E.164 §7.3.1).

/// Digits of the country code, and what follows the trunk prefix 0 that somebody has put behind it: `+84 (0)90…`.
/// None where there is none. Some countries have no such prefix, and numbers that begin with 0: Italy has.
pub(super) fn beyond(digits: &str) -> Option<(&str, &str)> {
    let (code, national) = digits.split_at_checked(code_length(digits))?;
    // Where the prefix is another digit, as 1 or 8, numbers begin with it too. And the tables are not
    // loaded for every number.
    if !national.starts_with('0') {
        return None;
    }
    let countries = phonenumber::metadata::DATABASE.by_code(&code.parse().ok()?)?;
    let prefix = countries.first()?.national_prefix()?;
    Some((code, national.strip_prefix(prefix)?))
}

/// No code begins as another one does (the list of codes that ITU-T assigned).
fn code_length(digits: &str) -> usize {
    match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_of_the_tables_is_found_in_front_of_a_number() {
        for country in phonenumber::metadata::DATABASE.iter() {
            let code = country.country_code().to_string();
            let number = format!("{code}912345678");
            assert_eq!(code_length(&number), code.len(), "{code}");
        }
    }
}
