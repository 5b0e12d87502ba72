//! What became of one submit, named by what the caller must do next.

use at::{CmeError, CmsError, ErrorClass, FinalCode};
use std::fmt;
use tpdu::MessageRef;

/// What became of one `AT+CMGS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// `+CMGS: <mr>`: the service centre has it. Wait for the report.
    Accepted(MessageRef),
    /// `OK` without a readable `+CMGS: <mr>`: the service centre has it, but no report can be
    /// matched to it.
    AcceptedUnnumbered,
    /// Nothing was sent; what next depends on [`SubmitRefusal::class`].
    Refused(SubmitRefusal),
    /// It may have gone out: never send it again without evidence.
    Uncertain(Uncertainty),
}

/// Why nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmitRefusal {
    /// `+CMS ERROR: <err>`
    Cms(CmsError),
    /// `+CME ERROR: <err>`
    Cme(CmeError),
    /// `ERROR` or another final code, as the modem wrote it.
    Final(String),
    /// The modem gave no prompt for the PDU, so it never got it.
    NoPrompt,
    /// The modem was not ready for a submit, or stopped being so while it waited.
    NotReady,
}

/// Why it is not known whether a message went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uncertainty {
    /// No answer within the submit timer; a late one gives
    /// [`Event::LateAccepted`](crate::Event::LateAccepted).
    Silence,
    /// The modem answered with a code that leaves it open, for instance network timeout.
    Code(SubmitRefusal),
    /// The port went away before the answer.
    PortClosed,
    /// The modem booted before the answer.
    Rebooted,
}

impl SubmitRefusal {
    /// What the refusal means for the message, the SIM and the modem.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Cms(error) => error.class(),
            Self::Cme(error) => error.class(),
            Self::Final(_) => ErrorClass::Unknown,
            Self::NoPrompt | Self::NotReady => ErrorClass::Modem,
        }
    }

    pub(crate) fn of(code: &FinalCode) -> Self {
        match code {
            FinalCode::Cms(error) => Self::Cms(*error),
            FinalCode::Cme(error) => Self::Cme(*error),
            other => Self::Final(other.to_string()),
        }
    }
}

impl fmt::Display for SubmitRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cms(error) => error.fmt(f),
            Self::Cme(error) => error.fmt(f),
            Self::Final(code) => f.write_str(code),
            Self::NoPrompt => f.write_str("no prompt for the PDU"),
            Self::NotReady => f.write_str("the modem is not ready"),
        }
    }
}
