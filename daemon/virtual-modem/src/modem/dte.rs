//! The line to the DTE: octets to command lines, echo, and how answers are written (V.250 clauses 5 and 6).

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::command;
use crate::fault::Fault;

use super::dispatch::{Answer, Refusal};
use super::{Activity, Output, VirtualModem};

/// Octets that the DTE may write ahead of the modem; what comes beyond is lost, as in a UART.
const RECEIVE_BUFFER: usize = 16_384;
/// The longest command line; a longer one is answered with ERROR.
const LINE_LENGTH: usize = 2_048;
/// Unsolicited lines held back while a text is being entered; the oldest are lost beyond it.
const HELD_LINES: usize = 64;

const BACKSPACE: u8 = 0x08;
pub(super) const CTRL_Z: u8 = 0x1a;
pub(super) const ESC: u8 = 0x1b;

/// Parameters and buffers of the line.
#[derive(Debug)]
pub(super) struct Dte {
    pub(super) echo: bool,
    pub(super) verbose: bool,
    pub(super) quiet: bool,
    received: VecDeque<u8>,
    line: Vec<u8>,
    last_line: Vec<u8>,
    /// What the command line in work has said so far.
    answer: Vec<u8>,
    held: VecDeque<String>,
    transmit: VecDeque<u8>,
    /// The fault of the command line in work.
    pub(super) fault: Option<Fault>,
    /// Time between octets, and when the next one may leave.
    pace: Option<(Duration, Instant)>,
    /// When the command line in work was complete.
    pub(super) line_at: Option<Instant>,
}

impl Default for Dte {
    fn default() -> Self {
        Self {
            echo: true,
            verbose: true,
            quiet: false,
            received: VecDeque::new(),
            line: Vec::new(),
            last_line: Vec::new(),
            answer: Vec::new(),
            held: VecDeque::new(),
            transmit: VecDeque::new(),
            fault: None,
            pace: None,
            line_at: None,
        }
    }
}

impl Dte {
    pub(super) fn receive(&mut self, bytes: &[u8]) {
        let room = RECEIVE_BUFFER.saturating_sub(self.received.len());
        self.received.extend(bytes.iter().take(room));
    }

    pub(super) fn is_idle(&self) -> bool {
        self.received.is_empty()
    }

    pub(super) fn next_octet(&mut self) -> Option<u8> {
        self.received.pop_front()
    }

    pub(super) fn next_at(&self) -> Option<Instant> {
        self.pace
            .filter(|_| !self.transmit.is_empty())
            .map(|(_, at)| at)
    }

    pub(super) fn echo(&mut self, octet: u8) {
        if self.echo {
            self.transmit.push_back(octet);
        }
    }

    /// Writes at once, before any answer in work.
    pub(super) fn say(&mut self, bytes: &[u8]) {
        self.transmit.extend(bytes);
    }

    /// The answer in work becomes visible.
    pub(super) fn release_answer(&mut self) {
        let answer = std::mem::take(&mut self.answer);
        self.transmit.extend(answer);
    }

    /// Takes one octet of a command line; the line when this ended it.
    fn command_octet(&mut self, octet: u8) -> Option<Vec<u8>> {
        match octet {
            b'\r' => {}
            BACKSPACE => {
                self.line.pop();
                return None;
            }
            b'\n' | ESC | CTRL_Z | 0 => return None,
            _ if self.line.len() > LINE_LENGTH => return None,
            octet => {
                self.line.push(octet);
                if !self.line.eq_ignore_ascii_case(b"A/") {
                    return None;
                }
                self.line.clear();
                return Some(self.last_line.clone());
            }
        }
        let line = std::mem::take(&mut self.line);
        // What stands before the letters AT is noise of the line.
        let start = line
            .windows(2)
            .position(|pair| pair.eq_ignore_ascii_case(b"AT"))?;
        let body = line[start + 2..].to_vec();
        self.last_line.clone_from(&body);
        Some(body)
    }

    /// Hands over what may leave now: all of it, or an octet at a time when it is paced.
    pub(super) fn transmit(&mut self, now: Instant, out: &mut VecDeque<Output>) {
        let Some((gap, mut at)) = self.pace else {
            if !self.transmit.is_empty() {
                out.push_back(Output::Write(self.transmit.drain(..).collect()));
            }
            return;
        };
        while at <= now {
            let Some(octet) = self.transmit.pop_front() else {
                break;
            };
            out.push_back(Output::Write(vec![octet]));
            at += gap;
        }
        self.pace = (!self.transmit.is_empty()).then_some((gap, at));
    }
}

impl VirtualModem {
    /// Reads octets of the DTE up to the end of one command line or one text.
    pub(super) fn dte_step(&mut self, now: Instant) {
        while let Some(octet) = self.dte.next_octet() {
            self.dte.echo(octet);
            if matches!(self.activity, Activity::Entering(_)) {
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
        if line.len() > LINE_LENGTH - 2 {
            return self.finish(now, Err(Refusal::Error));
        }
        // Octet for octet; a character set is a matter of each value.
        let body: String = line.iter().copied().map(char::from).collect();
        match command::parse(&body) {
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
            match self.befallen(now, &command.name) {
                Befallen::Gone => return,
                Befallen::Refused(refusal) => return self.finish(now, Err(refusal)),
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

    /// Lets a fault take the command's place; one that touches the answer alone waits for it.
    fn befallen(&mut self, now: Instant, command: &str) -> Befallen {
        let Some(fault) = self.faults.befall(command, &mut self.rng) else {
            return Befallen::Not;
        };
        // A message is refused after its time on the air, not before it was written.
        let sends = matches!(command, "+CMGS" | "+CMSS" | "+CMGC");
        if let Some(refusal) = chosen_refusal(&fault).filter(|_| !sends) {
            return Befallen::Refused(refusal);
        }
        match fault {
            Fault::Ignored => {
                self.commands.clear();
                self.dte.answer.clear();
                Befallen::Gone
            }
            Fault::Reboot => {
                self.restart(now);
                Befallen::Gone
            }
            Fault::ReferenceReset => {
                if let Some(sim) = &mut self.sim {
                    sim.last_reference = u8::MAX;
                }
                Befallen::Not
            }
            answer_fault => {
                self.dte.fault = Some(answer_fault);
                Befallen::Not
            }
        }
    }

    /// Ends the command line with its final result code.
    pub(super) fn finish(&mut self, now: Instant, result: Result<Answer, Refusal>) {
        self.commands.clear();
        let (words, digit) = self.final_code(result);
        if !self.dte.quiet && result != Ok(Answer::Silent) {
            let code = if self.dte.verbose {
                format!("\r\n{words}\r\n")
            } else {
                format!("{digit}\r")
            };
            self.dte.answer.extend(code.bytes());
        }
        self.spoil_answer(now);
        let wait =
            self.setup.answer_delay + self.dte.fault.as_ref().map_or(Duration::ZERO, Fault::delay);
        self.activity = Activity::Answering(now + wait);
    }

    /// The final result code in words and as a digit (V.250 clause 5.7.1).
    fn final_code(
        &self,
        result: Result<Answer, Refusal>,
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

    /// Does to the answer what the fault of this command line asks for.
    fn spoil_answer(&mut self, now: Instant) {
        let answer = &mut self.dte.answer;
        match &self.dte.fault {
            Some(Fault::NoAnswer) => answer.clear(),
            Some(Fault::DroppedByte) => {
                let middle = answer.len() / 2;
                answer.drain(middle..(middle + 1).min(answer.len()));
            }
            Some(Fault::Garbage { bytes }) => {
                answer.splice(0..0, bytes.chars().map(|c| u8::try_from(c).unwrap_or(b'?')));
            }
            Some(Fault::UrcInAnswer { line }) => {
                answer.splice(0..0, format!("\r\n{line}\r\n").into_bytes());
            }
            Some(Fault::Slow { us_per_octet }) => {
                self.dte.pace = Some((Duration::from_micros(*us_per_octet), now));
            }
            _ => {}
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
        if self.power != super::Power::On {
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

    fn write_urc(&mut self, line: &str) {
        if !self.dte.quiet {
            let bytes: Vec<u8> = latin_1(&format!("\r\n{line}\r\n")).collect();
            self.dte.say(&bytes);
        }
    }
}

/// The error code that a fault asks for.
pub(super) fn chosen_refusal(fault: &Fault) -> Option<Refusal> {
    match fault {
        Fault::Cms { code } => Some(Refusal::Cms(*code)),
        Fault::Cme { code } => Some(Refusal::Cme(*code)),
        Fault::Error => Some(Refusal::Error),
        _ => None,
    }
}

enum Befallen {
    /// Carry the command out.
    Not,
    /// Refuse it so.
    Refused(Refusal),
    /// Say nothing.
    Gone,
}

/// Octets of a line that was made of octets; see [`VirtualModem::run_line`].
fn latin_1(text: &str) -> impl Iterator<Item = u8> {
    text.chars().map(|c| u8::try_from(c).unwrap_or(b'?'))
}
