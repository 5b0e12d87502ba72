//! A page of a cell broadcast message (TS 23.041 §9.4.1.2), as `+CBM` gives it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::charset;
use crate::dcs::{Alphabet, Dcs};
use crate::error::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};
use crate::octets::Octets;
use crate::septets;
use crate::user_data::{decode_ucs2, encode_ucs2};

/// Octets of the content of a page.
const CONTENT: usize = 82;
/// Characters of a page in the GSM 7-bit alphabet.
const CHARACTERS: usize = 93;
const CR: u8 = 0x0D;

/// A page, TS 23.041 §9.4.1.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellBroadcastPage {
    /// Geographical scope: where the message code is unique.
    pub scope: GeographicalScope,
    /// Message code, 10 bits.
    pub message_code: u16,
    /// Update number, 4 bits.
    pub update_number: u8,
    /// Message identifier: the channel.
    pub message_identifier: u16,
    /// Data coding scheme; see [`CellBroadcastDcs`].
    pub dcs: CellBroadcastDcs,
    /// Which page this is, from 1.
    pub page: u8,
    /// How many pages there are, 1 to 15.
    pub pages: u8,
    /// The content, at most 82 octets.
    pub content: Vec<u8>,
}

/// Geographical scope (§9.4.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeographicalScope {
    /// 00: the cell, shown at once.
    CellImmediate,
    /// 01: the network.
    Plmn,
    /// 10: the location or tracking area.
    LocationArea,
    /// 11: the cell.
    Cell,
}

impl GeographicalScope {
    const ALL: [Self; 4] = [
        Self::CellImmediate,
        Self::Plmn,
        Self::LocationArea,
        Self::Cell,
    ];
}

/// Data coding scheme of cell broadcast, whose groups differ from TP-DCS (TS 23.038 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellBroadcastDcs(pub u8);

/// Languages of the coding group 0000, by the low four bits.
const LANGUAGES: [&str; 15] = [
    "de", "en", "it", "fr", "es", "nl", "sv", "da", "pt", "fi", "no", "el", "tr", "hu", "pl",
];
/// Languages of the coding group 0010.
const MORE_LANGUAGES: [&str; 5] = ["cs", "he", "ar", "ru", "is"];

impl CellBroadcastDcs {
    /// The alphabet of the content. Reserved values are read as GSM 7-bit.
    pub const fn alphabet(self) -> Alphabet {
        match (self.0 >> 4, self.0 & 0x0F) {
            (0x1, 1) => Alphabet::Ucs2,
            // General data coding, and the group whose messages have a header.
            (0x4..=0x7 | 0x9, _) => match self.0 >> 2 & 3 {
                1 => Alphabet::Octets,
                2 => Alphabet::Ucs2,
                _ => Alphabet::Gsm7,
            },
            (0xF, _) => Dcs(self.0).alphabet(),
            _ => Alphabet::Gsm7,
        }
    }

    /// Whether the content is compressed (TS 23.042).
    pub const fn is_compressed(self) -> bool {
        self.0 & 0xE0 == 0x60
    }

    /// The language the value itself names, ISO 639.
    pub fn language(self) -> Option<&'static str> {
        let table: &[&'static str] = match self.0 >> 4 {
            0 => &LANGUAGES,
            2 => &MORE_LANGUAGES,
            _ => return None,
        };
        table.get(usize::from(self.0 & 0x0F)).copied()
    }

    /// Whether the content begins with the language (group 0001).
    const fn has_language_in_front(self) -> bool {
        matches!(self.0, 0x10 | 0x11)
    }
}

impl CellBroadcastPage {
    /// Reads a page. A content shorter than 82 octets is taken as it is.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let mut octets = Octets::new(octets);
        let high = octets.octet("serial number")?;
        let low = octets.octet("serial number")?;
        let [id_high, id_low] = [
            octets.octet("message identifier")?,
            octets.octet("message identifier")?,
        ];
        let dcs = CellBroadcastDcs(octets.octet("data coding scheme")?);
        let parameter = octets.octet("page parameter")?;
        // Zero in either half counts as page 1 of 1 (§9.4.1.2.4).
        let (page, pages) = match (parameter >> 4, parameter & 0x0F) {
            (0, _) | (_, 0) => (1, 1),
            both => both,
        };
        let start = octets.position();
        let content = octets.take(octets.left(), "content")?;
        if content.len() > CONTENT {
            return Err(DecodeError::new(
                "content",
                start,
                DecodeErrorKind::TooLong { limit: CONTENT },
            ));
        }
        Ok(Self {
            scope: GeographicalScope::ALL[usize::from(high >> 6)],
            message_code: u16::from_be_bytes([high & 0x3F, low]) >> 4,
            update_number: low & 0x0F,
            message_identifier: u16::from_be_bytes([id_high, id_low]),
            dcs,
            page,
            pages,
            content: content.to_vec(),
        })
    }

    /// Writes the page: always 88 octets, the content filled up with zeros.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let range = |field| EncodeError::new(field, EncodeErrorKind::Range);
        if self.message_code > 0x3FF || self.update_number > 0x0F {
            return Err(range("serial number"));
        }
        if self.page == 0 || self.page > self.pages || self.pages > 0x0F {
            return Err(range("page parameter"));
        }
        if self.content.len() > CONTENT {
            return Err(EncodeError::too_long(
                "content",
                CONTENT,
                self.content.len(),
            ));
        }
        let serial =
            (self.scope as u16) << 14 | self.message_code << 4 | u16::from(self.update_number);
        let mut out = Vec::with_capacity(CONTENT + 6);
        out.extend(serial.to_be_bytes());
        out.extend(self.message_identifier.to_be_bytes());
        out.extend([self.dcs.0, self.page << 4 | self.pages]);
        out.extend_from_slice(&self.content);
        out.resize(CONTENT + 6, 0);
        Ok(out)
    }

    /// The text, without the language in front and the CR that fill the page up.
    pub fn text(&self) -> Result<String, DecodeError> {
        let refuse = |kind| Err(DecodeError::new("content", 6, kind));
        if self.dcs.is_compressed() {
            return refuse(DecodeErrorKind::Compressed);
        }
        let text = match self.dcs.alphabet() {
            Alphabet::Octets => return refuse(DecodeErrorKind::NotText),
            Alphabet::Gsm7 => charset::decode(&self.septets(), None, None),
            // The language is two characters of seven bits, then two spare bits.
            Alphabet::Ucs2 if self.dcs.has_language_in_front() => {
                decode_ucs2(self.content.get(2..).unwrap_or_default())
            }
            Alphabet::Ucs2 => decode_ucs2(&self.content),
        };
        Ok(text.trim_end_matches(['\r', '\0']).into())
    }

    /// The language, where the coding scheme or the content names one.
    pub fn language(&self) -> Option<String> {
        if self.dcs.has_language_in_front() {
            let code = septets::unpack(&self.content, 0, 2);
            return Some(charset::decode(&code, None, None));
        }
        self.dcs.language().map(String::from)
    }

    fn septets(&self) -> Vec<u8> {
        let mut septets = septets::unpack(&self.content, 0, CHARACTERS);
        if self.dcs.has_language_in_front() {
            // Two characters and CR.
            septets.drain(..septets.len().min(3));
        }
        septets
    }

    /// The content of a page with this text, filled up with CR, the language
    /// in front where `dcs` wants it there.
    pub fn content_of(
        text: &str,
        dcs: CellBroadcastDcs,
        language: &str,
    ) -> Result<Vec<u8>, EncodeError> {
        let error = |c| EncodeError::new("content", EncodeErrorKind::Character(c));
        let language = charset::encode(language, None, None).map_err(error)?;
        let mut content = match dcs.alphabet() {
            Alphabet::Octets => {
                return Err(EncodeError::new(
                    "content",
                    EncodeErrorKind::AlphabetMismatch,
                ));
            }
            Alphabet::Gsm7 => {
                let mut codes = if dcs.has_language_in_front() {
                    language
                } else {
                    Vec::new()
                };
                if dcs.has_language_in_front() {
                    codes.resize(2, CR);
                    codes.push(CR);
                }
                codes.extend(charset::encode(text, None, None).map_err(error)?);
                if codes.len() > CHARACTERS {
                    return Err(EncodeError::too_long("content", CHARACTERS, codes.len()));
                }
                codes.resize(CHARACTERS, CR);
                septets::pack(&codes, 0)
            }
            Alphabet::Ucs2 => {
                let mut content = if dcs.has_language_in_front() {
                    septets::pack(&language, 0)
                } else {
                    Vec::new()
                };
                content.extend(encode_ucs2(text));
                while content.len() + 2 <= CONTENT {
                    content.extend([0, CR]);
                }
                content
            }
        };
        if content.len() > CONTENT {
            return Err(EncodeError::too_long("content", CONTENT, content.len()));
        }
        content.resize(CONTENT, 0);
        Ok(content)
    }
}
