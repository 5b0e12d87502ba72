//! An alphabet with its tables.

use crate::charset::{self, Language};
use crate::dcs::Alphabet;

/// An alphabet with its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// GSM 7-bit; `None` is the default table.
    Gsm7 {
        locking: Option<Language>,
        single_shift: Option<Language>,
    },
    Ucs2,
}

impl Coding {
    pub(super) const DEFAULT: Self = Self::Gsm7 {
        locking: None,
        single_shift: None,
    };

    /// The ways to use a language's tables, the one with the shorter header first.
    pub(super) fn of_language(language: Language) -> impl Iterator<Item = Self> {
        let locking = language.has_locking_table().then_some(language);
        let both = locking.map(|_| Self::Gsm7 {
            locking,
            single_shift: Some(language),
        });
        let alone = locking.map(|_| Self::Gsm7 {
            locking,
            single_shift: None,
        });
        let single = Self::Gsm7 {
            locking: None,
            single_shift: Some(language),
        };
        [Some(single), alone, both].into_iter().flatten()
    }

    pub(super) fn alphabet(self) -> Alphabet {
        match self {
            Self::Gsm7 { .. } => Alphabet::Gsm7,
            Self::Ucs2 => Alphabet::Ucs2,
        }
    }

    /// Units one character takes; `None` when it has no code.
    pub(super) fn units(self, c: char) -> Option<usize> {
        match self {
            Self::Gsm7 {
                locking,
                single_shift,
            } => charset::code(c, locking, single_shift).map(charset::Code::len),
            Self::Ucs2 => Some(c.len_utf16()),
        }
    }
}
