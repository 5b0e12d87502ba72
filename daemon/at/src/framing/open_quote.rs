//! Lines that end inside a quoted string.
//!
//! A USSD answer carries line ends of its own: `+CUSD: 1,"1. Balance<CR><LF>2. Data",15`. But a
//! closing quote may also be missing for good (`+COPS: 0,0,"TELE2,0`), so a line that follows
//! decides whether the string went on. In a USSD answer that may take a moment (field notes A 35):
//! a menu may hold a line "OK", and how long to wait for more is the owner's to say.

use super::Frame;
use crate::final_code::FinalCode;
use crate::header::name_of;

/// Lines one quoted string may span; beyond it they were none, and are let out. A USSD string has 182
/// characters (TS 23.038 5).
const MAX_LINES: usize = 32;
/// Bytes one quoted string may span, in any coding; the same beyond it.
const MAX_BYTES: usize = 1024;

/// What begins lines that are no part of a menu: final codes with a number, the echo of a command.
const NO_TEXT: [&str; 3] = ["+CMS ERROR:", "+CME ERROR:", "AT+"];

/// Lines held back until the quote closes or the next line shows that it never will.
#[derive(Debug, Default)]
pub(super) struct OpenQuote {
    held: Vec<String>,
    bytes: usize,
}

impl OpenQuote {
    /// Takes one line; returns what is complete by now.
    pub(super) fn take(&mut self, line: String) -> Vec<Frame> {
        let mut out = Vec::new();
        if !self.held.is_empty() && self.breaks(&line) {
            out = self.give_up();
        }
        if self.held.is_empty() && !opens(&line) {
            out.push(Frame::Line(line));
            return out;
        }
        self.bytes += line.len();
        self.held.push(line);
        if self.held.len() > 1 && is_closed(&self.held) {
            let joined = self.held.join("\n");
            self.clear();
            out.push(Frame::Line(joined));
        } else if self.held.len() > MAX_LINES || self.bytes > MAX_BYTES {
            // Far longer than any answer.
            out.extend(self.held.drain(..).map(Frame::Line));
            self.clear();
        }
        out
    }

    pub(super) fn is_open(&self) -> bool {
        !self.held.is_empty()
    }

    /// The quote will never close. What it held ends with the first final code, if there is one.
    pub(super) fn give_up(&mut self) -> Vec<Frame> {
        let mut held = std::mem::take(&mut self.held);
        self.clear();
        let is_end = |line: &String| FinalCode::parse(line).is_some();
        let end = held.iter().position(is_end).unwrap_or(held.len());
        let rest = held.split_off(end);
        let text = if held.is_empty() {
            Vec::new()
        } else {
            vec![held.join("\n")]
        };
        text.into_iter().chain(rest).map(Frame::Line).collect()
    }

    fn clear(&mut self) {
        self.held.clear();
        self.bytes = 0;
    }

    /// Whether `line` cannot be the inside of the open string.
    fn breaks(&self, line: &str) -> bool {
        if name_of(line).is_some() || NO_TEXT.iter().any(|start| line.starts_with(start)) {
            return true;
        }
        // A menu may well hold a line "OK"; other answers hold no free text.
        let free_text = self.held.first().is_some_and(|first| is_ussd(first));
        !free_text && FinalCode::parse(line).is_some()
    }
}

fn is_ussd(line: &str) -> bool {
    name_of(line) == Some("+CUSD")
}

fn opens(line: &str) -> bool {
    name_of(line).is_some() && !is_closed(&[line])
}

/// Whether every quoted string of the lines is closed, reading them as one.
fn is_closed<S: AsRef<str>>(lines: &[S]) -> bool {
    let quotes: usize = lines
        .iter()
        .map(|line| line.as_ref().matches('"').count())
        .sum();
    let even = quotes.is_multiple_of(2);
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
        return true;
    };
    if quotes == 0 || !is_ussd(first.as_ref()) {
        return even;
    }
    // The text may hold quotes itself, so what counts is what stands behind the last one: nothing,
    // or `,<dcs>`.
    let behind = match last.as_ref().rsplit_once('"') {
        Some((_, behind)) => behind.trim(),
        None => return false,
    };
    let dcs = behind.strip_prefix(',').map(str::trim);
    let is_number = dcs.is_some_and(|dcs| dcs.parse::<u8>().is_ok());
    quotes >= 2 && (is_number || (even && (behind.is_empty() || dcs.is_some())))
}
