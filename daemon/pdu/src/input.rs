//! Reading the fields of a line, with errors that name the key.

use serde_json::Value;

use crate::Fields;
use crate::direction::Direction;
use crate::names::Names;
use crate::problem::Problem;

/// The fields a line gives: its own, and those it holds under `expect`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    own: &'a Fields,
    expect: Option<&'a Fields>,
}

impl<'a> Input<'a> {
    pub(crate) fn new(fields: &'a Fields) -> Self {
        Self {
            own: fields,
            expect: fields.get("expect").and_then(Value::as_object),
        }
    }

    /// The line's own fields alone: what is expected of a decoder must not help it.
    pub(crate) fn own(fields: &'a Fields) -> Self {
        Self {
            own: fields,
            expect: None,
        }
    }

    /// A value that is there and not null.
    pub(crate) fn get(self, key: &str) -> Option<&'a Value> {
        let under_expect = || self.expect.and_then(|expect| expect.get(key));
        self.own
            .get(key)
            .or_else(under_expect)
            .filter(|value| !value.is_null())
    }

    fn typed<T>(
        self,
        key: &str,
        wanted: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        read(value)
            .map(Some)
            .ok_or_else(|| Problem::new(key, format!("{wanted} expected")))
    }

    pub(crate) fn text(self, key: &str) -> Result<Option<&'a str>, Problem> {
        self.typed(key, "a string", Value::as_str)
    }

    /// The value that `names` has for the text under `key`.
    pub(crate) fn named<T: Copy + PartialEq>(
        self,
        names: &Names<T>,
        key: &str,
    ) -> Result<Option<T>, Problem> {
        let Some(name) = self.text(key)? else {
            return Ok(None);
        };
        let unknown = || Problem::new(key, format!("unknown {} {name:?}", names.0));
        names.value(name).map(Some).ok_or_else(unknown)
    }

    pub(crate) fn flag(self, key: &str) -> Result<Option<bool>, Problem> {
        self.typed(key, "true or false", Value::as_bool)
    }

    pub(crate) fn octet(self, key: &str) -> Result<Option<u8>, Problem> {
        self.typed(key, "a number from 0 to 255", |value| {
            u8::try_from(value.as_u64()?).ok()
        })
    }

    pub(crate) fn number(self, key: &str) -> Result<Option<u32>, Problem> {
        self.typed(key, "a number", |value| u32::try_from(value.as_u64()?).ok())
    }

    /// 16 bits; 0 where it is not given.
    pub(crate) fn word(self, key: &str) -> Result<u16, Problem> {
        let number = self.number(key)?.unwrap_or(0);
        u16::try_from(number).map_err(|_| Problem::new(key, "a number from 0 to 65535 expected"))
    }

    pub(crate) fn object(self, key: &str) -> Result<Option<Self>, Problem> {
        let object = self.typed(key, "an object", Value::as_object)?;
        Ok(object.map(|own| Self { own, expect: None }))
    }

    pub(crate) fn list(self, key: &str) -> Result<Option<&'a Vec<Value>>, Problem> {
        self.typed(key, "a list", Value::as_array)
    }

    /// Octets from hexadecimal digits.
    pub(crate) fn octets(self, key: &str) -> Result<Option<Vec<u8>>, Problem> {
        let Some(digits) = self.text(key)? else {
            return Ok(None);
        };
        let octets = tpdu::codec::octets_from_hex(digits);
        octets.map(Some).map_err(|error| Problem {
            field: key.to_owned(),
            ..error.into()
        })
    }

    /// `direction`; `None` when the line does not say.
    pub(crate) fn direction(self) -> Result<Option<Direction>, Problem> {
        let Some(name) = self.text("direction")? else {
            return Ok(None);
        };
        name.parse()
            .map(Some)
            .map_err(|detail: String| Problem::new("direction", detail))
    }
}
