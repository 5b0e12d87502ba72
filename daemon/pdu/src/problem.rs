//! What is wrong with a line, as the `error` object says it.

use serde_json::{Value, json};
use tpdu::{DecodeError, EncodeError, TextError};

/// The field, where it is, and what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    /// A TP- field of the standard or a key of the JSON line.
    pub(crate) field: String,
    /// The octet, counted from the first of the PDU; absent when it is not about octets.
    pub(crate) offset: Option<usize>,
    pub(crate) detail: String,
}

impl Problem {
    pub(crate) fn new(field: &str, detail: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            offset: None,
            detail: detail.into(),
        }
    }

    /// At an octet.
    pub(crate) fn at(field: &str, offset: usize, detail: impl Into<String>) -> Self {
        Self {
            offset: Some(offset),
            ..Self::new(field, detail)
        }
    }

    pub(crate) fn missing(key: &str) -> Self {
        Self::new(key, "missing")
    }

    /// The same, seen from the start of a PDU whose TPDU begins `octets` later.
    pub(crate) fn moved(mut self, octets: usize) -> Self {
        self.offset = self.offset.map(|offset| offset + octets);
        self
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "field": self.field, "offset": self.offset, "detail": self.detail })
    }
}

impl From<DecodeError> for Problem {
    fn from(error: DecodeError) -> Self {
        Self::at(error.field, error.offset, error.kind.to_string())
    }
}

impl From<EncodeError> for Problem {
    fn from(error: EncodeError) -> Self {
        let whole = error.to_string();
        let detail = whole
            .strip_prefix(error.field)
            .map_or(whole.as_str(), |rest| rest.trim_start_matches(": "));
        Self::new(error.field, detail)
    }
}

impl From<TextError> for Problem {
    fn from(error: TextError) -> Self {
        Self::new("text", error.to_string())
    }
}
