//! Recorded dialogues, run against the engine.
//!
//! ```text
//! # comment
//! @ generic/start.at      the lines of another transcript
//! -- submit 1 0011...     something happens: open, close, wait 5s, submit, commit, refuse, pin,
//!                         unlock (`unlock 1 1234`, `unlock 1 12345678 1234 last`), ussd, cancel, raw, restart, resync; `without echo` is for a modem
//!                         whose echo means something
//! >> AT+CMGS=22           the engine writes this line; ^[ is ESC, ^Z is Ctrl-Z
//! << +CMS ERROR: 38       the modem says this line; `<< >` is the prompt
//! == Submitted 1 ...      the engine tells this
//! ```
//! Every line the engine writes and everything it tells must be in the transcript, in order, but
//! what is written and what is told need not be in step with each other.

use super::origin;
use super::render::render;
use model::{Iccid, UnlockCode};
use modem::{Engine, Event, Input, JobId, Output, ReceiptToken, RestartHow, Settings};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tpdu::PduHex;

/// How the modem's bytes reach the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Split {
    /// All lines up to the next of another kind at once.
    Whole,
    /// A serial port keeps no line together.
    EachByte,
    /// The modem repeats what it hears, whatever `ATE0` says.
    WithEcho,
}

/// A pause up to this long needs no `-- wait`.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Where the transcripts are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/transcripts")
}

/// Runs one transcript; the error names the line where the engine departs from it.
pub(crate) fn check(path: &Path, split: Split) -> Result<(), String> {
    let mut lines = Vec::new();
    read(path, &mut lines);
    if split == Split::WithEcho && lines.iter().any(|(_, line)| line == "-- without echo") {
        return Ok(());
    }
    let mut run = Run::new(split);
    for (place, line) in lines {
        run.step(&line)
            .map_err(|why| format!("{place} ({split:?}): {why}\n{}", run.last_lines()))?;
    }
    run.flush();
    let left: Vec<String> = run.written.drain(..).chain(run.told.drain(..)).collect();
    if left.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "{} ({split:?}): and then {}",
            path.display(),
            left.join("; ")
        ))
    }
}

#[expect(clippy::panic, reason = "a test that cannot be read has failed")]
fn read(path: &Path, lines: &mut Vec<(String, String)>) {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.strip_prefix("@ ") {
            Some(other) => read(&folder().join(other), lines),
            None => lines.push((
                format!("{}:{}", path.display(), number + 1),
                line.to_owned(),
            )),
        }
    }
}

struct Run {
    now: Instant,
    split: Split,
    engine: Engine,
    wake: Option<Instant>,
    written: VecDeque<String>,
    told: VecDeque<String>,
    /// What the modem says, not given to the engine yet.
    said: Vec<u8>,
    /// The last line written, for the echo.
    last: Option<Vec<u8>>,
    log: Vec<String>,
    /// The SIM that was told last.
    sim: Option<Iccid>,
}

impl Run {
    fn new(split: Split) -> Self {
        let now = origin();
        let mut run = Self {
            now,
            split,
            engine: Engine::new(now, Settings::default()),
            wake: None,
            written: VecDeque::new(),
            told: VecDeque::new(),
            said: Vec::new(),
            last: None,
            log: Vec::new(),
            sim: None,
        };
        run.drain();
        // The state it is born in.
        run.told.clear();
        run
    }

    fn step(&mut self, line: &str) -> Result<(), String> {
        let (kind, rest) = line.split_at(2);
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        if kind == "<<" {
            self.say(rest);
            return Ok(());
        }
        self.flush();
        match kind {
            ">>" => self.expect(rest, |run| &mut run.written),
            "==" => self.expect(rest, |run| &mut run.told),
            "--" => self.happen(rest),
            _ => Err("no such kind of line".to_owned()),
        }
    }

    fn say(&mut self, line: &str) {
        if self.split == Split::WithEcho
            && let Some(last) = self.last.take()
        {
            self.said.extend(last);
        }
        let said = if line == ">" {
            "\r\n> ".to_owned()
        } else {
            format!("\r\n{line}\r\n")
        };
        self.said.extend(said.as_bytes());
    }

    /// Gives the engine what the modem said.
    fn flush(&mut self) {
        let said = std::mem::take(&mut self.said);
        if said.is_empty() {
            return;
        }
        let chunk = if self.split == Split::EachByte {
            1
        } else {
            said.len()
        };
        for bytes in said.chunks(chunk) {
            self.engine.handle(self.now, Input::Bytes(bytes));
            self.drain();
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Write(bytes) => {
                    self.last = Some(bytes.clone());
                    let line = String::from_utf8_lossy(&bytes).into_owned();
                    let line = line
                        .trim_end_matches('\r')
                        .replace('\u{1b}', "^[")
                        .replace('\u{1a}', "^Z");
                    self.log.push(format!(">> {line}"));
                    self.written.push_back(line);
                }
                Output::WakeAt(at) => self.wake = Some(at),
                Output::Event(Event::Trace(line)) if line.sent => {}
                Output::Event(Event::Trace(line)) => self.log.push(format!("<< {}", line.text)),
                Output::Event(event) => {
                    if let Event::Sim(sim) = &event {
                        self.sim.clone_from(&sim.iccid);
                    }
                    self.tell(render(&event));
                }
                Output::Reopen(reason) => self.tell(format!("Reopen {reason:?}")),
            }
        }
    }

    fn last_lines(&self) -> String {
        let from = self.log.len().saturating_sub(12);
        format!("... {}", self.log[from..].join("\n... "))
    }

    fn tell(&mut self, line: String) {
        self.log.push(format!("== {line}"));
        self.told.push_back(line);
    }

    fn expect(
        &mut self,
        line: &str,
        queue: fn(&mut Self) -> &mut VecDeque<String>,
    ) -> Result<(), String> {
        let end = self.now + PATIENCE;
        while queue(self).is_empty() && self.wake.is_some_and(|wake| wake <= end) {
            self.tick();
        }
        match queue(self).pop_front() {
            Some(got) if got == line => Ok(()),
            Some(got) => Err(format!("wanted {line}\n      got {got}")),
            None => Err(format!("wanted {line}, got nothing")),
        }
    }

    fn tick(&mut self) {
        if let Some(wake) = self.wake.take() {
            self.now = self.now.max(wake);
            self.engine.handle(self.now, Input::Tick);
            self.drain();
        }
    }

    fn give(&mut self, input: Input<'_>) {
        self.engine.handle(self.now, input);
        self.drain();
    }

    fn happen(&mut self, what: &str) -> Result<(), String> {
        let words: Vec<&str> = what.split(' ').collect();
        let number = |at: usize| {
            words
                .get(at)
                .and_then(|word| word.parse().ok())
                .unwrap_or(0)
        };
        match words.as_slice() {
            ["without", "echo"] => {}
            ["open"] => self.give(Input::Opened),
            ["close"] => self.give(Input::Closed),
            ["wait", time] => {
                let seconds: f64 = time.trim_end_matches('s').parse().map_err(|_| "no time")?;
                let end = self.now + Duration::from_secs_f64(seconds);
                while self.wake.is_some_and(|wake| wake <= end) {
                    self.tick();
                }
                self.now = end;
            }
            ["submit", _, .., pdu] => {
                let pdu = PduHex::parse(pdu).map_err(|why| why.to_string())?;
                let more = words.get(2) == Some(&"more");
                let job = JobId(number(1));
                self.give(Input::Submit { job, pdu, more });
            }
            ["commit", _] => self.give(Input::Committed(ReceiptToken(number(1)))),
            ["refuse", _] => self.give(Input::NotCommitted(ReceiptToken(number(1)))),
            ["pin", pin] => {
                let sim = self.sim.clone().ok_or("no SIM was told")?;
                self.give(Input::Pin { sim: &sim, pin });
            }
            ["unlock", id, words @ ..] => {
                let id = id.parse().map_err(|_| "no number")?;
                let (words, last_try) = match words {
                    [words @ .., "last"] => (words, true),
                    words => (words, false),
                };
                let code = unlock_code(words).ok_or("no code")?;
                self.give(Input::Unlock { id, code, last_try });
            }
            ["ussd", _, code] => self.give(Input::Ussd {
                id: number(1),
                code,
            }),
            ["cancel"] => self.give(Input::UssdCancel),
            ["raw", _, command] => self.give(Input::Raw {
                id: number(1),
                command,
            }),
            ["restart"] => self.give(Input::Restart(RestartHow::Soft)),
            ["resync"] => self.give(Input::Restart(RestartHow::Resync)),
            _ => return Err("nothing that can happen".to_owned()),
        }
        Ok(())
    }
}

fn unlock_code(words: &[&str]) -> Option<UnlockCode> {
    Some(match words {
        [pin] => UnlockCode::Pin(pin.parse().ok()?),
        [puk, new_pin] => UnlockCode::Puk {
            puk: puk.parse().ok()?,
            new_pin: new_pin.parse().ok()?,
        },
        _ => return None,
    })
}
