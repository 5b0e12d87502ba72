//! Recipients whose messages SIMs have refused: what follows a message from SIM to SIM is the
//! message's, and not theirs. Pure.

use std::collections::VecDeque;

use model::{Iccid, Reason};

use super::breaker::Fault;

/// Recipients remembered; of the oldest the next refusal is the first again.
const MOST: usize = 256;

/// SIMs remembered for having refused one recipient: as many as try one message.
const MOST_SIMS: usize = 6;

/// Who refused whom.
#[derive(Default)]
pub(super) struct Suspects(VecDeque<Suspect>);

struct Suspect {
    /// A hash of the recipient.
    recipient: u64,
    refusals: Vec<SimRefusal>,
}

/// What a SIM had against a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SimRefusal {
    pub(super) iccid: Iccid,
    pub(super) fault: Fault,
    pub(super) reason: Reason,
}

impl Suspects {
    /// Notes a refusal; the other SIMs that had the same against this recipient.
    pub(super) fn refused(&mut self, recipient: u64, refusal: SimRefusal) -> Vec<Iccid> {
        let at = self.0.iter().position(|known| known.recipient == recipient);
        let known = at.and_then(|at| self.0.remove(at));
        let mut suspect = known.unwrap_or(Suspect {
            recipient,
            refusals: Vec::new(),
        });
        (suspect.refusals).retain(|known| known.iccid != refusal.iccid);
        let others = suspect.refusals.iter();
        let others = others.filter(|known| known.fault == refusal.fault);
        let others = others.map(|known| known.iccid.clone()).collect();
        if suspect.refusals.len() == MOST_SIMS {
            suspect.refusals.remove(0);
        }
        suspect.refusals.push(refusal);
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(suspect);
        others
    }

    /// The recipient is seen to be the cause, or not to be one: those that refused it.
    pub(super) fn cleared(&mut self, recipient: u64) -> Vec<SimRefusal> {
        let at = self.0.iter().position(|known| known.recipient == recipient);
        let known = at.and_then(|at| self.0.remove(at));
        known.map_or_else(Vec::new, |known| known.refusals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(n: u8, fault: Fault) -> SimRefusal {
        SimRefusal {
            iccid: format!("89840000000000000{n:03}").parse().unwrap(),
            fault,
            reason: Reason::read("cms-21", "x"),
        }
    }

    #[test]
    fn others_are_those_that_had_the_same_against_the_same_recipient() {
        let mut suspects = Suspects::default();
        let (one, two) = (refusal(1, Fault::Refused), refusal(2, Fault::Refused));
        assert_eq!(suspects.refused(7, one.clone()), []);
        assert_eq!(suspects.refused(7, one.clone()), [], "itself");
        assert_eq!(suspects.refused(8, two.clone()), [], "another recipient");
        assert_eq!(suspects.refused(7, refusal(3, Fault::Network)), [], "else");
        assert_eq!(suspects.refused(7, two.clone()), vec![one.iccid]);
        assert_eq!(suspects.cleared(7).len(), 3);
        assert_eq!(suspects.refused(7, two), []);
    }

    #[test]
    fn memory_has_a_bound() {
        let mut suspects = Suspects::default();
        for recipient in 0..1000 {
            for n in 0..20 {
                suspects.refused(recipient, refusal(n, Fault::Refused));
            }
        }
        assert_eq!(suspects.0.len(), MOST);
        assert!((suspects.0.iter()).all(|known| known.refusals.len() == MOST_SIMS));
    }
}
