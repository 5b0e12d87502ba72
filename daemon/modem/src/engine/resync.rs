//! Getting in step with a modem that may be at a prompt, on the air, asleep or not there.
//!
//! A modem keeps its state when we die: read before you write, then ESC and CR to leave a prompt,
//! drain, AT, drain again (field notes B.0).

use std::time::{Duration, Instant};

/// Quiet this long after ESC CR means that nothing more comes of it.
const QUIET: Duration = Duration::from_millis(60);
/// A modem that babbles is not waited for longer than this.
const QUIET_LIMIT: Duration = Duration::from_secs(1);
/// After the first OK: room for another one that belonged to the ESC, or to an earlier command.
const SETTLE: Duration = Duration::from_millis(40);
/// The same when an answer is late, and the next one will be as late.
const SETTLE_LATE: Duration = Duration::from_secs(1);
/// A modem that babbles is not waited for longer than this.
const SETTLE_LIMIT: Duration = Duration::from_secs(5);
/// How long each AT may take, in ms. In all 20 s, which a module needs that boots (field notes B.6).
const ASK_WAITS: &[u64] = &[500, 500, 1_000, 1_000, 2_000, 2_000, 3_000, 5_000, 5_000];
/// How long AT may take, and how long it is not asked again, while the modem may be on the air or
/// booting.
const PATIENT_ASK: Duration = Duration::from_secs(2);
const PATIENT_PAUSE: Duration = Duration::from_secs(3);
/// After the answer that was listened for: its `OK` may follow.
const LISTENED: Duration = Duration::from_millis(100);

/// How far a resynchronisation has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resync {
    phase: Phase,
    /// How many times AT was asked already.
    tries: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// Reading before anything is written.
    Listening { until: Instant },
    /// ESC CR was written; ends when the line has been quiet, and at `end` whatever comes.
    Cancelling { quiet_at: Instant, end: Instant },
    /// AT is in flight.
    Asking,
    /// AT was answered; what is left over drains.
    Settling {
        /// How long the line must be quiet.
        quiet: Duration,
        quiet_at: Instant,
        end: Instant,
    },
}

/// How a resynchronisation goes on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Next {
    /// ESC CR is to be written ([`Resync::cancelled`]).
    Cancel,
    /// AT is to be written, and may take so long.
    Ask(Duration),
    /// There is something to wait for.
    Wait,
    /// The modem is in step.
    InStep,
    /// It does not answer.
    NoReply,
}

impl Resync {
    /// Reads before anything is written.
    pub(super) fn listening(until: Instant) -> Self {
        let phase = Phase::Listening { until };
        Self { phase, tries: 0 }
    }

    /// ESC CR was written. `late`: an answer is on its way that belongs to another command.
    pub(super) fn begun(now: Instant, late: bool) -> Self {
        let tries = usize::from(late);
        Self::cancelling(now, tries)
    }

    /// ESC CR was written, in the course of it.
    pub(super) fn cancelled(&self, now: Instant) -> Self {
        Self::cancelling(now, self.tries)
    }

    fn cancelling(now: Instant, tries: usize) -> Self {
        let phase = Phase::Cancelling {
            quiet_at: now + QUIET,
            end: now + QUIET_LIMIT,
        };
        Self { phase, tries }
    }

    /// When its phase ends by itself.
    pub(super) fn until(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Listening { until } => Some(*until),
            Phase::Cancelling { quiet_at, end } | Phase::Settling { quiet_at, end, .. } => {
                Some(*quiet_at.min(end))
            }
            Phase::Asking => None,
        }
    }

    /// Bytes came: the line is not quiet.
    pub(super) fn heard(&mut self, now: Instant) {
        match &mut self.phase {
            Phase::Cancelling { quiet_at, .. } => *quiet_at = now + QUIET,
            Phase::Settling {
                quiet, quiet_at, ..
            } => *quiet_at = now + *quiet,
            Phase::Listening { .. } | Phase::Asking => {}
        }
    }

    /// What the modem owed has come, so that there is nothing left to listen for.
    pub(super) fn listened_enough(&mut self, now: Instant) {
        if let Phase::Listening { until } = &mut self.phase {
            *until = (*until).min(now + LISTENED);
        }
    }

    /// Its phase ended by itself.
    pub(super) fn expire(&mut self, patient: bool) -> Next {
        match self.phase {
            Phase::Listening { .. } => Next::Cancel,
            Phase::Cancelling { .. } => {
                let wait = ASK_WAITS.get(self.tries).copied().unwrap_or(1_000);
                self.phase = Phase::Asking;
                self.tries += 1;
                Next::Ask(if patient {
                    PATIENT_ASK
                } else {
                    Duration::from_millis(wait)
                })
            }
            Phase::Settling { .. } => Next::InStep,
            Phase::Asking => Next::Wait,
        }
    }

    /// Whether AT was asked once so far.
    pub(super) fn is_first_try(&self) -> bool {
        self.tries == 1
    }

    /// AT was answered. `clean`: nothing is known that was not answered before, and it was no
    /// message's end.
    pub(super) fn answered(&mut self, now: Instant, clean: bool) {
        let in_step = self.tries <= 1 && clean;
        let quiet = if in_step { SETTLE } else { SETTLE_LATE };
        self.phase = Phase::Settling {
            quiet,
            quiet_at: now + quiet,
            end: now + SETTLE_LIMIT,
        };
    }

    /// AT was not answered.
    pub(super) fn unanswered(&mut self, now: Instant, patient: bool) -> Next {
        if patient {
            *self = Self::listening(now + PATIENT_PAUSE);
            Next::Wait
        } else if self.tries < ASK_WAITS.len() {
            Next::Cancel
        } else {
            Next::NoReply
        }
    }
}
