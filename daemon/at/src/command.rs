//! What every typed command can do.

use crate::final_code::FinalCode;
use crate::reply::Reply;
use crate::request::{Expects, Request};
use atat::AtatCmd;
use std::time::Duration;

/// Room for the longest command line we write; a longer one would be cut. V.250 5.2.1 wants modems to take 40 characters at
/// least, TS 27.007 sets no bound.
const MAX_COMMAND: usize = 1024;

/// Separates the lines of an answer on their way through [`AtatCmd::parse`]; it cannot stand in a
/// line, and a quoted string that spans lines holds LF instead.
pub(crate) const LINE_SEPARATOR: char = '\r';

/// A typed command with its answer and its own deadline.
///
/// Writing and parsing are [`AtatCmd`]'s; which lines are the answer is told by
/// [`Command::expects`].
pub trait Command: AtatCmd {
    /// What the answer looks like.
    fn expects(&self) -> Expects;

    /// What to write at the prompt.
    fn payload(&self) -> Option<Vec<u8>> {
        None
    }

    /// The bytes to write, CR included.
    fn wire(&self) -> Vec<u8> {
        let mut buffer = vec![0; MAX_COMMAND];
        let length = self.write(&mut buffer);
        buffer.truncate(length);
        buffer
    }

    /// How long the command may take; each command's doc tells where the number is from.
    fn deadline(&self) -> Duration {
        Duration::from_millis(u64::from(Self::MAX_TIMEOUT_MS))
    }

    /// Everything needed to run it.
    fn request(&self) -> Request
    where
        Self: Sized,
    {
        Request::of(self)
    }

    /// Reads a finished reply.
    fn answer(&self, reply: &Reply) -> Result<Self::Response, Failure> {
        if !reply.end.is_ok() {
            return Err(Failure::Refused(reply.end.clone()));
        }
        let list = matches!(self.expects(), Expects::Lines(_) | Expects::Pdus(_));
        if reply.overrun && (list || reply.lines.is_empty()) {
            return Err(Failure::Unreadable(Unreadable));
        }
        let lines = reply.lines.join(&LINE_SEPARATOR.to_string());
        self.parse(Ok(lines.as_bytes()))
            .map_err(|_| Failure::Unreadable(Unreadable))
    }
}

impl Request {
    /// Writes a typed command.
    pub fn of<C: Command>(command: &C) -> Self {
        Self {
            wire: command.wire(),
            payload: command.payload(),
            expects: command.expects(),
            deadline: command.deadline(),
        }
    }
}

/// Why a finished command gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The modem refused it.
    #[error("refused: {0}")]
    Refused(FinalCode),
    /// The answer is missing or not in the form of the standard.
    #[error("answer not readable")]
    Unreadable(#[from] Unreadable),
}

/// An answer that is missing, cut, or in a form unknown to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("answer not readable")]
pub struct Unreadable;

/// The lines of an answer as [`Command::answer`] joined them.
pub(crate) fn lines(answer: &[u8]) -> impl Iterator<Item = &str> {
    let text = std::str::from_utf8(answer).unwrap_or("");
    text.split(LINE_SEPARATOR).filter(|line| !line.is_empty())
}
