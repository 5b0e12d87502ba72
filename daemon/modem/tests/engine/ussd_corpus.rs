//! USSD answers as modems have written them, read by an engine whose modem is in the character set
//! in which they were written.
//!
//! The corpus is not part of the repository; without it the test passes and says so.

#![expect(
    clippy::unwrap_used,
    reason = "a corpus that cannot be read fails the test"
)]

use crate::support::Bench;
use crate::support::tiny::Tiny;
use modem::{Event, Input};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let dir = std::env::var_os("SIMGATE_CORPUS").map_or(beside, PathBuf::from);
    let path = dir.join("ussd/answers.jsonl");
    path.is_file().then_some(path)
}

/// A modem that an earlier program left in this set and that takes no other, except where it is
/// the one that set-up asks for.
fn left_in(charset: &str) -> Tiny {
    let mut modem = Tiny::default()
        .answering("AT+CSCS?", &format!("\n+CSCS: \"{charset}\"\n\nOK\n"))
        .answering("AT+CMEE?", "\n+CMEE: 1\n\nOK\n");
    if charset != "GSM" {
        modem = modem.answering("AT+CSCS=\"GSM\"", "\nERROR\n");
    }
    modem
}

/// The text and whether the session is open, as the engine tells them.
fn read(case: &Value) -> Option<(String, bool)> {
    let mut bench = Bench::fresh(left_in(case["cscs"].as_str().unwrap()));
    let then = case["then"].as_array().cloned().unwrap_or_default();
    let said: Vec<&str> = std::iter::once(&case["line"])
        .chain(&then)
        .map(|line| line.as_str().unwrap())
        .collect();
    let said = format!("\r\n{}\r\n", said.join("\r\n\r\n"));
    // An answer with a final code behind it comes in place of the modem's own.
    bench.modem.answers.extend(
        [
            "AT+CUSD=1,\"*100#\",15",
            "AT+CUSD=1,\"002A0031003000300023\",15",
            "AT+CUSD=1,\"2A31303023\",15",
        ]
        .map(|command| {
            let answer = if then.is_empty() { "\nOK\n" } else { "" };
            (command.to_owned(), answer.to_owned())
        }),
    );
    bench.give(Input::Ussd {
        id: 1,
        code: "*100#",
    });
    bench.say(said.as_bytes());
    bench.run(Duration::from_secs(2));
    bench
        .take_events()
        .into_iter()
        .find_map(|event| match event {
            Event::Ussd {
                id: 1,
                result: Ok(reply),
            } => Some((reply.text, reply.open)),
            _ => None,
        })
}

#[test]
fn every_answer_of_the_corpus_is_read() {
    let Some(path) = corpus() else {
        println!("skipped: no corpus");
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let cases: Vec<Value> = text
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(!cases.is_empty());
    for case in &cases {
        let expect = &case["expect"];
        let text = expect["text"].as_str().unwrap().to_owned();
        let open = expect["open"].as_bool().unwrap();
        assert_eq!(read(case), Some((text, open)), "{}", case["id"]);
    }
}
