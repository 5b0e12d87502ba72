//! A part is given to its carrier, let out, and answered.

use model::{Carrier, Reason, ReasonCode, RowId};

use crate::carriers::{JobId, NotTaken, PartOutcome};
use crate::schedule::dispatcher::Dispatcher;
use crate::schedule::moment::Moment;
use crate::schedule::slot::{Answered, Heard, LetGo};
use crate::schedule::write::Hold;

impl Dispatcher {
    /// Gives the part at work to a modem, which asks for its prompt while the part becomes `sending` on
    /// disk. An uplink's session sends at once, and so gets the part after that.
    pub(in crate::schedule::dispatcher) fn prepare(&mut self, hold: &Hold) {
        if hold.carrier.sim().is_some() {
            // What is not taken now is given once more when it is let out.
            let _ = self.give(hold);
        }
    }

    fn give(&mut self, hold: &Hold) -> Result<(), NotTaken> {
        self.jobs += 1;
        let (id, follows) = (JobId(self.jobs), !self.lanes.is_empty());
        let slot = self.slots.get_mut(&hold.carrier);
        slot.map_or(Ok(()), |slot| slot.give(hold.row, id, follows))
    }

    /// Lets the part at work out. Its `sending` is on disk.
    pub(in crate::schedule::dispatcher) fn let_out(&mut self, hold: &Hold) {
        let moment = Moment::now();
        self.look_at_clock(moment);
        let Some(job) = self.slots.job(hold) else {
            return;
        };
        let (first, is_given) = (!job.is_bound(), job.given.is_some());
        let given = if is_given { Ok(()) } else { self.give(hold) };
        if let Err(NotTaken::Unfit(reason)) = given {
            return self.fail(hold, reason, Vec::new());
        }
        let Some(slot) = self.slots.get_mut(&hold.carrier) else {
            return;
        };
        let let_out = slot.hand.let_out(hold.row);
        if let Some(sim) = slot.sim_mut() {
            sim.count_submit(first, moment.wall);
        }
        if let Some(iccid) = hold.carrier.sim() {
            // It is done with what came before.
            self.uncertain.pass(iccid);
        }
        match (given, let_out) {
            (Err(NotTaken::Busy(reason) | NotTaken::Unfit(reason)), _) => {
                self.not_taken(hold, reason);
            }
            (Ok(()), LetGo::Lost) => {
                let gone = "the modem went away before it was sent";
                self.not_taken(hold, Reason::new(ReasonCode::ModemGone, gone));
            }
            (Ok(()), LetGo::Early(id, answered)) => self.answered(&hold.carrier, id, answered),
            (Ok(()), LetGo::Out) => {}
        }
    }

    /// A carrier says what became of a part.
    pub(in crate::schedule::dispatcher) fn answered(
        &mut self,
        carrier: &Carrier,
        id: JobId,
        answered: Answered,
    ) {
        let slot = self.slots.get_mut(carrier);
        let heard = slot.map(|slot| slot.hand.heard(id, &answered));
        let (row, given) = match heard {
            Some(Heard::Of(row, given)) => (row, given),
            Some(Heard::Early) => return,
            Some(Heard::Nobodys) | None => {
                tracing::debug!(%carrier, "outcome of a part that is not at work");
                return;
            }
        };
        self.conclude(carrier, (id, row), &answered);
        let hold = Hold {
            carrier: carrier.clone(),
            row,
        };
        match answered.0 {
            PartOutcome::Accepted(reference) => self.accepted(&hold, reference, given.since),
            PartOutcome::NotTaken(reason) => self.not_taken(&hold, reason),
            PartOutcome::Throttled(reason) => self.throttled(&hold, reason),
            PartOutcome::Refused(refusal) => self.refused(&hold, id, refusal),
            PartOutcome::Uncertain { reason, numbered } => {
                self.unanswered(&hold, id, reason, numbered);
            }
        }
    }

    /// Of the part with which a SIM was done last, more may be heard.
    fn conclude(
        &mut self,
        carrier: &Carrier,
        (id, row): (JobId, RowId),
        (outcome, handed_over): &Answered,
    ) {
        if !handed_over || matches!(outcome, PartOutcome::Uncertain { .. }) {
            return;
        }
        let Some(slot) = self.slots.get(carrier) else {
            return;
        };
        let (Some(iccid), Some(job)) = (carrier.sim(), slot.hand.job(row)) else {
            return;
        };
        let refused = !matches!(outcome, PartOutcome::Accepted(_));
        let refused = refused.then(|| job.is_last());
        let modem = slot.sim().and_then(|sim| sim.modem.as_ref());
        let imei = modem.map(|modem| modem.imei.clone());
        let part = (row, job.part);
        self.uncertain.concluded(iccid, (id, imei), part, refused);
    }
}
