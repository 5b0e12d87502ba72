//! The last AT lines of a modem.

use std::collections::VecDeque;

use modem::TraceLine;

use model::Time;
use store::clock;

/// Lines kept for each modem; older ones are forgotten.
const KEPT: usize = 200;
/// Of each line; a PDU is shorter, garbage may not be.
const LONGEST: usize = 400;

/// One line.
#[derive(Clone, Debug)]
pub struct TraceRow {
    pub at: Time,
    /// Written to the modem, or read from it.
    pub sent: bool,
    pub text: String,
    /// Holds a message body, a PIN or a number: shown only on request, to an admin.
    pub secret: bool,
}

#[derive(Debug, Default)]
pub(super) struct Trace(VecDeque<TraceRow>);

impl Trace {
    pub(super) fn add(&mut self, line: TraceLine) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        let TraceLine {
            sent,
            mut text,
            secret,
        } = line;
        if text.len() > LONGEST {
            text.truncate(text.floor_char_boundary(LONGEST));
            text.push('…');
        }
        self.0.push_back(TraceRow {
            at: clock::now(),
            sent,
            text,
            secret,
        });
    }

    pub(super) fn rows(&self) -> Vec<TraceRow> {
        self.0.iter().cloned().collect()
    }
}
