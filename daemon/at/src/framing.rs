//! Bytes to lines and prompts (V.250 5.7.1, TS 27.005 4.3).

mod open_quote;
mod scrub;
#[cfg(test)]
mod tests;

use open_quote::OpenQuote;
use scrub::scrub;
use std::collections::VecDeque;

/// Longest line in bytes. An SMS PDU with its SMSC address is at most 352 hex digits
/// (TS 27.005 3.1), a packed CPMS or CNMI test answer stays below 300.
pub const MAX_LINE: usize = 4096;

/// What the port said, before anyone asks what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A line without its line end; never empty, no NUL, no leading control characters.
    Line(String),
    /// `>` at the start of a line while a prompt is expected.
    Prompt,
    /// A line was longer than [`MAX_LINE`] and is lost.
    Overrun,
}

/// Cuts bytes into [`Frame`]s. The frames do not depend on how the bytes were split over calls.
///
/// CR, LF, CR LF, CR CR LF and LF CR all end a line. Memory is bounded by [`MAX_LINE`] and by
/// what was fed and not yet taken with [`Framer::poll`].
#[derive(Debug, Default)]
pub struct Framer {
    input: VecDeque<u8>,
    line: Vec<u8>,
    /// The line being read is too long; drop the rest of it.
    overrun: bool,
    expect_prompt: bool,
    open: OpenQuote,
    ready: VecDeque<Frame>,
}

impl Framer {
    /// A framer at the start of a line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes from the port. Drain [`Framer::poll`] before the next.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.input.extend(bytes);
    }

    /// Whether a `>` at the start of a line is the prompt for a PDU. Cleared by the prompt itself:
    /// each command gets one.
    pub fn expect_prompt(&mut self, expected: bool) {
        self.expect_prompt = expected;
    }

    /// Whether lines are held back because a quoted string may go on.
    pub fn has_open_quote(&self) -> bool {
        self.open.is_open()
    }

    /// The string will not go on: what was held back comes out.
    pub fn close_quote(&mut self) {
        self.ready.extend(self.open.give_up());
    }

    /// Forgets what is half read, for a port that was opened anew or a command that was given up.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// The next frame, or `None` until more bytes are fed.
    pub fn poll(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            let byte = self.input.pop_front()?;
            self.take(byte);
        }
    }

    fn take(&mut self, byte: u8) {
        match byte {
            b'\r' | b'\n' => self.end_line(),
            // Line noise at power-up, and a pad byte of some USB drivers.
            0 => {}
            _ if self.overrun => {}
            b'>' if self.expect_prompt && scrub(&self.line).is_empty() => {
                self.line.clear();
                self.expect_prompt = false;
                self.ready.extend(self.open.give_up());
                self.ready.push_back(Frame::Prompt);
            }
            _ if self.line.len() >= MAX_LINE => {
                self.line.clear();
                self.overrun = true;
                self.ready.extend(self.open.give_up());
                self.ready.push_back(Frame::Overrun);
            }
            _ => self.line.push(byte),
        }
    }

    fn end_line(&mut self) {
        self.overrun = false;
        let line = scrub(&self.line);
        self.line.clear();
        if !line.is_empty() {
            self.ready.extend(self.open.take(line));
        }
    }
}
