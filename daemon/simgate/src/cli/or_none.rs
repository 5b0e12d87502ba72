//! Settings of the command line that the word none takes away.

use std::fmt::Display;
use std::str::FromStr;

use serde::{Serialize, Serializer};

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

/// One of several values by name, or the word none, which stands for none of them.
pub(super) type Named<T> = Option<(String, T)>;

/// Reads NAME=VALUE.
pub(super) fn named<T: FromStr>(given: &str) -> Result<Named<T>, &'static str> {
    if given == "none" {
        return Ok(None);
    }
    let pair = given.split_once('=');
    let pair = pair.and_then(|(name, value)| Some((name.to_owned(), value.parse().ok()?)));
    pair.map(Some)
        .ok_or("expected a name, = and a value; or none")
}

/// All of them as one object.
pub(super) fn by_name<T: Serialize, S: Serializer>(
    all: &[Named<T>],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(all.iter().flatten().map(|(name, value)| (name, value)))
}
