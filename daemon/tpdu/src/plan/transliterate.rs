//! Look-alikes in the GSM 7-bit default alphabet.

use alloc::borrow::Cow;
use alloc::string::String;

use unicode_segmentation::UnicodeSegmentation;

use crate::charset;

/// Replaces what the default alphabet lacks; what it has stays as it is.
///
/// A mark that has no look-alike of its own goes with the letter it stands
/// on, one that nobody sees goes altogether, and any other character that
/// has none becomes `?`.
pub(super) fn to_gsm7(text: &str) -> Cow<'_, str> {
    if text.chars().all(has) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for grapheme in text.graphemes(true) {
        for (at, c) in grapheme.chars().enumerate() {
            if has(c) {
                out.push(c);
                continue;
            }
            if is_invisible(c) {
                continue;
            }
            let before = out.len();
            out.extend(any_ascii::any_ascii_char(c).chars().map(in_gsm7));
            if out.len() == before && at == 0 {
                out.push('?');
            }
        }
    }
    Cow::Owned(out)
}

fn has(c: char) -> bool {
    charset::code(c, None, None).is_some()
}

/// Characters without width: soft hyphen, joiners, marks of direction, byte
/// order marks, variation selectors, tags (Unicode's `Default_Ignorable_Code_Point`).
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The few ASCII characters that GSM 7-bit lacks.
fn in_gsm7(c: char) -> char {
    match c {
        '`' => '\'',
        '\t' => ' ',
        c if has(c) => c,
        _ => '?',
    }
}
