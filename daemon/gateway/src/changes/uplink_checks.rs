//! Checks of single settings; each adds what is wrong to the list.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use rustls_pki_types::ServerName;

use super::pem;
use crate::{FieldCode, FieldError};
use model::UplinkName;

/// Longest source address: its field has 20 octets and a NUL (SMPP 3.4 §4.4.1), an alphanumeric
/// one fits a TP-OA of 11 characters (TS 23.040 §9.1.2.5).
const MAX_ADDRESS: usize = 20;
const MAX_ALPHANUMERIC: usize = 11;

/// Words of receipts, and characters of one.
const MAX_WORDS: usize = 64;
const MAX_WORD: usize = 32;

/// What is wrong so far.
#[derive(Default)]
pub(super) struct Checks(Vec<FieldError>);

impl Checks {
    pub(super) fn wrong(&mut self, pointer: &str, code: FieldCode, detail: impl Into<String>) {
        self.0.push(FieldError::new(pointer, detail).coded(code));
    }

    /// What was checked, unless something was wrong.
    pub(super) fn done<T>(self, checked: T) -> Result<T, Vec<FieldError>> {
        if self.0.is_empty() {
            Ok(checked)
        } else {
            Err(self.0)
        }
    }

    /// A number in a range, which is within that of `T`; `default` when it is left out.
    pub(super) fn number<T: TryFrom<u32>>(
        &mut self,
        pointer: &str,
        range: RangeInclusive<u32>,
        given: Option<u32>,
        default: T,
    ) -> T {
        let Some(given) = given else { return default };
        match T::try_from(given) {
            Ok(number) if range.contains(&given) => number,
            _ => {
                let (min, max) = (*range.start(), *range.end());
                let wrong = FieldError::new(pointer, format!("must be {min} to {max}"))
                    .coded(FieldCode::OutOfRange);
                self.0.push(wrong.least(min.into()).most(max.into()));
                default
            }
        }
    }

    /// A C-Octet String with room for `most` octets before its NUL.
    pub(super) fn octets(&mut self, pointer: &str, text: &str, most: usize) {
        if text.len() > most || !is_printable(text) {
            let detail = format!("may have at most {most} printable ASCII characters");
            self.0.push(ascii(pointer, detail, most));
        }
    }

    pub(super) fn account(&mut self, pointer: &str, text: Option<&str>) {
        if text.is_some_and(|text| text.parse::<UplinkName>().is_err()) {
            let detail = "must have 1 to 64 letters, digits, '-', '_' and '.'";
            self.wrong(pointer, FieldCode::Name, detail);
        }
    }

    /// Words of receipts, in lower case.
    pub(super) fn words<T>(
        &mut self,
        pointer: &str,
        words: BTreeMap<String, T>,
    ) -> BTreeMap<String, T> {
        let is_word = |word: &String| {
            (1..=MAX_WORD).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if words.len() > MAX_WORDS || !words.keys().all(is_word) {
            let detail = format!(
                "may have at most {MAX_WORDS} words, of 1 to {MAX_WORD} ASCII characters without blanks"
            );
            self.0.push(FieldError::new(pointer, detail));
        }
        let words = words.into_iter();
        words
            .map(|(word, state)| (word.to_lowercase(), state))
            .collect()
    }

    /// A name that a certificate could be for, or an address.
    pub(super) fn host(&mut self, pointer: &str, text: &str) {
        if ServerName::try_from(text).is_err() {
            self.wrong(
                pointer,
                FieldCode::Host,
                "must be a host name or an IP address",
            );
        }
    }

    pub(super) fn source_addr(&mut self, pointer: &str, text: &str) {
        let (kind, most) = if is_alphanumeric(text) {
            ("an alphanumeric sender", MAX_ALPHANUMERIC)
        } else {
            ("a number", MAX_ADDRESS)
        };
        if text.len() > most || !is_printable(text) {
            let detail = format!("{kind} has at most {most} printable ASCII characters");
            self.0.push(ascii(pointer, detail, most));
        }
    }

    pub(super) fn certificates(&mut self, pointer: &str, text: Option<&str>) {
        if !text.is_none_or(pem::is_certificates) {
            self.wrong(
                pointer,
                FieldCode::Certificate,
                "must be PEM with one certificate at least",
            );
        }
    }

    pub(super) fn private_key(&mut self, pointer: &str, text: Option<&str>) {
        if !text.is_none_or(pem::is_private_key) {
            self.wrong(
                pointer,
                FieldCode::PrivateKey,
                "must be PEM with a private key without passphrase",
            );
        }
    }
}

fn ascii(pointer: &str, detail: String, most: usize) -> FieldError {
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    FieldError::new(pointer, detail)
        .coded(FieldCode::Ascii)
        .most(most)
}

/// Neither a number nor nothing.
pub(super) fn is_alphanumeric(address: &str) -> bool {
    let digits = address.strip_prefix('+').unwrap_or(address);
    !address.is_empty() && (digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()))
}

fn is_printable(text: &str) -> bool {
    text.bytes().all(|b| (b' '..=b'~').contains(&b))
}
