//! The program under test.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Pipes lines through `simgate pdu <command>`; one answer for each, in order.
pub(crate) fn ask(command: &str, lines: &[Value]) -> Vec<Value> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_simgate"))
        .args(["pdu", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = program.stdin.take().unwrap();
    let mut text = lines
        .iter()
        .map(Value::to_string)
        .collect::<Vec<_>>()
        .join("\n");
    text.push('\n');
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()).unwrap());
    let answers = BufReader::new(program.stdout.take().unwrap()).lines();
    let answers: Vec<Value> = answers
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    writer.join().unwrap();
    assert!(program.wait().unwrap().success());
    assert_eq!(answers.len(), lines.len());
    answers
}
