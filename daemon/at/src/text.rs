//! Strings in the character set chosen with `+CSCS` (TS 27.007 5.5).

/// The character set of strings on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// `IRA`, `UTF-8`, `8859-1` and others that reach us as readable text.
    #[default]
    Plain,
    /// `GSM`: the codes of TS 23.038, which are those of ASCII but for a few.
    Gsm,
    /// `UCS2`: four hexadecimal digits a UTF-16 unit.
    Ucs2,
    /// `HEX`: two hexadecimal digits a code of TS 23.038.
    Hex,
}

/// What the codes below the space mean in TS 23.038, line ends and ESC left as they are.
const GSM_LOW: [char; 32] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', 'Δ', '_',
    'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1b}', 'Æ', 'æ', 'ß', 'É',
];

impl Charset {
    /// The set that a modem calls so.
    pub fn named(name: &str) -> Self {
        match name.trim().trim_matches('"').to_ascii_uppercase().as_str() {
            "GSM" => Self::Gsm,
            // Some answer in the set itself, and `UCS2` in hexadecimal is this.
            "UCS2" | "0055004300530032" => Self::Ucs2,
            "HEX" | "484558" => Self::Hex,
            _ => Self::Plain,
        }
    }
}

/// Text of a string field. Text that is not in the hexadecimal form although that is set is
/// returned as it is: modems differ in which fields they convert.
pub fn decode_text(field: &str, charset: Charset) -> String {
    match charset {
        Charset::Plain => field.to_owned(),
        Charset::Gsm => field.chars().map(from_gsm).collect(),
        Charset::Ucs2 => from_ucs2_hex(field).unwrap_or_else(|| field.to_owned()),
        Charset::Hex => from_hex(field).unwrap_or_else(|| field.to_owned()),
    }
}

/// Modems that say `GSM` write `$`, `@` and `_` of ASCII as often as not, so only what no text
/// holds is read by the table.
fn from_gsm(c: char) -> char {
    let low = usize::try_from(u32::from(c)).ok();
    low.and_then(|code| GSM_LOW.get(code)).copied().unwrap_or(c)
}

/// Reads `566F6461` as `Voda`.
fn from_hex(field: &str) -> Option<String> {
    let digits = field.as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let read = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).ok()?;
        let code = u8::from_str_radix(pair, 16).ok().filter(u8::is_ascii)?;
        (!pair.starts_with('+')).then(|| from_gsm(char::from(code)))
    };
    digits.chunks(2).map(read).collect()
}

/// Reads UCS2 hex, for instance `002B0038` as `+8`.
pub(crate) fn from_ucs2_hex(field: &str) -> Option<String> {
    let ok = !field.is_empty()
        && field.len().is_multiple_of(4)
        && field.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !ok {
        return None;
    }
    let units: Option<Vec<u16>> = (0..field.len() / 4)
        .map(|i| u16::from_str_radix(&field[4 * i..4 * i + 4], 16).ok())
        .collect();
    String::from_utf16(&units?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_in_its_set_or_left_as_it_is() {
        for (set, field, text) in [
            ("GSM", "Voda\u{2}\u{11}", "Voda$_"),
            ("GSM", "a@b $5", "a@b $5"),
            ("\"UCS2\"", "0056006F0064", "Vod"),
            ("UCS2", "Voda", "Voda"),
            ("UCS2", "+84901234567", "+84901234567"),
            ("HEX", "566F6461", "Voda"),
            ("HEX", "+84901234567", "+84901234567"),
            ("484558", "2B3834", "+84"),
            ("0055004300530032", "002B0038", "+8"),
            ("IRA", "0056006F", "0056006F"),
        ] {
            assert_eq!(
                decode_text(field, Charset::named(set)),
                text,
                "{set} {field}"
            );
        }
    }
}
