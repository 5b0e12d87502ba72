//! Look-alikes in the GSM 7-bit default alphabet.

use alloc::borrow::Cow;
use alloc::string::String;

use unicode_segmentation::UnicodeSegmentation;

use crate::charset;

/// Replaces what the default alphabet lacks; what it has stays as it is.
///
/// A mark that has no look-alike of its own goes with the letter it stands
/// on; any other character that has none becomes `?`.
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

/// The few ASCII characters that GSM 7-bit lacks.
fn in_gsm7(c: char) -> char {
    match c {
        '`' => '\'',
        '\t' => ' ',
        c if has(c) => c,
        _ => '?',
    }
}
