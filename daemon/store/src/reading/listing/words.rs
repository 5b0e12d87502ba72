//! Words, as the full-text index has them and as searches ask for them.
//!
//! Each word carries the number of its volume in front: `VOLUME` rows share one. FTS5 collects
//! everything that begins like a word before it gives the first row of it; this way that is at
//! most a volume's worth, and a search goes from the newest volume back until its page is full
//! (`matches.rs`).

use unicode_normalization::UnicodeNormalization as _;

/// Rows of a volume, as a power of two.
pub(super) const VOLUME: u32 = 15;
/// Words of a search that FTS5 is asked for at once; the others are looked for in the texts.
const ASKED: usize = 3;

/// What the index holds of the text of a row.
pub(crate) fn indexed(row: i64, text: &str) -> String {
    let mut words = String::with_capacity(text.len() * 2);
    for word in folded(text).split(is_between).filter(|w| !w.is_empty()) {
        words.push_str(&volume_name(row >> VOLUME));
        words.push_str(word);
        words.push(' ');
    }
    words
}

/// Five hexadecimal digits and then more: enough for 2^35 rows before one could be taken for
/// the beginning of another.
fn volume_name(volume: i64) -> String {
    format!("{volume:05x}")
}

/// In small letters and without accents.
fn folded(text: &str) -> String {
    let small = text.chars().flat_map(char::to_lowercase);
    small.nfd().filter(|c| !is_accent(*c)).collect()
}

fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

fn is_between(c: char) -> bool {
    !c.is_alphanumeric()
}

/// The words that a search is for; the end of each may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words(Vec<String>);

impl Words {
    /// None when there are none.
    pub(super) fn of(q: &str) -> Option<Self> {
        let folded = folded(q);
        let mut all: Vec<&str> = folded.split(is_between).filter(|w| !w.is_empty()).collect();
        all.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
        let mut words: Vec<String> = Vec::new();
        for word in all {
            // A text that has the longer one has this too.
            if !words.iter().any(|longer| longer.starts_with(word)) {
                words.push(word.to_owned());
            }
        }
        (!words.is_empty()).then_some(Self(words))
    }

    /// Whether a text has all of them.
    pub(super) fn are_in(&self, text: &str) -> bool {
        let text = folded(text);
        let has = |word: &String| {
            let mut words = text.split(is_between);
            words.any(|found| found.starts_with(word.as_str()))
        };
        self.0.iter().all(has)
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// FTS5 is asked for all of them.
    pub(super) fn are_few(&self) -> bool {
        self.count() <= ASKED
    }

    /// The terms of one word in a volume: from the first of these to the last.
    pub(super) fn terms(&self, word: usize, volume: i64) -> (String, String) {
        let first = volume_name(volume) + &self.0[word];
        // No letter is behind the last character.
        let last = format!("{first}{}", char::MAX);
        (first, last)
    }

    /// As FTS5 is asked for them in one volume. Quoted, so that nothing is an operator.
    pub(super) fn in_volume(&self, volume: i64) -> String {
        let name = volume_name(volume);
        let asked = self.0.iter().take(ASKED);
        let asked: Vec<String> = asked.map(|word| format!("\"{name}{word}\"*")).collect();
        asked.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_without_case_accents_and_operators() {
        let words = |q: &str| Words::of(q).map(|words| words.0);
        let some = |all: &[&str]| Some(all.iter().map(ToString::to_string).collect());
        assert_eq!(words("Mã OR \"Xác*"), some(&["xac", "ma", "or"]));
        assert_eq!(words("say-hi"), some(&["say", "hi"]));
        assert_eq!(words("a ab abc b"), some(&["abc", "b"]));
        assert_eq!(words("ΆΛΦΑ Йод"), some(&["αλφα", "иод"]));
        assert_eq!(words(" * \" "), None);
    }

    #[test]
    fn a_text_is_searched_as_the_index_would_be() {
        let has = |text: &str, q: &str| Words::of(q).unwrap().are_in(text);
        assert!(has("Mã xác nhận của bạn", "NHAN xa"));
        assert!(!has("Mã xác nhận của bạn", "han"));
        assert_eq!(indexed(3 << VOLUME, "Mã: 12"), "00003ma 0000312 ");
    }
}
