//! Settings of the command line that the word none takes away.

use std::fmt::Display;
use std::str::FromStr;

use serde::Serialize;

/// A value, or null for the word none.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(super) struct OrNone<T>(Option<T>);

impl<T: FromStr<Err: Display>> FromStr for OrNone<T> {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        if given == "none" {
            return Ok(Self(None));
        }
        let value = given.parse();
        value
            .map(|value| Self(Some(value)))
            .map_err(|error: T::Err| format!("{error}; or none"))
    }
}
