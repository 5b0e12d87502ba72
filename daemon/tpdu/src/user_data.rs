//! TP-UDL and TP-UD: header, fill bits, body (TS 23.040 §9.2.3.16, §9.2.3.24).

use alloc::string::String;
use alloc::vec::Vec;

use crate::charset;
use crate::dcs::{Alphabet, Dcs};
use crate::error::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};
use crate::header::{self, Concat, InformationElement, Ports};
use crate::octets::Octets;
use crate::septets;

/// TP-UD: the header's elements and the body.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct UserData {
    /// Elements of the header; without any there is no header.
    pub header: Vec<InformationElement>,
    /// What follows the header.
    pub body: UserBody,
}

/// The body of TP-UD, unpacked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UserBody {
    /// One character code of 7 bits in each octet.
    Septets(Vec<u8>),
    /// Octets: 8-bit data, UCS-2, or compressed.
    Octets(Vec<u8>),
}

impl Default for UserBody {
    fn default() -> Self {
        Self::Septets(Vec::new())
    }
}

impl UserData {
    /// The place in a long message, when the header says one.
    pub fn concat(&self) -> Option<Concat> {
        header::concat(&self.header)
    }

    /// The application ports, when the header says them.
    pub fn ports(&self) -> Option<Ports> {
        header::ports(&self.header)
    }

    /// The body as text, by the alphabet of `dcs` and the tables the header names.
    ///
    /// Half a surrogate pair and an odd last octet give U+FFFD: better a
    /// message with one wrong character than none. 8-bit and compressed data
    /// are an error.
    pub fn text(&self, dcs: Dcs) -> Result<String, DecodeError> {
        let refuse = |kind| Err(DecodeError::new("TP-UD", 0, kind));
        if dcs.is_compressed() {
            return refuse(DecodeErrorKind::Compressed);
        }
        match (&self.body, dcs.alphabet()) {
            (UserBody::Septets(septets), _) => {
                let (locking, single_shift) = header::shifts(&self.header);
                Ok(charset::decode(septets, locking, single_shift))
            }
            (UserBody::Octets(octets), Alphabet::Ucs2) => Ok(decode_ucs2(octets)),
            (UserBody::Octets(_), _) => refuse(DecodeErrorKind::NotText),
        }
    }

    /// A body with this text, by the alphabet of `dcs` and the tables the header names.
    pub fn from_text(
        header: Vec<InformationElement>,
        text: &str,
        dcs: Dcs,
    ) -> Result<Self, EncodeError> {
        let body = match dcs.alphabet() {
            _ if dcs.is_compressed() => {
                return Err(EncodeError::new("TP-DCS", EncodeErrorKind::Compressed));
            }
            Alphabet::Gsm7 => {
                let (locking, single_shift) = header::shifts(&header);
                let septets = charset::encode(text, locking, single_shift);
                UserBody::Septets(
                    septets
                        .map_err(|c| EncodeError::new("TP-UD", EncodeErrorKind::Character(c)))?,
                )
            }
            Alphabet::Ucs2 => UserBody::Octets(encode_ucs2(text)),
            Alphabet::Octets => {
                return Err(EncodeError::new("TP-UD", EncodeErrorKind::AlphabetMismatch));
            }
        };
        Ok(Self { header, body })
    }

    /// Reads TP-UDL and TP-UD.
    pub(crate) fn decode(
        octets: &mut Octets<'_>,
        udhi: bool,
        dcs: Dcs,
    ) -> Result<Self, DecodeError> {
        let length = usize::from(octets.octet("TP-UDL")?);
        let start = octets.position();
        let septets = dcs.has_septets();
        let octet_count = if septets {
            (length * 7).div_ceil(8)
        } else {
            length
        };
        let data = octets.take(octet_count, "TP-UD")?;
        Self::from_octets(data, length, udhi, septets).map_err(|error| error.moved(start))
    }

    /// Reads TP-UD alone: `length` is TP-UDL, counted in septets when
    /// `septets` says so. A body of septets ends with the octets when these
    /// hold fewer.
    pub fn from_octets(
        data: &[u8],
        length: usize,
        udhi: bool,
        septets: bool,
    ) -> Result<Self, DecodeError> {
        let (elements, header_octets) = if udhi {
            split_header(data)?
        } else {
            (Vec::new(), 0)
        };
        let body = if septets {
            let header_septets = (header_octets * 8).div_ceil(7);
            let count = length.saturating_sub(header_septets);
            UserBody::Septets(septets::unpack(data, header_septets * 7, count))
        } else {
            UserBody::Octets(data[header_octets..].to_vec())
        };
        Ok(Self {
            header: elements,
            body,
        })
    }

    /// TP-UDHI.
    pub(crate) fn has_header(&self) -> bool {
        !self.header.is_empty()
    }

    /// Writes TP-UDL and TP-UD of at most `max_octets`.
    pub(crate) fn encode(
        &self,
        out: &mut Vec<u8>,
        dcs: Dcs,
        max_octets: usize,
    ) -> Result<(), EncodeError> {
        if dcs.is_compressed() {
            return Err(EncodeError::new("TP-DCS", EncodeErrorKind::Compressed));
        }
        let (length, data) = self.to_octets()?;
        if dcs.has_septets() != matches!(self.body, UserBody::Septets(_)) {
            return Err(EncodeError::new("TP-UD", EncodeErrorKind::AlphabetMismatch));
        }
        if data.len() > max_octets {
            return Err(EncodeError::too_long("TP-UD", max_octets, data.len()));
        }
        let length =
            u8::try_from(length).map_err(|_| EncodeError::too_long("TP-UDL", 255, length))?;
        out.push(length);
        out.extend_from_slice(&data);
        Ok(())
    }

    /// TP-UDL and the octets of TP-UD, whatever their number.
    pub fn to_octets(&self) -> Result<(usize, Vec<u8>), EncodeError> {
        let mut data = Vec::new();
        if self.has_header() {
            let elements = header::encode_elements(&self.header)?;
            let length = u8::try_from(elements.len())
                .map_err(|_| EncodeError::too_long("TP-UDHL", 255, elements.len()))?;
            data.push(length);
            data.extend(elements);
        }
        match &self.body {
            UserBody::Septets(septets) => {
                let header_septets = (data.len() * 8).div_ceil(7);
                let fill_bits = header_septets * 7 - data.len() * 8;
                data.extend(septets::pack(septets, fill_bits));
                Ok((header_septets + septets.len(), data))
            }
            UserBody::Octets(octets) => {
                data.extend_from_slice(octets);
                Ok((data.len(), data))
            }
        }
    }
}

/// The elements of the header, and the octets it takes with UDHL.
fn split_header(data: &[u8]) -> Result<(Vec<InformationElement>, usize), DecodeError> {
    // TP-UDHI with nothing after it: there is no message in refusing it.
    let Some((&length, rest)) = data.split_first() else {
        return Ok((Vec::new(), 0));
    };
    let Some(elements) = rest.get(..usize::from(length)) else {
        let kind = DecodeErrorKind::Short {
            expected: length.into(),
            present: rest.len(),
        };
        return Err(DecodeError::new("TP-UDH", 1, kind));
    };
    Ok((
        header::decode_elements(elements).unwrap_or_default(),
        elements.len() + 1,
    ))
}

/// Text of UTF-16, high octet first unless a byte order mark in front says
/// otherwise; the mark itself is no text.
pub fn decode_ucs2(octets: &[u8]) -> String {
    let (octets, swapped) = match octets {
        [0xFE, 0xFF, rest @ ..] => (rest, false),
        [0xFF, 0xFE, rest @ ..] => (rest, true),
        _ => (octets, false),
    };
    let pairs = octets.chunks_exact(2);
    let odd = !pairs.remainder().is_empty();
    let units = pairs.map(|pair| {
        let unit = u16::from_be_bytes([pair[0], pair[1]]);
        if swapped { unit.swap_bytes() } else { unit }
    });
    let chars = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
    chars
        .chain(odd.then_some(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// UTF-16 of a text, high octet first.
pub fn encode_ucs2(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}
