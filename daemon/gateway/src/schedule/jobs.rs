//! The life of one message in a SIM's hands: claimed, part by part on the air, settled.

use std::time::Duration;

use model::{Carrier, Change, Iccid, Lane, Reason, State, Time};
use tokio::time::Instant;

use super::awaiting::recipient;
use super::breaker::Fault;
use super::dispatcher::Dispatcher;
use super::health;
use super::moment::Moment;
use super::outcome::{Then, after_refusal};
use super::slot::{OnAir, Slot};
use super::write::{Settled, Start, Write};
use crate::carriers::{Class, JobId, Outcome, Refusal};
use store::{Progress, Reference, RefusedBy, Step, clock};

/// How long a SIM whose modem took nothing is left alone.
const NOT_TAKEN: Duration = Duration::from_millis(250);

impl Dispatcher {
    /// Steps are on disk: tell what became of the one message, start the other.
    pub(super) fn advanced(&mut self, write: Write, done: Progress) {
        if let Some((settled, steps)) = write.settled {
            let state = done.steps.get(..steps).and_then(|steps| steps.last());
            self.settled(settled, state.map(|step| step.state));
        }
        if let Some(row) = write.holds {
            self.lanes.release_withheld(row);
        }
        for settled in done.settled {
            self.doubt_settled(settled);
        }
        let Some(starts) = write.starts else { return };
        let begun = done.steps.last();
        if !begun.is_some_and(|step| step.applied) {
            return self.let_go(&starts, begun.map(|step| step.state));
        }
        if let Some(row) = self.row_in_hand(&starts) {
            self.lanes.claimed(row);
        }
        match starts {
            Start::Sim(iccid) => self.submit(&iccid),
            Start::Uplink(name, row) => self.submit_up(&name, row),
        }
    }

    fn settled(&mut self, settled: Settled, state: Option<State>) {
        if settled.over {
            self.lanes.release(settled.row);
        }
        if let Some((lane, due_at)) = settled.again {
            if due_at <= clock::now() {
                self.lanes.mark_from(lane, due_at);
            } else {
                self.due.notify_one();
            }
        }
        if let Some(state) = state.filter(|state| *state != State::Sending) {
            self.bus.message(&Change {
                number: Some(&settled.to),
                carrier: Some(&settled.carrier),
                reason: settled.reason.as_ref(),
                ..Change::of(settled.id, state)
            });
        }
    }

    /// Gives the part at work to the modem, which asks for its prompt while the part becomes
    /// `sending` on disk.
    pub(super) fn prepare(&mut self, iccid: &Iccid) {
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        let Some(job) = slot.job.as_mut() else { return };
        job.on_air = None;
        let more = !job.is_last() || !slot.parked.is_empty() || !self.lanes.is_empty();
        let (Some(part), Some(modem)) = (job.part_at_work(more), slot.modem.as_ref()) else {
            return;
        };
        self.jobs += 1;
        let id = JobId(self.jobs);
        job.on_air = modem.line.submit(id, part).ok().map(|go| OnAir {
            id,
            since: Instant::now(),
            go,
            early: None,
        });
    }

    /// Lets the part at work out. Its `sending` is on disk.
    pub(super) fn submit(&mut self, iccid: &Iccid) {
        let moment = Moment::now();
        self.look_at_clock(moment);
        let now = moment.wall;
        let job = |slot: &Slot| slot.job.as_ref().is_some_and(|job| job.on_air.is_none());
        if self.slots.get(iccid).is_some_and(job) {
            self.prepare(iccid);
        }
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        let Some(job) = slot.job.as_mut() else { return };
        if job.part_at_work(false).is_none() {
            let reason = Reason::new("encoding", "the message has no such part");
            return self.fail(iccid, reason, None, Vec::new());
        }
        let first = job.part == 1;
        let mut given = job.on_air.as_mut();
        let early = given.as_mut().and_then(|given| {
            let early = given.early.take()?;
            given.go = None;
            Some((given.id, early))
        });
        let taken = given.is_some_and(|given| {
            given.since = Instant::now();
            given.go.take().is_some_and(|go| go.send(()).is_ok())
        });
        // It is done with what came before.
        self.uncertain.pass(iccid);
        slot.count_submit(first, now);
        if let Some((id, (outcome, handed_over))) = early {
            self.submitted(iccid, id, outcome, handed_over);
        } else if !taken {
            let reason = Reason::new("modem-gone", "the modem went away before it was sent");
            self.not_taken(iccid, reason);
        }
    }

    /// Nothing was sent, and neither the message nor the SIM is the cause: the message waits
    /// again at once, for any SIM unless parts of it are out.
    fn not_taken(&mut self, iccid: &Iccid, reason: Reason) {
        let now = clock::now();
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        let Some(job) = slot.job.as_ref() else { return };
        let (id, by) = (job.queued.id, self.bus.named(&iccid.clone().into()));
        let (code, why) = (&reason.code, &reason.detail);
        tracing::info!(%id, by, code, reason = why, next = "waits again", "message not taken");
        let (row, part, lane) = (job.queued.row, job.part, job.queued.lane.clone());
        // Word that the modem is down is on its way; until then the SIM is left alone.
        slot.rest(NOT_TAKEN);
        slot.give_back();
        let step = Step::Requeue {
            row,
            part,
            due_at: now,
            reason: reason.clone(),
            refused_by: None,
            pinned: (part > 1).then(|| iccid.clone().into()),
            at: now,
        };
        let steps = vec![Step::NotTried { row }, step];
        self.end(iccid, steps, Some(reason), Some((lane, now)));
    }

    /// A modem says what became of a part.
    pub(super) fn submitted(
        &mut self,
        iccid: &Iccid,
        id: JobId,
        outcome: Outcome,
        handed_over: bool,
    ) {
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        let at_work = slot.job.as_mut().and_then(|job| {
            let (row, part, last) = (job.queued.row, job.part, job.is_last());
            let given = job.on_air.as_mut().filter(|given| given.id == id)?;
            Some((row, part, last, given))
        });
        let Some((row, part, last, given)) = at_work else {
            tracing::debug!(%iccid, "outcome of a part that is not at work");
            return;
        };
        if given.go.is_some() {
            // Nothing was sent, and the store does not know yet that anything was to be.
            given.early.get_or_insert((outcome, handed_over));
            return;
        }
        if handed_over && !matches!(outcome, Outcome::Uncertain { .. }) {
            let refused = (!matches!(outcome, Outcome::Accepted(_))).then_some(last);
            let imei = slot.modem.as_ref().map(|modem| modem.imei.clone());
            self.uncertain
                .concluded(iccid, (id, imei), (row, part), refused);
        }
        match outcome {
            Outcome::Accepted(reference) => self.accepted(iccid, reference),
            Outcome::NotTaken(reason) | Outcome::Throttled(reason) => self.not_taken(iccid, reason),
            Outcome::Refused(refusal) => self.refused(iccid, refusal),
            Outcome::Uncertain { reason, numbered } => self.unanswered(iccid, reason, numbered),
        }
    }

    fn accepted(&mut self, iccid: &Iccid, reference: Reference) {
        let now = clock::now();
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        let Some(job) = slot.job.as_ref() else { return };
        let number = job.queued.to.clone();
        let to = recipient(&number);
        let awaits = job.queued.status_report.then_some(to);
        if let Reference::Mr(mr) = reference {
            slot.awaiting.submitted(mr, awaits, now);
        }
        if let Some(parts) = awaits.and_then(|_| slot.silence.sent(now)) {
            let by = self.bus.named(&iccid.clone().into());
            tracing::warn!(
                by,
                parts,
                remedy = "test its modem (simgate bench-modems); if its network gives none, send with status_report false",
                "no status report comes for the messages of a SIM"
            );
        }
        slot.success.add(&number, true, now);
        health::tell(&self.bus, iccid, slot.succeeded(to), None);
        slot.keep_count();
        let mut steps = self.blame_others(iccid, &number);
        let job = self.slots.get(iccid).and_then(|slot| slot.job.as_ref());
        let Some(job) = job else { return };
        let (row, part, last) = (job.queued.row, job.part, job.is_last());
        metrics::counter!("simgate_parts_sent_total").increment(1);
        if let Some(given) = &job.on_air {
            metrics::histogram!("simgate_send_seconds").record(given.since.elapsed());
        }
        let sent = Step::PartSent {
            row,
            part,
            carrier: iccid.clone().into(),
            reference,
            at: now,
            last,
        };
        steps.push(sent);
        if last {
            metrics::counter!("simgate_messages_sent_total").increment(1);
            return self.end(iccid, steps, None, None);
        }
        if self.stopping {
            // The rest goes through this SIM when the gateway runs again.
            let reason = Reason::new("stopped", "the gateway stopped between two parts");
            let (part, pinned) = (part + 1, Some(iccid.clone().into()));
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
            steps.extend([Step::NotTried { row }, rest]);
            return self.end(iccid, steps, None, None);
        }
        let settled = Settled::of(&job.queued, iccid.clone().into());
        self.park(iccid);
        self.write_with_next(iccid, Write::settling(steps, settled));
    }

    /// Nothing tells whether the part went out; `numbered`: the modem tried and says so.
    fn unanswered(&mut self, iccid: &Iccid, reason: Reason, numbered: bool) {
        let now = clock::now();
        let decide_at = now.after(self.uncertain_wait);
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        let Some(job) = slot.job.as_ref() else { return };
        let (row, part, last) = (job.queued.row, job.part, job.is_last());
        if let Some(given) = &job.on_air {
            let carrier = iccid.clone().into();
            self.uncertain.add(given.id, (row, part, carrier));
        }
        slot.keep_count();
        let mut steps = self.blame(iccid, Fault::NoAnswer, &reason);
        metrics::counter!("simgate_parts_uncertain_total").increment(1);
        let step = Step::PartUncertain {
            row,
            part,
            carrier: iccid.clone().into(),
            reason: reason.clone(),
            numbered,
            at: now,
            last,
            decide_at,
        };
        // Its policy decides at that time, unless something tells before.
        self.due.notify_one();
        steps.push(step);
        self.end(iccid, steps, Some(reason), None);
    }

    fn fail(&mut self, iccid: &Iccid, reason: Reason, by: Option<RefusedBy>, mut steps: Vec<Step>) {
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        slot.give_back();
        let Some(job) = slot.job.as_ref() else { return };
        let (row, part, at) = (job.queued.row, job.part, clock::now());
        metrics::counter!("simgate_messages_failed_total").increment(1);
        let step = Step::Fail {
            row,
            part,
            reason: reason.clone(),
            at,
        };
        steps.extend(self.spent(iccid, by));
        steps.push(step);
        self.end(iccid, steps, Some(reason), None);
    }

    fn refused(&mut self, iccid: &Iccid, refusal: Refusal) {
        let now = clock::now();
        let Refusal { reason, class, by } = refusal;
        metrics::counter!("simgate_parts_refused_total", "code" => reason.code.clone())
            .increment(1);
        let class = self.doubted(iccid, class);
        let job = self.slots.get(iccid).and_then(|slot| slot.job.as_ref());
        let Some(job) = job else { return };
        // Parts that are out bind the rest to this SIM.
        let carrier = Carrier::from(iccid.clone());
        let pinned = (job.part > 1).then(|| carrier.clone());
        let scene = self.scene(Moment::now());
        let alone = pinned.is_some() || !scene.has_other(&job.queued, &carrier);
        let mut then = after_refusal(class, job.queued.attempts + 1, alone, rand::random());
        if let (Then::Later(wait), None) = (then, &pinned) {
            then = if scene.falls_back(&job.queued, &carrier) {
                Then::Elsewhere
            } else {
                let end = scene.patience_ends(&job.queued);
                Then::Later(end.map_or(wait, |end| wait.min(now.until(end))))
            };
        }
        let (id, sim) = (job.queued.id, self.bus.named(&iccid.clone().into()));
        let (code, why) = (&reason.code, &reason.detail);
        tracing::info!(%id, by = sim, code, reason = why, next = %then, "message refused");
        let (row, part, lane) = (job.queued.row, job.part, job.queued.lane.clone());
        let (due_at, refused_by) = match then {
            // What is given up at last is taken for the cause itself.
            Then::Fail => {
                let steps = self.blame_message(iccid);
                return self.fail(iccid, reason, by, steps);
            }
            Then::Uncertain => return self.unanswered(iccid, reason, true),
            Then::Later(wait) => (now.after(wait), None),
            Then::Elsewhere => (now, Some(carrier)),
        };
        let fault = Fault::of(class);
        let mut steps = fault.map_or_else(Vec::new, |fault| self.blame(iccid, fault, &reason));
        if let Some(slot) = self.slots.get_mut(iccid) {
            slot.give_back();
        }
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
        steps.extend(self.spent(iccid, by));
        steps.push(step);
        self.end(iccid, steps, Some(detail), Some((lane, due_at)));
    }

    /// A refusal for the recipient's sake, from a modem that refuses everybody so, is the modem's.
    fn doubted(&mut self, iccid: &Iccid, class: Class) -> Class {
        let slot = self.slots.get_mut(iccid);
        let Some(slot) = slot.filter(|_| class == Class::Unassigned) else {
            return class;
        };
        let to = slot.job.as_ref().map(|job| recipient(&job.queued.to));
        if to.is_some_and(|to| slot.unassigned(to)) {
            Class::Modem
        } else {
            class
        }
    }

    /// The SIM is done with its message.
    fn end(
        &mut self,
        iccid: &Iccid,
        mut steps: Vec<Step>,
        reason: Option<Reason>,
        again: Option<(Lane, Time)>,
    ) {
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        slot.start_gap(rand::random());
        let Some(job) = slot.job.take() else { return };
        // First, so that the last result is still the message's.
        if let Some(health) = slot.take_record(iccid, clock::now()) {
            steps.insert(0, health);
        }
        let settled = Settled {
            over: true,
            reason,
            again,
            ..Settled::of(&job.queued, iccid.clone().into())
        };
        self.keep_parked(iccid);
        self.write_with_next(iccid, Write::settling(steps, settled));
    }

    /// Writes what became of a part, and in the same commit what its SIM does next, so that the radio
    /// waits for one disk write and not for two.
    fn write_with_next(&mut self, iccid: &Iccid, mut write: Write) {
        while let Some((next, claim)) = self.claim_next(Moment::now()) {
            if next == Start::Sim(iccid.clone()) {
                write.steps.push(claim);
                write.starts = Some(next);
                break;
            }
            self.write(Write::claim(next, claim));
        }
        self.write(write);
    }

    /// A refused part whose PDU the modem had may have used a TP-MR up.
    fn spent(&self, iccid: &Iccid, by: Option<RefusedBy>) -> Vec<Step> {
        let (Some(by), Some(slot)) = (by, self.slots.get(iccid)) else {
            return Vec::new();
        };
        let Some(job) = slot.job.as_ref() else {
            return Vec::new();
        };
        let (row, part, last) = (job.queued.row, job.part, job.is_last());
        vec![Step::NumberSpent {
            row,
            part,
            last,
            iccid: iccid.clone(),
            by,
            at: clock::now(),
        }]
    }
}
