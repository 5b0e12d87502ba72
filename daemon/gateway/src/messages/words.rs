//! What serde says of a value that does not fit, in plain words.

/// Longest text that is passed on as it is: it may quote a value from the request.
const MAX_QUOTED: usize = 200;

/// Whole numbers by the names of their types.
const WHOLE: &[(&str, &str)] = &[
    ("u8", "from 0 to 255"),
    ("u16", "from 0 to 65535"),
    ("u32", "from 0 to 4294967295"),
    ("u64", "from 0 to 18446744073709551615"),
    ("usize", "from 0 to 18446744073709551615"),
    ("i8", "from -128 to 127"),
    ("i16", "from -32768 to 32767"),
    ("i32", "from -2147483648 to 2147483647"),
    ("i64", "from -9223372036854775808 to 9223372036854775807"),
];

/// What is wrong with a value, said of it: `must be an object`. No place in the text is told, since
/// a pointer says it better.
pub fn plain(message: &str) -> String {
    let message = without_position(message);
    for intro in ["invalid type: ", "invalid value: ", "invalid length "] {
        let rest = message.strip_prefix(intro);
        if let Some((_, expected)) = rest.and_then(|rest| rest.rsplit_once(", expected ")) {
            return format!("must be {}", kind(expected));
        }
    }
    // The names that may stand there come whole; what stood there is not repeated.
    if message.starts_with("unknown variant `") {
        return format!("is not one of: {}", names(message));
    }
    if message.starts_with("unknown field `") {
        return match names(message) {
            none if none.is_empty() => "is not known here".to_owned(),
            names => format!("is not known here, where the names are: {names}"),
        };
    }
    for (intro, said) in [
        ("missing field `", "is missing"),
        ("duplicate field `", "is given twice"),
        ("recursion limit exceeded", "is nested too deep"),
        ("invalid digit found in string", "must be a whole number"),
        (
            "cannot parse integer from empty string",
            "must be a whole number",
        ),
        ("number too large to fit", "is too large a number"),
        ("number too small to fit", "is too small a number"),
        (
            "provided string was not `true` or `false`",
            "must be true or false",
        ),
    ] {
        if message.starts_with(intro) {
            return said.to_owned();
        }
    }
    shortened(message)
}

/// Why a text is not JSON, with line and column.
pub fn not_json(message: &str) -> String {
    if message.starts_with("EOF while parsing a value at line 1 column 0") {
        return "The body is empty.".to_owned();
    }
    match message.strip_prefix("EOF while parsing ") {
        Some(what) => format!("It ends in the middle of {what}."),
        None => format!("{message}."),
    }
}

/// Cut to [`MAX_QUOTED`] characters.
pub fn shortened(message: &str) -> String {
    match message.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

fn kind(expected: &str) -> String {
    if let Some((_, range)) = WHOLE.iter().find(|(name, _)| *name == expected) {
        return format!("a whole number {range}");
    }
    match expected {
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" | "sequence" => "a list".to_owned(),
        "a map" | "map" => "an object".to_owned(),
        "string" | "a borrowed string" | "str" => "a string".to_owned(),
        other if other.starts_with("struct ") => "an object".to_owned(),
        other => other.to_owned(),
    }
}

/// Those in backquotes after the last `expected`: the value before it may hold anything.
fn names(message: &str) -> String {
    let (_, expected) = message.rsplit_once(", expected ").unwrap_or_default();
    let quoted: Vec<_> = expected.split('`').skip(1).step_by(2).collect();
    quoted.join(", ")
}

fn without_position(message: &str) -> &str {
    let (text, position) = message.rsplit_once(" at line ").unwrap_or((message, ""));
    let is_position = |c: char| c.is_ascii_digit() || " column".contains(c);
    if position.chars().all(is_position) {
        text
    } else {
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serdes_words_become_plain_ones() {
        let long = (0..50).map(|n| format!("`field{n}`")).collect::<Vec<_>>();
        let long = format!("unknown field `udh`, expected one of {}", long.join(", "));
        #[rustfmt::skip] // A row a case.
        let cases = [
            ("invalid type: null, expected struct Draft at line 1 column 4", "must be an object"),
            ("invalid type: string \"a, expected b\", expected u16", "must be a whole number from 0 to 65535"),
            ("invalid value: integer `-1`, expected u32", "must be a whole number from 0 to 4294967295"),
            ("invalid type: map, expected a sequence", "must be a list"),
            ("invalid type: sequence, expected a map", "must be an object"),
            ("invalid type: integer `1`, expected a recipient or a list of them", "must be a recipient or a list of them"),
            ("unknown variant `x, expected `, expected one of `a`, `b`, `c`", "is not one of: a, b, c"),
            ("unknown variant `x`, expected `a` or `b`", "is not one of: a, b"),
            ("unknown field `x`, there are no fields", "is not known here"),
            ("missing field `to` at line 1 column 2", "is missing"),
            ("recursion limit exceeded at line 1 column 636", "is nested too deep"),
            ("not an RFC 3339 time", "not an RFC 3339 time"),
            ("holds words at line ends", "holds words at line ends"),
        ];
        for (said, plainly) in cases {
            assert_eq!(plain(said), plainly, "{said}");
        }
        assert!(plain(&long).ends_with("field48, field49"), "whole");
    }

    #[test]
    fn a_text_that_is_not_json_is_told_plainly() {
        let said = |text: &str| {
            let error = serde_json::from_str::<serde_json::Value>(text).unwrap_err();
            not_json(&error.to_string())
        };
        assert_eq!(said(""), "The body is empty.");
        assert_eq!(
            said("  "),
            "It ends in the middle of a value at line 1 column 2."
        );
        assert_eq!(
            said("{"),
            "It ends in the middle of an object at line 1 column 1."
        );
        assert_eq!(said("[}"), "expected value at line 1 column 2.");
    }
}
