//! A carrier has a part, or may have it.

use model::{Carrier, Iccid, Reason, ReasonCode, UplinkName};
use store::{Reference, Step, clock};
use tokio::time::Instant;

use crate::carriers::JobId;
use crate::schedule::awaiting::recipient;
use crate::schedule::breaker::Fault;
use crate::schedule::dispatcher::Dispatcher;
use crate::schedule::health;
use crate::schedule::slot::{Own, Slot};
use crate::schedule::write::{Fate, Hold, Write};

impl Dispatcher {
    pub(super) fn accepted(&mut self, hold: &Hold, reference: Reference, since: Instant) {
        let now = clock::now();
        let mut steps = match &hold.carrier {
            Carrier::Sim(iccid) => self.accepted_by_sim(iccid, hold, &reference, since),
            Carrier::Uplink(name) => self.accepted_by_uplink(name, hold, since),
        };
        let Some(job) = self.slots.job(hold) else {
            return;
        };
        let (row, part, last) = (hold.row, job.part, job.is_last());
        steps.push(Step::PartSent {
            row,
            part,
            carrier: hold.carrier.clone(),
            reference,
            at: now,
            last,
        });
        if last {
            metrics::counter!("simgate_messages_sent_total").increment(1);
            return self.end(hold, steps, None, None);
        }
        if self.stopping {
            // The rest goes through this carrier when the gateway runs again.
            let rest = Step::Requeue {
                row,
                part: part + 1,
                due_at: now,
                reason: Reason::new(ReasonCode::Stopped, "the gateway stopped between two parts"),
                refused_by: None,
                pinned: Some(hold.carrier.clone()),
                at: now,
            };
            steps.extend([Step::NotTried { row }, rest]);
            return self.end(hold, steps, None, None);
        }
        let settled = Fate::of(&job.queued, hold.carrier.clone());
        self.go_on(hold, Write::settling(steps, settled));
    }

    /// What is to be remembered with it.
    fn accepted_by_sim(
        &mut self,
        iccid: &Iccid,
        hold: &Hold,
        reference: &Reference,
        since: Instant,
    ) -> Vec<Step> {
        let now = clock::now();
        let slot = self.slots.get_mut(&hold.carrier);
        let Some((hand, sim)) = slot.and_then(Slot::as_sim_mut) else {
            return Vec::new();
        };
        let Some(job) = hand.job(hold.row) else {
            return Vec::new();
        };
        let number = job.queued.to.clone();
        let to = recipient(&number);
        let awaits = job.queued.status_report.then_some(to);
        if let Reference::Mr(mr) = reference {
            sim.awaiting.submitted(*mr, awaits, now);
        }
        if let Some(parts) = awaits.and_then(|_| sim.silence.sent(now)) {
            let by = self.bus.named(&hold.carrier);
            tracing::warn!(
                by,
                parts,
                remedy = "test its modem (simgate bench-modems); if its network gives none, send with status_report false",
                "no status report comes for the messages of a SIM"
            );
        }
        sim.success.add(&number, true, now);
        health::tell(&self.bus, iccid, sim.succeeded(to), None);
        sim.keep_count();
        metrics::counter!("simgate_parts_sent_total").increment(1);
        metrics::histogram!("simgate_send_seconds").record(since.elapsed());
        self.blame_others(iccid, &number)
    }

    fn accepted_by_uplink(&mut self, name: &UplinkName, hold: &Hold, since: Instant) -> Vec<Step> {
        let slot = self.slots.get_mut(&hold.carrier);
        if let Some(Own::Uplink(uplink)) = slot.map(|slot| &mut slot.own) {
            uplink.succeeded();
        }
        metrics::counter!("simgate_uplink_parts_sent_total", "uplink" => name.to_string())
            .increment(1);
        metrics::histogram!("simgate_uplink_answer_seconds").record(since.elapsed());
        Vec::new()
    }

    /// Another part is to follow: of a SIM's message after what is more urgent, of an uplink's in the
    /// same commit.
    fn go_on(&mut self, hold: &Hold, mut write: Write) {
        if hold.carrier.sim().is_some() {
            self.park(hold);
            return self.write_with_next(&hold.carrier, write);
        }
        let slot = self.slots.get_mut(&hold.carrier);
        let Some(job) = slot.and_then(|slot| slot.hand.job_mut(hold.row)) else {
            return;
        };
        job.part += 1;
        write.steps.push(Step::PartSending {
            row: hold.row,
            part: job.part,
            carrier: hold.carrier.clone(),
            at: clock::now(),
        });
        write.starts = Some(hold.clone());
        self.write(write);
    }

    /// Nothing tells whether the part went out; `numbered`: the carrier tried and says so.
    pub(super) fn unanswered(&mut self, hold: &Hold, id: JobId, reason: Reason, numbered: bool) {
        let now = clock::now();
        let decide_at = now.after(self.uncertain_wait);
        let Some(job) = self.slots.job(hold) else {
            return;
        };
        let (row, part, last) = (hold.row, job.part, job.is_last());
        let to = job.queued.to.clone();
        self.uncertain.add(id, (row, part, hold.carrier.clone()));
        let mut steps = Vec::new();
        if let Carrier::Sim(iccid) = &hold.carrier {
            if let Some(sim) = self.slots.sim_mut(iccid) {
                sim.keep_count();
            }
            steps = self.blame(iccid, Fault::NoAnswer, (&to, &reason));
        }
        metrics::counter!("simgate_parts_uncertain_total").increment(1);
        steps.push(Step::PartUncertain {
            row,
            part,
            carrier: hold.carrier.clone(),
            reason: reason.clone(),
            numbered,
            at: now,
            last,
            decide_at,
        });
        // Its policy decides at that time, unless something tells before.
        self.due.notify_one();
        self.end(hold, steps, Some(reason), None);
    }
}
