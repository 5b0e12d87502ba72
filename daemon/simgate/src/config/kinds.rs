//! The kinds of value that the log's settings have.

use gateway::settings::Described;
use serde::{Deserialize, Serialize};

/// The least important lines that are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl LogLevel {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
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
