//! A text or data, as the `submit_sm`s that carry it.

use tpdu::{Alphabet, ConcatRef, DataOptions, Encoding, InformationElement, Plan, Ports};
use tpdu::{TextError, TextOptions, UserBody};

use super::incoming::Concat;
use super::style::{Long, Style, TextCoding};
use super::{UDHI, latin1};

/// Class 0 ("flash") in the general data coding group of TS 23.038 §4. SMPP 3.4 §5.2.19 knows
/// only the group 0xF0, which has no UCS-2; SMSCs pass both through.
const CLASS_0: u8 = 0x10;

/// What is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body<'a> {
    /// A text.
    Text {
        /// The text, transliterated already where that was wanted.
        text: &'a str,
        /// The alphabet chosen for it.
        wanted: Wanted,
    },
    /// 8-bit data.
    Data {
        /// The data.
        octets: &'a [u8],
        /// The application port, the same at both ends.
        port: Option<u16>,
    },
}

/// The alphabet that was chosen for a text, by which its parts were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// An alphabet of one octet a character, as [`Style::text`] says; UCS-2 if it has not every
    /// character. National language tables are not used: an SMSC has no `data_coding` for them.
    Gsm7,
    /// UCS-2.
    Ucs2,
}

/// What one `submit_sm` says of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// §5.2.12: UDHI or 0; the caller may add a mode.
    pub esm_class: u8,
    /// §5.2.19.
    pub data_coding: u8,
    /// §5.2.22: at most 160 octets. The header is raw octets, the text behind it unpacked.
    pub short_message: Vec<u8>,
    /// `message_payload`, §5.3.2.32; then the short message is empty.
    pub payload: Option<Vec<u8>>,
    /// `sar_msg_ref_num`, `sar_total_segments` and `sar_segment_seqnum`, §5.3.2.22 to .24.
    pub sar: Option<Concat>,
    /// `destination_port`, §5.3.2.21, where it is not in the header.
    pub port: Option<u16>,
}

/// Why a text or data cannot be written: it takes too many parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct ContentError(#[from] TextError);

/// The pieces of a message, in order, at least one.
///
/// With [`Long::Udh`] and [`Long::Sar`] there are as many as [`tpdu::plan`] and
/// [`tpdu::plan_data`] count. With [`Long::Payload`] there is one; the limit of 255 parts stands,
/// since the SMSC has to cut it by the same rules, so it never reaches 64 KiB.
///
/// `reference` is shared by the pieces; a user data header takes its low octet.
pub fn pieces(
    body: &Body<'_>,
    style: &Style,
    reference: u16,
    flash: bool,
) -> Result<Vec<Piece>, ContentError> {
    match *body {
        Body::Text { text, wanted } => text_pieces(text, wanted, style, (reference, flash)),
        Body::Data { octets, port } => {
            let ports = port.map(|port| Ports::new(port, port));
            let options = DataOptions {
                ports,
                ..DataOptions::default()
            };
            let data_coding = with_class(style.binary_data_coding, Alphabet::Octets, flash);
            let envelope = Envelope {
                long: style.long,
                reference,
                data_coding,
                port,
            };
            Ok(envelope.pieces(&tpdu::plan_data(octets, &options)?, TextCoding::Gsm7))
        }
    }
}

fn text_pieces(
    text: &str,
    wanted: Wanted,
    style: &Style,
    (reference, flash): (u16, bool),
) -> Result<Vec<Piece>, ContentError> {
    // With a class, data_coding can name the default alphabet only.
    let narrow = if flash {
        style.default_alphabet
    } else {
        style.text
    };
    // The SMSC makes GSM 7-bit of Latin-1. So Latin-1 is cut as GSM 7-bit is, at 160 and 153
    // septets with two for an extension character; and a character GSM 7-bit lacks, which the
    // SMSC would replace, makes the text UCS-2.
    let narrow_will_do =
        wanted == Wanted::Gsm7 && (narrow == TextCoding::Gsm7 || latin1::encode(text).is_some());
    let options = TextOptions {
        encoding: if narrow_will_do {
            Encoding::Auto
        } else {
            Encoding::Ucs2
        },
        ..TextOptions::default()
    };
    let plan = tpdu::plan(text, &options)?;
    let data_coding = match (plan.alphabet, narrow) {
        (Alphabet::Ucs2, _) => style.ucs2_data_coding,
        (_, TextCoding::Gsm7) => style.gsm7_data_coding,
        (_, TextCoding::Latin1) => style.latin1_data_coding,
    };
    let envelope = Envelope {
        long: style.long,
        reference,
        data_coding: with_class(data_coding, plan.alphabet, flash),
        port: None,
    };
    Ok(envelope.pieces(&plan, narrow))
}

fn with_class(data_coding: u8, alphabet: Alphabet, flash: bool) -> u8 {
    match alphabet {
        _ if !flash => data_coding,
        Alphabet::Gsm7 => CLASS_0,
        Alphabet::Octets => CLASS_0 | 0x04,
        Alphabet::Ucs2 => CLASS_0 | 0x08,
    }
}

/// What all pieces of a message have in common.
struct Envelope {
    long: Long,
    reference: u16,
    data_coding: u8,
    port: Option<u16>,
}

impl Envelope {
    fn pieces(&self, plan: &Plan, narrow: TextCoding) -> Vec<Piece> {
        let [_, low] = self.reference.to_be_bytes();
        let parts = plan.user_data(ConcatRef::Eight(low)).into_iter();
        let parts = parts.map(|ud| (ud.header, octets(ud.body, narrow)));
        match self.long {
            Long::Udh => parts
                .map(|(udh, body)| self.with_header(&udh, &body))
                .collect(),
            Long::Payload if plan.len() > 1 => {
                let payload = parts.flat_map(|(_, body)| body).collect();
                vec![Piece {
                    payload: Some(payload),
                    ..self.plain(Vec::new())
                }]
            }
            Long::Sar | Long::Payload => {
                let total = u8::try_from(plan.len()).unwrap_or(u8::MAX);
                let place = |sequence| Concat {
                    reference: self.reference,
                    total,
                    sequence,
                };
                (1..=total)
                    .zip(parts)
                    .map(|(sequence, (_, body))| Piece {
                        sar: (total > 1).then(|| place(sequence)),
                        ..self.plain(body)
                    })
                    .collect()
            }
        }
    }

    fn with_header(&self, elements: &[InformationElement], body: &[u8]) -> Piece {
        if elements.is_empty() {
            return self.plain(body.to_vec());
        }
        // A place and ports take 11 octets: neither length can fail.
        let header = tpdu::codec::encode_elements(elements).unwrap_or_default();
        let length = u8::try_from(header.len()).unwrap_or_default();
        Piece {
            esm_class: UDHI,
            port: None,
            ..self.plain([&[length], header.as_slice(), body].concat())
        }
    }

    fn plain(&self, short_message: Vec<u8>) -> Piece {
        Piece {
            esm_class: 0,
            data_coding: self.data_coding,
            short_message,
            payload: None,
            sar: None,
            port: self.port,
        }
    }
}

/// A part as SMPP carries it: septets unpacked, or in Latin-1.
fn octets(body: UserBody, narrow: TextCoding) -> Vec<u8> {
    match (body, narrow) {
        (UserBody::Octets(octets) | UserBody::Septets(octets), TextCoding::Gsm7)
        | (UserBody::Octets(octets), TextCoding::Latin1) => octets,
        (UserBody::Septets(septets), TextCoding::Latin1) => {
            // Every character was found in Latin-1 when the alphabet was chosen.
            latin1::encode(&tpdu::codec::septets_to_text(&septets, None, None)).unwrap_or_default()
        }
    }
}
