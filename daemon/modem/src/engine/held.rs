//! A submit that is prepared while its owner still writes down that it goes out: `AT+CMGS` is
//! written, and the PDU waits for the prompt and for the owner's word.
//!
//! Nothing was sent as long as the PDU is held back. What is taken back leaves the prompt by ESC,
//! whose answer ends it; a modem that gives none is brought in step as after any silence.

use super::Engine;
use super::flight::Purpose;
use super::setup::Step;
use super::submit::{Flying, Job};
use crate::io::JobId;
use crate::submitted::{Refusal, Submitted};
use at::Reply;
use std::time::{Duration, Instant};

/// How long a modem is kept at its prompt. Longer than a disk takes that works, and shorter than
/// modems wait there, or the network for an acknowledgement, which cannot be written meanwhile.
pub(super) const HOLD_WAIT: Duration = Duration::from_secs(5);
/// How long the answer to ESC may take, which some modems do not give.
const ESCAPE_WAIT: Duration = Duration::from_secs(1);

/// Whether a message that waits may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// It may.
    Free,
    /// The modem may be asked for its prompt.
    Held,
    /// The modem has been at its prompt for too long: not again before the owner's word.
    Shelved,
}

/// A PDU that is held back.
#[derive(Debug)]
pub(super) struct Held {
    /// The message, in case the prompt has to be left and asked for again.
    job: Job,
    /// What to write, once the modem has asked for it.
    pub(super) payload: Option<Vec<u8>>,
}

impl Held {
    pub(super) fn new(job: Job) -> Self {
        Self { job, payload: None }
    }
}

/// A submit that was taken back.
#[derive(Debug)]
pub(super) struct Escape {
    /// No answer to an earlier command was on its way when it began.
    in_step: bool,
}

impl Flying {
    /// The modem waits for a PDU that is held back.
    pub(super) fn is_held_at_prompt(&self) -> bool {
        let held = self.held.as_ref();
        held.is_some_and(|held| held.payload.is_some())
    }
}

impl Engine {
    /// The submit in flight, or the one that is to be asked for again, if it is held back.
    fn held(&mut self) -> Option<&mut Flying> {
        let flying = match self.flight.as_mut().map(|flight| &mut flight.purpose) {
            Some(Purpose::Submit(flying)) => Some(flying),
            _ => self.pace.submit(),
        };
        flying.filter(|flying| flying.held.is_some())
    }

    pub(super) fn is_held_at_prompt(&mut self) -> bool {
        self.held().is_some_and(|flying| flying.is_held_at_prompt())
    }

    /// [`Input::Release`](crate::Input::Release)
    pub(super) fn release(&mut self, now: Instant, job: JobId) {
        if let Some(waiting) = self.submits.waiting.as_mut().filter(|own| own.id == job) {
            waiting.hold = Hold::Free;
        }
        let Some(flying) = self.held().filter(|flying| flying.job == job) else {
            return;
        };
        if let Some(payload) = flying.held.take().and_then(|held| held.payload) {
            self.dialogue.payload_written();
            self.hand_over(now, payload);
        }
    }

    /// [`Input::Withdraw`](crate::Input::Withdraw)
    pub(super) fn withdraw(&mut self, now: Instant, job: JobId) {
        let waits = |own: &Job| own.id == job && own.hold != Hold::Free;
        if self.submits.waiting.as_ref().is_some_and(waits) {
            self.submits.waiting = None;
            self.submitted(job, Submitted::Refused(Refusal::NotReady), false);
        } else if self.held().is_some_and(|flying| flying.job == job) {
            self.take_back(now);
            self.submitted(job, Submitted::Refused(Refusal::NotReady), false);
        }
    }

    /// The owner's word did not come: the modem does something else meanwhile.
    pub(super) fn held_too_long(&mut self, now: Instant) {
        let Some(mut job) = self.take_back(now) else {
            return;
        };
        if self.submits.waiting.is_some() {
            return self.submitted(job.id, Submitted::Refused(Refusal::NotReady), false);
        }
        job.hold = Hold::Shelved;
        self.submits.waiting = Some(job);
    }

    /// Gives the submit in flight up before its PDU was written.
    fn take_back(&mut self, now: Instant) -> Option<Job> {
        let flying = self.held()?;
        let (in_step, at_prompt) = (flying.in_step, flying.is_held_at_prompt());
        let held = flying.held.take()?;
        if self.pace.submit().is_some() {
            self.pace.give_up();
        } else if let Some(flight) = &mut self.flight {
            flight.purpose = Purpose::Escape(Escape { in_step });
        }
        if at_prompt {
            self.leave_prompt(now);
        }
        Some(held.job)
    }

    /// Leaves the prompt of a submit that was taken back.
    pub(super) fn leave_prompt(&mut self, now: Instant) {
        let Some(flight) = &mut self.flight else {
            return;
        };
        if !matches!(flight.purpose, Purpose::Escape(Escape { in_step: true })) {
            // The answer to ESC could not be told from another one that is still to come.
            self.drop_flight();
            return self.resync_late(now, Step::AGAIN);
        }
        flight.deadline = now + ESCAPE_WAIT;
        self.dialogue.escaped();
        self.write(b"\x1b".to_vec());
    }

    /// What was taken back has ended, or the modem says nothing to ESC.
    pub(super) fn escape_done(&mut self, now: Instant, reply: Option<&Reply>) {
        self.idle.quiet(now);
        if reply.is_none() {
            self.resync(now, Step::AGAIN);
        }
    }
}
