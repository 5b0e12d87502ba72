//! How a command ends when it does not end well.

use std::io;

/// Why a command failed; decides the exit code.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Refused or failed: exit code 1.
    #[error("{0}")]
    Refused(String),
    /// The daemon does not know the key, or the key may not do this: exit code 1. No other request
    /// of the same kind will fare better.
    #[error("{0}")]
    NotAllowed(String),
    /// The command line contradicts itself: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// The daemon cannot be reached: exit code 3.
    #[error("{0}")]
    Unreachable(String),
    /// It has been said already: exit code 1 and no further word.
    #[error("failed")]
    Reported,
    /// It has been said already, in a way of its own: this exit code and no further word.
    #[error("failed")]
    Told(u8),
    /// Standard output or standard input failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Failure {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "so it can be given to map_err"
    )]
    pub(crate) fn refused(reason: impl ToString) -> Self {
        Self::Refused(reason.to_string())
    }

    /// A command `set` was given nothing that it could set.
    pub(super) fn nothing_to_set(group: &str) -> Self {
        Self::Usage(format!("nothing to set; see simgate {group} set --help"))
    }
}
