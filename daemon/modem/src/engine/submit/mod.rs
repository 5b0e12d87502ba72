//! Submitting: `AT+CMGS`, the prompt, the PDU, and what is known afterwards.
//!
//! Up to Ctrl-Z nothing was sent, whatever goes wrong. From then on only an answer tells, and
//! silence is [`Submitted::Uncertain`]. What is held back leaves the prompt by ESC, whose answer ends
//! it; a modem that gives none is brought in step as after any silence.

mod flying;
mod held;
mod late;

pub(super) use flying::Job;
pub(super) use held::{AtPrompt, TakenBack};

use super::ask::Ask;
use super::modem::Modem;
use super::out::Consequence;
use crate::event::Event;
use crate::ids::JobId;
use crate::submitted::{SubmitRefusal, Submitted, Uncertainty};
use crate::trouble::Trouble;
use at::commands::{Cmgs, Cmms};
use at::{CmeError, CmsError, Command, ErrorClass, FinalCode, Reply};
use flying::{Flying, Hold};
use late::Told;
use std::time::{Duration, Instant};
use tpdu::{Address, MessageRef};

/// After `+CMGS: <mr>` the message is accepted, and `OK` follows at once or was lost.
pub(super) const FINAL_WAIT: Duration = Duration::from_secs(2);
/// Commands that may go between two messages while the next one waits: read one, delete one.
const ERRANDS: u8 = 2;
/// The same while a memory is nearly full and would soon refuse messages.
const ERRANDS_WHEN_FULL: u8 = 8;

/// What a command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// `AT+CMMS=2` before the message that waits.
    KeepLink,
    /// `AT+CMGS`
    Message,
    /// A message that was taken back: what ends it, now that its prompt was left or is still to
    /// come.
    Escape {
        /// No answer to an earlier command was on its way when it began.
        in_step: bool,
    },
}

/// What is known of the submits of this modem.
#[derive(Debug, Default)]
pub(super) struct Submits {
    waiting: Option<Job>,
    flying: Option<Flying>,
    /// What `AT+CMMS=2` came to; `None` before it was tried.
    keep_link: Option<bool>,
    /// Commands that may still go before the next message.
    pub(super) errands_left: u8,
    /// This modem says `OK` and no `+CMGS:` (field notes A 34).
    ok_alone: bool,
    /// What became of the message that was handed over last.
    told: Option<Told>,
    /// The answer to a submit of an earlier run may still come.
    earlier: bool,
    /// Submits that were not answered, one after the other, whatever else was.
    pub(super) unanswered: u8,
    /// TP-MR of the last message that was accepted, in an earlier run too.
    last: Option<MessageRef>,
    /// The recipient at whom the modem was found to refuse everything after TP-MR 255.
    stuck_at: Option<Address>,
    /// Until when the modem may be on the air with the PDU that was handed over last, although its port was closed
    /// meanwhile: the end of the submit timer.
    pub(super) on_air_until: Option<Instant>,
}

impl Submits {
    /// [`Input::Submit`](crate::Input::Submit), [`Input::Prepare`](crate::Input::Prepare)
    pub(super) fn take(&mut self, job: Job, ready: bool, modem: &mut Modem) {
        if ready && self.waiting.is_none() {
            self.waiting = Some(job);
        } else {
            not_submitted(job.id, SubmitRefusal::NotReady, modem);
        }
    }

    /// A message could go out now.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting
            .as_ref()
            .is_some_and(|job| job.hold != Hold::Shelved)
    }

    pub(super) fn count_errand(&mut self) {
        self.errands_left = self.errands_left.saturating_sub(1);
    }

    /// So many may go before the next message.
    pub(super) fn allow_errands(&mut self, memory_tight: bool) {
        self.errands_left = if memory_tight {
            ERRANDS_WHEN_FULL
        } else {
            ERRANDS
        };
    }

    /// Set-up starts: what was learnt about the modem may no longer hold.
    pub(super) fn forget_modem(&mut self) {
        self.keep_link = None;
        self.ok_alone = false;
    }

    /// The port was opened: the modem may be on the air with a message of an earlier run.
    pub(super) fn opened(&mut self) {
        self.earlier = true;
    }

    /// [`Input::LastReference`](crate::Input::LastReference): what this run has seen itself counts more.
    pub(super) fn remember(&mut self, mr: MessageRef) {
        self.last.get_or_insert(mr);
    }

    /// Starts the submit that waits. `in_step`: no answer to an earlier command is on its way.
    pub(super) fn begin(&mut self, modem: &Modem, in_step: bool) -> Option<Ask<Purpose>> {
        let job = self.waiting.take_if(|job| job.hold != Hold::Shelved)?;
        let may_keep = modem.profile.cmms && modem.settings.keep_link;
        if job.more && may_keep && self.keep_link.is_none() {
            self.waiting = Some(job);
            return Some(Ask::new(Purpose::KeepLink, &Cmms { mode: 2 }));
        }
        let length = u16::try_from(job.pdu.tpdu_len()).unwrap_or(u16::MAX);
        let mut request = Cmgs::new(job.pdu.render(), length).request();
        // Until the prompt; Ctrl-Z starts the submit timer.
        request.deadline = modem.profile.prompt_wait;
        self.flying = Some(Flying::new(job, in_step));
        let purpose = Purpose::Message;
        Some(Ask { purpose, request })
    }

    /// The message that seemed to be lost is asked for again.
    pub(super) fn begin_again(&mut self, in_step: bool) {
        if let Some(flying) = &mut self.flying {
            flying.in_step = in_step;
        }
    }

    pub(super) fn keep_link_done(&mut self, reply: Option<&Reply>, modem: &mut Modem) {
        let taken = reply.is_some_and(|reply| reply.end.is_ok());
        self.keep_link = Some(taken);
        modem.keeps_link(taken);
    }

    /// The command of the message in flight was repeated although echo is off.
    pub(super) fn echoed(&mut self) {
        if let Some(flying) = &mut self.flying {
            flying.forgot |= !flying.handed_over;
        }
    }

    /// A line of the answer, `+CMGS: <mr>`.
    pub(super) fn take_answer(&mut self, line: &str) {
        if let Some(flying) = &mut self.flying {
            flying.take_answer(line);
        }
    }

    /// Whether `OK` without a line before it can be the end of the message in flight.
    pub(super) fn is_ok_the_end(&self) -> bool {
        let flying = self.flying.as_ref();
        flying.is_some_and(|flying| flying.handed_over && flying.in_step)
    }

    /// `OK` came, and no `+CMGS:` before it. How long that is waited for, since the `OK` may be the
    /// late end of something else and not the message's.
    pub(super) fn ok_alone(&mut self) -> Duration {
        if let Some(flying) = &mut self.flying {
            flying.ok_alone();
        }
        if self.ok_alone {
            Duration::ZERO
        } else {
            FINAL_WAIT
        }
    }

    /// Whether the PDU of the message in flight was written.
    pub(super) fn is_handed_over(&self) -> bool {
        let flying = self.flying.as_ref();
        flying.is_some_and(|flying| flying.handed_over)
    }

    /// The PDU is written: from here on only an answer tells, until `until`.
    pub(super) fn handed_over(&mut self, until: Instant) {
        if let Some(flying) = &mut self.flying {
            flying.handed_over = true;
        }
        // The modem takes the next message, so it is done with those before.
        self.told = None;
        self.earlier = false;
        self.on_air_until = Some(until);
    }

    /// The submit in flight ended, or was not answered in time.
    pub(super) fn done(&mut self, reply: Option<&Reply>, modem: &mut Modem) {
        let Some(flying) = self.flying.take() else {
            return;
        };
        self.on_air_until = None;
        let silent = reply.is_none() && flying.accepted.is_none();
        let outcome = outcome(&flying, reply);
        match (&outcome, reply) {
            (Submitted::AcceptedUnnumbered, None) => self.ok_alone = flying.ok_alone,
            (Submitted::Accepted(_), _) => self.ok_alone = false,
            _ => {}
        }
        if flying.handed_over {
            self.told = Some(Told::of(flying.job, &outcome));
        }
        if self.is_reference_stuck(&outcome, flying.to.as_ref()) {
            return self.reference_stuck(flying, modem);
        }
        if let Submitted::Accepted(mr) = outcome {
            self.last = Some(mr);
            self.stuck_at = None;
        }
        if let Submitted::Refused(refusal) = &outcome
            && is_without_sim(refusal)
        {
            modem.out.then(Consequence::SimUnsure);
        }
        self.unanswered = if silent {
            self.unanswered.saturating_add(1)
        } else {
            0
        };
        submitted(flying.job, outcome, flying.handed_over, modem);
        if flying.forgot {
            modem.out.then(Consequence::StartedAnew);
        } else if silent {
            // Leaves the prompt, if there was one that we did not see.
            modem
                .out
                .then(Consequence::Unanswered(if flying.handed_over {
                    Trouble::NoOutcome
                } else {
                    Trouble::NoPrompt
                }));
        }
    }

    /// The number of a recipient does not become unassigned at the turn of TP-MR as a rule; but the
    /// one that is refused again after a restart may be.
    fn is_reference_stuck(&self, outcome: &Submitted, to: Option<&Address>) -> bool {
        self.last == Some(MessageRef(255))
            && *outcome == Submitted::Refused(SubmitRefusal::Cms(CmsError(1)))
            && (self.stuck_at.is_none() || self.stuck_at.as_ref() != to)
    }

    /// Neither the message nor its recipient is to blame, and no message is taken until the modem
    /// has started anew (field notes A 8).
    fn reference_stuck(&mut self, flying: Flying, modem: &mut Modem) {
        let outcome = Submitted::Refused(SubmitRefusal::NotReady);
        submitted(flying.job, outcome, flying.handed_over, modem);
        self.stuck_at = flying.to;
        modem.out.then(Consequence::ReferenceStuck);
    }

    /// The modem or its port went away: nothing more comes of what was handed over, and what waits
    /// was never started.
    pub(super) fn abandon(&mut self, why: &Uncertainty, modem: &mut Modem) {
        if let Some(flying) = self.flying.take() {
            let outcome = match flying.accepted {
                Some(accepted) => accepted,
                None if flying.handed_over => {
                    // It may give its answer to whoever opens the port next.
                    let outcome = Submitted::Uncertain(why.clone());
                    self.told = Some(Told::of(flying.job, &outcome));
                    outcome
                }
                None => Submitted::Refused(SubmitRefusal::NotReady),
            };
            submitted(flying.job, outcome, flying.handed_over, modem);
        }
        if let Some(job) = self.waiting.take() {
            not_submitted(job.id, SubmitRefusal::NotReady, modem);
        }
    }
}

fn submitted(job: JobId, outcome: Submitted, handed_over: bool, modem: &mut Modem) {
    modem.out.event(Event::Submitted {
        job,
        outcome,
        handed_over,
    });
}

/// Its PDU was never written.
fn not_submitted(job: JobId, why: SubmitRefusal, modem: &mut Modem) {
    submitted(job, Submitted::Refused(why), false, modem);
}

/// What became of a submit that has ended.
fn outcome(flying: &Flying, reply: Option<&Reply>) -> Submitted {
    match (&flying.accepted, reply) {
        (Some(accepted), None) => accepted.clone(),
        (Some(accepted), Some(reply)) if reply.end.is_ok() => accepted.clone(),
        (None, Some(reply)) if reply.end.is_ok() && flying.handed_over => {
            Submitted::AcceptedUnnumbered
        }
        // The modem would not wait for the PDU: no fault of the message.
        (_, Some(_)) if flying.is_held_at_prompt() => Submitted::Refused(SubmitRefusal::NotReady),
        (_, Some(reply)) => refused(&reply.end, flying.handed_over),
        (None, None) if flying.handed_over => Submitted::Uncertain(Uncertainty::Silence),
        (None, None) => Submitted::Refused(SubmitRefusal::NoPrompt),
    }
}

/// What a final code other than success means.
fn refused(end: &FinalCode, handed_over: bool) -> Submitted {
    let refusal = SubmitRefusal::of(end);
    if handed_over && end.class() == ErrorClass::Uncertain {
        Submitted::Uncertain(Uncertainty::Code(refusal))
    } else {
        Submitted::Refused(refusal)
    }
}

/// Whether the SIM may have been taken out.
fn is_without_sim(refusal: &SubmitRefusal) -> bool {
    matches!(
        refusal,
        SubmitRefusal::Cms(CmsError(310 | 313 | 315)) | SubmitRefusal::Cme(CmeError(10 | 13 | 15))
    )
}
