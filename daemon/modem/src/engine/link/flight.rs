//! The one command in flight.

use super::super::purpose::Purpose;
use at::FinalCode;
use std::time::Instant;

/// A command in flight.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) purpose: Purpose,
    /// Absolute: no unsolicited line extends it.
    pub(super) deadline: Instant,
    pub(super) written_at: Instant,
    /// When it seems to be lost, as nothing was heard of it (field notes A 39).
    pub(super) lost_at: Option<Instant>,
    /// It seemed to be lost, and was written again.
    pub(super) is_repeat: bool,
    /// The modem repeated it.
    pub(super) echoed: bool,
    /// An error that may be another's: its end, if nothing else comes.
    pub(super) doubtful: Option<FinalCode>,
}

/// What is left of a command that has ended.
#[derive(Debug)]
pub(in crate::engine) struct Ended {
    pub(in crate::engine) purpose: Purpose,
    /// The modem repeated it.
    pub(in crate::engine) echoed: bool,
    /// An error came that may be another's.
    pub(in crate::engine) doubtful: Option<FinalCode>,
}

impl Flight {
    /// When it ends by itself, or seems to be lost.
    pub(super) fn due(&self) -> Instant {
        self.lost_at
            .map_or(self.deadline, |at| at.min(self.deadline))
    }

    pub(super) fn end(self) -> Ended {
        Ended {
            purpose: self.purpose,
            echoed: self.echoed,
            doubtful: self.doubtful,
        }
    }
}
