//! How USSD strings are written in `+CUSD` (TS 23.038 5 and 6.1.2.3).

use crate::profile::UssdCoding;
use tpdu::codec::{
    decode_ucs2, encode_ucs2, octets_from_hex, pack, septets_to_text, text_to_septets, unpack,
};

/// Data coding scheme: GSM 7-bit, language not given.
const DCS_GSM7: u8 = 15;
/// Data coding scheme: UCS2, no class.
const DCS_UCS2: u8 = 72;
const CR: u8 = 0x0d;

/// A code and its data coding scheme as `AT+CUSD` wants them; `None` when the coding lacks a
/// character.
pub(super) fn encode(code: &str, coding: UssdCoding) -> Option<(String, u8)> {
    match coding {
        UssdCoding::Text => Some((code.to_owned(), DCS_GSM7)),
        UssdCoding::Ucs2 => Some((to_hex(&encode_ucs2(code)), DCS_UCS2)),
        UssdCoding::PackedHex => {
            let mut septets = text_to_septets(code, None, None).ok()?;
            // Seven spare bits at the end would read as `@`: fill them with CR (6.1.2.3.1).
            if septets.len() % 8 == 7 {
                septets.push(CR);
            }
            Some((to_hex(&pack(&septets, 0)), DCS_GSM7))
        }
    }
}

/// The text of an answer, in whatever way the modem wrote it.
pub(super) fn decode(text: &str, dcs: Option<u8>, coding: UssdCoding) -> String {
    let Some(octets) = octets_from_hex(text)
        .ok()
        .filter(|octets| !octets.is_empty())
    else {
        return text.to_owned();
    };
    let read = match dcs.map_or(DCS_GSM7, |dcs| dcs) {
        // UCS2, with or without class; 17 has two characters of language in front (TS 23.038 5).
        0x48..=0x4b | 0x58..=0x5b => Some(decode_ucs2(&octets)),
        0x11 => Some(decode_ucs2(octets.get(2..).unwrap_or(&[]))),
        0x44..=0x47 | 0x54..=0x57 => return text.to_owned(),
        _ => match coding {
            UssdCoding::Ucs2 => octets.len().is_multiple_of(2).then(|| decode_ucs2(&octets)),
            UssdCoding::PackedHex => Some(unpacked(&octets)),
            // A text of hex digits is rare, and of digits alone is a balance.
            UssdCoding::Text => {
                let letters = text.bytes().any(|byte| byte.is_ascii_alphabetic());
                (letters && octets.len() >= 4).then(|| unpacked(&octets))
            }
        },
    };
    read.filter(|read| is_readable(read))
        .unwrap_or_else(|| text.to_owned())
}

fn unpacked(octets: &[u8]) -> String {
    let mut septets = unpack(octets, 0, octets.len() * 8 / 7);
    // The last octet full of padding: CR, or the zero of packers that do not pad.
    if septets.len().is_multiple_of(8) && matches!(septets.last(), Some(&CR | &0)) {
        septets.pop();
    }
    septets_to_text(&septets, None, None)
}

fn is_readable(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| {
            (!c.is_control() || matches!(c, '\n' | '\r')) && c != char::REPLACEMENT_CHARACTER
        })
}

fn to_hex(octets: &[u8]) -> String {
    use std::fmt::Write as _;
    octets.iter().fold(String::new(), |mut hex, octet| {
        let _ = write!(hex, "{octet:02X}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_hex_is_what_field_notes_have() {
        let packed = |code| encode(code, UssdCoding::PackedHex).unwrap().0;
        assert_eq!(packed("*100#"), "AA180C3602");
        assert_eq!(packed("*144#"), "AA188D3602");
        assert_eq!(packed("*888#"), "2A1C0E3702");
        // Seven characters: the spare bits hold CR.
        assert_eq!(packed("*141*1#"), "AA182DA68A8D1A");
    }

    #[test]
    fn answers_are_read_in_every_coding() {
        assert_eq!(
            decode("AA180C3602", Some(15), UssdCoding::PackedHex),
            "*100#"
        );
        assert_eq!(
            decode("AA182DA68A8D1A", Some(15), UssdCoding::PackedHex),
            "*141*1#"
        );
        assert_eq!(decode("00420061006C", Some(72), UssdCoding::Text), "Bal");
        assert_eq!(
            decode("Balance: 5", Some(15), UssdCoding::Text),
            "Balance: 5"
        );
        assert_eq!(decode("12345678", Some(15), UssdCoding::Text), "12345678");
        // A modem that packs although the profile does not know.
        assert_eq!(decode("C8329BFD06", Some(15), UssdCoding::Text), "Hello");
    }
}
