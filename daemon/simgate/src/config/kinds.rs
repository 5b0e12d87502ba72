//! The kinds of value that the settings of the log and of HTTP have.

use std::net::IpAddr;
use std::path::PathBuf;

use gateway::settings::Described;
use ipnet::IpNet;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The least important lines that are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether dependencies would drown the log at this level.
    pub(crate) fn is_chatty(self) -> bool {
        matches!(self, Self::Debug | Self::Trace)
    }
}

/// Where log lines go, and in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// The journal when standard error is connected to it, else text.
    Auto,
    /// systemd's journal, with fields.
    Journal,
    /// Lines for people, on standard error.
    Text,
    /// One JSON object a line, on standard error.
    Json,
}

impl Described for LogLevel {
    const WHAT: &str = "\"error\", \"warn\", \"info\", \"debug\" or \"trace\"";
}

impl Described for LogFormat {
    const WHAT: &str = "\"auto\", \"journal\", \"text\" or \"json\"";
}

/// Networks in CIDR notation, or single addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Networks(pub(crate) Vec<IpNet>);

impl<'de> Deserialize<'de> for Networks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let network = |text: String| {
            let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
            let network = text.parse().ok().or_else(address);
            network.ok_or_else(|| D::Error::custom(format_args!("{text:?} is no network")))
        };
        let texts = Vec::<String>::deserialize(deserializer)?.into_iter();
        texts.map(network).collect::<Result<_, _>>().map(Self)
    }
}

impl Described for Networks {
    const WHAT: &str = "a list of networks or addresses";
}

/// The header in which reverse proxies tell the client's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ProxyHeader {
    XForwardedFor,
    Forwarded,
}

impl From<ProxyHeader> for api::http::ProxyHeader {
    fn from(header: ProxyHeader) -> Self {
        match header {
            ProxyHeader::XForwardedFor => Self::XForwardedFor,
            ProxyHeader::Forwarded => Self::Forwarded,
        }
    }
}

impl Described for ProxyHeader {
    const WHAT: &str = "\"x-forwarded-for\" or \"forwarded\"";
}

/// Where the certificate of the HTTP server comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TlsCertificate {
    /// There is none: plain HTTP.
    None,
    /// Made in the data directory.
    SelfSigned,
    /// A PEM file.
    File(PathBuf),
}

impl Serialize for TlsCertificate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_str("none"),
            Self::SelfSigned => serializer.serialize_str("self-signed"),
            Self::File(path) => path.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for TlsCertificate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "none" => Ok(Self::None),
            "self-signed" => Ok(Self::SelfSigned),
            path if path.starts_with('/') => Ok(Self::File(path.into())),
            other => Err(D::Error::custom(format_args!("unknown word {other:?}"))),
        }
    }
}

impl Described for TlsCertificate {
    const WHAT: &str = "\"none\", \"self-signed\" or the absolute path of a PEM file";
}
