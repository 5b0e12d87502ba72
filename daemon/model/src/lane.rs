//! What decides among messages that wait: priority, key, and what they ask for as their sender.

use std::fmt;
use std::str::FromStr;

use crate::Iccid;
use serde::{Deserialize, Serialize};

use super::{KeyId, UplinkName};

/// Strict between classes: an `otp` never waits behind `normal` or `bulk`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[schema(as = MessagePriority)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Otp,
    #[default]
    Normal,
    Bulk,
}

impl Priority {
    pub const ALL: [Self; 3] = [Self::Otp, Self::Normal, Self::Bulk];
}

/// What the `from` field of a message asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub enum Sender {
    /// Left out: the routes decide.
    #[default]
    Any,
    Sim(Iccid),
    Group(String),
    Uplink(UplinkName),
    /// An alphanumeric sender, which uplinks can have and SIMs can't.
    Name(String),
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Sim(iccid) => write!(f, "sim:{iccid}"),
            Self::Group(name) => write!(f, "group:{name}"),
            Self::Uplink(name) => write!(f, "uplink:{name}"),
            Self::Name(name) => write!(f, "name:{name}"),
        }
    }
}

/// The reverse of [`Sender`]'s `Display`; the store keeps the text.
impl FromStr for Sender {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "any" => Ok(Self::Any),
            Some(("sim", iccid)) => iccid
                .parse()
                .map(Self::Sim)
                .map_err(|_| "an ICCID has 18 to 20 digits".to_owned()),
            Some(("group", name)) if !name.is_empty() => Ok(Self::Group(name.to_owned())),
            Some(("uplink", name)) => name.parse().map(Self::Uplink),
            Some(("name", name)) if !name.is_empty() => Ok(Self::Name(name.to_owned())),
            _ => Err("expected sim:<iccid>, group:<name> or uplink:<name>".to_owned()),
        }
    }
}

/// Messages that wait for the same thing, in order. Fairness is between the keys of a priority.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lane {
    pub priority: Priority,
    pub key: KeyId,
    pub sender: Sender,
}
