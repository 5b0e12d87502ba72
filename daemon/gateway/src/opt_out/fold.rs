//! What two spellings of a word have in common.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

/// The words of a text without case, marks and punctuation: `Désabonner!` and `DESABONNER` are one.
/// People write without marks on phones, and some phones take them away. Letters that stand alone are
/// one word: `S.T.O.P.`
pub(super) fn words(text: &str) -> Vec<String> {
    let mut folded = String::with_capacity(text.len());
    for character in text.nfkd() {
        // Marks that stand above or below; vowels of Indic scripts have no class and stay.
        if canonical_combining_class(character) == 0 {
            push_plain(&mut folded, character);
        }
    }
    let words = folded.split(|character: char| !character.is_alphanumeric());
    let (mut found, mut alone) = (Vec::<String>::new(), false);
    for word in words.filter(|word| !word.is_empty()) {
        let is_letter = word.chars().nth(1).is_none();
        match found.last_mut().filter(|_| is_letter && alone) {
            Some(last) => last.push_str(word),
            None => found.push(word.to_owned()),
        }
        alone = is_letter;
    }
    found
}

/// In lower case; letters that Unicode does not take apart become what people type for them.
fn push_plain(folded: &mut String, character: char) {
    for lower in character.to_lowercase() {
        match lower {
            'đ' => folded.push('d'),
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            other => folded.push(other),
        }
    }
}
