//! The life of a message in an uplink's hands: as `jobs` has it for SIMs, but many at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::dispatcher::Dispatcher;
use super::moment::Moment;
use super::outcome::{Then, after_refusal};
use super::uplink_slot::{UplinkJob, UplinkSlot};
use super::write::{Settled, Start, Write};
use crate::carriers::{Class, JobId, NotTaken, Outcome, Parts, Refusal, Session};
use model::{Carrier, Lane, Queued, Reason, RowId, Time, UplinkName};
use store::{Reference, Step, clock};

/// A throttled message waits a moment; the session says itself how long it takes no more.
const THROTTLED: Duration = Duration::from_millis(500);

impl Dispatcher {
    pub(super) fn uplink_set(&mut self, name: &UplinkName, session: Option<Arc<dyn Session>>) {
        if session.is_none() && !self.uplinks.contains_key(name) {
            return;
        }
        let slot = self.uplink(name);
        slot.session = session;
        slot.look();
    }

    /// Its session has said something of itself: it is bound or not, or has room again.
    pub(super) fn uplink_changed(&mut self, name: &UplinkName) {
        if let Some(slot) = self.uplinks.get_mut(name) {
            slot.look();
        }
    }

    fn uplink(&mut self, name: &UplinkName) -> &mut UplinkSlot {
        let new = || UplinkSlot::new(name.clone());
        self.uplinks.entry(name.clone()).or_insert_with(new)
    }

    pub(super) fn take_up(&mut self, name: &UplinkName, queued: Queued, parts: Parts) {
        let turn = self.turn;
        let slot = self.uplink(name);
        slot.last_turn = turn;
        let job = UplinkJob {
            part: queued.next_part,
            parts,
            on_air: None,
            queued,
        };
        slot.jobs.insert(job.queued.row, job);
    }

    /// Gives the part at work to the session. Its `sending` is on disk.
    pub(super) fn submit_up(&mut self, name: &UplinkName, row: RowId) {
        self.jobs += 1;
        let id = JobId(self.jobs);
        let now = clock::now();
        let Some(slot) = self.uplinks.get_mut(name) else {
            return;
        };
        let Some(job) = slot.jobs.get_mut(&row) else {
            return;
        };
        let Some(session) = &slot.session else {
            let reason = Reason::new("uplink-gone", "the uplink went away before it was sent");
            return self.requeue_up(name, row, reason, now);
        };
        let Some(part) = job.parts.part(job.part, false) else {
            let reason = Reason::new("encoding", "the message has no such part");
            return self.fail_up(name, row, reason);
        };
        match session.submit(id, part) {
            Ok(_) => {
                job.on_air = Some((id, Instant::now()));
                slot.submissions.insert(id, row);
            }
            Err(NotTaken::Unfit(reason)) => self.fail_up(name, row, reason),
            Err(NotTaken::Busy(reason)) => {
                // What opens it again is told by its session.
                slot.shut = true;
                self.requeue_up(name, row, reason, now);
            }
        }
    }

    /// The session says what became of a part.
    pub(super) fn answered_up(&mut self, name: &UplinkName, id: JobId, outcome: Outcome) {
        let Some(slot) = self.uplinks.get_mut(name) else {
            return;
        };
        let Some(row) = slot.job_of(id) else {
            tracing::debug!(uplink = %name, "outcome of a part that is not at work");
            return;
        };
        let now = clock::now();
        match outcome {
            Outcome::Accepted(reference) => self.accepted_up(name, row, reference),
            Outcome::Refused(refusal) => self.refused_up(name, row, refusal),
            Outcome::Throttled(reason) => {
                self.requeue_up(name, row, reason, now.after(THROTTLED));
            }
            Outcome::NotTaken(reason) => self.requeue_up(name, row, reason, now),
            Outcome::Uncertain { reason, .. } => self.unanswered_up(name, row, id, reason),
        }
    }

    fn accepted_up(&mut self, name: &UplinkName, row: RowId, reference: Reference) {
        let now = clock::now();
        let stopping = self.stopping;
        let carrier = Carrier::Uplink(name.clone());
        let Some(slot) = self.uplinks.get_mut(name) else {
            return;
        };
        slot.succeeded();
        let Some(job) = slot.jobs.get_mut(&row) else {
            return;
        };
        metrics::counter!("simgate_uplink_parts_sent_total", "uplink" => name.to_string())
            .increment(1);
        if let Some((_, since)) = job.on_air.take() {
            metrics::histogram!("simgate_uplink_answer_seconds").record(since.elapsed());
        }
        let (part, last) = (job.part, job.is_last());
        let sent = Step::PartSent {
            row,
            part,
            carrier: carrier.clone(),
            reference,
            at: now,
            last,
        };
        if last {
            metrics::counter!("simgate_messages_sent_total").increment(1);
            return self.end_up(name, row, vec![sent], None, None);
        }
        if stopping {
            let rest = Step::Requeue {
                row,
                part: part + 1,
                due_at: now,
                reason: Reason::new("stopped", "the gateway stopped between two parts"),
                refused_by: None,
                pinned: Some(carrier),
                at: now,
            };
            let steps = vec![sent, Step::NotTried { row }, rest];
            return self.end_up(name, row, steps, None, None);
        }
        job.part += 1;
        let next = Step::PartSending {
            row,
            part: part + 1,
            carrier: carrier.clone(),
            at: now,
        };
        let settled = Settled::of(&job.queued, carrier);
        let mut write = Write::settling(vec![sent], settled);
        write.steps.push(next);
        write.starts = Some(Start::Uplink(name.clone(), row));
        self.write(write);
    }

    fn refused_up(&mut self, name: &UplinkName, row: RowId, refusal: Refusal) {
        let now = clock::now();
        let Refusal { reason, class, .. } = refusal;
        metrics::counter!("simgate_parts_refused_total", "code" => reason.code.clone())
            .increment(1);
        if class == Class::Carrier
            && let Some(slot) = self.uplinks.get_mut(name)
        {
            let wait = slot.failed();
            tracing::warn!(uplink = %name, code = reason.code, wait_seconds = wait.as_secs(), "an uplink rests after a refusal");
        }
        let job = self.uplinks.get(name).and_then(|slot| slot.jobs.get(&row));
        let Some(job) = job else { return };
        let carrier = Carrier::Uplink(name.clone());
        let pinned = job.part > 1;
        let alone = pinned || !self.scene(Moment::now()).has_other(&job.queued, &carrier);
        let then = after_refusal(class, job.queued.attempts + 1, alone, rand::random());
        let (id, by) = (job.queued.id, carrier.to_string());
        let (code, why) = (&reason.code, &reason.detail);
        tracing::info!(%id, by, code, reason = why, next = %then, "message refused");
        let (due_at, refused_by) = match then {
            Then::Fail => return self.fail_up(name, row, reason),
            Then::Later(wait) => (now.after(wait), None),
            Then::Elsewhere | Then::Uncertain => (now, Some(carrier)),
        };
        self.back_up(name, row, Vec::new(), (reason, due_at, refused_by));
    }

    fn unanswered_up(&mut self, name: &UplinkName, row: RowId, id: JobId, reason: Reason) {
        let now = clock::now();
        let decide_at = now.after(self.uncertain_wait);
        let job = self.uplinks.get(name).and_then(|slot| slot.jobs.get(&row));
        let Some(job) = job else { return };
        let (part, last) = (job.part, job.is_last());
        let carrier = Carrier::Uplink(name.clone());
        self.uncertain.add(id, (row, part, carrier));
        metrics::counter!("simgate_parts_uncertain_total").increment(1);
        let step = Step::PartUncertain {
            row,
            part,
            carrier: Carrier::Uplink(name.clone()),
            reason: reason.clone(),
            numbered: false,
            at: now,
            last,
            decide_at,
        };
        self.due.notify_one();
        self.end_up(name, row, vec![step], Some(reason), None);
    }

    /// Nothing was tried: the message waits again, for anything unless parts of it are out.
    fn requeue_up(&mut self, name: &UplinkName, row: RowId, reason: Reason, due_at: Time) {
        let not_tried = vec![Step::NotTried { row }];
        self.back_up(name, row, not_tried, (reason, due_at, None));
    }

    fn back_up(
        &mut self,
        name: &UplinkName,
        row: RowId,
        mut steps: Vec<Step>,
        (reason, due_at, refused_by): (Reason, Time, Option<Carrier>),
    ) {
        let job = self.uplinks.get(name).and_then(|slot| slot.jobs.get(&row));
        let Some(job) = job else { return };
        let (part, lane) = (job.part, job.queued.lane.clone());
        let step = Step::Requeue {
            row,
            part,
            due_at,
            reason: reason.clone(),
            refused_by,
            pinned: (part > 1).then(|| Carrier::Uplink(name.clone())),
            at: clock::now(),
        };
        steps.push(step);
        self.end_up(name, row, steps, Some(reason), Some((lane, due_at)));
    }

    fn fail_up(&mut self, name: &UplinkName, row: RowId, reason: Reason) {
        let job = self.uplinks.get(name).and_then(|slot| slot.jobs.get(&row));
        let Some(job) = job else { return };
        metrics::counter!("simgate_messages_failed_total").increment(1);
        let step = Step::Fail {
            row,
            part: job.part,
            reason: reason.clone(),
            at: clock::now(),
        };
        self.end_up(name, row, vec![step], Some(reason), None);
    }

    /// The uplink is done with a message.
    fn end_up(
        &mut self,
        name: &UplinkName,
        row: RowId,
        steps: Vec<Step>,
        reason: Option<Reason>,
        again: Option<(Lane, Time)>,
    ) {
        let slot = self.uplinks.get_mut(name);
        let Some(job) = slot.and_then(|slot| slot.jobs.remove(&row)) else {
            return;
        };
        let settled = Settled {
            over: true,
            reason,
            again,
            ..Settled::of(&job.queued, Carrier::Uplink(name.clone()))
        };
        self.write(Write::settling(steps, settled));
    }
}
