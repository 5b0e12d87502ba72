//! Messages by which somebody asks for no more messages, or for messages again.

mod fold;
mod recognise;
mod words;

use std::collections::HashMap;
use std::sync::LazyLock;

use model::{Asked, OptOutWords};

use crate::{FieldCode, FieldError};
pub use recognise::recognise;
use words::{LANGUAGES, Language};

/// More words than these say something else besides.
const MOST_WORDS: usize = 3;
/// A longer message is not looked at: no three words fill more octets.
const MOST_OCTETS: usize = 200;
/// Of the lists of what counts and what does not.
const MOST_LISTED: usize = 64;

/// The word by which it was asked, as [`LANGUAGES`] has it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Found {
    asked: Asked,
    word: &'static str,
    language: &'static Language,
}

/// By their words without spaces: `opt out`, `opt-out` and `optout` are one.
static KNOWN: LazyLock<HashMap<String, Vec<Found>>> = LazyLock::new(|| {
    let mut known: HashMap<String, Vec<Found>> = HashMap::new();
    for language in LANGUAGES {
        let stop = language.stop.iter().map(|word| (Asked::Stop, *word));
        let start = language.start.iter().map(|word| (Asked::Start, *word));
        for (asked, word) in stop.chain(start) {
            let found = Found {
                asked,
                word,
                language,
            };
            known.entry(spelt(word)).or_default().push(found);
        }
    }
    known
});

static AROUND: LazyLock<Vec<String>> = LazyLock::new(|| {
    words::AROUND
        .iter()
        .flat_map(|word| fold::words(word))
        .collect()
});

/// What all spellings of a word have in common.
fn spelt(word: &str) -> String {
    fold::words(word).concat()
}

/// What a whole message asks for, if its words are among those that count here.
///
/// The message has three words at most: the asking ones in a row, and beside them only politeness,
/// what is to stop, a number, or another word that asks for the same. `Stop. Thank you` and `STOP STOP`
/// ask, `Stop by later` does not.
fn asked(text: &str, count: &OptOutWords) -> Option<Found> {
    if !count.enabled || text.len() > MOST_OCTETS {
        return None;
    }
    let mut words = fold::words(text);
    words.dedup();
    if words.len() > MOST_WORDS {
        return None;
    }
    // The longest run first: `stop all` is more than `stop`.
    (1..=words.len()).rev().find_map(|length| {
        (0..=words.len() - length).find_map(|from| {
            let (before, rest) = words.split_at(from);
            let (run, after) = rest.split_at(length);
            let found = counting(&run.concat(), count)?;
            let says_the_same =
                |word: &str| counting(word, count).is_some_and(|other| other.asked == found.asked);
            let mut around = before.iter().chain(after);
            let nothing_else = around.all(|word| says_nothing(word) || says_the_same(word));
            nothing_else.then_some(found)
        })
    })
}

/// What a spelt word asks for, where it counts.
fn counting(spelling: &str, count: &OptOutWords) -> Option<Found> {
    let known = KNOWN.get(spelling)?;
    if count.except.iter().any(|word| spelt(word) == spelling) {
        return None;
    }
    let speaks = |found: &&Found| {
        let languages = count.languages.as_ref();
        languages.is_none_or(|codes| codes.iter().any(|code| code == found.language.code))
    };
    known.iter().find(speaks).copied()
}

fn says_nothing(word: &str) -> bool {
    AROUND.iter().any(|around| around == word) || word.chars().all(char::is_numeric)
}

/// What is wrong with what is to count; `parent` is where that stands.
pub fn check(parent: &str, words: &OptOutWords) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut check = |name: &str, listed: &[String], knows: &dyn Fn(&str) -> bool, detail: &str| {
        if listed.len() > MOST_LISTED {
            let detail = format!("may hold at most {MOST_LISTED}");
            let many =
                FieldError::new(format!("{parent}/{name}"), detail).coded(FieldCode::TooMany);
            errors.push(many.most(u64::try_from(MOST_LISTED).unwrap_or(u64::MAX)));
        }
        for (index, one) in listed.iter().enumerate().take(MOST_LISTED) {
            if !knows(one) {
                let code = if name == "languages" {
                    FieldCode::Language
                } else {
                    FieldCode::OptOutWord
                };
                errors
                    .push(FieldError::new(format!("{parent}/{name}/{index}"), detail).coded(code));
            }
        }
    };
    let speaks = |code: &str| LANGUAGES.iter().any(|language| language.code == code);
    let codes: Vec<_> = LANGUAGES.iter().map(|language| language.code).collect();
    let detail = format!("must be one of {}", codes.join(", "));
    let languages = words.languages.as_deref().unwrap_or_default();
    check("languages", languages, &speaks, &detail);
    let knows = |word: &str| KNOWN.contains_key(&spelt(word));
    check(
        "except",
        &words.except,
        &knows,
        "is no word that would count",
    );
    errors
}

#[cfg(test)]
mod tests;
