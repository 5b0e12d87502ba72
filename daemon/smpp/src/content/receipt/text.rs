//! The text of a receipt, in the form of SMPP 3.4 Appendix B and its many variations:
//! `id:… sub:… dlvrd:… submit date:… done date:… stat:… err:… text:…`.

use std::collections::BTreeMap;

use super::date::DateFields;
use crate::content::latin1;
use crate::content::receipt_state::ReceiptState;

/// What words for a state mean at one SMSC, in lower case.
type Words = BTreeMap<String, ReceiptState>;

/// What the text says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) id: Option<String>,
    /// What stands behind `stat:`, as it stands there.
    pub(super) word: Option<String>,
    pub(super) state: Option<ReceiptState>,
    pub(super) error: Option<String>,
    pub(super) submit_date: Option<DateFields>,
    pub(super) done_date: Option<DateFields>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Id,
    State,
    Error,
    SubmitDate,
    DoneDate,
    /// The beginning of the message itself, which may say anything.
    Text,
    /// Counts for distribution lists: they only end the field before.
    Count,
}

const KEYS: &[(&str, Key)] = &[
    ("id", Key::Id),
    ("sub", Key::Count),
    ("dlvrd", Key::Count),
    ("submit date", Key::SubmitDate),
    ("submit_date", Key::SubmitDate),
    ("submitdate", Key::SubmitDate),
    ("done date", Key::DoneDate),
    ("done_date", Key::DoneDate),
    ("donedate", Key::DoneDate),
    ("stat", Key::State),
    ("status", Key::State),
    ("err", Key::Error),
    ("error", Key::Error),
    ("text", Key::Text),
];

/// A key and where its value begins; `start` is where the key itself does.
struct Mark {
    key: Key,
    start: usize,
    value: usize,
}

impl Fields {
    /// Reads the text whatever `data_coding` says: the keys are ASCII in every alphabet, in two
    /// octets each in UCS-2, and the coding may be that of the `text:` alone.
    pub(super) fn parse(body: &[u8], words: &Words) -> Self {
        let mut fields = Self::read(&text_of(body));
        if fields == Self::default() {
            fields = Self::read(&tpdu::codec::decode_ucs2(body));
        }
        fields.state = fields.word.as_deref().and_then(|word| {
            let own = words.get(&word.to_lowercase()).copied();
            own.or_else(|| ReceiptState::from_word(word))
        });
        fields
    }

    /// Whether this can be nothing but a receipt.
    pub(super) fn is_receipt(&self) -> bool {
        self.id.is_some() && self.word.is_some()
    }

    fn read(text: &str) -> Self {
        let marks = marks(text);
        let is_text = |mark: &Mark| mark.key == Key::Text;
        let end = marks.iter().position(is_text).unwrap_or(marks.len());
        let ends = marks.iter().skip(1).map(|mark| mark.start);
        let values: Vec<(Key, &str)> = marks
            .iter()
            .zip(ends.chain([text.len()]))
            .map(|(mark, end)| (mark.key, text.get(mark.value..end).unwrap_or_default()))
            .collect();
        let (before, after) = values.split_at(end);
        // The fields end where the message begins, since it may hold "stat:" too. Only when
        // nothing stood before it, they are behind it; there the last ones are the SMSC's.
        let fields = Self::of(before.iter());
        if fields.id.is_some() || fields.word.is_some() {
            return fields;
        }
        Self::of(after.iter().rev())
    }

    /// From keys and values; of several of one key the first counts.
    fn of<'a>(values: impl Iterator<Item = &'a (Key, &'a str)>) -> Self {
        let mut fields = Self::default();
        for &(key, value) in values {
            match key {
                Key::Id => fields.id = fields.id.or_else(|| word(value).map(str::to_owned)),
                Key::State => fields.word = fields.word.or_else(|| word(value).map(str::to_owned)),
                Key::Error => fields.error = fields.error.or_else(|| error(value)),
                Key::SubmitDate => {
                    fields.submit_date = fields.submit_date.or_else(|| DateFields::parse(value));
                }
                Key::DoneDate => {
                    fields.done_date = fields.done_date.or_else(|| DateFields::parse(value));
                }
                Key::Text | Key::Count => {}
            }
        }
        fields
    }
}

/// The octets as characters of one octet each, so that no alphabet hides a key.
fn text_of(body: &[u8]) -> String {
    // An underscore in GSM 7-bit; ids have some.
    latin1::decode(body).replace('\u{11}', "_")
}

/// Every key that stands as a word of its own before a colon.
fn marks(text: &str) -> Vec<Mark> {
    let lower = text.to_ascii_lowercase();
    let mark = |colon: usize| {
        let head = lower[..colon].trim_end_matches(' ');
        let (key, start) = KEYS.iter().find_map(|&(name, key)| {
            let front = head.strip_suffix(name)?;
            let joins = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
            let alone = !front.chars().next_back().is_some_and(joins);
            alone.then_some((key, front.len()))
        })?;
        Some(Mark {
            key,
            start,
            value: colon + 1,
        })
    };
    lower
        .match_indices(':')
        .filter_map(|(colon, _)| mark(colon))
        .collect()
}

/// The first word of a value, out of its quotes.
fn word(value: &str) -> Option<&str> {
    let value = value.trim_start();
    let ends = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '|');
    let word = value.split(ends).next()?;
    let word = word.trim_matches(|c| matches!(c, '"' | '\''));
    (!word.is_empty()).then_some(word)
}

/// An error code, decimal, hexadecimal or a word; zeros are no error.
fn error(value: &str) -> Option<String> {
    let word = word(value)?;
    let zero = word.bytes().all(|b| b == b'0');
    (!zero).then(|| word.to_owned())
}
