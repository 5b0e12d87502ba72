//! `+CMS ERROR` and `+CME ERROR`: codes, texts, clauses, and what each means for a message.

mod cme_table;
mod cms_table;
mod table;
#[cfg(test)]
mod tests;

use cme_table::CME;
use cms_table::CMS;
use std::fmt;

/// What a refusal means for the message, for the SIM and for the modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The number cannot be reached by anyone: the message fails, no other SIM is tried.
    Recipient,
    /// The message itself is refused and would be refused again.
    Message,
    /// Try again later with the same SIM.
    Network,
    /// This SIM cannot send now; another may.
    Sim,
    /// The modem must be recovered; another SIM may send now.
    Modem,
    /// A message memory is full, missing or damaged.
    Storage,
    /// The message may have gone out: never resend without evidence.
    Uncertain,
    /// The code says nothing that helps.
    Unknown,
}

/// One line of an error table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorInfo {
    /// The number on the line.
    pub code: u16,
    /// Short description, for people.
    pub text: &'static str,
    /// Where the code is defined.
    pub clause: &'static str,
    /// What to do about it.
    pub class: ErrorClass,
}

/// An error code as a type of its own, and what its table tells of it.
macro_rules! error_code {
    ($(#[$doc:meta])* $name:ident, $table:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(pub u16);

        impl $name {
            /// Every code the table knows.
            pub const fn all() -> &'static [ErrorInfo] {
                $table.codes
            }

            /// Reads what stands behind the colon, a number or, after `AT+CMEE=2`, its text.
            pub fn parse(err: &str) -> Option<Self> {
                $table.code_of(err).map(Self)
            }

            /// The line of the table, if the code is in it.
            pub fn info(self) -> Option<&'static ErrorInfo> {
                $table.find(self.0)
            }

            /// Short description.
            pub fn text(self) -> &'static str {
                self.info().map_or("Unknown error", |info| info.text)
            }

            /// Where the code is defined.
            pub fn clause(self) -> &'static str {
                self.info().map_or($table.clause, |info| info.clause)
            }

            /// What the code means for a message that was being submitted.
            pub fn class(self) -> ErrorClass {
                self.info().map_or(ErrorClass::Unknown, |info| info.class)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} {} ({})", $table.name, self.0, self.text())
            }
        }
    };
}

error_code! {
    /// `+CMS ERROR: <err>` (TS 27.005 3.2.5): the message service.
    CmsError, CMS
}

error_code! {
    /// `+CME ERROR: <err>` (TS 27.007 9.2): the mobile equipment.
    CmeError, CME
}

impl CmeError {
    /// Whether no submit can have ended so: the code is of a session, a call or a supplementary
    /// service, of which firmwares also tell unasked.
    pub(crate) fn is_of_other_service(self) -> bool {
        let session =
            |info: &ErrorInfo| info.clause == cme_table::GPRS && info.class == ErrorClass::Unknown;
        // Makers' codes: user abort, invalid dial string, supplementary service not executed.
        self.info().is_some_and(session) || matches!(self.0, 259..=261)
    }
}
