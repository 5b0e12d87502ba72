//! How a command can end, and what carries one out.

use std::time::Instant;

use crate::command::{Args, BadSyntax, Op};
use crate::fault::Fault;

use super::VirtualModem;

/// SIM not inserted.
pub(super) const NO_SIM: ErrorCode = ErrorCode::Cme(10);
/// Invalid PDU mode parameter; here for any value out of range.
pub(super) const INVALID_PARAMETER: ErrorCode = ErrorCode::Cms(304);

/// How a command ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The next command of the line may run; OK after the last.
    Ok,
    /// The command goes on and finishes the line itself.
    Later,
    /// The line ends without a final result code.
    Silent,
    /// A call that could not be.
    NoCarrier,
}

/// How a command was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorCode {
    /// Plain ERROR.
    Error,
    /// TS 27.007 clause 9.2.
    Cme(u16),
    /// TS 27.005 clause 3.2.5.
    Cms(u16),
}

/// What carries out a command.
pub(super) type Handler = fn(&mut VirtualModem, Instant, &Op) -> Result<Answer, ErrorCode>;

impl From<BadSyntax> for ErrorCode {
    fn from(_: BadSyntax) -> Self {
        Self::Error
    }
}

impl ErrorCode {
    /// The result code for `AT+CMEE=<detail>`; `None` for plain ERROR.
    pub(super) fn words(self, detail: u8) -> Option<String> {
        match (self, detail) {
            (Self::Error, _) | (Self::Cme(_), 0) => None,
            (Self::Cme(code), 2) => Some(format!("+CME ERROR: {}", at::CmeError(code).text())),
            (Self::Cme(code), _) => Some(format!("+CME ERROR: {code}")),
            // Not subject to +CMEE, which concerns the ME's own errors (TS 27.005 clause 3.2.5).
            (Self::Cms(code), _) => Some(format!("+CMS ERROR: {code}")),
        }
    }
}

/// The error code that a fault asks for.
pub(super) fn chosen_refusal(fault: &Fault) -> Option<ErrorCode> {
    match fault {
        Fault::Cms { code } => Some(ErrorCode::Cms(*code)),
        Fault::Cme { code } => Some(ErrorCode::Cme(*code)),
        Fault::Error => Some(ErrorCode::Error),
        _ => None,
    }
}

/// A value of at most `most` that fits an octet.
pub(super) fn small(args: &Args, index: usize, most: u8) -> Result<u8, ErrorCode> {
    let value = args.number_in(index, 0..=u32::from(most), 0)?;
    u8::try_from(value).map_err(|_| ErrorCode::Error)
}
