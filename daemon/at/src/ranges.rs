//! Answers to test commands: `(0-3),(0,2)`, `("SM","ME"),("SM")` (V.250 5.4.4.1).

#[cfg(test)]
mod tests;

use crate::params::Params;

/// The values one parameter may take, as a test command (`=?`) lists them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ranges {
    numbers: Vec<(u32, u32)>,
    words: Vec<String>,
}

impl Ranges {
    /// One list for each parameter of the line.
    pub fn parse_all(text: &str) -> Vec<Self> {
        let params = Params::parse(strip_outer(text));
        (0..params.count())
            .map(|index| Self::parse(params.raw(index).unwrap_or("")))
            .collect()
    }

    /// One list: `(0-3,5)`, `("SM","ME")`, or a single value without brackets.
    pub fn parse(list: &str) -> Self {
        let mut out = Self::default();
        let list = list.trim().trim_start_matches('(').trim_end_matches(')');
        let params = Params::parse(list);
        for index in 0..params.count() {
            let Some(item) = params.text(index) else {
                continue;
            };
            match numbers(item) {
                Some(range) if !params.is_quoted(index) => out.numbers.push(range),
                _ => out.words.push(item.to_owned()),
            }
        }
        out
    }

    /// Whether number `value` is listed.
    pub fn has(&self, value: u32) -> bool {
        self.numbers
            .iter()
            .any(|&(low, high)| (low..=high).contains(&value))
    }

    /// Whether string `word` is listed.
    pub fn has_word(&self, word: &str) -> bool {
        self.words.iter().any(|listed| listed == word)
    }

    /// The strings listed, in the modem's order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// Whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.words.is_empty()
    }

    /// The highest number listed.
    pub fn highest(&self) -> Option<u32> {
        self.numbers.iter().map(|&(_, high)| high).max()
    }
}

fn numbers(item: &str) -> Option<(u32, u32)> {
    if let Ok(value) = item.parse() {
        return Some((value, value));
    }
    let (low, high) = item.split_once('-')?;
    let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    Some((low, high))
}

/// Takes one pair of brackets off that holds the whole line: `((..),(..))` as old
/// firmware writes it.
fn strip_outer(text: &str) -> &str {
    let text = text.trim();
    match text.strip_prefix("((").and(text.strip_suffix("))")) {
        Some(_) => &text[1..text.len() - 1],
        None => text,
    }
}
