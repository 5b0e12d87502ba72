//! Between two parts of a long message: what is more urgent goes first, on the same SIM, and then
//! the message goes on. Its parts stay in order, and its message is `sending` all the while.

use model::{Carrier, Reason, ReasonCode};

use super::Dispatcher;
use crate::schedule::moment::Moment;
use crate::schedule::slot::{Job, Slot};
use crate::schedule::write::{Fate, Hold, Write};
use store::{Step, clock};

impl Dispatcher {
    /// The part at work is sent, and another one is to follow.
    pub(super) fn park(&mut self, hold: &Hold) {
        let Some(mut job) = self.slots.take(hold) else {
            return;
        };
        job.part += 1;
        let slot = self.slots.get_mut(&hold.carrier);
        if let Some(sim) = slot.and_then(Slot::sim_mut) {
            sim.parked.push(job);
        }
    }

    /// Puts the next part of a parked message into the hands of its SIM and says what to write for
    /// it.
    pub(super) fn resume(&mut self, moment: Moment) -> Option<(Hold, Step)> {
        let (hand, job) = self.slots.all_mut().find_map(|slot| {
            let (hand, sim) = slot.as_sim_mut()?;
            let job = sim.resumes(hand, moment).then(|| sim.parked.pop())??;
            Some((hand, job))
        })?;
        let hold = Hold {
            carrier: hand.carrier.clone(),
            row: job.queued.row,
        };
        let step = Step::PartSending {
            row: hold.row,
            part: job.part,
            carrier: hold.carrier.clone(),
            at: moment.wall,
        };
        hand.put(job);
        self.prepare(&hold);
        Some((hold, step))
    }

    /// A SIM has nothing at work any more. Where that does not go on, for a while, its parked message
    /// waits in the queue.
    pub(super) fn keep_parked(&mut self, carrier: &Carrier) {
        let slot = self.slots.get(carrier);
        let Some(sim) = slot.and_then(Slot::sim) else {
            return;
        };
        let reason = if self.stopping {
            Reason::new(ReasonCode::Stopped, "the gateway stopped between two parts")
        } else if sim.modem.is_none() {
            Reason::new(
                ReasonCode::ModemGone,
                "the modem went away between two parts",
            )
        } else if sim.is_cooling(clock::now()) {
            let rests = "the SIM rests after a failure between two parts";
            Reason::new(ReasonCode::Cooling, rests)
        } else {
            return;
        };
        self.unpark(carrier, &reason);
    }

    /// Gives the parked messages back to the queue; the rest of each goes through this SIM.
    fn unpark(&mut self, carrier: &Carrier, reason: &Reason) {
        let slot = self.slots.get_mut(carrier);
        let sim = slot.and_then(Slot::sim_mut);
        let parked = sim.map(|sim| std::mem::take(&mut sim.parked));
        for job in parked.into_iter().flatten() {
            self.unpark_one(carrier, &job, reason);
        }
    }

    fn unpark_one(&mut self, carrier: &Carrier, job: &Job, reason: &Reason) {
        let (row, now) = (job.queued.row, clock::now());
        let step = Step::Requeue {
            row,
            part: job.part,
            due_at: now,
            reason: reason.clone(),
            refused_by: None,
            pinned: Some(carrier.clone()),
            at: now,
        };
        let settled = Fate {
            over: true,
            reason: Some(reason.clone()),
            again: Some((job.queued.lane.clone(), now)),
            ..Fate::of(&job.queued, carrier.clone())
        };
        let steps = vec![Step::NotTried { row }, step];
        self.write(Write::settling(steps, settled));
    }

    /// The gateway stops: nothing is parked any more but behind what is on the air.
    pub(super) fn unpark_all(&mut self) {
        let parked = self.slots.all();
        let parked = parked.filter(|slot| slot.hand.is_empty() && slot.has_parked());
        let parked: Vec<Carrier> = parked.map(|slot| slot.hand.carrier.clone()).collect();
        for carrier in parked {
            self.keep_parked(&carrier);
        }
    }
}
