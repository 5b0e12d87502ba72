//! A command as it is written, and what its answer looks like.

use std::fmt;
use std::time::Duration;

/// Ends what is written at a prompt.
pub const CTRL_Z: u8 = 0x1a;
/// Leaves a prompt.
pub const ESC: u8 = 0x1b;

/// Deadline of a command that a person typed.
const TYPED_WAIT: Duration = Duration::from_mins(1);

/// The shape of a command's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expects {
    /// Only a final code.
    Nothing,
    /// One line that starts with one of these names.
    Line(&'static [&'static str]),
    /// Like `Line`; the final `OK` may be missing.
    LineMaybeWithoutOk(&'static [&'static str]),
    /// Any number of lines with one of these names.
    Lines(&'static [&'static str]),
    /// Free text, with one of these names in front or none.
    Text(&'static [&'static str]),
    /// Any number of lines of free text, named lines of these names among them.
    TextLines(&'static [&'static str]),
    /// `+CREG: <n>,<stat>[,...]`, told from the unsolicited `+CREG: <stat>[,...]` by its shape.
    Registration(&'static str),
    /// `<name>: <number>` and nothing more; with more behind it the line is a URC.
    Number(&'static str),
    /// Any number of pairs: a line with this name, and a PDU.
    Pdus(&'static str),
    /// `<name>: <mr>...` after a prompt and a PDU.
    Submit(&'static str),
    /// Whatever comes, for commands that people type.
    Anything,
}

/// A command ready to be written.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The bytes to write, CR included.
    pub wire: Vec<u8>,
    /// What to write after the prompt, Ctrl-Z included.
    pub payload: Option<Vec<u8>>,
    /// What its answer looks like.
    pub expects: Expects,
    /// How long it may take, from writing to the final code.
    pub deadline: Duration,
}

impl Request {
    /// A command as a person types it, without CR. 60 s, as it may search for networks.
    pub fn typed(command: &str) -> Self {
        let mut wire = command.trim().as_bytes().to_vec();
        wire.push(b'\r');
        Self {
            wire,
            payload: None,
            expects: Expects::Anything,
            deadline: TYPED_WAIT,
        }
    }
}

// The parameters may be a PIN, the payload is a message.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.wire.iter().position(|byte| *byte == b'=');
        let command = String::from_utf8_lossy(&self.wire[..end.unwrap_or(self.wire.len())]);
        f.debug_struct("Request")
            .field("command", &command.trim_end())
            .field("expects", &self.expects)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
