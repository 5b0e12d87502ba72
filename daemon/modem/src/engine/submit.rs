//! Submitting: `AT+CMGS`, the prompt, the PDU, and what is known afterwards.
//!
//! Up to Ctrl-Z nothing was sent, whatever goes wrong. From then on only an answer tells, and
//! silence is [`Submitted::Uncertain`].

use super::Engine;
use super::flight::Purpose;
use super::held::{HOLD_WAIT, Held, Hold};
use super::late::{Told, message_ref};
use crate::event::Event;
use crate::io::JobId;
use crate::state::{ModemState, Reason};
use crate::submitted::{Refusal, Submitted, Uncertainty};
use crate::trouble::{Recovery, Trouble};
use at::commands::{Cmgs, Cmms};
use at::{CmeError, CmsError, Command, ErrorClass, FinalCode, Reply};
use std::time::{Duration, Instant};
use tpdu::{Address, MessageRef, PduHex};

/// After `+CMGS: <mr>` the message is accepted, and `OK` follows at once or was lost.
pub(super) const FINAL_WAIT: Duration = Duration::from_secs(2);
/// Commands that may go between two messages while the next one waits: read one, delete one.
const ERRANDS: u8 = 2;
/// The same while a memory is nearly full and would soon refuse messages.
const ERRANDS_WHEN_FULL: u8 = 8;

/// A message to submit.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: JobId,
    pdu: PduHex,
    more: bool,
    pub(super) hold: Hold,
}

impl Job {
    pub(super) fn new(id: JobId, pdu: PduHex, more: bool) -> Self {
        let hold = Hold::Free;
        Self {
            id,
            pdu,
            more,
            hold,
        }
    }

    /// One that may not go out yet.
    pub(super) fn held(id: JobId, pdu: PduHex, more: bool) -> Self {
        let hold = Hold::Held;
        Self {
            hold,
            ..Self::new(id, pdu, more)
        }
    }
}

/// What is known of the submits of this modem.
#[derive(Debug, Default)]
pub(super) struct Submits {
    pub(super) waiting: Option<Job>,
    /// What `AT+CMMS=2` came to; `None` before it was tried.
    keep_link: Option<bool>,
    errands_left: u8,
    /// This modem says `OK` and no `+CMGS:` (field notes A 34).
    ok_alone: bool,
    /// What became of the message that was handed over last.
    pub(super) told: Option<Told>,
    /// The answer to a submit of an earlier run may still come.
    pub(super) earlier: bool,
    /// Submits that were not answered, one after the other, whatever else was.
    pub(super) unanswered: u8,
    /// TP-MR of the last message that was accepted, in an earlier run too.
    last: Option<MessageRef>,
    /// The recipient at whom the modem was found to refuse everything after TP-MR 255.
    stuck_at: Option<Address>,
    /// When the submit timer of the PDU that was handed over last ends.
    on_air_until: Option<Instant>,
}

/// A submit in flight.
#[derive(Debug)]
pub(super) struct Flying {
    pub(super) job: JobId,
    /// The PDU may not be written yet.
    pub(super) held: Option<Held>,
    /// The PDU and Ctrl-Z were written.
    pub(super) handed_over: bool,
    /// What a `+CMGS:` line says, while its `OK` is still to come.
    pub(super) accepted: Option<Submitted>,
    /// No answer to an earlier command was on its way.
    pub(super) in_step: bool,
    /// `OK` came, and no `+CMGS:` before it.
    ok_alone: bool,
    /// The command was echoed although echo is off: the modem booted without telling.
    forgot: bool,
    /// TP-DA, where the PDU can be read.
    to: Option<Address>,
}

impl Flying {
    /// The command was repeated although echo is off.
    pub(super) fn echoed(&mut self) {
        self.forgot |= !self.handed_over;
    }

    /// `OK` came, and no `+CMGS:` before it.
    pub(super) fn ok_alone(&mut self) {
        self.ok_alone = true;
        self.accepted.get_or_insert(Submitted::AcceptedUnnumbered);
    }

    /// Takes the line of the answer, `+CMGS: <mr>`.
    pub(super) fn take_answer(&mut self, line: &str) {
        let mr = message_ref(line);
        self.accepted = Some(mr.map_or(Submitted::AcceptedUnnumbered, Submitted::Accepted));
    }
}

impl Submits {
    /// A message could go out now.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting
            .as_ref()
            .is_some_and(|job| job.hold != Hold::Shelved)
    }

    pub(super) fn may_run_errand(&self) -> bool {
        self.errands_left > 0
    }

    pub(super) fn count_errand(&mut self) {
        self.errands_left = self.errands_left.saturating_sub(1);
    }

    /// The modem answered AT: it is not on the air, and an error that it gives from now on is no
    /// late one.
    pub(super) fn modem_spoke(&mut self) {
        if let Some(told) = &mut self.told {
            told.may_be_refused = false;
        }
    }

    /// Set-up starts: what was learnt about the modem may no longer hold.
    pub(super) fn forget_modem(&mut self) {
        self.keep_link = None;
        self.ok_alone = false;
    }

    /// How long `+CMGS:` is waited for after an `OK`, which may be the late end of something else
    /// and not the message's.
    pub(super) fn wait_after_ok(&self) -> Duration {
        if self.ok_alone {
            Duration::ZERO
        } else {
            FINAL_WAIT
        }
    }

    /// The port was opened: the modem may be on the air with a message of an earlier run.
    pub(super) fn opened(&mut self) {
        self.earlier = true;
    }

    /// [`Input::LastReference`](crate::Input::LastReference): what this run has seen itself counts more.
    pub(super) fn remember(&mut self, mr: MessageRef) {
        self.last.get_or_insert(mr);
    }

    /// The modem started anew: no late answer will come.
    pub(super) fn nothing_on_air(&mut self) {
        self.earlier = false;
        self.on_air_until = None;
        self.told = None;
    }

    /// Until when the modem may be on the air although its port was closed meanwhile.
    pub(super) fn on_air_until(&self) -> Option<Instant> {
        self.on_air_until
    }
}

impl Engine {
    /// [`Input::Submit`](crate::Input::Submit)
    pub(super) fn submit(&mut self, job: Job) {
        if self.state() == ModemState::Ready && self.submits.waiting.is_none() {
            self.submits.waiting = Some(job);
        } else {
            self.submitted(job.id, Submitted::Refused(Refusal::NotReady), false);
        }
    }

    pub(super) fn submitted(&mut self, job: JobId, outcome: Submitted, handed_over: bool) {
        self.event(Event::Submitted {
            job,
            outcome,
            handed_over,
        });
    }

    /// Starts the submit that waits.
    pub(super) fn submit_begin(&mut self, now: Instant) -> bool {
        let Some(job) = &self.submits.waiting else {
            return false;
        };
        if job.hold == Hold::Shelved {
            return false;
        }
        let may_keep = self.profile.cmms && self.settings.keep_link;
        if job.more && may_keep && self.submits.keep_link.is_none() {
            self.ask(now, Purpose::KeepLink, &Cmms { mode: 2 });
            return true;
        }
        let Some(job) = self.submits.waiting.take() else {
            return false;
        };
        let to = tpdu::Submit::decode(&job.pdu.tpdu)
            .ok()
            .map(|submit| submit.da);
        let length = u16::try_from(job.pdu.tpdu_len()).unwrap_or(u16::MAX);
        let mut request = Cmgs::new(job.pdu.render(), length).request();
        // Until the prompt; Ctrl-Z starts the submit timer.
        request.deadline = self.profile.prompt_wait;
        let flying = Flying {
            job: job.id,
            handed_over: false,
            accepted: None,
            in_step: !self.dialogue.is_owed(),
            ok_alone: false,
            forgot: false,
            to,
            held: (job.hold == Hold::Held).then(|| Held::new(job)),
        };
        self.send(now, Purpose::Submit(flying), request);
        true
    }

    pub(super) fn keep_link_done(&mut self, reply: Option<&Reply>) {
        let taken = reply.is_some_and(|reply| reply.end.is_ok());
        self.submits.keep_link = Some(taken);
        self.capabilities.cmms = Some(taken);
        self.event(Event::Capabilities(self.capabilities.clone()));
    }

    /// The modem asks for the PDU.
    pub(super) fn prompted(&mut self, now: Instant, payload: Vec<u8>) {
        let Some(flight) = &mut self.flight else {
            return;
        };
        let flying = match &mut flight.purpose {
            Purpose::Submit(flying) => flying,
            Purpose::Escape(_) => return self.leave_prompt(now),
            _ => return,
        };
        if flying.forgot {
            // It has booted and is in text mode as like as not, where the length that was given
            // would be taken for a telephone number and the PDU for its text.
            let job = flying.job;
            self.drop_flight();
            self.submitted(job, Submitted::Refused(Refusal::NoPrompt), false);
            return self.started_anew(now);
        }
        if let Some(held) = &mut flying.held {
            held.payload = Some(payload);
            flight.deadline = now + HOLD_WAIT;
            self.dialogue.hold_payload();
        } else {
            self.hand_over(now, payload);
        }
    }

    /// Writes the PDU: from here on only an answer tells.
    pub(super) fn hand_over(&mut self, now: Instant, payload: Vec<u8>) {
        let wait = self.profile.submit_wait;
        let Some(flight) = &mut self.flight else {
            return;
        };
        let Purpose::Submit(flying) = &mut flight.purpose else {
            return;
        };
        flying.handed_over = true;
        flight.deadline = now + wait;
        // It takes the next message, so it is done with those before.
        self.submits.told = None;
        self.submits.earlier = false;
        self.submits.on_air_until = Some(now + wait);
        self.write(payload);
    }

    /// A submit ended, or was not answered in time.
    pub(super) fn submit_done(&mut self, now: Instant, flying: Flying, reply: Option<&Reply>) {
        self.submits.errands_left = if self.storage.is_tight() {
            ERRANDS_WHEN_FULL
        } else {
            ERRANDS
        };
        self.submits.on_air_until = None;
        let silent = reply.is_none() && flying.accepted.is_none();
        let left_prompt = flying.is_held_at_prompt();
        let outcome = match (flying.accepted, reply) {
            (Some(accepted), None) => accepted,
            (Some(accepted), Some(reply)) if reply.end.is_ok() => accepted,
            (None, Some(reply)) if reply.end.is_ok() && flying.handed_over => {
                Submitted::AcceptedUnnumbered
            }
            // The modem would not wait for the PDU: no fault of the message.
            (_, Some(_)) if left_prompt => Submitted::Refused(Refusal::NotReady),
            (_, Some(reply)) => refused(&reply.end, flying.handed_over),
            (None, None) if flying.handed_over => Submitted::Uncertain(Uncertainty::Silence),
            (None, None) => Submitted::Refused(Refusal::NoPrompt),
        };
        match (&outcome, reply) {
            (Submitted::AcceptedUnnumbered, None) => self.submits.ok_alone = flying.ok_alone,
            (Submitted::Accepted(_), _) => self.submits.ok_alone = false,
            _ => {}
        }
        if flying.handed_over {
            self.submits.told = Some(Told::of(flying.job, &outcome));
        }
        if self.is_reference_stuck(&outcome, flying.to.as_ref()) {
            let (job, to) = ((flying.job, flying.handed_over), flying.to);
            return self.reference_stuck(now, job, to);
        }
        if let Submitted::Accepted(mr) = outcome {
            self.accepted_as(mr);
        }
        if let Submitted::Refused(refusal) = &outcome
            && is_without_sim(refusal)
        {
            self.check_sim();
        }
        self.submits.unanswered = if silent {
            self.submits.unanswered.saturating_add(1)
        } else {
            0
        };
        self.idle.quiet(now);
        self.submitted(flying.job, outcome, flying.handed_over);
        if flying.forgot {
            self.started_anew(now);
        } else if silent {
            // Leaves the prompt, if there was one that we did not see.
            let reason = if flying.handed_over {
                Trouble::NoOutcome
            } else {
                Trouble::NoPrompt
            };
            self.unanswered(now, reason);
        }
    }

    fn accepted_as(&mut self, mr: MessageRef) {
        self.submits.last = Some(mr);
        self.submits.stuck_at = None;
    }

    /// The number of a recipient does not become unassigned at the turn of TP-MR as a rule; but the
    /// one that is refused again after a restart may be.
    fn is_reference_stuck(&self, outcome: &Submitted, to: Option<&Address>) -> bool {
        self.submits.last == Some(MessageRef(255))
            && *outcome == Submitted::Refused(Refusal::Cms(CmsError(1)))
            && (self.submits.stuck_at.is_none() || self.submits.stuck_at.as_ref() != to)
    }

    /// Neither the message nor its recipient is to blame, and no message is taken until the modem
    /// has started anew (field notes A 8).
    fn reference_stuck(
        &mut self,
        now: Instant,
        (job, handed_over): (JobId, bool),
        to: Option<Address>,
    ) {
        let outcome = Submitted::Refused(Refusal::NotReady);
        self.submitted(job, outcome, handed_over);
        self.abandon(now, &Uncertainty::Silence);
        self.submits.stuck_at = to;
        self.event(Event::Trouble {
            step: Recovery::Restart,
            reason: Trouble::ReferenceStuck,
        });
        self.down(now, Reason::ReferenceStuck);
    }

    /// The modem or its port went away: nothing more comes of what was handed over, and what waits
    /// was never started.
    pub(super) fn submits_abandon(&mut self, in_flight: Option<Purpose>, why: &Uncertainty) {
        if let Some(Purpose::Submit(flying)) = in_flight {
            let job = flying.job;
            let handed_over = flying.handed_over;
            let outcome = match flying.accepted {
                Some(accepted) => accepted,
                None if flying.handed_over => {
                    // It may give its answer to whoever opens the port next.
                    let outcome = Submitted::Uncertain(why.clone());
                    self.submits.told = Some(Told::of(job, &outcome));
                    outcome
                }
                None => Submitted::Refused(Refusal::NotReady),
            };
            self.submitted(job, outcome, handed_over);
        }
        if let Some(job) = self.submits.waiting.take() {
            self.submitted(job.id, Submitted::Refused(Refusal::NotReady), false);
        }
    }
}

/// What a final code other than success means.
fn refused(end: &FinalCode, handed_over: bool) -> Submitted {
    let refusal = Refusal::of(end);
    if handed_over && end.class() == ErrorClass::Uncertain {
        Submitted::Uncertain(Uncertainty::Code(refusal))
    } else {
        Submitted::Refused(refusal)
    }
}

/// Whether the SIM may have been taken out.
fn is_without_sim(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::Cms(CmsError(310 | 313 | 315)) | Refusal::Cme(CmeError(10 | 13 | 15))
    )
}
