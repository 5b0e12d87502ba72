//! Names in `{{ }}` that Jinja reads as something else: `{{ first-name }}` as a difference, `{{ 1 }}` as a number.
//! Where such a name stands alone, it is a variable: the engine gets another name for it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::Object;

/// What the names begin with that the engine gets.
const ALIAS: &str = "simgate_placeholder_";

/// Words that Jinja reads as no names.
const WORDS: [&str; 13] = [
    "and", "else", "false", "False", "if", "in", "is", "none", "None", "not", "or", "true", "True",
];

/// A template as the engine reads it.
pub(super) struct Source<'a> {
    pub(super) text: Cow<'a, str>,
    /// The variable that each alias stands for.
    aliases: Vec<&'a str>,
}

impl<'a> Source<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let (mut read, mut aliases) = (String::new(), Vec::new());
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (before, tag) = rest.split_at(at);
            read.push_str(before);
            let length = if let Some((name, length)) = placeholder(tag) {
                read.extend(["{{ ", ALIAS, &aliases.len().to_string(), " }}"]);
                aliases.push(name);
                length
            } else {
                let length = verbatim(tag);
                read.push_str(&tag[..length]);
                length
            };
            rest = &tag[length..];
        }
        if aliases.is_empty() {
            return Self {
                text: Cow::Borrowed(text),
                aliases,
            };
        }
        read.push_str(rest);
        Self {
            text: Cow::Owned(read),
            aliases,
        }
    }

    /// What people call a variable that the engine calls so.
    pub(super) fn name(&self, known: String) -> String {
        let name = alias(&known).and_then(|index| self.aliases.get(index));
        name.map_or(known, |name| (*name).to_owned())
    }

    /// Values by the names that the engine has for them.
    pub(super) fn values(&self, given: &BTreeMap<String, String>) -> Values {
        let aliases = self.aliases.iter();
        Values {
            given: given.clone(),
            aliases: aliases.map(|name| (*name).to_owned()).collect(),
        }
    }
}

/// The values of variables, by the names that the engine knows them by.
#[derive(Debug)]
pub(super) struct Values {
    given: BTreeMap<String, String>,
    aliases: Vec<String>,
}

impl Object for Values {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let known = key.as_str()?;
        let name = alias(known).and_then(|index| self.aliases.get(index));
        let value = self.given.get(name.map_or(known, String::as_str))?;
        Some(Value::from(value.as_str()))
    }
}

/// Which alias a name of the engine is.
fn alias(name: &str) -> Option<usize> {
    name.strip_prefix(ALIAS)?.parse().ok()
}

/// A placeholder that needs an alias, if the text begins with one, and how long it is. Not looked for beyond
/// what a name may have: a text of opening braces alone would be gone through once for each.
fn placeholder(text: &str) -> Option<(&str, usize)> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let inside = text.strip_prefix("{{")?.trim_start();
    let end = inside.find(|c| !allowed(c))?;
    let (name, after) = inside.split_at(end);
    let after = after.trim_start().strip_prefix("}}")?;
    // A hyphen at an end says how to treat white space, and `loop` tells of the loop that it stands in.
    let is_jinja = name.starts_with('-') || name.ends_with('-') || name.starts_with("loop.");
    let needs = !name.is_empty() && !is_jinja && !is_identifier(name);
    needs.then_some((name, text.len() - after.len()))
}

fn is_identifier(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && name.bytes().all(known) && !WORDS.contains(&name)
}

/// How much of a text that begins with `{` is passed over as it is: a comment, what stands between `raw` and
/// `endraw`, or what opens something else.
fn verbatim(text: &str) -> usize {
    let through = |end: &str| text.find(end).map(|at| at + end.len());
    if text.starts_with("{#") {
        return through("#}").unwrap_or(text.len());
    }
    if let Some(tag) = text.strip_prefix("{%") {
        let tag = tag.trim_start_matches(['-', '+']).trim_start();
        let is_raw = tag.strip_prefix("raw").is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_whitespace() || matches!(c, '-' | '+' | '%'))
        });
        return if is_raw {
            through("endraw").unwrap_or(text.len())
        } else {
            2
        };
    }
    if text.starts_with("{{") { 2 } else { 1 }
}
