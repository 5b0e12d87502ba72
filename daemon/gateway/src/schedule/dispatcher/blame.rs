//! Whose failure it was: the SIM's, whose breaker counts it, or the message's, which other SIMs
//! refuse too.

use model::{Iccid, Reason};
use store::{Step, clock};

use super::Dispatcher;
use crate::schedule::awaiting::recipient;
use crate::schedule::breaker::Fault;
use crate::schedule::health;
use crate::schedule::suspects::SimRefusal;

impl Dispatcher {
    /// Counts a failure of a part for this recipient against a SIM, unless another SIM failed so too.
    /// What is to be remembered of the others then.
    pub(super) fn blame(
        &mut self,
        iccid: &Iccid,
        fault: Fault,
        (to, reason): (&str, &Reason),
    ) -> Vec<Step> {
        let mut steps = Vec::new();
        if fault.may_be_the_messages() {
            let refusal = SimRefusal {
                iccid: iccid.clone(),
                fault,
                reason: reason.clone(),
            };
            let others = self.suspects.refused(recipient(to), refusal);
            if !others.is_empty() {
                steps.extend(others.iter().filter_map(|other| self.excuse(other, to)));
                let own = self.slots.sim_mut(iccid).map(|sim| sim.excuse(to));
                let (excused, change) = own.unwrap_or_default();
                health::tell(&self.bus, iccid, change, None);
                if excused {
                    return steps;
                }
            }
        }
        if let Some(sim) = self.slots.sim_mut(iccid) {
            let when = (clock::now(), rand::random());
            let change = sim.failed(fault, to, reason.clone(), when);
            health::tell(&self.bus, iccid, change, Some(reason));
        }
        steps
    }

    /// A message is refused by a SIM for its own sake, or is given up: no other SIM that refused it is
    /// to blame.
    pub(super) fn blame_message(&mut self, iccid: &Iccid, to: &str) -> Vec<Step> {
        let mut refusals = self.suspects.cleared(recipient(to));
        refusals.retain(|known| known.iccid != *iccid);
        let others = refusals.iter();
        others
            .filter_map(|known| self.excuse(&known.iccid, to))
            .collect()
    }

    /// A SIM has sent a part for this recipient: several that refused it were to blame after all.
    pub(super) fn blame_others(&mut self, iccid: &Iccid, to: &str) -> Vec<Step> {
        let refusals = self.suspects.cleared(recipient(to));
        let mut steps = Vec::new();
        for known in refusals {
            let others = known.iccid != *iccid;
            let Some(sim) = self.slots.sim_mut(&known.iccid).filter(|_| others) else {
                continue;
            };
            let when = (clock::now(), rand::random());
            let change = sim.condemn(known.fault, to, known.reason.clone(), when);
            health::tell(&self.bus, &known.iccid, change, Some(&known.reason));
            steps.extend(sim.take_correction(&known.iccid));
        }
        steps
    }

    fn excuse(&mut self, iccid: &Iccid, to: &str) -> Option<Step> {
        let sim = self.slots.sim_mut(iccid)?;
        let (_, change) = sim.excuse(to);
        health::tell(&self.bus, iccid, change, None);
        sim.take_correction(iccid)
    }
}
