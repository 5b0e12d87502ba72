//! A message whose PDU is held back until its owner's word.

use super::super::modem::Modem;
use super::flying::{Flying, Hold, Job};
use super::{Submits, not_submitted};
use crate::ids::JobId;
use crate::submitted::SubmitRefusal;

/// What to do at the prompt.
#[derive(Debug)]
pub(in crate::engine) enum AtPrompt {
    /// Write this.
    HandOver(Vec<u8>),
    /// Nothing before the owner's word.
    Hold,
    /// The modem has booted: it is in text mode as like as not, where the length that was given
    /// would be taken for a telephone number and the PDU for its text.
    Booted,
}

/// A message that was taken back before its PDU was written.
#[derive(Debug)]
pub(in crate::engine) struct TakenBack {
    pub(in crate::engine) in_step: bool,
    pub(in crate::engine) at_prompt: bool,
    job: Job,
}

impl Submits {
    /// The modem asks for the PDU.
    pub(in crate::engine) fn prompted(&mut self, payload: Vec<u8>, modem: &mut Modem) -> AtPrompt {
        if let Some(flying) = self.flying.take_if(|flying| flying.forgot) {
            not_submitted(flying.job, SubmitRefusal::NoPrompt, modem);
            return AtPrompt::Booted;
        }
        let held = self.flying.as_mut().and_then(|flying| flying.held.as_mut());
        match held {
            Some(held) => {
                held.payload = Some(payload);
                AtPrompt::Hold
            }
            None => AtPrompt::HandOver(payload),
        }
    }

    /// The submit in flight, or the one that is to be asked for again, if it is held back.
    fn held(&mut self) -> Option<&mut Flying> {
        self.flying.as_mut().filter(|flying| flying.held.is_some())
    }

    /// The modem waits for a PDU that is held back.
    pub(in crate::engine) fn is_held_at_prompt(&self) -> bool {
        let flying = self.flying.as_ref();
        flying.is_some_and(Flying::is_held_at_prompt)
    }

    /// [`Input::Release`](crate::Input::Release). The PDU, if the modem waits for it.
    pub(in crate::engine) fn release(&mut self, job: JobId) -> Option<Vec<u8>> {
        if let Some(waiting) = self.waiting.as_mut().filter(|own| own.id == job) {
            waiting.hold = Hold::Free;
        }
        let flying = self.held().filter(|flying| flying.job == job)?;
        flying.held.take()?.payload
    }

    /// [`Input::Withdraw`](crate::Input::Withdraw) of a message that waits; whether it did.
    pub(in crate::engine) fn withdraw_waiting(&mut self, job: JobId, modem: &mut Modem) -> bool {
        let waits = |own: &mut Job| own.id == job && own.hold != Hold::Free;
        let withdrawn = self.waiting.take_if(waits).is_some();
        if withdrawn {
            not_submitted(job, SubmitRefusal::NotReady, modem);
        }
        withdrawn
    }

    /// Gives the submit in flight up before its PDU was written; only that of `job`, if it is named.
    pub(in crate::engine) fn take_back(&mut self, job: Option<JobId>) -> Option<TakenBack> {
        let held =
            |flying: &mut Flying| flying.held.is_some() && job.is_none_or(|job| flying.job == job);
        let flying = self.flying.take_if(held)?;
        Some(TakenBack {
            in_step: flying.in_step,
            at_prompt: flying.is_held_at_prompt(),
            job: flying.held?.job,
        })
    }

    /// The owner's word did not come: the modem does something else meanwhile.
    pub(in crate::engine) fn shelve(&mut self, taken_back: TakenBack, modem: &mut Modem) {
        let mut job = taken_back.job;
        if self.waiting.is_some() {
            return not_submitted(job.id, SubmitRefusal::NotReady, modem);
        }
        job.hold = Hold::Shelved;
        self.waiting = Some(job);
    }
}

impl TakenBack {
    /// Nobody wants it any more.
    pub(in crate::engine) fn refuse(self, modem: &mut Modem) {
        not_submitted(self.job.id, SubmitRefusal::NotReady, modem);
    }
}
