//! The line to the DTE: octets to command lines, echo, and how answers are written (V.250 clauses 5 and 6).

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use at::{CTRL_Z, ESC};

use crate::command;
use crate::fault::{Fault, Moment, Occasion};

use super::answer::{Answer, ErrorCode};
use super::line::Line;
use super::misbehave::Befallen;
use super::octets::{drop_octets, latin_1, unasked};
use super::{Activity, VirtualModem};

/// The longest command line; a longer one is answered with ERROR.
const LINE_LENGTH: usize = 2_048;
/// Unsolicited lines held back while a text is being entered; the oldest are lost beyond it.
const HELD_LINES: usize = 64;

const BACKSPACE: u8 = 0x08;

/// Parameters and buffers of the line.
#[derive(Debug)]
pub(super) struct Dte {
    pub(super) line: Line,
    pub(super) echo: bool,
    pub(super) verbose: bool,
    pub(super) quiet: bool,
    last_line: Vec<u8>,
    /// What the command line in work has said so far.
    pub(super) answer: Vec<u8>,
    held: VecDeque<String>,
    /// The command in work.
    pub(super) command: String,
    /// The fault of the command line in work.
    pub(super) fault: Option<Fault>,
    /// When the command line in work was complete.
    pub(super) line_at: Option<Instant>,
}

impl Dte {
    pub(super) fn new(line: Line) -> Self {
        Self {
            line,
            echo: true,
            verbose: true,
            quiet: false,
            last_line: Vec::new(),
            answer: Vec::new(),
            held: VecDeque::new(),
            command: String::new(),
            fault: None,
            line_at: None,
        }
    }

    fn echo(&mut self, octet: u8) {
        if self.echo {
            self.line.say(&[octet]);
        }
    }

    /// The answer in work becomes visible.
    pub(super) fn release_answer(&mut self) {
        let answer = std::mem::take(&mut self.answer);
        self.line.say(&answer);
    }

    /// Takes one octet of a command line; the line when this ended it.
    fn command_octet(&mut self, octet: u8) -> Option<Vec<u8>> {
        let line = self.line.command_line();
        match octet {
            b'\r' => {}
            BACKSPACE => {
                line.pop();
                return None;
            }
            b'\n' | ESC | CTRL_Z | 0 => return None,
            _ if line.len() > LINE_LENGTH => return None,
            octet => {
                line.push(octet);
                if !line.eq_ignore_ascii_case(b"A/") {
                    return None;
                }
                line.clear();
                return Some(self.last_line.clone());
            }
        }
        let line = std::mem::take(line);
        // What stands before the letters AT is noise of the line.
        let start = line
            .windows(2)
            .position(|pair| pair.eq_ignore_ascii_case(b"AT"))?;
        let body = line[start + 2..].to_vec();
        self.last_line.clone_from(&body);
        Some(body)
    }
}

impl VirtualModem {
    /// Reads octets of the DTE up to the end of one command line or one text.
    pub(super) fn dte_step(&mut self, now: Instant) {
        loop {
            let entering = matches!(self.activity, Activity::Entering(_));
            let Some(octet) = self.dte.line.next_octet(entering) else {
                return;
            };
            self.dte.echo(octet);
            if entering {
                if self.entry_octet(now, octet) {
                    return;
                }
            } else if let Some(line) = self.dte.command_octet(octet) {
                self.run_line(now, &line);
                return;
            }
        }
    }

    fn run_line(&mut self, now: Instant, line: &[u8]) {
        self.dte.line_at = Some(now);
        self.dte.fault = None;
        self.dte.command.clear();
        self.memories.let_go();
        if line.len() > LINE_LENGTH - 2 {
            return self.finish(now, Err(ErrorCode::Error));
        }
        // Octet for octet; a character set is a matter of each value.
        let body: String = line.iter().copied().map(char::from).collect();
        match command::parse(&body) {
            // A bare AT too is a command that a fault can befall.
            Ok(commands) if commands.is_empty() => match self.befallen(now, Moment::Command) {
                Befallen::Gone => {}
                Befallen::Refused(refusal) => self.finish(now, Err(refusal)),
                Befallen::Say(_) | Befallen::Not => self.finish(now, Ok(Answer::Ok)),
            },
            Ok(commands) => {
                self.commands = commands.into();
                self.next_command(now);
            }
            Err(error) => self.finish(now, Err(error.into())),
        }
    }

    /// Carries out what is left of the command line, up to a command that takes time.
    pub(super) fn next_command(&mut self, now: Instant) {
        while let Some(command) = self.commands.pop_front() {
            self.dte.command.clone_from(&command.name);
            match self.befallen(now, Moment::Command) {
                Befallen::Gone => return,
                Befallen::Refused(refusal) => return self.finish(now, Err(refusal)),
                Befallen::Say(bytes) => self.dte.line.say(&bytes),
                Befallen::Not => {}
            }
            match self.carry_out(now, &command) {
                Ok(Answer::Ok) => {}
                Ok(Answer::Later) => return,
                Ok(answer) => return self.finish(now, Ok(answer)),
                Err(refusal) => return self.finish(now, Err(refusal)),
            }
        }
        self.finish(now, Ok(Answer::Ok));
    }

    /// Ends the command line with its final result code.
    pub(super) fn finish(&mut self, now: Instant, result: Result<Answer, ErrorCode>) {
        self.commands.clear();
        let result = match self.befallen(now, Moment::Final) {
            Befallen::Gone => return,
            Befallen::Refused(refusal) => Err(refusal),
            Befallen::Say(bytes) => {
                self.dte.answer.extend(bytes);
                result
            }
            Befallen::Not => result,
        };
        let (words, digit) = self.final_code(result);
        if !self.dte.quiet && result != Ok(Answer::Silent) {
            let code = if self.dte.verbose {
                format!("\r\n{words}\r\n")
            } else {
                format!("{digit}\r")
            };
            self.dte.answer.extend(code.bytes());
        }
        self.spoil_answer();
        let wait = self.setup.traits.answer_delay
            + self.dte.fault.as_ref().map_or(Duration::ZERO, Fault::delay);
        if let Some(Fault::LateAnswer { works: true, .. }) = self.dte.fault {
            let answer = std::mem::take(&mut self.dte.answer);
            self.trouble.answer_late(now + wait, answer);
            self.activity = Activity::Answering(now);
        } else {
            self.activity = Activity::Answering(now + wait);
        }
    }

    /// The final result code in words and as a digit (V.250 clause 5.7.1).
    fn final_code(
        &self,
        result: Result<Answer, ErrorCode>,
    ) -> (Cow<'static, str>, Cow<'static, str>) {
        match result {
            Ok(Answer::NoCarrier) => ("NO CARRIER".into(), "3".into()),
            Ok(_) => ("OK".into(), "0".into()),
            Err(refusal) => match refusal.words(self.settings.error_detail) {
                Some(words) => (words.clone().into(), words.into()),
                None => ("ERROR".into(), "4".into()),
            },
        }
    }

    /// One line of the answer in work.
    pub(super) fn info(&mut self, line: &str) {
        let text = if self.dte.verbose {
            format!("\r\n{line}\r\n")
        } else {
            format!("{line}\r\n")
        };
        self.dte.answer.extend(latin_1(&text));
    }

    /// Gives up the answer in work, before a prompt comes.
    pub(super) fn release_lines(&mut self) {
        self.dte.release_answer();
    }

    /// A line that the modem says by itself; held back while a text is being entered.
    pub(super) fn urc(&mut self, line: &str) {
        if !self.is_running() || self.trouble.is_hung() {
            return;
        }
        if matches!(
            self.activity,
            Activity::Entering(_) | Activity::Prompting(..)
        ) {
            if self.dte.held.len() == HELD_LINES {
                self.dte.held.pop_front();
            }
            self.dte.held.push_back(line.to_owned());
            return;
        }
        self.write_urc(line);
    }

    /// Says what was held back.
    pub(super) fn release_held(&mut self) {
        while let Some(line) = self.dte.held.pop_front() {
            self.write_urc(&line);
        }
    }

    /// Says a line at once, as far as no fault keeps it from that.
    fn write_urc(&mut self, line: &str) {
        if self.dte.quiet {
            return;
        }
        let name = line.split(':').next().unwrap_or_default();
        let fault = self.faults.befall(Occasion::Line(name), &mut self.rng);
        let mut bytes: Vec<u8> = unasked(line);
        match fault {
            Some(Fault::NoAnswer) => return,
            Some(Fault::DroppedByte { count }) => drop_octets(&mut bytes, count, &mut self.rng),
            Some(Fault::Garbage { bytes: garbage }) => {
                bytes.splice(0..0, latin_1(&garbage));
            }
            Some(Fault::OpenQuote) => {
                let open = line.rsplit_once('"').map_or(line, |(open, _)| open);
                bytes = unasked(open);
            }
            Some(Fault::SplitLine { ms, line: between }) => {
                if let Some((head, body)) = line.split_once("\r\n") {
                    self.dte
                        .line
                        .say_unasked(&latin_1(&format!("\r\n{head}\r\n")).collect::<Vec<_>>());
                    self.dte.line.pause(Duration::from_millis(ms));
                    if let Some(between) = between {
                        self.dte.line.say_unasked(&unasked(&between));
                    }
                    bytes = latin_1(&format!("{body}\r\n")).collect();
                }
            }
            _ => {}
        }
        self.dte.line.say_unasked(&bytes);
    }
}
