//! A finished command.

use crate::final_code::FinalCode;

/// A finished command: the lines of its answer and the code that ended it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Information lines in order, URCs and echo taken out.
    pub lines: Vec<String>,
    /// The final code.
    pub end: FinalCode,
    /// A line was lost on the way: a list may be short.
    pub overrun: bool,
    /// The modem asked for the payload.
    pub prompted: bool,
}

impl Reply {
    /// A final code and nothing else.
    pub fn bare(end: FinalCode) -> Self {
        Self {
            lines: Vec::new(),
            end,
            overrun: false,
            prompted: false,
        }
    }
}
