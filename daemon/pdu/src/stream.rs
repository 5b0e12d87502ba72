//! JSON lines in, JSON lines out. A bad line is answered and never ends the stream.

use std::io::{self, BufRead, Read as _};

use serde_json::Value;

use crate::Fields;
use crate::problem::Problem;
use crate::shown::Shown as _;

/// Octets a line may have. What is beyond is skipped, and the line answered with an error.
const MAX_LINE: usize = 256 * 1024;

/// Answers every line of the input with one of the output.
pub fn each_line(
    input: &mut impl BufRead,
    answer: fn(&Fields) -> Fields,
    mut write: impl FnMut(Fields) -> io::Result<()>,
) -> io::Result<()> {
    for number in 1u64.. {
        let Some(line) = read_line(input)? else { break };
        let mut fields = match line.map(|line| parse(&line)) {
            Ok(Ok(None)) => continue,
            Ok(Ok(Some(fields))) => answer(&fields),
            Ok(Err(problem)) | Err(problem) => failed(&problem),
        };
        if fields.contains_key("error") {
            fields.put("line", number);
        }
        write(fields)?;
    }
    Ok(())
}

/// The answer to a line, under the line's own `id`.
pub(crate) fn answer(line: &Fields, answer: Result<Fields, Problem>) -> Fields {
    let mut answer = answer.unwrap_or_else(|problem| failed(&problem));
    if let Some(id) = line.get("id") {
        answer.put("id", id.clone());
    }
    answer
}

/// An answer that is only an error.
pub(crate) fn failed(problem: &Problem) -> Fields {
    let mut answer = Fields::new();
    answer.put("error", problem.json());
    answer
}

/// The next line, or that it is too long; `None` at the end.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<Result<Vec<u8>, Problem>>> {
    let mut line = Vec::new();
    let bound = u64::try_from(MAX_LINE + 1).unwrap_or(u64::MAX);
    if input.by_ref().take(bound).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.len() > MAX_LINE && line.last() != Some(&b'\n') {
        input.skip_until(b'\n')?;
        return Ok(Some(Err(Problem::new(
            "line",
            format!("longer than {MAX_LINE} octets"),
        ))));
    }
    Ok(Some(Ok(line)))
}

/// The object on a line; `None` when the line is blank.
fn parse(line: &[u8]) -> Result<Option<Fields>, Problem> {
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    match serde_json::from_slice(line) {
        Ok(Value::Object(fields)) => Ok(Some(fields)),
        Ok(_) => Err(Problem::new("line", "not a JSON object")),
        Err(error) => Err(Problem::new("line", format!("not JSON: {error}"))),
    }
}
