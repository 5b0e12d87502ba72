//! Alphabets of one octet a character, other than GSM 7-bit.

/// ISO 8859-1 of a text; `None` when it lacks a character.
pub(super) fn encode(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(c).ok()).collect()
}

/// Text of ISO 8859-1: every octet is the code point.
pub(super) fn decode(octets: &[u8]) -> String {
    octets.iter().copied().map(char::from).collect()
}

/// Text of ISO 8859-5, Latin/Cyrillic.
pub(super) fn decode_cyrillic(octets: &[u8]) -> String {
    let character = |octet: u8| match octet {
        0xF0 => '№',
        0xFD => '§',
        // The rest lies in the order of Unicode's block, but for the soft hyphen.
        0xA1..=0xAC | 0xAE..=0xFF => {
            char::from_u32(0x0400 + u32::from(octet - 0xA0)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        _ => char::from(octet),
    };
    octets.iter().copied().map(character).collect()
}
