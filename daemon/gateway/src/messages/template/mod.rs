//! Texts with variables: `{{ name }}`, and what Jinja has of filters and conditions, by minijinja. What a variable
//! holds is text: it is not read as a template.

mod grammar;
mod placeholders;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, Template, UndefinedBehavior, Value};

use crate::{FieldCode, FieldError};
use placeholders::Source;

/// Characters that no message can hold: 255 parts of 153 septets each.
pub(crate) const MAX_CHARACTERS: usize = 255 * 153;

/// A step costs one, and so do 64 octets that come out or in between: four times what the longest message takes.
const FUEL: u64 = 10_000;

/// So many missing variables are told at a time: each takes another try.
const MOST_MISSING: usize = 8;

/// The variables that a template has, or what is wrong with it.
pub(crate) fn variables(text: &str) -> Result<BTreeSet<String>, String> {
    let source = source(text)?;
    let environment = environment();
    let template = read(&source, &environment)?;
    Ok(names(&source, &template))
}

/// Fills the template `text`, which stands at `pointer`. Each variable that it asks for is needed, and none may
/// be left over: either is a misspelling that a recipient would see.
pub(crate) fn render(
    text: &str,
    given: &BTreeMap<String, String>,
    pointer: &str,
) -> Result<String, Vec<FieldError>> {
    let wrong = |detail: String| vec![FieldError::new(pointer, detail).coded(FieldCode::Template)];
    let source = source(text).map_err(wrong)?;
    let environment = environment();
    let template = read(&source, &environment).map_err(wrong)?;
    let names = names(&source, &template);
    let unused = given.keys().filter(|name| !names.contains(*name));
    let mut errors: Vec<_> = unused
        .map(|name| {
            FieldError::under("/variables", name, "the template does not use it")
                .coded(FieldCode::VariableUnused)
        })
        .collect();
    // The engine copies a value wherever it stands.
    let long = given.iter().filter(|(_, value)| is_too_long(value));
    let long: Vec<_> = long
        .map(|(name, _)| {
            FieldError::under("/variables", name, too_long()).coded(FieldCode::TooLong)
        })
        .collect();
    if !long.is_empty() {
        errors.extend(long);
        return Err(errors);
    }
    let mut values = given.clone();
    let mut missing = 0;
    loop {
        let error = match template.render(Value::from_object(source.values(&values))) {
            Ok(filled) if errors.is_empty() => return Ok(filled),
            Ok(_) => return Err(errors),
            Err(error) => error,
        };
        match undefined(&error, &source, &names) {
            // The others are looked for as if this one were there.
            Some(name) if missing < MOST_MISSING && !values.contains_key(&name) => {
                errors.push(
                    FieldError::under("/variables", &name, "the template needs it")
                        .coded(FieldCode::VariableMissing),
                );
                values.insert(name, String::new());
                missing += 1;
            }
            // What goes wrong without a variable may go right with it.
            _ if missing > 0 => return Err(errors),
            _ => {
                errors.extend(wrong(told(&error)));
                return Err(errors);
            }
        }
    }
}

/// What no message can hold, whatever it is filled with.
pub(crate) fn is_too_long(text: &str) -> bool {
    text.len() > MAX_CHARACTERS && text.chars().count() > MAX_CHARACTERS
}

pub(crate) fn too_long() -> String {
    format!("longer than 255 parts can hold, {MAX_CHARACTERS} characters")
}

fn source(text: &str) -> Result<Source<'_>, String> {
    if is_too_long(text) {
        return Err(too_long());
    }
    Ok(Source::of(text))
}

fn environment<'a>() -> Environment<'a> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    // A name that is misspelled must not become a gap that a recipient sees.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Errors say which one is undefined.
    environment.set_debug(true);
    // Nothing is escaped for HTML, and each character of the text counts.
    if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
        environment.set_syntax(syntax);
    }
    // All names are variables.
    for function in ["range", "dict", "debug", "namespace"] {
        environment.remove_global(function);
    }
    environment
}

fn read<'a>(
    source: &'a Source<'a>,
    environment: &'a Environment<'a>,
) -> Result<Template<'a, 'a>, String> {
    grammar::check(&source.text, environment.syntax().clone())?;
    let template = environment.template_from_str(&source.text);
    template.map_err(|error| told(&error))
}

fn names(source: &Source<'_>, template: &Template<'_, '_>) -> BTreeSet<String> {
    let names = template.undeclared_variables(false).into_iter();
    names.map(|name| source.name(name)).collect()
}

/// The variable without which it does not go on.
fn undefined(error: &Error, source: &Source<'_>, names: &BTreeSet<String>) -> Option<String> {
    if !matches!(
        error.kind(),
        ErrorKind::UndefinedError | ErrorKind::InvalidOperation
    ) {
        return None;
    }
    let (before, _) = error.detail()?.split_once("` is undefined")?;
    let (_, expression) = before.rsplit_once('`')?;
    let name = expression.split(['.', '[']).next()?;
    let name = source.name(name.to_owned());
    names.contains(&name).then_some(name)
}

fn told(error: &Error) -> String {
    let line = error.line().unwrap_or(1);
    let what = match error.kind() {
        ErrorKind::OutOfFuel => "it does more than a template may".to_owned(),
        kind => error
            .detail()
            .map_or_else(|| kind.to_string(), str::to_owned),
    };
    format!("line {line}: {what}")
}
