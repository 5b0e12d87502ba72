//! The life of one message in a SIM's hands: claimed, part by part on the air, settled.

use std::time::Duration;

use modem::{Iccid, JobId, Refusal, Submitted};
use tokio::time::Instant;
use tpdu::MessageRef;

use super::dispatcher::Dispatcher;
use super::outcome::{Then, after_refusal, code, doubt};
use super::uncertain::Pending;
use super::write::{Settled, Write};
use crate::messages::outgoing;
use crate::model::{Lane, Reason, State, Time};
use crate::store::{Advanced, Step};

/// How long a SIM whose modem took nothing is left alone.
const NOT_TAKEN: Duration = Duration::from_millis(250);

impl Dispatcher {
    /// Steps are on disk: tell what became of the one message, start the other.
    pub(super) fn advanced(&mut self, write: Write, done: &[Advanced]) {
        if let Some((settled, steps)) = write.settled {
            let state = done
                .get(..steps)
                .and_then(<[Advanced]>::last)
                .map(|step| step.state);
            self.settled(settled, state);
        }
        let Some(iccid) = write.starts else { return };
        if done.last().is_some_and(|step| step.applied) {
            self.submit(&iccid);
        } else {
            // Cancelled or expired in the meantime.
            self.give_back(&iccid);
        }
    }

    fn settled(&mut self, settled: Settled, state: Option<State>) {
        if settled.over {
            self.lanes.release(settled.row);
        }
        if let Some((lane, due_at)) = settled.again {
            if due_at <= Time::now() {
                self.lanes.mark(lane);
            } else {
                self.due.notify_one();
            }
        }
        if let Some(state) = state.filter(|state| *state != State::Sending) {
            self.bus.message(
                settled.id,
                state,
                Some(&settled.iccid),
                settled.reason.as_ref(),
            );
        }
    }

    /// Gives the part at work to the modem. Its `sending` is on disk.
    fn submit(&mut self, iccid: &Iccid) {
        let now = Time::now();
        let languages = &self.languages;
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        let Some(job) = slot.job.as_mut() else { return };
        if job.parts.is_empty() {
            match outgoing::parts(&job.queued, languages, now) {
                Ok(parts) => job.parts = parts,
                Err(reason) => return self.fail(iccid, reason),
            }
        }
        let Some(pdu) = job.pdu() else {
            let reason = Reason::new("encoding", "the message has no such part");
            return self.fail(iccid, reason);
        };
        self.jobs += 1;
        let id = JobId(self.jobs);
        job.on_air = Some((id, Instant::now()));
        let more = !job.is_last() || !self.lanes.is_empty();
        let first = job.part == 1;
        slot.count_submit(first, now);
        let taken = slot
            .modem
            .as_ref()
            .is_some_and(|modem| modem.submit(id, pdu, more));
        if !taken {
            let reason = Reason::new("modem-gone", "the modem went away before it was sent");
            self.not_taken(iccid, reason);
        }
    }

    /// Nothing was sent, and neither the message nor the SIM is the cause: the message waits
    /// again at once, for any SIM unless parts of it are out.
    fn not_taken(&mut self, iccid: &Iccid, reason: Reason) {
        let now = Time::now();
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        let Some(job) = slot.job.as_ref() else { return };
        tracing::info!(%iccid, code = reason.code, "a part was not taken");
        // Word that the modem is down is on its way; until then the SIM is left alone.
        slot.health.cooling_until = Some(now.after(NOT_TAKEN));
        let (row, part, lane) = (job.queued.row, job.part, job.queued.lane.clone());
        let step = Step::Requeue {
            row,
            part,
            due_at: now,
            reason: reason.clone(),
            refused_by: None,
            pinned: (part > 1).then(|| iccid.clone()),
            at: now,
        };
        self.end(iccid, vec![step], Some(reason), Some((lane, now)));
    }

    /// A modem says what became of a part.
    pub(super) fn submitted(&mut self, iccid: &Iccid, id: JobId, outcome: Submitted) {
        let job = self.slots.get(iccid).and_then(|slot| slot.job.as_ref());
        if job.and_then(|job| job.on_air).map(|(id, _)| id) != Some(id) {
            tracing::debug!(%iccid, "outcome of a part that is not at work");
            return;
        }
        match outcome {
            Submitted::Accepted(mr) => self.accepted(iccid, Some(mr)),
            Submitted::AcceptedUnnumbered => self.accepted(iccid, None),
            Submitted::Refused(refusal @ Refusal::NotReady) => {
                self.not_taken(iccid, Reason::new(code(&refusal), refusal.to_string()));
            }
            Submitted::Refused(refusal) => {
                let reason = Reason::new(code(&refusal), refusal.to_string());
                self.refused(iccid, refusal.class(), reason);
            }
            Submitted::Uncertain(why) => self.unanswered(iccid, doubt(&why)),
        }
    }

    fn accepted(&mut self, iccid: &Iccid, mr: Option<MessageRef>) {
        let now = Time::now();
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        slot.succeeded();
        let Some(job) = slot.job.as_mut() else { return };
        let (row, part, last) = (job.queued.row, job.part, job.is_last());
        metrics::counter!("simgate_parts_sent_total").increment(1);
        if let Some((_, since)) = job.on_air {
            metrics::histogram!("simgate_send_seconds").record(since.elapsed());
        }
        let sent = Step::PartSent {
            row,
            part,
            iccid: iccid.clone(),
            mr: mr.map(|mr| mr.0),
            at: now,
            last,
        };
        if last {
            metrics::counter!("simgate_messages_sent_total").increment(1);
            return self.end(iccid, vec![sent], None, None);
        }
        if self.stopping {
            // The rest goes through this SIM when the gateway runs again.
            let reason = Reason::new("stopped", "the gateway stopped between two parts");
            let (part, pinned) = (part + 1, Some(iccid.clone()));
            let (due_at, refused_by, at) = (now, None, now);
            let rest = Step::Requeue {
                row,
                part,
                due_at,
                reason,
                refused_by,
                pinned,
                at,
            };
            return self.end(iccid, vec![sent, rest], None, None);
        }
        job.part += 1;
        job.on_air = None;
        let next = Step::PartSending {
            row,
            part: part + 1,
            iccid: iccid.clone(),
            at: now,
        };
        let settled = Settled::of(job, iccid);
        let starts = Some(iccid.clone());
        self.write(Write {
            steps: vec![sent, next],
            settled: Some((settled, 1)),
            starts,
        });
    }

    fn unanswered(&mut self, iccid: &Iccid, reason: Reason) {
        let now = Time::now();
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        slot.failed(false, now);
        let Some(job) = slot.job.as_ref() else { return };
        if let Some((id, _)) = job.on_air {
            self.uncertain.add(id, job);
        }
        let (row, part) = (job.queued.row, job.part);
        metrics::counter!("simgate_parts_uncertain_total").increment(1);
        let step = Step::PartUncertain {
            row,
            part,
            iccid: iccid.clone(),
            reason: reason.clone(),
            at: now,
        };
        self.end(iccid, vec![step], Some(reason), None);
    }

    fn fail(&mut self, iccid: &Iccid, reason: Reason) {
        let job = self.slots.get(iccid).and_then(|slot| slot.job.as_ref());
        let Some(job) = job else { return };
        let (row, part, at) = (job.queued.row, job.part, Time::now());
        metrics::counter!("simgate_messages_failed_total").increment(1);
        let step = Step::Fail {
            row,
            part,
            reason: reason.clone(),
            at,
        };
        self.end(iccid, vec![step], Some(reason), None);
    }

    fn refused(&mut self, iccid: &Iccid, class: at::ErrorClass, reason: Reason) {
        let now = Time::now();
        metrics::counter!("simgate_parts_refused_total", "code" => reason.code.clone())
            .increment(1);
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        let Some(job) = slot.job.as_ref() else { return };
        let verdict = after_refusal(class, job.queued.attempts + 1, rand::random());
        tracing::info!(%iccid, code = reason.code, ?verdict, "a part was refused");
        let (row, part, lane) = (job.queued.row, job.part, job.queued.lane.clone());
        // What a wrong recipient gets refused says nothing about the SIM.
        if verdict.message != Then::Fail {
            slot.failed(verdict.cool, now);
        }
        // Parts that are out bind the rest to this SIM.
        let pinned = (part > 1).then(|| iccid.clone());
        let (due_at, refused_by) = match verdict.message {
            Then::Fail => return self.fail(iccid, reason),
            Then::Uncertain => return self.unanswered(iccid, reason),
            Then::Later(wait) => (now.after(wait), None),
            Then::Elsewhere if pinned.is_some() => (slot.health.cooling_until.unwrap_or(now), None),
            Then::Elsewhere => (now, Some(iccid.clone())),
        };
        let at = now;
        let detail = reason.clone();
        let step = Step::Requeue {
            row,
            part,
            due_at,
            reason,
            refused_by,
            pinned,
            at,
        };
        self.end(iccid, vec![step], Some(detail), Some((lane, due_at)));
    }

    /// The SIM is done with its message. The next one is claimed in the same commit, so that
    /// the radio waits for one disk write and not for two.
    fn end(
        &mut self,
        iccid: &Iccid,
        steps: Vec<Step>,
        reason: Option<Reason>,
        again: Option<(Lane, Time)>,
    ) {
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        slot.start_gap(rand::random());
        let Some(job) = slot.job.take() else { return };
        let settled = Settled {
            over: true,
            reason,
            again,
            ..Settled::of(&job, iccid)
        };
        let mut write = Write {
            settled: Some((settled, steps.len())),
            steps,
            starts: None,
        };
        while let Some((next, claim)) = self.claim_next() {
            if next == *iccid {
                write.steps.push(claim);
                write.starts = Some(next);
                break;
            }
            self.write(Write::claim(next, claim));
        }
        self.write(write);
    }

    /// A late `+CMGS` settles what was uncertain; the parts that were held back follow it.
    pub(super) fn late(&mut self, iccid: &Iccid, id: JobId, mr: MessageRef) {
        let Some(Pending {
            id,
            row,
            part,
            last,
            lane,
        }) = self.uncertain.take(id)
        else {
            return;
        };
        let at = Time::now();
        let mut steps = vec![Step::PartSent {
            row,
            part,
            iccid: iccid.clone(),
            mr: Some(mr.0),
            at,
            last,
        }];
        let again = (!last).then_some((lane, at));
        if !last {
            steps.push(Step::Requeue {
                row,
                part: part + 1,
                due_at: at,
                reason: Reason::new("late-answer", "the modem's answer came late"),
                refused_by: None,
                pinned: Some(iccid.clone()),
                at,
            });
        }
        let count = steps.len();
        let iccid = iccid.clone();
        let settled = Settled {
            id,
            row,
            iccid,
            reason: None,
            over: false,
            again,
        };
        self.write(Write {
            steps,
            settled: Some((settled, count)),
            starts: None,
        });
    }
}
