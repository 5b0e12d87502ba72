//! A part was not sent: what becomes of its message, and what that says of the carrier.

use std::time::Duration;

use model::{Carrier, Reason};
use store::{RefusedBy, Step, clock};

use super::end::Again;
use crate::carriers::{CarrierRefusal, JobId, RefusalClass};
use crate::schedule::awaiting::recipient;
use crate::schedule::breaker::Fault;
use crate::schedule::dispatcher::Dispatcher;
use crate::schedule::moment::Moment;
use crate::schedule::outcome::{Then, after_refusal};
use crate::schedule::slot::{Job, Own, Slot};
use crate::schedule::write::Hold;

/// How long a SIM whose modem took nothing is left alone.
const NOT_TAKEN: Duration = Duration::from_millis(250);

/// A throttled message waits a moment; the session says itself how long it takes no more.
const THROTTLED: Duration = Duration::from_millis(500);

impl Dispatcher {
    /// Nothing was sent, and neither the message nor the carrier is the cause: the message waits again
    /// at once, for anything unless parts of it are out.
    pub(super) fn not_taken(&mut self, hold: &Hold, reason: Reason) {
        let Some(job) = self.slots.job(hold) else {
            return;
        };
        let id = job.queued.id;
        if hold.carrier.sim().is_some() {
            let by = self.bus.named(&hold.carrier);
            let (code, why) = (&reason.code, &reason.detail);
            tracing::info!(%id, by, code, reason = why, next = "waits again", "message not taken");
            // Word that the modem is down is on its way; until then the SIM is left alone.
            if let Some(slot) = self.slots.get_mut(&hold.carrier) {
                slot.rest(NOT_TAKEN);
            }
        }
        self.wait_untried(hold, reason, Duration::ZERO);
    }

    /// It would have been too fast.
    pub(super) fn throttled(&mut self, hold: &Hold, reason: Reason) {
        self.wait_untried(hold, reason, THROTTLED);
    }

    fn wait_untried(&mut self, hold: &Hold, reason: Reason, wait: Duration) {
        self.give_quota_back(hold);
        let steps = vec![Step::NotTried { row: hold.row }];
        let again = Again {
            due_at: clock::now().after(wait),
            reason,
            refused_by: None,
        };
        self.requeue(hold, steps, again);
    }

    /// No carrier would do better.
    pub(super) fn fail(&mut self, hold: &Hold, reason: Reason, mut steps: Vec<Step>) {
        self.give_quota_back(hold);
        let Some(job) = self.slots.job(hold) else {
            return;
        };
        metrics::counter!("simgate_messages_failed_total").increment(1);
        steps.push(Step::Fail {
            row: hold.row,
            part: job.part,
            reason: reason.clone(),
            at: clock::now(),
        });
        self.end(hold, steps, Some(reason), None);
    }

    pub(super) fn refused(&mut self, hold: &Hold, id: JobId, refusal: CarrierRefusal) {
        let CarrierRefusal { reason, class, by } = refusal;
        metrics::counter!("simgate_parts_refused_total", "code" => reason.code.clone())
            .increment(1);
        let class = self.doubted(hold, class, &reason);
        let Some(job) = self.slots.job(hold) else {
            return;
        };
        let then = self.after_refusal(job, &hold.carrier, class);
        let (message, carrier) = (job.queued.id, self.bus.named(&hold.carrier));
        let (code, why) = (&reason.code, &reason.detail);
        tracing::info!(id = %message, by = carrier, code, reason = why, next = %then, "message refused");
        let (to, spent) = (job.queued.to.clone(), spent(job, &hold.carrier, by));
        let now = clock::now();
        let (due_at, refused_by) = match then {
            // What is given up at last is taken for the cause itself.
            Then::Fail => {
                let mut steps = match &hold.carrier {
                    Carrier::Sim(iccid) => self.blame_message(iccid, &to),
                    Carrier::Uplink(_) => Vec::new(),
                };
                steps.extend(spent);
                return self.fail(hold, reason, steps);
            }
            Then::Uncertain => return self.unanswered(hold, id, reason, true),
            Then::Later(wait) => (now.after(wait), None),
            Then::Elsewhere => (now, Some(hold.carrier.clone())),
        };
        let mut steps = match (&hold.carrier, Fault::of(class)) {
            (Carrier::Sim(iccid), Some(fault)) => self.blame(iccid, fault, (&to, &reason)),
            _ => Vec::new(),
        };
        steps.extend(spent);
        self.give_quota_back(hold);
        let again = Again {
            due_at,
            reason,
            refused_by,
        };
        self.requeue(hold, steps, again);
    }

    /// What follows for a message that a carrier has refused.
    fn after_refusal(&self, job: &Job, carrier: &Carrier, class: RefusalClass) -> Then {
        let scene = self.scene(Moment::now());
        let alone = job.is_bound() || !scene.has_other(&job.queued, carrier);
        let then = after_refusal(class, job.queued.attempts + 1, alone, rand::random());
        match then {
            // For a SIM's network, not for an SMSC: its uplinks are what messages fall back on.
            Then::Later(wait) if carrier.sim().is_some() && !job.is_bound() => {
                if scene.falls_back(&job.queued, carrier) {
                    return Then::Elsewhere;
                }
                let end = scene.patience_ends(&job.queued);
                Then::Later(end.map_or(wait, |end| wait.min(scene.now.until(end))))
            }
            then => then,
        }
    }

    /// What a refusal is about in truth: one for the recipient's sake, from a modem that refuses
    /// everybody so, is the modem's. An uplink rests after one for its own sake.
    fn doubted(&mut self, hold: &Hold, class: RefusalClass, reason: &Reason) -> RefusalClass {
        let Some(slot) = self.slots.get_mut(&hold.carrier) else {
            return class;
        };
        let Slot { hand, own } = slot;
        match (own, class) {
            (Own::Sim(sim), RefusalClass::Unassigned) => {
                let to = hand.job(hold.row).map(|job| recipient(&job.queued.to));
                if to.is_some_and(|to| sim.unassigned(to)) {
                    return RefusalClass::Modem;
                }
            }
            (Own::Uplink(uplink), RefusalClass::Carrier) => {
                let wait_seconds = uplink.failed(hand).as_secs();
                let uplink = hold.carrier.uplink().map(ToString::to_string);
                let code = &reason.code;
                tracing::warn!(
                    uplink,
                    code,
                    wait_seconds,
                    "an uplink rests after a refusal"
                );
            }
            _ => {}
        }
        class
    }

    /// It used nothing of a SIM's quotas up.
    fn give_quota_back(&mut self, hold: &Hold) {
        let slot = self.slots.get_mut(&hold.carrier);
        if let Some(sim) = slot.and_then(Slot::sim_mut) {
            sim.give_back();
        }
    }
}

/// A refused part whose PDU the modem had may have used a TP-MR up.
fn spent(job: &Job, carrier: &Carrier, by: Option<RefusedBy>) -> Option<Step> {
    Some(Step::NumberSpent {
        row: job.queued.row,
        part: job.part,
        last: job.is_last(),
        iccid: carrier.sim()?.clone(),
        by: by?,
        at: clock::now(),
    })
}
