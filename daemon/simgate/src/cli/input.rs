//! What options say, and the files that they name.

use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value};

use super::Failure;

/// A file's text; that of standard input for -.
pub(super) fn text_of(path: &Path) -> Result<String, Failure> {
    let text = String::from_utf8(octets_of(path)?);
    text.map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

/// What is in a file, or comes in by standard input for -.
pub(super) fn octets_of(path: &Path) -> Result<Vec<u8>, Failure> {
    if path == Path::new("-") {
        let mut octets = Vec::new();
        std::io::stdin().read_to_end(&mut octets)?;
        return Ok(octets);
    }
    std::fs::read(path).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

/// What is given of some fields, as one object.
pub(super) fn given<'a>(
    fields: impl IntoIterator<Item = (&'a str, Option<Value>)>,
) -> Map<String, Value> {
    let given = fields.into_iter();
    given
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// Name and value of a variable.
pub(super) type Variable = (String, String);

pub(super) fn variable(given: &str) -> Result<Variable, &'static str> {
    let (name, value) = given
        .split_once('=')
        .ok_or("expected a name, = and a value")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// All of them as one object.
pub(super) fn by_name(variables: &[Variable]) -> Value {
    let each = variables.iter();
    each.map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect()
}

/// Reads options as the command line does.
#[cfg(test)]
pub(super) fn options<T: clap::Args>(arguments: &[&str]) -> Result<T, clap::Error> {
    let command = T::augment_args(clap::Command::new("simgate"));
    let all = ["simgate"].iter().chain(arguments);
    T::from_arg_matches(&command.try_get_matches_from(all)?)
}
