//! One kind of error codes: what is known of each.

use super::{ErrorClass, ErrorInfo};

/// The codes of `+CMS ERROR`, or of `+CME ERROR`.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Where codes are defined that are not listed.
    pub(super) clause: &'static str,
    /// By code, ascending.
    pub(super) codes: &'static [ErrorInfo],
    /// Texts that firmwares write after `AT+CMEE=2` and that are not those of the codes.
    pub(super) aliases: &'static [(&'static str, u16)],
}

pub(super) const fn entry(
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

impl Table {
    pub(super) fn find(&self, code: u16) -> Option<&'static ErrorInfo> {
        let at = self.codes.binary_search_by_key(&code, |info| info.code);
        self.codes.get(at.ok()?)
    }

    /// The code of what stands behind the colon, a number or its text.
    pub(super) fn code_of(&self, err: &str) -> Option<u16> {
        let err = err.trim().trim_matches('"');
        if let Ok(code) = err.parse() {
            return Some(code);
        }
        let wanted = plain(err);
        if wanted.is_empty() {
            return None;
        }
        let texts = self.codes.iter().map(|info| (info.text, info.code));
        texts
            .chain(self.aliases.iter().copied())
            .find(|(text, _)| plain(text) == wanted)
            .map(|(_, code)| code)
    }
}

/// A text without what firmwares write differently: case, blanks, punctuation, `(U)SIM`.
fn plain(text: &str) -> String {
    let text = text.to_ascii_lowercase().replace("(u)sim", "sim");
    let text = text.replace("usim", "sim");
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}
