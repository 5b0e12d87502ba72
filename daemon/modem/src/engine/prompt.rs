//! A submit that is prepared while its owner still writes down that it goes out: `AT+CMGS` is
//! written, and the PDU waits for the prompt and for the owner's word.

use super::Engine;
use super::purpose::Purpose;
use super::step::Step;
use super::submit::{self, AtPrompt, TakenBack};
use crate::ids::JobId;
use at::Reply;
use std::time::{Duration, Instant};

/// How long a modem is kept at its prompt. Longer than a disk takes that works, and shorter than
/// modems wait there, or the network for an acknowledgement, which cannot be written meanwhile.
const HOLD_WAIT: Duration = Duration::from_secs(5);
/// How long the answer to ESC may take, which some modems do not give.
const ESCAPE_WAIT: Duration = Duration::from_secs(1);

impl Engine {
    /// The modem asks for the PDU.
    pub(super) fn prompted(&mut self, now: Instant, payload: Vec<u8>) {
        match self.link.purpose() {
            Some(Purpose::Submit(submit::Purpose::Message)) => {}
            Some(Purpose::Submit(submit::Purpose::Escape { in_step })) => {
                return self.leave_prompt(now, *in_step);
            }
            _ => return,
        }
        match self.submits.prompted(payload, &mut self.modem) {
            AtPrompt::HandOver(payload) => self.hand_over(now, payload),
            AtPrompt::Hold => self.link.hold_payload(now + HOLD_WAIT),
            AtPrompt::Booted => self.started_anew(now),
        }
    }

    /// Writes the PDU.
    fn hand_over(&mut self, now: Instant, payload: Vec<u8>) {
        let until = now + self.modem.profile.submit_wait;
        self.submits.handed_over(until);
        self.inbox.written();
        self.link.write_payload(payload, until, &mut self.modem.out);
    }

    /// [`Input::Release`](crate::Input::Release)
    pub(super) fn release(&mut self, now: Instant, job: JobId) {
        if let Some(payload) = self.submits.release(job) {
            self.hand_over(now, payload);
        }
    }

    /// [`Input::Withdraw`](crate::Input::Withdraw)
    pub(super) fn withdraw(&mut self, now: Instant, job: JobId) {
        if self.submits.withdraw_waiting(job, &mut self.modem) {
            return;
        }
        if let Some(taken_back) = self.submits.take_back(Some(job)) {
            self.take_back(now, &taken_back);
            taken_back.refuse(&mut self.modem);
        }
    }

    /// The owner's word did not come.
    pub(super) fn held_too_long(&mut self, now: Instant) {
        if let Some(taken_back) = self.submits.take_back(None) {
            self.take_back(now, &taken_back);
            self.submits.shelve(taken_back, &mut self.modem);
        }
    }

    fn take_back(&mut self, now: Instant, taken_back: &TakenBack) {
        let in_step = taken_back.in_step;
        if self.link.pace.again.is_some() {
            self.link.pace.give_up();
        } else {
            let escape = Purpose::Submit(submit::Purpose::Escape { in_step });
            self.link.repurpose(escape);
        }
        if taken_back.at_prompt {
            self.leave_prompt(now, in_step);
        }
    }

    /// Leaves the prompt of a submit that was taken back.
    fn leave_prompt(&mut self, now: Instant, in_step: bool) {
        if !in_step {
            // The answer to ESC could not be told from another one that is still to come.
            self.link.drop_flight();
            return self.resync_late(now, Step::AGAIN);
        }
        self.inbox.written();
        self.link.escape(now + ESCAPE_WAIT, &mut self.modem.out);
    }

    /// What was taken back has ended, or the modem says nothing to ESC.
    pub(super) fn escape_done(&mut self, now: Instant, reply: Option<&Reply>) {
        self.status.quiet(now);
        if reply.is_none() {
            self.resync(now, Step::AGAIN);
        }
    }
}
