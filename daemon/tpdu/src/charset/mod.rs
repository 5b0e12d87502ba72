//! Character tables of TS 23.038: septets to characters and back.

mod bengali;
mod default;
mod gujarati;
mod hindi;
mod indic;
mod kannada;
mod malayalam;
mod oriya;
mod portuguese;
mod punjabi;
mod spanish;
mod tamil;
mod telugu;
mod turkish;
mod urdu;

use alloc::string::String;
use alloc::vec::Vec;

/// The code that announces a character of the single shift table.
pub(crate) const ESCAPE: u8 = 0x1B;

/// Stands where a table has no character.
const NONE: char = char::REPLACEMENT_CHARACTER;

/// The two tables of one language.
struct Tables {
    /// Indexed by septet. `None`: the language has none (Spanish).
    locking: Option<&'static [char; 128]>,
    /// What the septet after [`ESCAPE`] means: what the language shares with others, and its own.
    single_shift: [&'static [(u8, char)]; 2],
}

/// The languages: each with its identifier, and the module of its tables, which is its name.
macro_rules! languages {
    ($($(#[$doc:meta])* $language:ident = $identifier:literal, $name:ident;)+) => {
        /// A language with tables of its own; the value is its identifier in the
        /// shift elements of the user data header (TS 23.038 §6.2.1.2.4).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "the names say it")]
        pub enum Language {
            $($(#[$doc])* $language = $identifier,)+
        }

        impl Language {
            /// Every language, by ascending identifier.
            pub const ALL: [Self; 13] = [$(Self::$language),+];

            /// The name in English, lower case.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$language => stringify!($name),)+
                }
            }

            const fn tables(self) -> &'static Tables {
                match self {
                    $(Self::$language => &$name::TABLES,)+
                }
            }
        }
    };
}

languages! {
    Turkish = 1, turkish;
    /// Has a single shift table only.
    Spanish = 2, spanish;
    Portuguese = 3, portuguese;
    Bengali = 4, bengali;
    Gujarati = 5, gujarati;
    Hindi = 6, hindi;
    Kannada = 7, kannada;
    Malayalam = 8, malayalam;
    Oriya = 9, oriya;
    Punjabi = 10, punjabi;
    Tamil = 11, tamil;
    Telugu = 12, telugu;
    Urdu = 13, urdu;
}

impl Language {
    /// The national language identifier, 1 to 13.
    pub const fn identifier(self) -> u8 {
        self as u8
    }

    /// From the national language identifier; `None` when it is reserved.
    pub fn from_identifier(identifier: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.identifier() == identifier)
    }

    /// Whether there is a locking shift table; if not, the default alphabet stands.
    pub fn has_locking_table(self) -> bool {
        self.tables().locking.is_some()
    }
}

fn locking_table(language: Option<Language>) -> &'static [char; 128] {
    language
        .and_then(|language| language.tables().locking)
        .unwrap_or(&default::LOCKING)
}

fn single_shift_table(
    language: Option<Language>,
) -> impl Iterator<Item = &'static (u8, char)> + Clone {
    let tables = language.map_or(&default::TABLES, Language::tables);
    tables.single_shift.into_iter().flatten()
}

/// Text of unpacked septets. `None` is the default table.
///
/// An escape before a code the single shift table lacks gives the character
/// of the locking table, and a second or a last escape a space, as
/// TS 23.038 §6.2.1.1 asks for.
pub fn decode(septets: &[u8], locking: Option<Language>, single_shift: Option<Language>) -> String {
    let (base, shifted) = (locking_table(locking), single_shift_table(single_shift));
    let mut text = String::with_capacity(septets.len());
    let mut codes = septets.iter().map(|septet| septet & 0x7F);
    while let Some(code) = codes.next() {
        let c = if code == ESCAPE {
            match codes.next() {
                None | Some(ESCAPE) => ' ',
                Some(code) => shifted
                    .clone()
                    .find(|(shifted, _)| *shifted == code)
                    .map_or(base[usize::from(code)], |(_, c)| *c),
            }
        } else {
            base[usize::from(code)]
        };
        text.push(c);
    }
    text
}

/// Unpacked septets of a text, or the first character that neither table has.
pub fn encode(
    text: &str,
    locking: Option<Language>,
    single_shift: Option<Language>,
) -> Result<Vec<u8>, char> {
    let mut septets = Vec::with_capacity(text.len());
    for c in text.chars() {
        match code(c, locking, single_shift).ok_or(c)? {
            Code::Plain(code) => septets.push(code),
            Code::Shifted(code) => septets.extend([ESCAPE, code]),
        }
    }
    Ok(septets)
}

/// How a character is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// One septet.
    Plain(u8),
    /// [`ESCAPE`] and this septet.
    Shifted(u8),
}

impl Code {
    /// Septets it takes.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Plain(_) => 1,
            Self::Shifted(_) => 2,
        }
    }
}

/// The code of a character in these tables.
pub(crate) fn code(
    c: char,
    locking: Option<Language>,
    single_shift: Option<Language>,
) -> Option<Code> {
    if c == NONE || c == char::from(ESCAPE) {
        return None;
    }
    let base = locking_table(locking);
    // Most letters and digits stand at their ASCII place.
    if let Ok(code @ 0..=0x7F) = u8::try_from(c)
        && base[usize::from(code)] == c
    {
        return Some(Code::Plain(code));
    }
    if let Some(at) = base.iter().position(|&base| base == c) {
        return u8::try_from(at).ok().map(Code::Plain);
    }
    let mut shifted = single_shift_table(single_shift);
    let found = shifted.find(|(_, shifted)| *shifted == c);
    found.map(|(code, _)| Code::Shifted(*code))
}
