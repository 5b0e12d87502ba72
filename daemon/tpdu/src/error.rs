//! What can be wrong with octets we read, and with values we are asked to write.

use core::fmt;

/// Why octets are not the TPDU they should be, with the field and the octet.
///
/// `offset` counts from the first octet given to the decoder (for
/// [`PduHex::parse`](crate::PduHex::parse) that is the SMSC length octet).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    /// The field by its name in the standard, as `TP-DA`.
    pub field: &'static str,
    /// The octet at which the trouble was found, counted from 0.
    pub offset: usize,
    /// What the trouble is.
    pub kind: DecodeErrorKind,
}

/// What is wrong at the place a [`DecodeError`] names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// There is no octet left where the field should begin or go on.
    EndedEarly,
    /// A length says more octets than there are.
    Short {
        /// Octets the length asks for.
        expected: usize,
        /// Octets that are there.
        present: usize,
    },
    /// A length is beyond what the field may have.
    TooLong {
        /// The most the standard allows.
        limit: usize,
    },
    /// The value is reserved, and nothing sensible can be read from it.
    Reserved(u8),
    /// A character that is no hexadecimal digit.
    NotHex(char),
    /// An odd number of hexadecimal digits: the last octet is cut.
    OddHexDigits,
    /// The user data are compressed (TS 23.042), which no network sends.
    Compressed,
    /// The user data are 8-bit data: octets, not text.
    NotText,
}

impl DecodeError {
    pub(crate) const fn new(field: &'static str, offset: usize, kind: DecodeErrorKind) -> Self {
        Self {
            field,
            offset,
            kind,
        }
    }

    /// The same trouble, seen from a buffer that begins `octets` earlier.
    pub(crate) fn moved(mut self, octets: usize) -> Self {
        self.offset += octets;
        self
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at octet {}: {}", self.field, self.offset, self.kind)
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndedEarly => f.write_str("ended early"),
            Self::Short { expected, present } => {
                write!(f, "{expected} octets expected, {present} present")
            }
            Self::TooLong { limit } => write!(f, "longer than {limit}"),
            Self::Reserved(value) => write!(f, "reserved value 0x{value:02X}"),
            Self::NotHex(c) => write!(f, "{c:?} is not a hexadecimal digit"),
            Self::OddHexDigits => f.write_str("odd number of hexadecimal digits"),
            Self::Compressed => f.write_str("compressed user data are not supported"),
            Self::NotText => f.write_str("8-bit data, not text"),
        }
    }
}

impl core::error::Error for DecodeError {}

/// Why a value cannot be written as octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodeError {
    /// The field by its name in the standard, as `TP-UD`.
    pub field: &'static str,
    /// What does not fit.
    pub kind: EncodeErrorKind,
}

/// What is wrong with the field an [`EncodeError`] names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// More than the field can hold.
    TooLong {
        /// The most it holds, in the field's own unit (digits, septets or octets).
        limit: usize,
        /// What it was given.
        given: usize,
    },
    /// A character the field has no code for.
    Character(char),
    /// The body is septets where TP-DCS says octets, or the other way round.
    AlphabetMismatch,
    /// TP-DCS says compressed, which we do not write.
    Compressed,
    /// A value outside the field's range.
    Range,
}

impl EncodeError {
    pub(crate) const fn new(field: &'static str, kind: EncodeErrorKind) -> Self {
        Self { field, kind }
    }

    pub(crate) const fn too_long(field: &'static str, limit: usize, given: usize) -> Self {
        Self::new(field, EncodeErrorKind::TooLong { limit, given })
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.field)?;
        match self.kind {
            EncodeErrorKind::TooLong { limit, given } => {
                write!(f, "{given} given, at most {limit} fit")
            }
            EncodeErrorKind::Character(c) => write!(f, "no code for {c:?}"),
            EncodeErrorKind::AlphabetMismatch => {
                f.write_str("body and TP-DCS disagree about the alphabet")
            }
            EncodeErrorKind::Compressed => f.write_str("compressed user data are not supported"),
            EncodeErrorKind::Range => f.write_str("value out of range"),
        }
    }
}

impl core::error::Error for EncodeError {}
