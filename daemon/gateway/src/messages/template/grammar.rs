//! What a template may have of Jinja: variables, filters, comparisons and conditions, all of texts and numbers.
//!
//! The rest of the language is kept out, and long chains are, before the engine reads a template. It reads a chain by
//! recursion, so that one of some thousand links ends the process; and lists can be made of any length and joined to a
//! text before the engine counts what that costs.

use minijinja::machinery::{Token, tokenize};
use minijinja::syntax::SyntaxConfig;

/// Tokens in one pair of braces: the depth of its recursion.
const MOST_TOKENS: usize = 100;
/// Each `elif` lies within the one before.
const MOST_BLOCKS: usize = 100;

const BLOCKS: [&str; 4] = ["if", "elif", "else", "endif"];

const FILTERS: [&str; 16] = [
    "abs",
    "capitalize",
    "count",
    "d",
    "default",
    "first",
    "float",
    "int",
    "last",
    "length",
    "lower",
    "replace",
    "round",
    "title",
    "trim",
    "upper",
];

const TESTS: [&str; 14] = [
    "defined",
    "undefined",
    "none",
    "number",
    "string",
    "startingwith",
    "endingwith",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "in",
];

/// What the next name may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Any,
    Block,
    Filter,
    Test,
}

pub(super) fn check(text: &str, syntax: SyntaxConfig) -> Result<(), String> {
    let (mut tokens, mut blocks, mut next) = (0, 0, Next::Any);
    for token in tokenize(text, false, syntax) {
        let (token, span) = token.map_err(|error| super::told(&error))?;
        let wrong = |what: String| Err(format!("line {}: {what}", span.start_line));
        tokens += 1;
        next = match token {
            Token::TemplateData(_)
            | Token::VariableStart
            | Token::VariableEnd
            | Token::BlockEnd => {
                tokens = 0;
                Next::Any
            }
            Token::BlockStart => {
                (tokens, blocks) = (0, blocks + 1);
                Next::Block
            }
            Token::Ident(name) => match known(next, name) {
                Ok(next) => next,
                Err(what) => return wrong(what),
            },
            Token::Pipe => Next::Filter,
            Token::Str(_)
            | Token::String(_)
            | Token::Int(_)
            | Token::Float(_)
            | Token::Tilde
            | Token::Minus
            | Token::Comma
            | Token::Assign
            | Token::ParenOpen
            | Token::ParenClose
            | Token::Eq
            | Token::Ne
            | Token::Gt
            | Token::Gte
            | Token::Lt
            | Token::Lte => Next::Any,
            other => return wrong(format!("a template has no {other}")),
        };
        if tokens > MOST_TOKENS {
            return wrong(format!(
                "more than {MOST_TOKENS} words and signs in one pair of braces"
            ));
        }
        if blocks > MOST_BLOCKS {
            return wrong(format!("more than {MOST_BLOCKS} tags for conditions"));
        }
    }
    Ok(())
}

/// Whether a name is one that may stand there, and what may follow.
fn known(next: Next, name: &str) -> Result<Next, String> {
    let (what, all): (_, &[&str]) = match next {
        Next::Any if name == "is" => return Ok(Next::Test),
        Next::Test if name == "not" => return Ok(Next::Test),
        Next::Any => return Ok(Next::Any),
        Next::Block => ("tag", &BLOCKS),
        Next::Filter => ("filter", &FILTERS),
        Next::Test => ("test", &TESTS),
    };
    if all.contains(&name) {
        Ok(Next::Any)
    } else {
        Err(format!(
            "there is no {what} {name}; there are {}",
            all.join(", ")
        ))
    }
}
