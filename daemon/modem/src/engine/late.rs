//! What the modem says of a submit whose end was told already, and errors of which it is not clear
//! whose they are.
//!
//! A modem answers in order, so up to the prompt of the next message a late answer is that of the
//! message handed over last, whatever was concluded of that: silence, a refusal, or `OK` alone.

use super::Engine;
use super::flight::{Flight, Purpose};
use crate::event::Event;
use crate::io::JobId;
use crate::submitted::{Refusal, Submitted, Uncertainty};
use at::{ErrorClass, FinalCode, Params, Wary};
use std::time::{Duration, Instant};
use tpdu::MessageRef;

/// How long the answer to a command is waited for after an error that may be another's. A submit
/// on the air has its own time.
const DOUBT_WAIT: Duration = Duration::from_secs(2);

/// What a message is accepted with.
const ACCEPTED: &str = "+CMGS:";

/// What was told of the message handed over last.
#[derive(Debug)]
pub(super) struct Told {
    job: JobId,
    end: End,
    /// A refusal by the network may still come, and be its end.
    pub(super) may_be_refused: bool,
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
            Submitted::Refused(why) => (End::Concluded, !matches!(why, Refusal::Cms(_))),
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

impl Engine {
    /// What a final code that comes now may belong to.
    pub(super) fn wary(&self, now: Instant) -> Wary {
        let told = self.submits.told.as_ref();
        Wary {
            ussd: self.ussd_may_fail(now),
            submit: told.is_some_and(|told| told.may_be_refused),
        }
    }

    /// An error came that may be another's than that of the command in flight, which goes on.
    pub(super) fn doubtful(&mut self, now: Instant, code: FinalCode) {
        let Some(flight) = &mut self.flight else {
            return;
        };
        // A submit has its own time, for the prompt or on the air.
        if !matches!(flight.purpose, Purpose::Submit(_)) {
            flight.deadline = flight.deadline.min(now + DOUBT_WAIT);
        }
        flight.doubtful = Some(code);
    }

    /// The command in flight has ended, so the error before was not its own.
    pub(super) fn was_anothers(&mut self, code: &FinalCode) {
        if code.is_networks() {
            self.late_end(code);
        } else {
            self.ussd_failed(code);
        }
    }

    /// A line that answers nothing in flight: perhaps the late answer to a submit.
    pub(super) fn stray(&mut self, now: Instant, line: &str) {
        if line.trim_end() == ">" {
            self.pace.acquit();
        }
        let Some(end) = FinalCode::parse(line) else {
            return self.late_answer(now, line);
        };
        self.listened_enough(now);
        match self.flight.as_mut() {
            // The line with the reference was lost on the way, or this firmware has none.
            Some(Flight {
                purpose: Purpose::Submit(flying),
                deadline,
                ..
            }) if end.is_ok() && flying.handed_over && flying.in_step => {
                flying.ok_alone();
                let wait = self.submits.wait_after_ok();
                *deadline = (*deadline).min(now + wait);
            }
            None if end.may_be_ussds() => self.ussd_failed(&end),
            _ => self.late_end(&end),
        }
    }

    fn late_answer(&mut self, now: Instant, line: &str) {
        if !is_accepted(line) {
            return;
        }
        let mr = message_ref(line);
        self.listened_enough(now);
        self.submits.earlier = false;
        let Some(told) = self.submits.told.take() else {
            return self.event(Event::UnclaimedAccepted { job: None, mr });
        };
        let job = told.job;
        match told.end {
            End::Uncertain => self.event(Event::LateAccepted { job, mr }),
            End::Concluded => self.event(Event::UnclaimedAccepted { job: Some(job), mr }),
            // Said twice.
            End::Accepted(known) if mr.is_none_or(|mr| mr == known) => {}
            End::Accepted(_) => self.event(Event::UnclaimedAccepted { job: None, mr }),
        }
        let outcome = mr.map_or(Submitted::AcceptedUnnumbered, Submitted::Accepted);
        self.submits.told = Some(Told::of(job, &outcome));
    }

    /// A final code that ended nothing in flight, or a command that it cannot be the end of.
    pub(super) fn late_end(&mut self, end: &FinalCode) {
        let FinalCode::Cms(error) = *end else {
            return;
        };
        let told = self.submits.told.as_ref();
        let late = told.filter(|told| told.may_be_refused && told.end == End::Uncertain);
        if error.class() != ErrorClass::Uncertain
            && let Some(job) = late.map(|told| told.job)
        {
            let refusal = Refusal::Cms(error);
            let outcome = Submitted::Refused(refusal.clone());
            self.submits.told = Some(Told::of(job, &outcome));
            self.event(Event::LateRefused { job, refusal });
        } else {
            self.answers_earlier_run(end);
        }
    }

    /// Whether a final code is the network's answer to a submit of an earlier run, which is told.
    /// What reading, listing or deleting gives is not the network's.
    pub(super) fn answers_earlier_run(&mut self, end: &FinalCode) -> bool {
        let FinalCode::Cms(error) = *end else {
            return false;
        };
        if !end.is_networks() || !std::mem::take(&mut self.submits.earlier) {
            return false;
        }
        if error.class() != ErrorClass::Uncertain {
            let refusal = Refusal::Cms(error);
            self.event(Event::UnclaimedRefused { refusal });
        }
        true
    }
}

/// Whether a line says that a message was accepted.
fn is_accepted(line: &str) -> bool {
    line.starts_with(ACCEPTED)
}

/// TP-MR of `+CMGS: <mr>[,<ackpdu>]`, if it can be read.
pub(super) fn message_ref(line: &str) -> Option<MessageRef> {
    let rest = line.strip_prefix(ACCEPTED)?;
    Params::parse(rest).number(0).map(MessageRef)
}
