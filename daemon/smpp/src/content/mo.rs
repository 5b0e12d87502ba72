//! A message from a mobile (MO), out of a `deliver_sm` that is no receipt.

use tpdu::{Alphabet, Dcs, UserBody, UserData};

use super::incoming::{Concat, Incoming};
use super::style::{Style, TextCoding};
use super::{UDHI, latin1};

/// A message from a mobile, or a part of one. It has either a text or data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mo {
    /// The text; with U+FFFD for what is no character.
    pub text: Option<String>,
    /// Data, or a text in an alphabet not known here.
    pub data: Option<Vec<u8>>,
    /// The application port it is for.
    pub port: Option<u16>,
    /// The place in a long message.
    pub concat: Option<Concat>,
    /// The alphabet the mobile used, as far as it can be told: the SMSC may have converted it.
    pub coding: Alphabet,
    /// The message behind its header as it came. Parts in UCS-2 are joined in this form, since
    /// some senders cut between two surrogates.
    pub octets: Vec<u8>,
}

/// Reads a `deliver_sm` as a message from a mobile. What is malformed is read as far as it goes:
/// better a message with one wrong character than none.
pub fn mo(incoming: &Incoming<'_>, style: &Style) -> Mo {
    let reading = Reading::of(incoming.data_coding, style);
    let ud = bare(user_data(incoming), reading);
    let in_header = ud.concat().map(|concat| Concat {
        reference: concat.reference.number(),
        total: concat.total,
        sequence: concat.seq,
    });
    let in_header_port = ud.ports().map(|ports| ports.dst);
    let concat = in_header.or(incoming.sar.filter(|sar| sar.is_valid()));
    let port = in_header_port.or(incoming.destination_port);
    let (UserBody::Octets(octets) | UserBody::Septets(octets)) = ud.body.clone();
    let (text, data, coding) = match read(ud, reading) {
        Ok((text, coding)) => (Some(text), None, coding),
        Err(octets) => (None, Some(octets), Alphabet::Octets),
    };
    Mo {
        text,
        data,
        port,
        concat,
        coding,
        octets,
    }
}

/// The header and the octets behind it. A header longer than the message is none at all.
fn user_data(incoming: &Incoming<'_>) -> UserData {
    let body = incoming.body();
    let whole = || UserData {
        header: Vec::new(),
        body: UserBody::Octets(body.to_vec()),
    };
    if incoming.esm_class & UDHI == 0 {
        return whole();
    }
    UserData::from_octets(body, body.len(), true, false).unwrap_or_else(|_| whole())
}

/// Takes off what is no text: NULs behind it, and a byte order mark, which each part may have.
fn bare(ud: UserData, reading: Reading) -> UserData {
    let UserData { header, body } = ud;
    let (UserBody::Octets(octets) | UserBody::Septets(octets)) = body;
    let octets = match reading {
        Reading::Ucs2 => bare_ucs2(octets),
        Reading::Cyrillic | Reading::Narrow(TextCoding::Latin1) => without_end(octets, &[0]),
        // A NUL is an @ there.
        Reading::Narrow(TextCoding::Gsm7) | Reading::Octets => octets,
    };
    let body = UserBody::Octets(octets);
    UserData { header, body }
}

/// High octet first.
fn bare_ucs2(mut octets: Vec<u8>) -> Vec<u8> {
    if let [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] = octets[..] {
        let mark = octets.drain(..2).next();
        if mark == Some(0xFF) {
            for pair in octets.as_chunks_mut::<2>().0 {
                pair.reverse();
            }
        }
    }
    if octets.len().is_multiple_of(2) {
        without_end(octets, &[0, 0])
    } else {
        octets
    }
}

fn without_end(mut octets: Vec<u8>, end: &[u8]) -> Vec<u8> {
    while octets.ends_with(end) {
        octets.truncate(octets.len() - end.len());
    }
    octets
}

/// How the octets of a message are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Narrow(TextCoding),
    Cyrillic,
    Ucs2,
    Octets,
}

impl Reading {
    /// By SMPP 3.4 §5.2.19; what the style says stands above it.
    fn of(data_coding: u8, style: &Style) -> Self {
        let default = Self::Narrow(style.default_alphabet);
        let own = match style.text {
            TextCoding::Gsm7 => style.gsm7_data_coding,
            TextCoding::Latin1 => style.latin1_data_coding,
        };
        match data_coding {
            0 => default,
            _ if data_coding == own => Self::Narrow(style.text),
            _ if data_coding == style.ucs2_data_coding => Self::Ucs2,
            _ if data_coding == style.binary_data_coding => Self::Octets,
            // IA5 is a part of Latin-1, and what exceeds it can be nothing else.
            1 | 3 => Self::Narrow(TextCoding::Latin1),
            6 => Self::Cyrillic,
            8 => Self::Ucs2,
            // 8-bit; then JIS, Hebrew, pictograms, ISO-2022-JP, Kanji, KS C 5601: kept as they are.
            2 | 4 | 5 | 7 | 9 | 0x0A | 0x0D | 0x0E => Self::Octets,
            // Classes and message waiting, values of TS 23.038 §4 (0x10, 0xC0, 0xF0 and so on).
            _ => match Dcs(data_coding) {
                dcs if dcs.is_compressed() => Self::Octets,
                dcs => match dcs.alphabet() {
                    Alphabet::Gsm7 => default,
                    Alphabet::Octets => Self::Octets,
                    Alphabet::Ucs2 => Self::Ucs2,
                },
            },
        }
    }
}

/// The text and its alphabet, or the octets when they are not known to be text.
fn read(ud: UserData, reading: Reading) -> Result<(String, Alphabet), Vec<u8>> {
    let UserData { header, body } = ud;
    let (UserBody::Octets(octets) | UserBody::Septets(octets)) = body;
    match reading {
        Reading::Octets => Err(octets),
        Reading::Ucs2 => Ok((tpdu::codec::decode_ucs2(&octets), Alphabet::Ucs2)),
        Reading::Cyrillic => Ok((latin1::decode_cyrillic(&octets), Alphabet::Ucs2)),
        Reading::Narrow(TextCoding::Latin1) => Ok(converted(latin1::decode(&octets))),
        // Above 0x7F there is no unpacked septet: the SMSC gave something else its default name.
        Reading::Narrow(TextCoding::Gsm7) if !octets.is_ascii() => {
            let text = String::from_utf8(octets);
            Ok(converted(
                text.unwrap_or_else(|error| latin1::decode(error.as_bytes())),
            ))
        }
        Reading::Narrow(TextCoding::Gsm7) => {
            // Through UserData, since a header may name national tables.
            let body = UserBody::Septets(octets);
            let text = UserData { header, body }.text(Dcs::GSM7);
            Ok((text.unwrap_or_default(), Alphabet::Gsm7))
        }
    }
}

/// A text the SMSC converted: the mobile wrote it in GSM 7-bit where that has all of it.
fn converted(text: String) -> (String, Alphabet) {
    match tpdu::codec::text_to_septets(&text, None, None) {
        Ok(_) => (text, Alphabet::Gsm7),
        Err(_) => (text, Alphabet::Ucs2),
    }
}
