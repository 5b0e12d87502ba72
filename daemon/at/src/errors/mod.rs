//! `+CMS ERROR` and `+CME ERROR`: codes, texts, clauses, and what each means for a message.

mod cme_table;
mod cms_table;
#[cfg(test)]
mod tests;

use cme_table::{CME, CME_ALIASES};
use cms_table::{CMS, CMS_ALIASES};
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

const fn entry(
    code: u16,
    text: &'static str,
    clause: &'static str,
    class: ErrorClass,
) -> ErrorInfo {
    ErrorInfo {
        code,
        text,
        clause,
        class,
    }
}

/// `+CMS ERROR: <err>` (TS 27.005 3.2.5): the message service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CmsError(pub u16);

/// `+CME ERROR: <err>` (TS 27.007 9.2): the mobile equipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CmeError(pub u16);

impl CmsError {
    /// Every code the table knows.
    pub const fn all() -> &'static [ErrorInfo] {
        CMS
    }

    /// Reads what stands behind `+CMS ERROR:`, a number or, after `AT+CMEE=2`, its text.
    pub fn parse(err: &str) -> Option<Self> {
        code_of(CMS, CMS_ALIASES, err).map(Self)
    }

    /// The line of the table, if the code is in it.
    pub fn info(self) -> Option<&'static ErrorInfo> {
        find(CMS, self.0)
    }

    /// Short description.
    pub fn text(self) -> &'static str {
        self.info().map_or("Unknown error", |info| info.text)
    }

    /// Where the code is defined.
    pub fn clause(self) -> &'static str {
        self.info().map_or("TS 27.005 3.2.5", |info| info.clause)
    }

    /// What the code means for a message that was being submitted.
    pub fn class(self) -> ErrorClass {
        self.info().map_or(ErrorClass::Unknown, |info| info.class)
    }
}

impl CmeError {
    /// Every code the table knows.
    pub const fn all() -> &'static [ErrorInfo] {
        CME
    }

    /// Reads what stands behind `+CME ERROR:`, a number or, after `AT+CMEE=2`, its text.
    pub fn parse(err: &str) -> Option<Self> {
        code_of(CME, CME_ALIASES, err).map(Self)
    }

    /// The line of the table, if the code is in it.
    pub fn info(self) -> Option<&'static ErrorInfo> {
        find(CME, self.0)
    }

    /// Short description.
    pub fn text(self) -> &'static str {
        self.info().map_or("Unknown error", |info| info.text)
    }

    /// Where the code is defined.
    pub fn clause(self) -> &'static str {
        self.info().map_or("TS 27.007 9.2", |info| info.clause)
    }

    /// What the code means for a message that was being submitted.
    pub fn class(self) -> ErrorClass {
        self.info().map_or(ErrorClass::Unknown, |info| info.class)
    }
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

impl fmt::Display for CmsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CMS {} ({})", self.0, self.text())
    }
}

impl fmt::Display for CmeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CME {} ({})", self.0, self.text())
    }
}

fn find(table: &'static [ErrorInfo], code: u16) -> Option<&'static ErrorInfo> {
    let at = table.binary_search_by_key(&code, |info| info.code).ok()?;
    table.get(at)
}

fn code_of(table: &[ErrorInfo], aliases: &[(&str, u16)], err: &str) -> Option<u16> {
    let err = err.trim().trim_matches('"');
    if let Ok(code) = err.parse() {
        return Some(code);
    }
    let plain = plain(err);
    if plain.is_empty() {
        return None;
    }
    let texts = table.iter().map(|info| (info.text, info.code));
    texts
        .chain(aliases.iter().copied())
        .find(|(text, _)| self::plain(text) == plain)
        .map(|(_, code)| code)
}

/// A text without what firmwares write differently: case, blanks, punctuation, `(U)SIM`.
fn plain(text: &str) -> String {
    let text = text.to_ascii_lowercase().replace("(u)sim", "sim");
    let text = text.replace("usim", "sim");
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}
