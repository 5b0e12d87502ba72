//! Whose failure it was: the SIM's, whose breaker counts it, or the message's, which other SIMs
//! refuse too.

use model::{Iccid, Reason};
use store::{Step, clock};

use super::awaiting::recipient;
use super::breaker::Fault;
use super::dispatcher::Dispatcher;
use super::health;
use super::suspects::Refusal;

impl Dispatcher {
    /// Counts a failure of its part at work against a SIM, unless another SIM failed so too. What is
    /// to be remembered of the others then.
    pub(super) fn blame(&mut self, iccid: &Iccid, fault: Fault, reason: &Reason) -> Vec<Step> {
        let Some(to) = self.recipient_at_work(iccid) else {
            return Vec::new();
        };
        let mut steps = Vec::new();
        if fault.may_be_the_messages() {
            let refusal = Refusal {
                iccid: iccid.clone(),
                fault,
                reason: reason.clone(),
            };
            let others = self.suspects.refused(recipient(&to), refusal);
            if !others.is_empty() {
                steps.extend(others.iter().filter_map(|other| self.excuse(other, &to)));
                let own = self.slots.get_mut(iccid).map(|slot| slot.excuse(&to));
                let (excused, change) = own.unwrap_or_default();
                health::tell(&self.bus, iccid, change, None);
                if excused {
                    return steps;
                }
            }
        }
        if let Some(slot) = self.slots.get_mut(iccid) {
            let when = (clock::now(), rand::random());
            let change = slot.failed(fault, &to, reason.clone(), when);
            health::tell(&self.bus, iccid, change, Some(reason));
        }
        steps
    }

    /// The message at work is refused for its own sake, or is given up: no other SIM that refused it
    /// is to blame.
    pub(super) fn blame_message(&mut self, iccid: &Iccid) -> Vec<Step> {
        let Some(to) = self.recipient_at_work(iccid) else {
            return Vec::new();
        };
        let mut refusals = self.suspects.cleared(recipient(&to));
        refusals.retain(|known| known.iccid != *iccid);
        let others = refusals.iter();
        others
            .filter_map(|known| self.excuse(&known.iccid, &to))
            .collect()
    }

    /// A SIM has sent a part for this recipient: several that refused it were to blame after all.
    pub(super) fn blame_others(&mut self, iccid: &Iccid, to: &str) -> Vec<Step> {
        let refusals = self.suspects.cleared(recipient(to));
        let mut steps = Vec::new();
        for known in refusals {
            let others = known.iccid != *iccid;
            let Some(slot) = self.slots.get_mut(&known.iccid).filter(|_| others) else {
                continue;
            };
            let when = (clock::now(), rand::random());
            let change = slot.condemn(known.fault, to, known.reason.clone(), when);
            health::tell(&self.bus, &known.iccid, change, Some(&known.reason));
            steps.extend(slot.take_correction(&known.iccid));
        }
        steps
    }

    fn excuse(&mut self, iccid: &Iccid, to: &str) -> Option<Step> {
        let slot = self.slots.get_mut(iccid)?;
        let (_, change) = slot.excuse(to);
        health::tell(&self.bus, iccid, change, None);
        slot.take_correction(iccid)
    }

    fn recipient_at_work(&self, iccid: &Iccid) -> Option<String> {
        let job = self.slots.get(iccid)?.job.as_ref()?;
        Some(job.queued.to.clone())
    }
}
