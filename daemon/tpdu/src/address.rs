//! Addresses: TP-DA, TP-OA, TP-RA and the service centre (TS 23.040 §9.1.2.5).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::charset;
use crate::error::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};
use crate::octets::Octets;
use crate::septets;

/// The most digits an address may have.
pub(crate) const MAX_DIGITS: usize = 20;
/// The most septets of a name: ten octets.
const MAX_SEPTETS: usize = 11;
/// The most octets of an SMSC address in front of a TPDU, its type included (TS 24.011 §8.2.5.2).
const MAX_SMSC_OCTETS: usize = 11;

/// Type of number (TS 23.040 §9.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TypeOfNumber {
    /// 000: the network works it out from the digits.
    #[default]
    Unknown,
    /// 001: the number begins with a country code.
    International,
    /// 010: no prefix, no country code.
    National,
    /// 011: administration or service number of the network.
    NetworkSpecific,
    /// 100: short code.
    Subscriber,
    /// 101: a name in the GSM 7-bit default alphabet.
    Alphanumeric,
    /// 110: abbreviated number.
    Abbreviated,
    /// 111: reserved for extension.
    Reserved,
}

impl TypeOfNumber {
    const ALL: [Self; 8] = [
        Self::Unknown,
        Self::International,
        Self::National,
        Self::NetworkSpecific,
        Self::Subscriber,
        Self::Alphanumeric,
        Self::Abbreviated,
        Self::Reserved,
    ];

    /// From the three bits on the wire; higher bits are ignored.
    pub const fn from_bits(bits: u8) -> Self {
        Self::ALL[(bits & 7) as usize]
    }

    /// The three bits on the wire.
    pub const fn bits(self) -> u8 {
        self as u8
    }
}

/// Numbering plan identification, four bits (TS 23.040 §9.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NumberingPlan {
    /// 0000.
    Unknown,
    /// 0001: ISDN/telephone, E.164.
    #[default]
    Isdn,
    /// 0011: data, X.121.
    Data,
    /// 0100: telex.
    Telex,
    /// 0101 and 0110: specific to the service centre.
    ServiceCentre(u8),
    /// 1000.
    National,
    /// 1001.
    Private,
    /// 1010.
    Ermes,
    /// A value the standard keeps for later; its four bits.
    Reserved(u8),
}

impl NumberingPlan {
    /// From the four bits on the wire; higher bits are ignored.
    pub const fn from_bits(bits: u8) -> Self {
        match bits & 0x0F {
            0 => Self::Unknown,
            1 => Self::Isdn,
            3 => Self::Data,
            4 => Self::Telex,
            bits @ (5 | 6) => Self::ServiceCentre(bits),
            8 => Self::National,
            9 => Self::Private,
            10 => Self::Ermes,
            bits => Self::Reserved(bits),
        }
    }

    /// The four bits on the wire.
    pub const fn bits(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Isdn => 1,
            Self::Data => 3,
            Self::Telex => 4,
            Self::National => 8,
            Self::Private => 9,
            Self::Ermes => 10,
            Self::ServiceCentre(bits) | Self::Reserved(bits) => bits & 0x0F,
        }
    }
}

/// A number or a name.
///
/// `Display` writes a leading `+` when the number is international, and
/// [`FromStr`] reads it back:
///
/// ```
/// use tpdu::{Address, TypeOfNumber};
///
/// let number: Address = "+84912345678".parse()?;
/// assert_eq!(number.ton, TypeOfNumber::International);
/// assert_eq!(number.as_str(), "84912345678");
/// let name: Address = "MyBank".parse()?;
/// assert!(name.is_alphanumeric());
/// # Ok::<(), tpdu::EncodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// Type of number.
    pub ton: TypeOfNumber,
    /// Numbering plan.
    pub npi: NumberingPlan,
    /// Digits out of `0-9*#abc`, or the text of a name.
    value: String,
}

impl Address {
    /// A number of digits `0-9*#abc`, at most 20.
    pub fn number(
        ton: TypeOfNumber,
        npi: NumberingPlan,
        digits: &str,
    ) -> Result<Self, EncodeError> {
        if let Some(c) = digits.chars().find(|&c| semi_octet(c).is_none()) {
            return Err(EncodeError::new("address", EncodeErrorKind::Character(c)));
        }
        if digits.len() > MAX_DIGITS {
            return Err(EncodeError::too_long("address", MAX_DIGITS, digits.len()));
        }
        if ton == TypeOfNumber::Alphanumeric {
            return Err(EncodeError::new(
                "address",
                EncodeErrorKind::AlphabetMismatch,
            ));
        }
        Ok(Self {
            ton,
            npi,
            value: digits.into(),
        })
    }

    /// A name, at most 11 septets of the GSM 7-bit default alphabet.
    ///
    /// A name of 8 septets that ends in `@` is refused: on the wire it cannot
    /// be told from 7 septets and seven fill bits.
    pub fn name(text: &str) -> Result<Self, EncodeError> {
        let septets = name_septets(text)?;
        if septets.len() == 8 && septets.last() == Some(&0) {
            return Err(EncodeError::new("address", EncodeErrorKind::Character('@')));
        }
        Ok(Self {
            ton: TypeOfNumber::Alphanumeric,
            npi: NumberingPlan::Unknown,
            value: text.into(),
        })
    }

    /// Whether this is a name and not a number.
    pub fn is_alphanumeric(&self) -> bool {
        self.ton == TypeOfNumber::Alphanumeric
    }

    /// The digits without `+`, or the name.
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// The type-of-address octet.
    pub fn type_octet(&self) -> u8 {
        0x80 | self.ton.bits() << 4 | self.npi.bits()
    }

    /// TP-DA, TP-OA or TP-RA: the length counts semi-octets.
    pub(crate) fn decode(
        octets: &mut Octets<'_>,
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        let start = octets.position();
        let length = usize::from(octets.octet(field)?);
        if length > MAX_DIGITS {
            let kind = DecodeErrorKind::TooLong { limit: MAX_DIGITS };
            return Err(DecodeError::new(field, start, kind));
        }
        let kind = octets.octet(field)?;
        let value = octets.take(length.div_ceil(2), field)?;
        Ok(Self::from_value(kind, value, length))
    }

    /// Reads one address field on its own: length in semi-octets, type, value.
    /// Gives how many octets it took.
    pub fn decode_field(data: &[u8]) -> Result<(Self, usize), DecodeError> {
        let mut octets = Octets::new(data);
        let address = Self::decode(&mut octets, "address")?;
        Ok((address, octets.position()))
    }

    /// Reads a service centre address on its own (TS 24.011 §8.2.5.2): the
    /// length counts octets. `None` when the length is 0. Gives how many
    /// octets it took.
    pub fn decode_smsc(data: &[u8]) -> Result<(Option<Self>, usize), DecodeError> {
        let mut octets = Octets::new(data);
        let length = usize::from(octets.octet("SMSC")?);
        if length == 0 {
            return Ok((None, 1));
        }
        let field = octets.take(length, "SMSC")?;
        if length > MAX_SMSC_OCTETS {
            let kind = DecodeErrorKind::TooLong {
                limit: MAX_SMSC_OCTETS,
            };
            return Err(DecodeError::new("SMSC", 0, kind));
        }
        let value = &field[1..];
        Ok((
            Some(Self::from_value(field[0], value, value.len() * 2)),
            length + 1,
        ))
    }

    fn from_value(kind: u8, value: &[u8], semi_octets: usize) -> Self {
        let ton = TypeOfNumber::from_bits(kind >> 4);
        let npi = NumberingPlan::from_bits(kind);
        let value = if ton == TypeOfNumber::Alphanumeric {
            decode_name(value, semi_octets)
        } else {
            decode_digits(value, semi_octets)
        };
        Self { ton, npi, value }
    }

    /// Writes TP-DA, TP-OA or TP-RA.
    pub(crate) fn encode(&self, out: &mut Vec<u8>, field: &'static str) -> Result<(), EncodeError> {
        let (length, value) = self.encode_value(field)?;
        out.push(length);
        out.push(self.type_octet());
        out.extend_from_slice(&value);
        Ok(())
    }

    /// The address field on its own, as [`Address::decode_field`] reads it.
    pub fn encode_field(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::new();
        self.encode(&mut out, "address")?;
        Ok(out)
    }

    /// The service centre address on its own, as [`Address::decode_smsc`] reads it.
    pub fn encode_smsc(&self) -> Result<Vec<u8>, EncodeError> {
        let (_, value) = self.encode_value("SMSC")?;
        let length = u8::try_from(value.len() + 1)
            .map_err(|_| EncodeError::too_long("SMSC", MAX_SMSC_OCTETS, value.len() + 1))?;
        let mut out = Vec::with_capacity(value.len() + 2);
        out.push(length);
        out.push(self.type_octet());
        out.extend_from_slice(&value);
        Ok(out)
    }

    /// The length in useful semi-octets, and the value.
    fn encode_value(&self, field: &'static str) -> Result<(u8, Vec<u8>), EncodeError> {
        let (length, value) = if self.is_alphanumeric() {
            let septets = name_septets(&self.value).map_err(|e| EncodeError { field, ..e })?;
            // A semi-octet of fill bits alone does not count (§9.1.2.5).
            ((septets.len() * 7).div_ceil(4), septets::pack(&septets, 0))
        } else {
            (self.value.len(), encode_digits(&self.value, field)?)
        };
        let length = u8::try_from(length)
            .ok()
            .filter(|&length| usize::from(length) <= MAX_DIGITS)
            .ok_or(EncodeError::too_long(field, MAX_DIGITS, length))?;
        Ok((length, value))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ton == TypeOfNumber::International {
            f.write_str("+")?;
        }
        f.write_str(&self.value)
    }
}

impl FromStr for Address {
    type Err = EncodeError;

    /// `+` and digits: international. Digits `0-9*#abc` with at least one of
    /// `0-9*#`: type unknown, ISDN plan. Anything else: a name.
    fn from_str(s: &str) -> Result<Self, EncodeError> {
        if let Some(digits) = s.strip_prefix('+')
            && !digits.is_empty()
            && digits.chars().all(|c| semi_octet(c).is_some())
        {
            return Self::number(TypeOfNumber::International, NumberingPlan::Isdn, digits);
        }
        let is_number = s.chars().all(|c| semi_octet(c).is_some())
            && s.chars().any(|c| matches!(c, '0'..='9' | '*' | '#'));
        if is_number {
            Self::number(TypeOfNumber::Unknown, NumberingPlan::Isdn, s)
        } else {
            Self::name(s)
        }
    }
}

const DIGITS: &[u8; 15] = b"0123456789*#abc";

fn semi_octet(c: char) -> Option<u8> {
    let at = DIGITS.iter().position(|&digit| char::from(digit) == c)?;
    u8::try_from(at).ok()
}

/// Digits of semi-octets, low nibble first. 1111 is the filler that ends them.
pub fn decode_digits(value: &[u8], semi_octets: usize) -> String {
    let nibbles = value.iter().flat_map(|octet| [octet & 0x0F, octet >> 4]);
    nibbles
        .take(semi_octets)
        .map_while(|nibble| DIGITS.get(usize::from(nibble)))
        .map(|&digit| char::from(digit))
        .collect()
}

/// Semi-octets of digits `0-9*#abc`, filled up with 1111. `field` is for the error.
pub fn encode_digits(digits: &str, field: &'static str) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::with_capacity(digits.len().div_ceil(2));
    for (at, c) in digits.chars().enumerate() {
        let nibble = semi_octet(c).ok_or(EncodeError::new(field, EncodeErrorKind::Character(c)))?;
        if at % 2 == 0 {
            out.push(0xF0 | nibble);
        } else if let Some(last) = out.last_mut() {
            *last = *last & 0x0F | nibble << 4;
        }
    }
    Ok(out)
}

fn decode_name(value: &[u8], semi_octets: usize) -> String {
    let mut name = septets::unpack(value, 0, (semi_octets * 4 / 7).min(MAX_SEPTETS));
    // Seven characters leave seven fill bits in seven octets. Who counts 14
    // semi-octets there makes them look like an eighth character.
    if name.len() == 8 && matches!(name.last(), Some(0 | 0x0D)) {
        name.pop();
    }
    charset::decode(&name, None, None)
}

fn name_septets(text: &str) -> Result<Vec<u8>, EncodeError> {
    let septets = charset::encode(text, None, None)
        .map_err(|c| EncodeError::new("address", EncodeErrorKind::Character(c)))?;
    if septets.len() > MAX_SEPTETS {
        return Err(EncodeError::too_long("address", MAX_SEPTETS, septets.len()));
    }
    Ok(septets)
}
