//! The client's own JSON object, kept as it was written.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::words::plain;

/// Octets of `metadata` as written, white space included.
pub(super) const MAX_OCTETS: usize = 4096;

/// Gives the object's text, so that numbers of any size come back as they were. What readers of
/// JSON disagree about (a key twice, half of a surrogate pair) is refused.
pub(super) fn check(raw: &RawValue) -> Result<String, String> {
    let text = raw.get();
    if !text.starts_with('{') {
        return Err("must be an object".to_owned());
    }
    if text.len() > MAX_OCTETS {
        return Err(format!(
            "at most {MAX_OCTETS} octets of JSON, has {}",
            text.len()
        ));
    }
    match serde_json::from_str::<Strict>(text) {
        Ok(Strict) => Ok(text.to_owned()),
        Err(error) => Err(plain(&error.to_string())),
    }
}

/// Any JSON value in which no object has the same key twice and no string holds U+0000.
struct Strict;

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            Self.visit_str::<A::Error>(&key)?;
            if seen.contains(&key) {
                return Err(A::Error::custom(format_args!("has the key {key:?} twice")));
            }
            seen.insert(key);
            map.next_value::<Self>()?;
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self, E> {
        if text.contains('\0') {
            return Err(E::custom("holds the character U+0000"));
        }
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(json: &str) -> Result<String, String> {
        check(&RawValue::from_string(json.to_owned()).map_err(|error| error.to_string())?)
    }

    #[test]
    fn an_object_comes_back_as_it_was_written() {
        let json =
            r#"{"a": [1, 2.50, 123456789012345678901234567890, null, true], "b": {"c": "é"}}"#;
        assert_eq!(checked(json).unwrap(), json);
    }

    #[test]
    fn what_readers_disagree_about_is_refused() {
        let long = format!(r#"{{"a": "{}"}}"#, "x".repeat(MAX_OCTETS));
        let deep = format!(r#"{{"a": {}{}}}"#, "[".repeat(500), "]".repeat(500));
        let cases = [
            "[]",
            "null",
            r#"{"a": 1, "a": 2}"#,
            r#"{"x": {"a": 1, "\u0061": 2}}"#,
            r#"{"a": "\u0000"}"#,
            r#"{"a": "\ud800"}"#,
            r#"{"a": 1e999}"#,
            &long,
            &deep,
        ];
        for case in cases {
            assert!(checked(case).is_err(), "{case}");
        }
    }
}
