//! Echo and final codes at the level of bytes.

use crate::load::{Case, hear};
use crate::same;
use at::{Frame, Framer, Meaning, Request};

pub(crate) fn check(case: &Case) -> Result<(), String> {
    let raw = case.raw.as_deref().ok_or("no raw characters")?;
    match case.text("without_echo") {
        Some(left) => echo(raw, left),
        None => final_code(case, raw),
    }
}

/// The source takes for echo what stands before the first line end; we know what we wrote.
fn echo(raw: &str, left: &str) -> Result<(), String> {
    let echo = raw.strip_suffix(left).ok_or("not a suffix")?;
    let request = Request::typed(if echo.is_empty() { "AT" } else { echo });
    // The source's buffer may stop inside a line.
    let bytes = format!("{raw}\r\n");
    let heard = hear(Some(request), bytes.as_bytes(), usize::MAX);
    let not_echo = heard.iter().filter(|heard| heard.meaning != Meaning::Echo);
    let got: Vec<&str> = not_echo.map(|heard| heard.line.as_str()).collect();
    let expected: Vec<&str> = left
        .split(['\r', '\n'])
        .filter(|line| !line.is_empty())
        .collect();
    same("lines after the echo", got, expected)
}

fn final_code(case: &Case, raw: &str) -> Result<(), String> {
    let mut framer = Framer::new();
    framer.feed(raw.as_bytes());
    let frames: Vec<Frame> = std::iter::from_fn(|| framer.poll()).collect();
    let lines = case
        .lines
        .iter()
        .cloned()
        .map(Frame::Line)
        .collect::<Vec<_>>();
    // Trailing blanks are part of a line here and not in the source.
    let trim = |frames: Vec<Frame>| -> Vec<String> {
        frames
            .iter()
            .map(|frame| match frame {
                Frame::Line(line) => line.trim_end().to_owned(),
                other => format!("{other:?}"),
            })
            .collect()
    };
    same("lines", trim(frames), trim(lines))?;

    let heard = hear(Some(Request::typed("AT")), raw.as_bytes(), 1);
    let end = heard.iter().find_map(|heard| match &heard.meaning {
        Meaning::Done(reply) => Some(reply.end.is_ok()),
        _ => None,
    });
    same(
        "final code",
        Some(end.is_some()),
        case.expect["final_result_found"].as_bool(),
    )?;
    same(
        "error",
        Some(end == Some(false)),
        case.expect["is_error"].as_bool(),
    )
}
