//! Finds and reads the corpus; runs an exchange.

use at::{Command, Dialogue, Heard, Meaning, Reply, Request, Urc};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// One exchange.
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) command: String,
    pub(crate) lines: Vec<String>,
    /// The exact characters, where the source gives them.
    pub(crate) raw: Option<String>,
    pub(crate) expect: Value,
}

impl Case {
    /// A text the source asserts.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.expect[key].as_str()
    }

    /// A number the source asserts.
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        self.expect[key].as_u64()
    }

    /// Whether the source asserts that it is an error.
    pub(crate) fn is_error(&self) -> bool {
        !self.expect["error"].is_null()
    }
}

/// The folder of the corpus, if there is one.
pub(crate) fn dir() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let dir = std::env::var_os("SIMGATE_CORPUS").map_or(beside, PathBuf::from);
    dir.is_dir().then_some(dir)
}

/// A table of the corpus.
pub(crate) fn table(name: &str) -> Option<Value> {
    let text = std::fs::read_to_string(dir()?.join(name)).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

/// All exchanges.
pub(crate) fn cases() -> Option<Vec<Case>> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(dir()?.join("at")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        cases.extend(text.lines().filter(|line| !line.is_empty()).map(case));
    }
    Some(cases)
}

fn case(line: &str) -> Case {
    let value: Value = serde_json::from_str(line).unwrap();
    let lines = value["response_lines"].as_array().unwrap();
    Case {
        id: value["id"].as_str().unwrap().to_owned(),
        command: value["command"].as_str().unwrap().to_owned(),
        lines: lines
            .iter()
            .map(|line| line.as_str().unwrap().to_owned())
            .collect(),
        raw: value["raw"].as_str().map(str::to_owned),
        expect: value["expect"].clone(),
    }
}

/// Everything heard, the bytes fed whole or one by one.
pub(crate) fn hear(request: Option<Request>, bytes: &[u8], piece: usize) -> Vec<Heard> {
    let mut dialogue = Dialogue::new();
    if let Some(request) = request {
        dialogue.start(request);
    }
    let mut heard = Vec::new();
    for piece in bytes.chunks(piece.max(1)) {
        dialogue.feed(piece);
        heard.extend(std::iter::from_fn(|| dialogue.poll()));
    }
    if let Some(reply) = dialogue.give_up() {
        let meaning = Meaning::Done(reply);
        heard.push(Heard {
            line: String::new(),
            meaning,
        });
    }
    heard
}

/// Runs a command against the lines of a case and reads the answer.
pub(crate) fn answer<C: Command>(command: &C, case: &Case) -> Result<C::Response, String> {
    let bytes = format!("\r\n{}\r\n", case.lines.join("\r\n\r\n"));
    // Sources that parse one line leave the final code out.
    let reply = run(command, &bytes).or_else(|_| run(command, &format!("{bytes}\r\nOK\r\n")))?;
    command
        .answer(&reply)
        .map_err(|failure| failure.to_string())
}

fn run<C: Command>(command: &C, bytes: &str) -> Result<Reply, String> {
    let whole = hear(Some(command.request()), bytes.as_bytes(), usize::MAX);
    let single = hear(Some(command.request()), bytes.as_bytes(), 1);
    if whole != single {
        return Err("depends on how the bytes are split".to_owned());
    }
    let done = |heard: &Heard| match &heard.meaning {
        Meaning::Done(reply) => Some(reply.clone()),
        _ => None,
    };
    whole
        .iter()
        .find_map(done)
        .ok_or_else(|| "no final code".to_owned())
}

/// The URCs among what was heard.
pub(crate) fn urcs(heard: Vec<Heard>) -> Vec<Urc> {
    let urc = |heard: Heard| match heard.meaning {
        Meaning::Urc(urc) => Some(urc),
        _ => None,
    };
    heard.into_iter().filter_map(urc).collect()
}
