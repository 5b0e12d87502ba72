//! Final result codes: what ends a command (V.250 5.7.1, TS 27.005 3.2.5, TS 27.007 9.2).

use crate::errors::{CmeError, CmsError, ErrorClass};
use std::fmt;

/// The line that ends a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FinalCode {
    /// `OK`
    Ok,
    /// `ERROR`, or another refusal that says no more.
    Error,
    /// `+CMS ERROR: <err>`
    Cms(CmsError),
    /// `+CME ERROR: <err>`
    Cme(CmeError),
    /// `+CMS ERROR: <text>` with a text no table knows.
    CmsText(String),
    /// `+CME ERROR: <text>` with a text no table knows.
    CmeText(String),
    /// `COMMAND NOT SUPPORT`, `TOO MANY PARAMETERS` and the like: the modem does not know the
    /// command or its parameters.
    NotSupported(String),
    /// `NO CARRIER`
    NoCarrier,
    /// `BUSY`
    Busy,
    /// `NO ANSWER`
    NoAnswer,
    /// `NO DIALTONE`
    NoDialtone,
    /// `CONNECT [<text>]`: the port is in data mode.
    Connect,
}

/// Refusals in words that USB modems give instead of `ERROR`.
const NOT_SUPPORTED: &[&str] = &[
    "COMMAND NOT SUPPORT",
    "COMMAND NOT SUPPORTED",
    "TOO MANY PARAMETERS",
    "NOT SUPPORT",
    "NOT SUPPORTED",
    "INVALID PARAMETER",
    "INPUT VALUE IS OUT OF RANGE",
    "UNKNOWN CALLING ERROR",
];

impl FinalCode {
    /// Reads a whole line in the verbose form (`ATV1`). Never part of a line: an operator may be
    /// called "OK".
    pub fn parse(line: &str) -> Option<Self> {
        if let Some(err) = line.strip_prefix("+CMS ERROR:") {
            return extended(err).map(Self::from_cms);
        }
        if let Some(err) = line.strip_prefix("+CME ERROR:") {
            return extended(err).map(Self::from_cme);
        }
        let line = line.trim_end();
        Some(match line {
            "OK" => Self::Ok,
            "ERROR" => Self::Error,
            "NO CARRIER" => Self::NoCarrier,
            "BUSY" => Self::Busy,
            "NO ANSWER" => Self::NoAnswer,
            "NO DIALTONE" | "NO DIAL TONE" => Self::NoDialtone,
            "CONNECT" => Self::Connect,
            _ if line.starts_with("CONNECT ") => Self::Connect,
            _ if NOT_SUPPORTED.contains(&line) => Self::NotSupported(line.to_owned()),
            _ if is_modem_error(line) => Self::Error,
            _ => return None,
        })
    }

    /// Reads a code in the numeric form (`ATV0`, V.250 table 1). Only where no information line
    /// can be a number.
    pub fn parse_numeric(line: &str) -> Option<Self> {
        Some(match line.trim_end() {
            "0" => Self::Ok,
            "1" => Self::Connect,
            "3" => Self::NoCarrier,
            "4" => Self::Error,
            "6" => Self::NoDialtone,
            "7" => Self::Busy,
            "8" => Self::NoAnswer,
            _ => return None,
        })
    }

    /// Whether the command succeeded.
    pub fn is_ok(&self) -> bool {
        matches!(self, Self::Ok | Self::Connect)
    }

    /// What the code means for a message that was being submitted.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Cms(error) => error.class(),
            Self::Cme(error) => error.class(),
            Self::NotSupported(_) => ErrorClass::Modem,
            // The line dropped while the modem may have been sending.
            Self::NoCarrier | Self::Busy | Self::NoAnswer | Self::NoDialtone | Self::Connect => {
                ErrorClass::Uncertain
            }
            Self::Ok | Self::Error | Self::CmsText(_) | Self::CmeText(_) => ErrorClass::Unknown,
        }
    }

    /// Whether only a call or a data connection ends so (V.250 5.7.1).
    pub(crate) fn is_of_call(&self) -> bool {
        matches!(
            self,
            Self::NoCarrier | Self::Busy | Self::NoAnswer | Self::NoDialtone | Self::Connect
        )
    }

    /// Whether a USSD code may be refused so. What the message service says is `+CMS ERROR`.
    pub fn may_be_ussds(&self) -> bool {
        matches!(
            self,
            Self::Error | Self::Cme(_) | Self::CmeText(_) | Self::NotSupported(_)
        )
    }

    /// Whether a message is refused so by the network: RP cause (TS 24.011 8.2.5.4) or TP-FCS
    /// (TS 23.040 9.2.3.22). What the modem itself gives is above 255.
    pub fn is_networks(&self) -> bool {
        matches!(self, Self::Cms(CmsError(1..=255)))
    }

    fn from_cms(err: &str) -> Self {
        match CmsError::parse(err) {
            Some(error) => Self::Cms(error),
            None => Self::CmsText(err.to_owned()),
        }
    }

    fn from_cme(err: &str) -> Self {
        match CmeError::parse(err) {
            Some(error) => Self::Cme(error),
            None => Self::CmeText(err.to_owned()),
        }
    }
}

/// What stands behind the colon. Nothing at all, not even a blank, is a line that was cut.
fn extended(err: &str) -> Option<&str> {
    (!err.is_empty()).then(|| err.trim())
}

/// `MODEM ERROR: <n>`, seen on old firmware.
fn is_modem_error(line: &str) -> bool {
    line.strip_prefix("MODEM ERROR:").is_some_and(|err| {
        let err = err.trim();
        !err.is_empty() && err.bytes().all(|byte| byte.is_ascii_digit())
    })
}

impl fmt::Display for FinalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("OK"),
            Self::Error => f.write_str("ERROR"),
            Self::Cms(error) => write!(f, "+CMS ERROR: {}", error.0),
            Self::Cme(error) => write!(f, "+CME ERROR: {}", error.0),
            Self::CmsText(text) => write!(f, "+CMS ERROR: {text}"),
            Self::CmeText(text) => write!(f, "+CME ERROR: {text}"),
            Self::NotSupported(text) => f.write_str(text),
            Self::NoCarrier => f.write_str("NO CARRIER"),
            Self::Busy => f.write_str("BUSY"),
            Self::NoAnswer => f.write_str("NO ANSWER"),
            Self::NoDialtone => f.write_str("NO DIALTONE"),
            Self::Connect => f.write_str("CONNECT"),
        }
    }
}
