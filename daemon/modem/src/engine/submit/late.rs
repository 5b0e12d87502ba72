//! What the modem says of a submit whose end was told already.
//!
//! A modem answers in order, so up to the prompt of the next message a late answer is that of the
//! message handed over last, whatever was concluded of that: silence, a refusal, or `OK` alone.

use super::super::modem::Modem;
use super::Submits;
use crate::event::Event;
use crate::ids::JobId;
use crate::submitted::{SubmitRefusal, Submitted, Uncertainty};
use at::{ErrorClass, FinalCode};
use tpdu::MessageRef;

/// What a message is accepted with.
const ACCEPTED: &str = "+CMGS:";

/// What was told of the message handed over last.
#[derive(Debug)]
pub(super) struct Told {
    job: JobId,
    end: End,
    /// A refusal by the network may still come, and be its end.
    may_be_refused: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Uncertain,
    /// As refused, or as accepted without a number.
    Concluded,
    Accepted(MessageRef),
}

impl Told {
    pub(super) fn of(job: JobId, outcome: &Submitted) -> Self {
        let (end, may_be_refused) = match outcome {
            Submitted::Accepted(mr) => (End::Accepted(*mr), false),
            Submitted::AcceptedUnnumbered => (End::Concluded, false),
            // Any other error may have been something else's (field notes A 33).
            Submitted::Refused(why) => (End::Concluded, !matches!(why, SubmitRefusal::Cms(_))),
            Submitted::Uncertain(Uncertainty::Code(_)) => (End::Uncertain, false),
            Submitted::Uncertain(_) => (End::Uncertain, true),
        };
        Self {
            job,
            end,
            may_be_refused,
        }
    }
}

impl Submits {
    /// Whether a refusal by the network may be that of the message before.
    pub(in crate::engine) fn may_be_refused_late(&self) -> bool {
        let told = self.told.as_ref();
        told.is_some_and(|told| told.may_be_refused)
    }

    /// The modem answered AT: it is not on the air, and an error that it gives from now on is no
    /// late one.
    pub(in crate::engine) fn modem_spoke(&mut self) {
        if let Some(told) = &mut self.told {
            told.may_be_refused = false;
        }
    }

    /// The modem started anew: no late answer will come.
    pub(in crate::engine) fn nothing_on_air(&mut self) {
        self.earlier = false;
        self.on_air_until = None;
        self.told = None;
    }

    /// A line that answers nothing in flight. Whether it is the answer to a submit.
    pub(in crate::engine) fn late_answer(&mut self, line: &str, modem: &mut Modem) -> bool {
        if !line.starts_with(ACCEPTED) {
            return false;
        }
        let mr = message_ref(line);
        self.earlier = false;
        let Some(told) = self.told.take() else {
            modem.out.event(Event::UnclaimedAccepted { job: None, mr });
            return true;
        };
        let job = told.job;
        match told.end {
            End::Uncertain => modem.out.event(Event::LateAccepted { job, mr }),
            End::Concluded => modem
                .out
                .event(Event::UnclaimedAccepted { job: Some(job), mr }),
            // Said twice.
            End::Accepted(known) if mr.is_none_or(|mr| mr == known) => {}
            End::Accepted(_) => modem.out.event(Event::UnclaimedAccepted { job: None, mr }),
        }
        let outcome = mr.map_or(Submitted::AcceptedUnnumbered, Submitted::Accepted);
        self.told = Some(Told::of(job, &outcome));
        true
    }

    /// A final code that ended nothing in flight, or a command that it cannot be the end of.
    pub(in crate::engine) fn late_end(&mut self, end: &FinalCode, modem: &mut Modem) {
        let FinalCode::Cms(error) = *end else {
            return;
        };
        let told = self.told.as_ref();
        let late = told.filter(|told| told.may_be_refused && told.end == End::Uncertain);
        if error.class() != ErrorClass::Uncertain
            && let Some(job) = late.map(|told| told.job)
        {
            let refusal = SubmitRefusal::Cms(error);
            let outcome = Submitted::Refused(refusal.clone());
            self.told = Some(Told::of(job, &outcome));
            modem.out.event(Event::LateRefused { job, refusal });
        } else {
            self.answers_earlier_run(end, modem);
        }
    }

    /// Whether a final code is the network's answer to a submit of an earlier run, which is told.
    /// What reading, listing or deleting gives is not the network's.
    pub(in crate::engine) fn answers_earlier_run(
        &mut self,
        end: &FinalCode,
        modem: &mut Modem,
    ) -> bool {
        let FinalCode::Cms(error) = *end else {
            return false;
        };
        if !end.is_networks() || !std::mem::take(&mut self.earlier) {
            return false;
        }
        if error.class() != ErrorClass::Uncertain {
            let refusal = SubmitRefusal::Cms(error);
            modem.out.event(Event::UnclaimedRefused { refusal });
        }
        true
    }
}

/// TP-MR of `+CMGS: <mr>[,<ackpdu>]`, if it can be read.
pub(super) fn message_ref(line: &str) -> Option<MessageRef> {
    at::commands::Submitted::parse(line).map(|answer| MessageRef(answer.mr))
}
