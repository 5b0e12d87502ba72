//! Strings in the character set chosen with `+CSCS` (TS 27.007 5.5).

/// The character set of strings on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// `IRA`, `UTF-8`, `8859-1` and others that reach us as readable text.
    #[default]
    Plain,
    /// `UCS2`: four hexadecimal digits a UTF-16 unit.
    Ucs2,
}

/// Text of a string field. Text that is not in the hexadecimal form although UCS2 is set is
/// returned as it is: modems differ in which fields they convert.
pub fn decode_text(field: &str, charset: Charset) -> String {
    match charset {
        Charset::Plain => field.to_owned(),
        Charset::Ucs2 => from_ucs2_hex(field).unwrap_or_else(|| field.to_owned()),
    }
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
