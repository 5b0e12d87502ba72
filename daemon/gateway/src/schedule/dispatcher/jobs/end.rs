//! A carrier is done with a message.

use model::{Carrier, Lane, Reason, Time};
use store::{Step, clock};

use crate::schedule::dispatcher::Dispatcher;
use crate::schedule::moment::Moment;
use crate::schedule::slot::Slot;
use crate::schedule::write::{Fate, Hold, Write};

/// Why and when a message waits again, and who has refused it.
pub(super) struct Again {
    pub(super) due_at: Time,
    pub(super) reason: Reason,
    pub(super) refused_by: Option<Carrier>,
}

impl Dispatcher {
    /// The message waits again. Parts that are out bind the rest to this carrier.
    pub(super) fn requeue(&mut self, hold: &Hold, mut steps: Vec<Step>, again: Again) {
        let Some(job) = self.slots.job(hold) else {
            return;
        };
        let Again {
            due_at,
            reason,
            refused_by,
        } = again;
        let (lane, detail) = (job.queued.lane.clone(), reason.clone());
        steps.push(Step::Requeue {
            row: hold.row,
            part: job.part,
            due_at,
            reason,
            refused_by,
            pinned: job.is_bound().then(|| hold.carrier.clone()),
            at: clock::now(),
        });
        self.end(hold, steps, Some(detail), Some((lane, due_at)));
    }

    /// The carrier is done with a message.
    pub(super) fn end(
        &mut self,
        hold: &Hold,
        mut steps: Vec<Step>,
        reason: Option<Reason>,
        again: Option<(Lane, Time)>,
    ) {
        let slot = self.slots.get_mut(&hold.carrier);
        if let Some(sim) = slot.and_then(Slot::sim_mut) {
            sim.start_gap(rand::random());
        }
        let Some(job) = self.slots.take(hold) else {
            return;
        };
        let settled = Fate {
            over: true,
            reason,
            again,
            ..Fate::of(&job.queued, hold.carrier.clone())
        };
        let Some(iccid) = hold.carrier.sim() else {
            return self.write(Write::settling(steps, settled));
        };
        let sim = self.slots.sim_mut(iccid);
        // First, so that the last result is still the message's.
        if let Some(health) = sim.and_then(|sim| sim.take_record(iccid, clock::now())) {
            steps.insert(0, health);
        }
        self.keep_parked(&hold.carrier);
        self.write_with_next(&hold.carrier, Write::settling(steps, settled));
    }

    /// Writes what became of a part, and in the same commit what its SIM does next, so that the radio
    /// waits for one disk write and not for two.
    pub(super) fn write_with_next(&mut self, carrier: &Carrier, mut write: Write) {
        while let Some((next, claim)) = self.claim_next(Moment::now()) {
            if next.carrier == *carrier {
                write.steps.push(claim);
                write.starts = Some(next);
                break;
            }
            self.write(Write::claim(next, claim));
        }
        self.write(write);
    }
}
