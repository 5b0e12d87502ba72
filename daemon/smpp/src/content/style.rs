//! How one SMSC wants its messages: what the standard leaves to it.

use std::collections::BTreeMap;

use super::receipt_state::ReceiptState;

/// How texts, data and long messages are written for one SMSC.
///
/// SMPP 3.4 §5.2.19 says of `data_coding` 0 only "SMSC default alphabet", and the GSM 7-bit
/// alphabet has no value of its own; so each operator's interface document is the authority.
///
/// Where `data_coding` 0 is used for texts, `default_alphabet` and `text` should be the same:
/// what is sent under 0 is written as `text` says, what comes under 0 read as `default_alphabet`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// What a `data_coding` of 0, and one with a class (0x10, 0xF0), means.
    pub default_alphabet: TextCoding,
    /// How a text goes that needs no UCS-2.
    pub text: TextCoding,
    /// `data_coding` of texts in [`TextCoding::Gsm7`].
    pub gsm7_data_coding: u8,
    /// `data_coding` of texts in [`TextCoding::Latin1`].
    pub latin1_data_coding: u8,
    /// `data_coding` of texts in UCS-2.
    pub ucs2_data_coding: u8,
    /// `data_coding` of data.
    pub binary_data_coding: u8,
    /// How what does not fit one short message goes.
    pub long: Long,
    /// What words behind `stat:` of a receipt mean here, in lower case; the others mean what they
    /// usually do.
    pub receipt_words: BTreeMap<String, ReceiptState>,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            default_alphabet: TextCoding::Gsm7,
            text: TextCoding::Gsm7,
            gsm7_data_coding: 0,
            latin1_data_coding: 3,
            ucs2_data_coding: 8,
            binary_data_coding: 4,
            long: Long::Udh,
            receipt_words: BTreeMap::new(),
        }
    }
}

/// An alphabet of one octet a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextCoding {
    /// The GSM 7-bit default alphabet, unpacked: one septet in each octet, and 0x1B before a
    /// character of the extension table (TS 23.038 §6.2.1).
    #[default]
    Gsm7,
    /// ISO 8859-1.
    Latin1,
}

/// How a message of several parts goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Long {
    /// A `submit_sm` a part, with a user data header in the message (TS 23.040 §9.2.3.24.1).
    #[default]
    Udh,
    /// A `submit_sm` a part, with the `sar_*` parameters (SMPP 3.4 §5.3.2.22 to .24).
    Sar,
    /// One `submit_sm` with `message_payload` (§5.3.2.32); the SMSC cuts it.
    Payload,
}
