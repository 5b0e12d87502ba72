//! A TPDU as the AT commands of TS 27.005 carry it: hexadecimal, the service centre's address in front.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::address::Address;
use crate::error::{DecodeError, DecodeErrorKind};

/// Service centre address and TPDU.
///
/// `Display` writes upper-case hexadecimal digits, `00` in front when there is
/// no service centre address (the modem then uses the one of `+CSCA`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PduHex {
    /// The service centre; `None` writes the length 0.
    pub smsc: Option<Address>,
    /// The TPDU's octets.
    pub tpdu: Vec<u8>,
}

impl PduHex {
    /// Without a service centre address.
    pub fn new(tpdu: Vec<u8>) -> Self {
        Self { smsc: None, tpdu }
    }

    /// Reads hexadecimal digits of either case, white space around them ignored.
    pub fn parse(hex: &str) -> Result<Self, DecodeError> {
        let octets = octets_from_hex(hex)?;
        let (smsc, length) = Address::decode_smsc(&octets)?;
        Ok(Self {
            smsc,
            tpdu: octets[length..].to_vec(),
        })
    }

    /// Octets of the TPDU alone: the number `AT+CMGS=` wants.
    pub fn tpdu_len(&self) -> usize {
        self.tpdu.len()
    }

    /// The text `Display` writes.
    pub fn render(&self) -> String {
        alloc::format!("{self}")
    }
}

impl fmt::Display for PduHex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An address no SMSC field can hold is left to the modem's own.
        let smsc = self.smsc.as_ref().and_then(|smsc| smsc.encode_smsc().ok());
        let smsc = smsc.as_deref().unwrap_or(&[0]);
        f.write_str(&octets_to_hex(smsc))?;
        f.write_str(&octets_to_hex(&self.tpdu))
    }
}

impl FromStr for PduHex {
    type Err = DecodeError;

    fn from_str(hex: &str) -> Result<Self, DecodeError> {
        Self::parse(hex)
    }
}

/// Upper-case hexadecimal digits.
pub fn octets_to_hex(octets: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(four.into(), 16).unwrap_or('0');
    let digits = octets.iter().flat_map(|octet| [octet >> 4, octet & 15]);
    digits
        .map(|four| digit(four).to_ascii_uppercase())
        .collect()
}

/// Octets of hexadecimal digits of either case, white space around them ignored.
pub fn octets_from_hex(hex: &str) -> Result<Vec<u8>, DecodeError> {
    let mut octets = Vec::with_capacity(hex.len() / 2);
    let mut high = None;
    for c in hex.trim().chars() {
        let error = |kind| DecodeError::new("PDU", octets.len(), kind);
        let digit = c.to_digit(16).ok_or(error(DecodeErrorKind::NotHex(c)))?;
        let digit = u8::try_from(digit).map_err(|_| error(DecodeErrorKind::NotHex(c)))?;
        match high.take() {
            None => high = Some(digit),
            Some(high) => octets.push(high << 4 | digit),
        }
    }
    match high {
        None => Ok(octets),
        Some(_) => Err(DecodeError::new(
            "PDU",
            octets.len(),
            DecodeErrorKind::OddHexDigits,
        )),
    }
}
