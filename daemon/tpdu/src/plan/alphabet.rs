//! The choice of the alphabet.

use super::coding::Coding;
use super::split::{self, Cut, Room};
use super::{Encoding, TextError, TextOptions};

/// Chooses a coding and cuts the text by it.
pub(super) fn choose(text: &str, options: &TextOptions<'_>) -> Result<(Coding, Cut), TextError> {
    let wide = options.wide_reference;
    if options.encoding != Encoding::Ucs2 {
        if let Some(cut) = cut(text, Coding::DEFAULT, wide) {
            return Ok((Coding::DEFAULT, cut));
        }
        let national = options
            .languages
            .iter()
            .copied()
            .flat_map(Coding::of_language);
        let national = national.filter_map(|coding| Some((coding, cut(text, coding, wide)?)));
        let ucs2 = (options.encoding == Encoding::Auto)
            .then(|| cut(text, Coding::Ucs2, wide).map(|cut| (Coding::Ucs2, cut)))
            .flatten();
        // `min_by_key` keeps the first of equals: UCS-2 must save a part to be chosen.
        let fewest = national.chain(ucs2).min_by_key(|(_, cut)| cut.ranges.len());
        return fewest.ok_or_else(|| missing(text));
    }
    let cut = cut(text, Coding::Ucs2, wide).ok_or_else(|| missing(text))?;
    Ok((Coding::Ucs2, cut))
}

fn cut(text: &str, coding: Coding, wide_reference: bool) -> Option<Cut> {
    let room = Room::new(&coding.header(), wide_reference);
    split::cut(text, coding, room)
}

/// The first character the default alphabet lacks.
fn missing(text: &str) -> TextError {
    let lacks = |c: char| Coding::DEFAULT.units(c).is_none();
    let found = text.chars().enumerate().find(|(_, c)| lacks(*c));
    let (index, character) = found.unwrap_or((0, char::REPLACEMENT_CHARACTER));
    TextError::NotInAlphabet { character, index }
}
