//! How USSD strings are written in `+CUSD` (TS 23.038 5 and 6.1.2.3).

use crate::profile::UssdCoding;
use at::{Charset, decode_text};
use tpdu::codec::{
    decode_ucs2, encode_ucs2, octets_from_hex, octets_to_hex, pack, septets_to_text,
    text_to_septets, unpack,
};

/// Data coding scheme: GSM 7-bit, language not given.
const DCS_GSM7: u8 = 15;
/// Data coding scheme: UCS2, no class.
const DCS_UCS2: u8 = 72;
const CR: u8 = 0x0d;

/// A code and its data coding scheme as `AT+CUSD` wants them; `None` when the coding lacks a
/// character. `charset` is the one of `+CSCS`, in which text is written.
pub(super) fn encode(code: &str, coding: UssdCoding, charset: Charset) -> Option<(String, u8)> {
    let ucs2 = || octets_to_hex(&encode_ucs2(code));
    let septets = || text_to_septets(code, None, None).ok();
    match (coding, charset) {
        (UssdCoding::Text, Charset::Plain | Charset::Gsm) => Some((code.to_owned(), DCS_GSM7)),
        (UssdCoding::Text, Charset::Ucs2) => Some((ucs2(), DCS_GSM7)),
        (UssdCoding::Text, Charset::Hex) => Some((octets_to_hex(&septets()?), DCS_GSM7)),
        (UssdCoding::Ucs2, _) => Some((ucs2(), DCS_UCS2)),
        (UssdCoding::PackedHex, _) => {
            let mut septets = septets()?;
            // Seven spare bits at the end would read as `@`: fill them with CR (6.1.2.3.1).
            if septets.len() % 8 == 7 {
                septets.push(CR);
            }
            Some((octets_to_hex(&pack(&septets, 0)), DCS_GSM7))
        }
    }
}

/// The text of an answer, in whatever way the modem wrote it.
pub(super) fn decode(text: &str, dcs: Option<u8>, coding: UssdCoding, charset: Charset) -> String {
    let form = Form {
        dcs,
        coding,
        charset,
    };
    form.read(text)
        .or_else(|| form.read_around_quotes(text))
        .unwrap_or_else(|| decode_text(text, charset))
}

/// What says how an answer is written.
#[derive(Debug, Clone, Copy)]
struct Form {
    dcs: Option<u8>,
    coding: UssdCoding,
    charset: Charset,
}

impl Form {
    /// An answer that is hexadecimal as a whole; `None` when it is not, or means nothing so.
    fn read(self, text: &str) -> Option<String> {
        let octets = octets_from_hex(text)
            .ok()
            .filter(|octets| !octets.is_empty())?;
        let ucs2 = |octets: &[u8]| octets.len().is_multiple_of(2).then(|| decode_ucs2(octets));
        let read = match self.dcs {
            // UCS2, with or without class; 17 has two characters of language in front (TS 23.038 5).
            Some(0x48..=0x4b | 0x58..=0x5b) => Some(decode_ucs2(&octets)),
            Some(0x11) => Some(decode_ucs2(octets.get(2..).unwrap_or(&[]))),
            Some(0x44..=0x47 | 0x54..=0x57) => None,
            // Modems that were left in UCS2 write it with no scheme or with the network's own.
            _ if is_ucs2(&octets, self) => ucs2(&octets),
            _ => match (self.coding, self.charset) {
                (UssdCoding::Ucs2, _) | (UssdCoding::Text, Charset::Ucs2) => ucs2(&octets),
                (UssdCoding::Text, Charset::Hex) => Some(septets_to_text(&octets, None, None)),
                (UssdCoding::PackedHex, _) => Some(unpacked(&octets)),
                // A text of hex digits is rare, and of digits alone is a balance.
                (UssdCoding::Text, _) if octets.len() >= 4 && has_letter(text) => {
                    Some(ascii(&octets).unwrap_or_else(|| unpacked(&octets)))
                }
                (UssdCoding::Text, _) => None,
            },
        };
        read.filter(|read| is_readable(read))
    }

    /// Some modems write a quote as it is, and the hexadecimal text goes on behind it.
    fn read_around_quotes(self, text: &str) -> Option<String> {
        let mut found = false;
        let pieces = text.split('"').map(|piece| match self.read(piece) {
            Some(read) => {
                found = true;
                read
            }
            None => piece.to_owned(),
        });
        let read = pieces.collect::<Vec<_>>().join("\"");
        (found && text.contains('"')).then_some(read)
    }
}

/// Whether octets are UCS2 although no scheme says so: most characters come from one of the blocks
/// up to Arabic, so that every other octet is small. Packed septets do not look so.
///
/// Without any scheme, where nothing else is known to be in use, characters of all living scripts
/// count.
fn is_ucs2(octets: &[u8], form: Form) -> bool {
    if octets.len() < 4 || !octets.len().is_multiple_of(2) {
        return false;
    }
    let text = decode_ucs2(octets);
    if !is_readable(&text) {
        return false;
    }
    let characters = text.chars().count();
    let small = text.chars().filter(|c| u32::from(*c) < 0x700).count();
    let unmarked = form.dcs.is_none() && form.coding == UssdCoding::Text;
    small * 2 > characters || (unmarked && text.chars().all(is_living_script))
}

fn is_living_script(c: char) -> bool {
    matches!(u32::from(c),
        ..0x700 | 0x900..0x1000 | 0x10a0..0x1100 | 0x1e00..0x2070 | 0x20a0..0x20d0
        | 0x3000..0x3100 | 0x4e00..0xa000 | 0xac00..0xd7a4 | 0xff00..0xfff0)
}

fn has_letter(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Eight octets or more that are all printable ASCII are that: packed septets fill the top bit of
/// every second octet.
fn ascii(octets: &[u8]) -> Option<String> {
    let plain = |octet: &u8| matches!(octet, b' '..=b'~' | b'\n' | b'\r');
    let ok = octets.len() >= 8 && octets.iter().all(plain);
    ok.then(|| octets.iter().copied().map(char::from).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, dcs: u8, coding: UssdCoding) -> String {
        decode(text, Some(dcs), coding, Charset::Gsm)
    }

    #[test]
    fn packed_hex_is_what_field_notes_have() {
        let packed = |code| encode(code, UssdCoding::PackedHex, Charset::Gsm).unwrap().0;
        assert_eq!(packed("*100#"), "AA180C3602");
        assert_eq!(packed("*144#"), "AA188D3602");
        assert_eq!(packed("*888#"), "2A1C0E3702");
        // Seven characters: the spare bits hold CR.
        assert_eq!(packed("*141*1#"), "AA182DA68A8D1A");
    }

    #[test]
    fn a_code_is_written_in_the_character_set_in_force() {
        let written = |charset| encode("*1#", UssdCoding::Text, charset).unwrap();
        assert_eq!(written(Charset::Gsm), ("*1#".to_owned(), 15));
        assert_eq!(written(Charset::Ucs2), ("002A00310023".to_owned(), 15));
        assert_eq!(written(Charset::Hex), ("2A3123".to_owned(), 15));
    }

    #[test]
    fn answers_are_read_in_every_coding() {
        use UssdCoding::{PackedHex, Text};
        assert_eq!(read("AA180C3602", 15, PackedHex), "*100#");
        assert_eq!(read("AA182DA68A8D1A", 15, PackedHex), "*141*1#");
        assert_eq!(read("00420061006C", 72, Text), "Bal");
        assert_eq!(read("Balance: 5", 15, Text), "Balance: 5");
        assert_eq!(read("12345678", 15, Text), "12345678");
        // A modem that packs although the profile does not know.
        assert_eq!(read("C8329BFD06", 15, Text), "Hello");
    }

    #[test]
    fn ucs2_is_known_without_a_scheme() {
        for (text, expected) in [
            ("0412043004480020", "Ваш "),
            ("4F59989D0031", "余额1"),
            ("FEFF00420061006C", "Bal"),
        ] {
            for charset in [Charset::Gsm, Charset::Plain, Charset::Ucs2] {
                let got = decode(text, None, UssdCoding::Text, charset);
                assert_eq!(got, expected, "{charset:?}");
            }
        }
        // One character is known only where the set is.
        assert_eq!(decode("0035", None, UssdCoding::Text, Charset::Ucs2), "5");
        assert_eq!(decode("0035", None, UssdCoding::Text, Charset::Gsm), "0035");
    }

    #[test]
    fn texts_around_quotes_are_read_too() {
        let text = "00420020\"a b\"00200063";
        let got = decode(text, None, UssdCoding::Text, Charset::Ucs2);
        assert_eq!(got, "B \"a b\" c");
        let plain = "say \"hi\", then";
        let got = decode(plain, None, UssdCoding::Text, Charset::Ucs2);
        assert_eq!(got, plain);
    }

    #[test]
    fn eight_bit_hex_is_not_taken_for_packed() {
        let hex = "53697361207075";
        assert_eq!(
            decode(hex, Some(0), UssdCoding::Text, Charset::Hex),
            "Sisa pu"
        );
        let hex = "536973612070756C7361";
        assert_eq!(read(hex, 0, UssdCoding::Text), "Sisa pulsa");
    }

    #[test]
    fn packed_answers_are_not_taken_for_ucs2() {
        for text in [
            "Your balance is 9,500 VND. Thank you",
            "1. Balance\n2. Data\n3. Top up",
            "Abcd",
            "OK",
            "So du tai khoan chinh: 25.000d, han dung 01/12/2026.",
        ] {
            let (hex, _) = encode(text, UssdCoding::PackedHex, Charset::Gsm).unwrap();
            assert_eq!(read(&hex, 15, UssdCoding::PackedHex), text);
        }
    }
}
