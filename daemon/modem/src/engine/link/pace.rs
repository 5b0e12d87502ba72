//! Modems that are deaf for a moment after they have said something (field notes A 39).
//!
//! Such a modem loses a command that is written at once after its answer. A harmless one that was
//! written so soon, and of which nothing is heard, is written again after a sign of life. When it
//! is then answered at once, the first one was lost, and the modem is left a pause from then on.
//! No other modem is given any.

use super::super::ask::Ask;
use super::super::purpose::Purpose;
use super::super::step::Step;
use at::Request;
use std::time::{Duration, Instant};

/// Modems are deaf for tens of milliseconds; other gateways wait up to half a second.
const FIRST_PAUSE: Duration = Duration::from_millis(30);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// While a command is written again: longer than most modems are deaf, and it is done once.
const CAREFUL_PAUSE: Duration = Duration::from_millis(200);
/// A command is written too soon up to this long after the pause.
const TOO_SOON: Duration = Duration::from_millis(100);
/// A modem that hears answers sooner than this, or begins to.
const SOON: Duration = Duration::from_secs(2);
/// One that is slower is waited for twice as long as it took, up to this.
const SOON_LIMIT: Duration = Duration::from_secs(10);
/// Commands that may take longer than this are slow, and not spoken into.
const QUICK: Duration = Duration::from_secs(10);
/// A pause without which nothing was lost for so long may not be needed any more.
const FORGET: Duration = Duration::from_hours(1);

/// How soon a modem may be spoken to.
#[derive(Debug)]
pub(in crate::engine) struct Pace {
    /// When the modem last said something.
    heard_at: Option<Instant>,
    /// When a command last ended. Chatter in between does not put the next one off for ever.
    ended_at: Option<Instant>,
    pause: Duration,
    /// When a command was last lost.
    lost_at: Option<Instant>,
    soon: Duration,
    careful: Option<Careful>,
    /// A command that seems to be lost, to be written again.
    pub(in crate::engine) again: Option<Ask<Purpose>>,
}

/// A command seems to be lost, and what is written again has not been heard of yet.
#[derive(Debug)]
struct Careful {
    /// The modem had heard it after all.
    heard: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            heard_at: None,
            ended_at: None,
            pause: Duration::ZERO,
            lost_at: None,
            soon: SOON,
            careful: None,
            again: None,
        }
    }
}

impl Pace {
    pub(super) fn heard(&mut self, now: Instant) {
        self.heard_at = Some(now);
    }

    pub(super) fn ended(&mut self, now: Instant) {
        self.ended_at = Some(now);
    }

    /// Until when nothing may be written. `None` for a modem that hears.
    pub(super) fn until(&self) -> Option<Instant> {
        let pause = if self.careful.is_some() {
            CAREFUL_PAUSE.max(self.pause)
        } else {
            self.pause
        };
        if pause.is_zero() {
            return None;
        }
        let heard = self.heard_at? + pause;
        let ended = self.ended_at.map(|ended| ended + pause * 4);
        Some(ended.map_or(heard, |ended| heard.min(ended)))
    }

    /// When a command that is written now, and may take so long, seems to be lost. `None` when the
    /// modem has had its time: then it has another reason not to answer.
    pub(super) fn lost_after(
        &self,
        now: Instant,
        purpose: &Purpose,
        deadline: Duration,
    ) -> Option<Instant> {
        // One that is written again has its own time.
        if self.careful.is_some() || !purpose.is_harmless() || deadline > QUICK {
            return None;
        }
        let since = now.saturating_duration_since(self.heard_at?);
        (since <= self.pause + TOO_SOON).then(|| now + self.soon)
    }

    /// Whether a command seems to be lost, and the modem is asked for a sign of life for that.
    pub(in crate::engine) fn is_careful(&self) -> bool {
        self.careful.is_some()
    }

    /// The modem asks for a PDU after all: it had heard.
    pub(super) fn acquit(&mut self) {
        if let Some(careful) = &mut self.careful {
            careful.heard = true;
        }
    }

    /// The command that was written again was heard of after `time`. True when the modem is to be
    /// left a longer pause from now on.
    pub(super) fn repeated(&mut self, now: Instant, time: Duration) -> bool {
        let heard = self.careful.take().is_none_or(|careful| careful.heard);
        if heard || time >= SOON / 2 {
            // It is slow, not deaf.
            self.soon = (self.soon.max(time) * 2).min(SOON_LIMIT);
            return false;
        }
        let longer = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.lost_at = Some(now);
        std::mem::replace(&mut self.pause, longer) < longer
    }

    pub(super) fn forget_in_time(&mut self, now: Instant) {
        if self.lost_at.is_some_and(|at| now >= at + FORGET) {
            self.lost_at = None;
            self.pause = Duration::ZERO;
        }
    }

    /// The repetition was not heard of either: the modem has another reason.
    pub(super) fn not_deaf(&mut self) {
        self.careful = None;
    }

    /// Nothing is written again: what it was for.
    pub(in crate::engine) fn give_up(&mut self) -> Option<Purpose> {
        self.careful = None;
        self.again.take().map(|again| again.purpose)
    }

    /// Nothing was heard of a command: with which step set-up goes on after a sign of life.
    pub(super) fn lose(&mut self, purpose: Purpose, request: Request) -> Step {
        self.careful = Some(Careful { heard: false });
        match purpose {
            Purpose::Setup(step) => step,
            purpose => {
                self.again = Some(Ask { purpose, request });
                Step::AGAIN
            }
        }
    }

    /// Whether a command that is written now is one that seemed to be lost.
    pub(super) fn is_repeat(&self, purpose: &Purpose) -> bool {
        let probe = matches!(purpose, Purpose::Probe);
        self.careful.is_some() && self.again.is_none() && !probe
    }
}
