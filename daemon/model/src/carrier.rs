//! What carries a message: a SIM, or an uplink.

use std::fmt;
use std::str::FromStr;

use crate::Iccid;

const UPLINK: &str = "uplink:";

/// Letters, digits, `-`, `_` and `.`; 1 to 64 of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UplinkName(Box<str>);

impl UplinkName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UplinkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for UplinkName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if (1..=64).contains(&text.len()) && text.bytes().all(known) {
            Ok(Self(text.into()))
        } else {
            Err("an uplink's name has 1 to 64 letters, digits, '-', '_' and '.'".to_owned())
        }
    }
}

/// What carries a message. As text, which is also what the store holds: the ICCID, or
/// `uplink:<name>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Carrier {
    Sim(Iccid),
    Uplink(UplinkName),
}

impl Carrier {
    pub fn sim(&self) -> Option<&Iccid> {
        match self {
            Self::Sim(iccid) => Some(iccid),
            Self::Uplink(_) => None,
        }
    }

    pub fn uplink(&self) -> Option<&UplinkName> {
        match self {
            Self::Sim(_) => None,
            Self::Uplink(name) => Some(name),
        }
    }

    /// As the API names it: `sim:<iccid>` or `uplink:<name>`.
    pub fn route(&self) -> String {
        match self {
            Self::Sim(iccid) => format!("sim:{iccid}"),
            Self::Uplink(name) => format!("{UPLINK}{name}"),
        }
    }
}

impl From<Iccid> for Carrier {
    fn from(iccid: Iccid) -> Self {
        Self::Sim(iccid)
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sim(iccid) => iccid.fmt(f),
            Self::Uplink(name) => write!(f, "{UPLINK}{name}"),
        }
    }
}

impl FromStr for Carrier {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix(UPLINK) {
            Some(name) => name.parse().map(Self::Uplink),
            None => text
                .parse()
                .map(Self::Sim)
                .map_err(|_| "an ICCID has 18 to 20 digits".to_owned()),
        }
    }
}
