//! One command in flight, and which lines are its answer.

use crate::final_code::FinalCode;
use crate::header::{after_name, is_bare_name, name_of};
use crate::reply::Reply;
use crate::request::{Expects, Request};
use crate::urc::two_line::is_pdu_of;
use std::time::Duration;

/// How long to wait for an `OK` that some firmware leaves out after `+CPIN:` (field notes B.0), counted
/// from the answer.
pub(crate) const OK_WAIT: Duration = Duration::from_secs(1);

/// Lines one answer may have: a memory of 1,000 messages, and some. What comes above it is dropped
/// and [`Reply::overrun`] set.
const MAX_LINES: usize = 2_048;

/// The command in flight.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    lines: Vec<String>,
    pub(crate) echoed: bool,
    pub(crate) prompted: bool,
    pub(crate) overrun: bool,
    /// How much of the command line has been echoed.
    echo_at: usize,
    /// `<length>` of the header whose PDU comes next.
    body: Option<u16>,
    /// An answer to an earlier command may still come.
    pub(crate) out_of_step: bool,
    /// An `OK` came in place of the answer and its `OK`.
    pub(crate) ended: bool,
    /// A final code came that may have been another's: one more is its own.
    pub(crate) doubted: bool,
}

impl Exchange {
    pub(crate) fn new(request: Request, out_of_step: bool) -> Self {
        Self {
            request,
            lines: Vec::new(),
            echoed: false,
            prompted: false,
            overrun: false,
            echo_at: 0,
            body: None,
            out_of_step,
            ended: false,
            doubted: false,
        }
    }

    /// Whether the line repeats what was written, or a part of it: a URC may stand in the middle of
    /// an echo.
    pub(crate) fn take_echo(&mut self, line: &str) -> bool {
        let payload = self.request.payload.as_deref().filter(|_| self.prompted);
        if payload.is_some_and(|payload| is_echo_of(payload, line)) {
            return true;
        }
        if is_echo_of(&self.request.wire[self.echo_at..], line) {
            self.echoed = true;
            self.echo_at = 0;
            return true;
        }
        let line = line.trim().as_bytes();
        let begun = self.echo_at > 0 || line.starts_with(b"AT");
        if begun && !self.echoed && self.request.wire[self.echo_at..].starts_with(line) {
            self.echo_at += line.len();
            return true;
        }
        false
    }

    /// Whether the answer is complete but for the final code.
    pub(crate) fn has_answer(&self) -> bool {
        match self.request.expects {
            Expects::Nothing | Expects::Lines(_) | Expects::Pdus(_) | Expects::Anything => true,
            _ => self.has_lines(),
        }
    }

    /// Whether any line of the answer has come.
    pub(crate) fn has_lines(&self) -> bool {
        !self.lines.is_empty()
    }

    /// Whether the PDU of the last header is `line`.
    pub(crate) fn awaits(&self, line: &str) -> bool {
        self.body.is_some_and(|length| is_pdu_of(line, length))
    }

    /// Whether `line` answers this command by its name and shape, which is stronger than its being
    /// a URC by name.
    pub(crate) fn claims(&self, line: &str) -> bool {
        // One old modem cuts the last PDU of a list, so its length is not asked for here.
        if self.body.is_some() && is_hex(line) {
            return true;
        }
        let Some(name) = name_of(line) else {
            return false;
        };
        let rest = after_name(line, name).unwrap_or("");
        match self.request.expects {
            Expects::Nothing => false,
            Expects::Line(names) | Expects::LineMaybeWithoutOk(names) | Expects::Text(names) => {
                self.lines.is_empty() && names.contains(&name)
            }
            Expects::Lines(names) | Expects::TextLines(names) => names.contains(&name),
            Expects::Registration(own) => {
                name == own && self.lines.is_empty() && crate::commands::is_solicited(rest)
            }
            Expects::Number(own) => {
                name == own && self.lines.is_empty() && rest.trim().parse::<u8>().is_ok()
            }
            Expects::Pdus(own) => name == own,
            Expects::Submit(own) => name == own && self.prompted && self.lines.is_empty(),
            Expects::Anything => {
                own_name(&self.request.wire) == Some(name)
                    && (!name.ends_with("REG") || crate::commands::is_solicited(rest))
            }
        }
    }

    /// Whether `line`, which is no known URC, can be part of the answer.
    pub(crate) fn accepts(&self, line: &str) -> bool {
        match self.request.expects {
            Expects::Text(_) | Expects::TextLines(_) => {
                name_of(line).is_none() && !is_bare_name(line)
            }
            // One old modem answers without `+CPIN:` in front.
            Expects::LineMaybeWithoutOk(_) => {
                self.lines.is_empty() && crate::commands::PinState::is_bare(line)
            }
            Expects::Anything => true,
            _ => false,
        }
    }

    /// Takes a line of the answer.
    pub(crate) fn push(&mut self, line: String) {
        if let Expects::Pdus(own) = self.request.expects {
            self.body = after_name(&line, own).and_then(crate::commands::body_length);
        }
        if self.lines.len() < MAX_LINES {
            self.lines.push(line);
        } else {
            self.overrun = true;
        }
    }

    pub(crate) fn is_submit(&self) -> bool {
        matches!(self.request.expects, Expects::Submit(_))
    }

    /// Whether a command like this can end so at all.
    pub(crate) fn can_end_with(&self, code: &FinalCode) -> bool {
        let of_call = code.is_of_call() && self.request.expects != Expects::Anything;
        let of_other = matches!(code, FinalCode::Cme(error) if error.is_of_other_service());
        !(of_call || of_other && self.is_submit())
    }

    pub(crate) fn finish(self, end: FinalCode) -> Reply {
        Reply {
            lines: self.lines,
            end,
            overrun: self.overrun,
            prompted: self.prompted,
        }
    }
}

fn is_hex(line: &str) -> bool {
    let line = line.trim_end();
    !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The name a typed command will be answered with: `+CREG` of `AT+CREG?`.
fn own_name(wire: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(wire).ok()?;
    let command = text.get(2..)?;
    let end = command
        .char_indices()
        .find(|&(at, c)| at > 0 && !c.is_ascii_alphanumeric() && c != '_')
        .map_or(command.len(), |(at, _)| at);
    (!command.is_empty()).then(|| &command[..end])
}

/// Whether `line` is what the modem repeats of `sent`, without CR and Ctrl-Z.
pub(crate) fn is_echo_of(sent: &[u8], line: &str) -> bool {
    let noise = |byte: &u8| *byte <= b' ' || *byte == b'>';
    let sent = trim(sent, noise);
    let line = trim(line.as_bytes(), noise);
    !sent.is_empty() && sent == line
}

fn trim(bytes: &[u8], noise: impl Fn(&u8) -> bool) -> &[u8] {
    let start = bytes.iter().position(|b| !noise(b)).unwrap_or(bytes.len());
    let end = bytes
        .iter()
        .rposition(|b| !noise(b))
        .map_or(start, |at| at + 1);
    &bytes[start..end]
}
