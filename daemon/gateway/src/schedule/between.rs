//! Between two parts of a long message: what is more urgent goes first, on the same SIM, and then
//! the message goes on. Its parts stay in order, and its message is `sending` all the while.

use model::{Iccid, Reason};

use super::dispatcher::Dispatcher;
use super::moment::Moment;
use super::slot::Job;
use super::write::{Settled, Start, Write};
use store::{Step, clock};

impl Dispatcher {
    /// The part at work is sent, and another one is to follow.
    pub(super) fn park(&mut self, iccid: &Iccid) {
        let Some(slot) = self.slots.get_mut(iccid) else {
            return;
        };
        let Some(mut job) = slot.job.take() else {
            return;
        };
        job.part += 1;
        job.on_air = None;
        slot.parked.push(job);
    }

    /// Puts the next part of a parked message into the hands of its SIM and says what to write for
    /// it.
    pub(super) fn resume(&mut self, moment: Moment) -> Option<(Start, Step)> {
        let mut slots = self.slots.iter_mut();
        let (iccid, slot) = slots.find(|(_, slot)| slot.resumes(moment))?;
        let (iccid, job) = (iccid.clone(), slot.parked.pop()?);
        let step = Step::PartSending {
            row: job.queued.row,
            part: job.part,
            carrier: iccid.clone().into(),
            at: moment.wall,
        };
        slot.job = Some(job);
        self.prepare(&iccid);
        Some((Start::Sim(iccid), step))
    }

    /// Its SIM has nothing at work any more. Where that does not go on, for a while, its parked message
    /// waits in the queue.
    pub(super) fn keep_parked(&mut self, iccid: &Iccid) {
        let Some(slot) = self.slots.get(iccid) else {
            return;
        };
        let reason = if self.stopping {
            Reason::new("stopped", "the gateway stopped between two parts")
        } else if slot.modem.is_none() {
            Reason::new("modem-gone", "the modem went away between two parts")
        } else if slot.is_cooling(clock::now()) {
            let rests = "the SIM rests after a failure between two parts";
            Reason::new("cooling", rests)
        } else {
            return;
        };
        self.unpark(iccid, &reason);
    }

    /// Gives the parked messages back to the queue; the rest of each goes through this SIM.
    fn unpark(&mut self, iccid: &Iccid, reason: &Reason) {
        let slot = self.slots.get_mut(iccid);
        let parked = slot.map(|slot| std::mem::take(&mut slot.parked));
        for job in parked.into_iter().flatten() {
            self.unpark_one(iccid, &job, reason);
        }
    }

    fn unpark_one(&mut self, iccid: &Iccid, job: &Job, reason: &Reason) {
        let (row, now) = (job.queued.row, clock::now());
        let step = Step::Requeue {
            row,
            part: job.part,
            due_at: now,
            reason: reason.clone(),
            refused_by: None,
            pinned: Some(iccid.clone().into()),
            at: now,
        };
        let settled = Settled {
            over: true,
            reason: Some(reason.clone()),
            again: Some((job.queued.lane.clone(), now)),
            ..Settled::of(&job.queued, iccid.clone().into())
        };
        let steps = vec![Step::NotTried { row }, step];
        self.write(Write::settling(steps, settled));
    }

    /// The gateway stops: nothing is parked any more but behind what is on the air.
    pub(super) fn unpark_all(&mut self) {
        let parked = self.slots.iter();
        let parked = parked.filter(|(_, slot)| slot.job.is_none() && !slot.parked.is_empty());
        let parked: Vec<Iccid> = parked.map(|(iccid, _)| iccid.clone()).collect();
        for iccid in parked {
            self.keep_parked(&iccid);
        }
    }
}
