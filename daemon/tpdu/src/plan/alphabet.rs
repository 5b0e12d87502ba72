//! The choice of the alphabet.

use super::split::{self, Cut, Room};
use super::{Encoding, TextError, TextOptions};
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
    const DEFAULT: Self = Self::Gsm7 {
        locking: None,
        single_shift: None,
    };

    /// The ways to use a language's tables, the one with the shorter header first.
    fn of_language(language: Language) -> impl Iterator<Item = Self> {
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

    fn cut(self, text: &str, wide_reference: bool) -> Option<Cut> {
        let room = Room::new(&self.header(), wide_reference);
        split::cut(text, self, room)
    }
}

/// Chooses a coding and cuts the text by it.
pub(super) fn choose(text: &str, options: &TextOptions<'_>) -> Result<(Coding, Cut), TextError> {
    let wide = options.wide_reference;
    if options.encoding != Encoding::Ucs2 {
        if let Some(cut) = Coding::DEFAULT.cut(text, wide) {
            return Ok((Coding::DEFAULT, cut));
        }
        let national = options
            .languages
            .iter()
            .copied()
            .flat_map(Coding::of_language);
        let national = national.filter_map(|coding| Some((coding, coding.cut(text, wide)?)));
        let ucs2 = (options.encoding == Encoding::Auto)
            .then(|| Coding::Ucs2.cut(text, wide).map(|cut| (Coding::Ucs2, cut)))
            .flatten();
        // `min_by_key` keeps the first of equals: UCS-2 must save a part to be chosen.
        let fewest = national.chain(ucs2).min_by_key(|(_, cut)| cut.ranges.len());
        return fewest.ok_or_else(|| missing(text));
    }
    let cut = Coding::Ucs2.cut(text, wide).ok_or_else(|| missing(text))?;
    Ok((Coding::Ucs2, cut))
}

/// The first character the default alphabet lacks.
fn missing(text: &str) -> TextError {
    let lacks = |c: char| Coding::DEFAULT.units(c).is_none();
    let found = text.chars().enumerate().find(|(_, c)| lacks(*c));
    let (index, character) = found.unwrap_or((0, char::REPLACEMENT_CHARACTER));
    TextError::NotInAlphabet { character, index }
}
