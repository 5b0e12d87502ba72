//! One line for a monitor, by the Monitoring Plugins' guidelines: a text, `|`, figures; and an exit code.
//!
//! A daemon that does not answer is critical (2): it is what is watched, and while it is away nothing is
//! sent. What keeps the command itself from asking (no key, a key that may not read, a wrong address) says
//! nothing of the daemon: unknown (3).

use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use super::super::client::{Client, Connection};
use super::super::{Failure, output};

const CRITICAL: u8 = 2;
const UNKNOWN: u8 = 3;

/// What was asked: the status, and the most harmful thing.
type Asked = Result<(Value, Option<Value>), Failure>;

pub(super) fn run(connection: Connection, seconds: u16) -> Result<(), Failure> {
    let (line, code) = match ask_within(connection, seconds) {
        Ok((status, worst)) => told(&status, worst.as_ref()),
        Err(Failure::Unreachable(why)) => (format!("SIMGATE CRITICAL: {}", text(&why)), CRITICAL),
        Err(other) => (
            format!("SIMGATE UNKNOWN: {}", text(&other.to_string())),
            UNKNOWN,
        ),
    };
    output::line(&line)?;
    if code == 0 {
        Ok(())
    } else {
        Err(Failure::Told(code))
    }
}

/// What the command line lacks, in one line.
pub(super) fn wrong_usage(said: &str) -> Result<(), Failure> {
    let first = said.lines().next().unwrap_or_default();
    let why = first.trim_start_matches("error: ");
    output::line(&format!("SIMGATE UNKNOWN: {}", text(why)))?;
    Err(Failure::Told(UNKNOWN))
}

/// A monitor ends a plugin that takes too long, and nobody learns why.
fn ask_within(connection: Connection, seconds: u16) -> Asked {
    let (answer, answered) = mpsc::channel();
    std::thread::spawn(move || answer.send(connection.client().and_then(|client| ask(&client))));
    let wait = Duration::from_secs(seconds.into());
    let late = || Failure::Unreachable(format!("the daemon did not answer within {seconds} s"));
    answered.recv_timeout(wait).map_err(|_| late())?
}

fn ask(client: &Client) -> Asked {
    let status = client.get("/status", &[])?;
    let mut worst = client.get("/attention", &[("limit", "1".to_owned())])?;
    let worst = worst["items"].as_array_mut().and_then(Vec::pop);
    Ok((status, worst))
}

fn told(status: &Value, worst: Option<&Value>) -> (String, u8) {
    let (word, code) = match status["severity"].as_str() {
        None | Some("notice") => ("OK", 0),
        Some("warning") => ("WARNING", 1),
        Some(_) => ("CRITICAL", CRITICAL),
    };
    let mut said = text(&output::cell(&status["sentence"]));
    if let Some(sentence) = worst
        .filter(|_| code > 0)
        .and_then(|worst| worst["sentence"].as_str())
    {
        said = format!("{} {said}", text(sentence));
    }
    (
        format!("SIMGATE {word}: {said} | {}", figures(status)),
        code,
    )
}

/// `name=value;warning;critical;least;most`
fn figures(status: &Value) -> String {
    let of = |pointer: &str| status.pointer(pointer).and_then(Value::as_u64);
    let mut all = Vec::new();
    for name in ["critical", "warning", "notice"] {
        all.extend(of(&format!("/attention/{name}")).map(|count| format!("{name}={count}")));
    }
    for (name, what) in [("sims", "ready"), ("uplinks", "bound")] {
        let (count, most) = (
            of(&format!("/{name}/{what}")),
            of(&format!("/{name}/enabled")),
        );
        let figure = |(count, most)| format!("{name}_{what}={count};;;0;{most}");
        all.extend(count.zip(most).map(figure));
    }
    let waiting = ["otp", "normal", "bulk"].map(|name| of(&format!("/queue/{name}")));
    if !status["queue"].is_null() {
        let waiting: u64 = waiting.into_iter().flatten().sum();
        let waited = of("/queue/waited_seconds").unwrap_or(0);
        all.push(format!("waiting={waiting} waited={waited}s"));
    }
    all.join(" ")
}

/// On one line, and without the sign that the figures begin with.
fn text(text: &str) -> String {
    output::plain(text).replace('|', "/")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_has_a_word_a_text_and_figures() {
        let mut status = json!({
            "sentence": "Sending | normally.", "severity": null,
            "attention": {"critical": 0, "warning": 0, "notice": 1},
            "sims": {"enabled": 8, "ready": 7}, "uplinks": {"enabled": 0, "bound": 0},
            "queue": {"otp": 1, "normal": 2, "bulk": 0, "waited_seconds": 4},
        });
        let figures = "critical=0 warning=0 notice=1 sims_ready=7;;;0;8 uplinks_bound=0;;;0;0 waiting=3 waited=4s";
        let expected = format!("SIMGATE OK: Sending / normally. | {figures}");
        assert_eq!(told(&status, None), (expected, 0));
        status["severity"] = "critical".into();
        let worst = json!({"sentence": "The disk\nis full."});
        let (line, code) = told(&status, Some(&worst));
        assert!(
            line.starts_with("SIMGATE CRITICAL: The disk is full. Sending"),
            "{line}"
        );
        assert_eq!(code, 2);
        status["queue"] = Value::Null;
        assert!(!told(&status, None).0.contains("waiting="));
    }
}
