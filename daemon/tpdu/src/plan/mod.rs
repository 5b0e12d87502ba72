//! From a text, or data, to the user data of as few parts as will do.

mod alphabet;
mod coding;
mod split;
#[cfg(test)]
mod tests;
mod transliterate;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::charset::{self, Language};
use crate::dcs::{Alphabet, Dcs};
use crate::header::{Concat, ConcatRef, InformationElement, Ports};
use crate::user_data::{UserBody, UserData, encode_ucs2};
use coding::Coding;

/// The most parts a message can have: TP-UDH counts them in one octet.
pub const MAX_PARTS: usize = 255;

/// Which alphabet a text is to be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// GSM 7-bit where it will do, else UCS-2.
    #[default]
    Auto,
    /// GSM 7-bit or an error.
    Gsm7,
    /// UCS-2.
    Ucs2,
}

/// How a text may be written.
#[derive(Debug, Clone, Copy, Default)]
pub struct TextOptions<'a> {
    /// The alphabet.
    pub encoding: Encoding,
    /// National tables that may be used where the default alphabet will not
    /// do; none when empty. Not every mobile knows them.
    pub languages: &'a [Language],
    /// Replace what the default alphabet lacks by its nearest look-alike;
    /// has no effect with [`Encoding::Ucs2`].
    pub transliterate: bool,
    /// Leave room for a 16-bit reference.
    pub wide_reference: bool,
}

/// How data may be written.
#[derive(Debug, Clone, Copy, Default)]
pub struct DataOptions {
    /// Application ports in every part.
    pub ports: Option<Ports>,
    /// Leave room for a 16-bit reference.
    pub wide_reference: bool,
}

/// Why a text cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextError {
    /// GSM 7-bit was asked for, and has no such character.
    NotInAlphabet {
        /// The character.
        character: char,
        /// Its place, in characters (code points) from 0.
        index: usize,
    },
    /// More than [`MAX_PARTS`] parts.
    TooLong {
        /// How many parts it would take.
        parts: usize,
    },
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInAlphabet { character, index } => {
                write!(
                    f,
                    "character {character:?} at index {index} is not in the GSM 7-bit alphabet"
                )
            }
            Self::TooLong { parts } => write!(f, "{parts} parts, at most {MAX_PARTS} are possible"),
        }
    }
}

impl core::error::Error for TextError {}

/// A text or data, encoded and cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// TP-DCS without a class; see [`Dcs::new`] to add one.
    pub dcs: Dcs,
    /// The alphabet of `dcs`.
    pub alphabet: Alphabet,
    /// The text as it will be read, after transliteration. Empty for data.
    pub text: String,
    /// The whole length: septets (two for an extension character), UTF-16
    /// units, or octets.
    pub characters: usize,
    /// How many more of these the last part holds.
    pub remaining: usize,
    /// Elements every part has besides its place.
    header: Vec<InformationElement>,
    bodies: Vec<UserBody>,
    wide_reference: bool,
}

impl Plan {
    /// How many parts there are, 1 to 255.
    #[allow(clippy::len_without_is_empty, reason = "a plan has at least one part")]
    pub fn len(&self) -> usize {
        self.bodies.len()
    }

    /// TP-UD of every part, in order. The reference is not used when there is
    /// only one; it is brought to the width that was planned for.
    pub fn user_data(&self, reference: ConcatRef) -> Vec<UserData> {
        let [_, low] = reference.number().to_be_bytes();
        let reference = if self.wide_reference {
            ConcatRef::Sixteen(reference.number())
        } else {
            ConcatRef::Eight(low)
        };
        let total = u8::try_from(self.len()).unwrap_or(u8::MAX);
        let parts = (1..=total).zip(&self.bodies);
        parts
            .map(|(seq, body)| {
                let place = (total > 1).then(|| {
                    Concat {
                        reference,
                        total,
                        seq,
                    }
                    .element()
                });
                let header = place
                    .into_iter()
                    .chain(self.header.iter().cloned())
                    .collect();
                UserData {
                    header,
                    body: body.clone(),
                }
            })
            .collect()
    }
}

/// Encodes and cuts a text: in the default alphabet where it will do; else
/// in an allowed national table or UCS-2, whichever takes fewer parts.
///
/// A part never ends within an escape pair, a surrogate pair or a grapheme,
/// save that a grapheme longer than a part is cut between code points.
pub fn plan(text: &str, options: &TextOptions<'_>) -> Result<Plan, TextError> {
    let text = if options.transliterate && options.encoding != Encoding::Ucs2 {
        transliterate::to_gsm7(text)
    } else {
        Cow::Borrowed(text)
    };
    let (coding, cut) = alphabet::choose(&text, options)?;
    if cut.ranges.len() > MAX_PARTS {
        return Err(TextError::TooLong {
            parts: cut.ranges.len(),
        });
    }
    let bodies = cut
        .ranges
        .iter()
        .map(|range| coding.body(&text[range.clone()]))
        .collect();
    let alphabet = coding.alphabet();
    Ok(Plan {
        dcs: Dcs::new(alphabet, None),
        alphabet,
        characters: cut.units,
        remaining: cut.remaining,
        header: coding.header(),
        text: text.into_owned(),
        bodies,
        wide_reference: options.wide_reference,
    })
}

/// Cuts 8-bit data.
pub fn plan_data(data: &[u8], options: &DataOptions) -> Result<Plan, TextError> {
    let header: Vec<_> = options.ports.map(Ports::element).into_iter().collect();
    let room = split::Room::new(&header, options.wide_reference);
    let size = if data.len() <= room.single_octets() {
        room.single_octets()
    } else {
        room.part_octets()
    };
    let parts = data.len().div_ceil(size).max(1);
    if parts > MAX_PARTS {
        return Err(TextError::TooLong { parts });
    }
    let bodies: Vec<_> = if data.is_empty() {
        [UserBody::Octets(Vec::new())].into()
    } else {
        data.chunks(size)
            .map(|part| UserBody::Octets(part.to_vec()))
            .collect()
    };
    Ok(Plan {
        dcs: Dcs::OCTETS,
        alphabet: Alphabet::Octets,
        text: String::new(),
        characters: data.len(),
        remaining: parts * size - data.len(),
        header,
        bodies,
        wide_reference: options.wide_reference,
    })
}

impl Coding {
    /// The elements that name its tables.
    fn header(self) -> Vec<InformationElement> {
        match self {
            Self::Gsm7 {
                locking,
                single_shift,
            } => {
                let single_shift = single_shift.map(InformationElement::single_shift);
                let locking = locking.map(InformationElement::locking_shift);
                single_shift.into_iter().chain(locking).collect()
            }
            Self::Ucs2 => Vec::new(),
        }
    }

    fn body(self, text: &str) -> UserBody {
        match self {
            // Every character was found in the tables when the coding was chosen.
            Self::Gsm7 {
                locking,
                single_shift,
            } => {
                UserBody::Septets(charset::encode(text, locking, single_shift).unwrap_or_default())
            }
            Self::Ucs2 => UserBody::Octets(encode_ucs2(text)),
        }
    }
}
