//! The kinds of value that settings have beside numbers and texts.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::table::Described;
use model::OnUncertain;

/// Which ports to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ports {
    /// What the udev rules found.
    Auto,
    /// Glob patterns; "auto" stands for what the udev rules found.
    Globs(Vec<String>),
}

impl Ports {
    const AUTO: &str = "auto";
    /// The links that the udev rules make, one for each port that takes AT commands or may do so. udev makes a link when
    /// its device may be opened, which its database does not tell.
    const FOUND: &str = "/dev/simgate/*/at*";

    /// The patterns to expand, in the order given.
    pub fn globs(&self) -> Vec<&str> {
        match self {
            Self::Auto => vec![Self::FOUND],
            Self::Globs(globs) => {
                let globs = globs.iter().map(String::as_str);
                globs
                    .map(|glob| {
                        if glob == Self::AUTO {
                            Self::FOUND
                        } else {
                            glob
                        }
                    })
                    .collect()
            }
        }
    }
}

impl Serialize for Ports {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str(Self::AUTO),
            Self::Globs(globs) => globs.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Ports {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Word(String),
            Globs(Vec<String>),
        }
        match Written::deserialize(deserializer)? {
            Written::Word(word) if word == Self::AUTO => Ok(Self::Auto),
            Written::Word(word) => Err(D::Error::custom(format_args!("unknown word {word:?}"))),
            Written::Globs(globs) => Ok(Self::Globs(globs)),
        }
    }
}

/// How the scheduler chooses among SIMs that may all take a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// The least loaded one.
    Balance,
    /// One after the other.
    RoundRobin,
}

/// Addresses that webhooks may post to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum PostTo {
    Internet,
    /// Private networks.
    Lan,
    Loopback,
    LinkLocal,
    Net(IpNet),
}

impl TryFrom<String> for PostTo {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "internet" => Ok(Self::Internet),
            "lan" => Ok(Self::Lan),
            "loopback" => Ok(Self::Loopback),
            "link-local" => Ok(Self::LinkLocal),
            net => match (net.parse(), net.parse::<IpAddr>()) {
                (Ok(net), _) => Ok(Self::Net(net)),
                (_, Ok(address)) => Ok(Self::Net(address.into())),
                _ => Err(format!("{net:?} is neither a word nor a network")),
            },
        }
    }
}

impl Serialize for PostTo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Internet => serializer.serialize_str("internet"),
            Self::Lan => serializer.serialize_str("lan"),
            Self::Loopback => serializer.serialize_str("loopback"),
            Self::LinkLocal => serializer.serialize_str("link-local"),
            Self::Net(net) => serializer.collect_str(net),
        }
    }
}

impl Described for Vec<PostTo> {
    const WHAT: &str = "a list of \"lan\", \"internet\", \"loopback\", \"link-local\" and networks";
}

/// When backups are made without being asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum BackupSchedule {
    Off,
    /// At this time of day, by the machine's time zone.
    Daily(jiff::civil::Time),
    /// So many hours after the last one.
    Every(u8),
}

impl TryFrom<String> for BackupSchedule {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let hours = text
            .strip_prefix("every ")
            .and_then(|span| span.strip_suffix('h')?.parse().ok());
        let time = || jiff::civil::Time::strptime("%H:%M", &text).ok();
        match hours {
            Some(hours @ 1..=168) => Ok(Self::Every(hours)),
            _ => time()
                .map(Self::Daily)
                .ok_or_else(|| format!("unknown word {text:?}")),
        }
    }
}

impl fmt::Display for BackupSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Daily(time) => write!(f, "{:02}:{:02}", time.hour(), time.minute()),
            Self::Every(hours) => write!(f, "every {hours}h"),
        }
    }
}

impl Serialize for BackupSchedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Described for BackupSchedule {
    const WHAT: &str = "\"off\", a time of day such as \"03:30\", or \"every 6h\" (1 to 168)";
}

/// What can cut a modem's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PowerBackend {
    None,
    /// The port of the USB hub that it hangs on.
    UsbPort,
    /// A program.
    Command,
    /// A bank's controller on a serial line.
    Board,
    /// GPIO lines of this machine.
    Gpio,
}

/// Languages with a national table, by their identifier in TS 23.038 §6.2.1.2.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NationalLanguage {
    Turkish = 1,
    Spanish,
    Portuguese,
    Bengali,
    Gujarati,
    Hindi,
    Kannada,
    Malayalam,
    Oriya,
    Punjabi,
    Tamil,
    Telugu,
    Urdu,
}

impl NationalLanguage {
    /// The octet that UDH elements 0x24 and 0x25 carry.
    pub fn identifier(self) -> u8 {
        self as u8
    }
}

impl Described for Ports {
    const WHAT: &str = "\"auto\" or a list of glob patterns";
}

impl Described for Strategy {
    const WHAT: &str = "\"balance\" or \"round-robin\"";
}

impl Described for OnUncertain {
    const WHAT: &str = "\"hold\" or \"resend\"";
}

impl Described for PowerBackend {
    const WHAT: &str = "\"none\", \"usb-port\", \"command\", \"board\" or \"gpio\"";
}

impl Described for Vec<NationalLanguage> {
    const WHAT: &str = "a list of turkish, spanish, portuguese, bengali, gujarati, hindi, kannada, malayalam, \
        oriya, punjabi, tamil, telugu, urdu";
}
