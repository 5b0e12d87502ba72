//! What commands say: on standard output that survives a closed pipe (no `println!`), and why they failed.

use std::io::{self, Write as _};
use std::process::ExitCode;

use serde_json::Value;

use super::Failure;

/// Writes a text as it is.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Writes a text and ends the line.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    print(&format!("{text}\n"))
}

/// A line on standard error. Where that is closed, nobody wants to know.
pub(crate) fn error(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

impl Failure {
    /// Says it on standard error.
    pub(super) fn say(&self) {
        error(&format!("simgate: {self}"));
    }

    /// The last word of the program.
    pub(super) fn report(&self) -> ExitCode {
        match self {
            // The reader of our output has seen enough, as in `simgate messages list | head`.
            Self::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return ExitCode::SUCCESS;
            }
            Self::Reported | Self::Told(_) => {}
            other => other.say(),
        }
        ExitCode::from(match self {
            Self::Usage(_) => 2,
            Self::Unreachable(_) => 3,
            Self::Told(code) => *code,
            _ => 1,
        })
    }
}

/// One JSON document on one line.
pub(crate) fn json(value: &Value) -> Result<(), Failure> {
    line(&value.to_string())
}

/// A document: JSON for programs, or for people.
pub(crate) fn answer(document: &Value, as_json: bool) -> Result<(), Failure> {
    if as_json {
        json(document)
    } else {
        details(document)
    }
}

/// A column of a table: its heading, and the field that it shows; a dot leads into an object.
pub(crate) type Column = (&'static str, &'static str);

/// Documents: a line of JSON for each, or a table.
pub(crate) fn list(documents: &[Value], as_json: bool, columns: &[Column]) -> Result<(), Failure> {
    let headings: Vec<_> = columns.iter().map(|(heading, _)| *heading).collect();
    rows(documents, as_json, &headings, |document| {
        let field = |(_, field): &Column| {
            let names = field.split('.');
            cell(names.fold(document, |value, name| &value[name]))
        };
        columns.iter().map(field).collect()
    })
}

/// The same where `row` makes the cells.
pub(crate) fn rows(
    documents: &[Value],
    as_json: bool,
    headings: &[&str],
    row: impl Fn(&Value) -> Vec<String>,
) -> Result<(), Failure> {
    if as_json {
        return documents.iter().try_for_each(json);
    }
    let rows: Vec<_> = documents.iter().map(row).collect();
    table(headings, &rows)
}

/// Columns with two spaces between them; the last one is as wide as it likes.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
    let mut widths: Vec<usize> = headings
        .iter()
        .map(|heading| heading.chars().count())
        .collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    let headings = headings
        .iter()
        .map(|heading| (*heading).to_owned())
        .collect();
    for row in std::iter::once(&headings).chain(rows) {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    print(&text)
}

/// A document as `name  value` lines: nested objects under dotted names, absent values left out.
pub(crate) fn details(document: &Value) -> Result<(), Failure> {
    let mut rows = Vec::new();
    flatten("", document, &mut rows);
    let width = rows
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let lines = rows
        .iter()
        .map(|(name, value)| format!("{name:width$}  {value}\n"));
    print(&lines.collect::<String>())
}

fn flatten(name: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                let name = if name.is_empty() {
                    field.clone()
                } else {
                    format!("{name}.{field}")
                };
                flatten(&name, value, rows);
            }
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            for (index, item) in items.iter().enumerate() {
                flatten(&format!("{name}[{}]", index + 1), item, rows);
            }
        }
        Value::Null => {}
        value => rows.push((name.to_owned(), cell(value))),
    }
}

/// A value for a table: texts without quotes and without characters that move the cursor.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => plain(text),
        Value::Bool(yes) => (if *yes { "yes" } else { "no" }).to_owned(),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// A message may carry anything, also what a terminal would obey.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// At most `most` characters, with a sign that there are more.
pub(crate) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars()
        .take(most.saturating_sub(1))
        .chain(std::iter::once('…'))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn details_are_flat_and_leave_out_what_is_absent() {
        let mut rows = Vec::new();
        let document = json!({"a": {"b": 1, "c": null}, "d": ["x", "y"], "e": [{"f": true}]});
        flatten("", &document, &mut rows);
        let rows: Vec<_> = rows
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(rows, ["a.b=1", "d=x,y", "e[1].f=yes"]);
    }

    #[test]
    fn a_text_cannot_move_the_cursor() {
        assert_eq!(plain("a\x1b[2Jb\nc"), "a [2Jb c");
        assert_eq!(short("abcdef", 4), "abc…");
    }
}
