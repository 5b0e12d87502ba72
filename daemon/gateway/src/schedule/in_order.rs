//! What is told of one message, or of one SIM, reaches the store in the order in which it happened. On
//! a disk that fails, what must be written is tried again; what came after it waits meanwhile, and is
//! not taken first.
//!
//! - Of a message: a part's `PartSent` does not apply to one that is back in the queue.
//! - Of a SIM: what its TP-MRs prove depends on all that lies between two of them. A part that becomes
//!   uncertain after the next one's TP-MR was written would seem to have taken no number, and would be
//!   sent again. And of what is remembered of its failures (`Health`) the last is to stay.
//!
//! Nothing else waits. A claim tells nothing of its SIM, and by what is done about its message that
//! message waits for itself. An uplink numbers nothing: its SMSC names each part by itself, and a window
//! of them would go to the disk one by one.

use std::collections::{HashSet, VecDeque};

use super::write::{Subject, Write};

/// Which writes may be handed to the store.
#[derive(Default)]
pub(super) struct InOrder {
    /// Of what the store has steps that it has not answered for good.
    at_work: HashSet<Subject>,
    /// Behind those, oldest first. As few as there are messages in hand: nearly always none.
    waiting: VecDeque<Write>,
}

impl InOrder {
    /// Gives the write back if it may be handed over now, and else keeps it for [`InOrder::take_next`].
    pub(super) fn admit(&mut self, write: Write) -> Option<Write> {
        self.waiting.push_back(write);
        let last = self.waiting.len() - 1;
        self.take_at(last)
    }

    /// It is handed over.
    pub(super) fn begin(&mut self, write: &Write) {
        self.at_work.extend(write.subjects());
    }

    /// The store has taken it, or never will.
    pub(super) fn end(&mut self, write: &Write) {
        for subject in write.subjects() {
            self.at_work.remove(&subject);
        }
    }

    /// The next one that waits for nothing any more; it is to be handed over.
    pub(super) fn take_next(&mut self) -> Option<Write> {
        (0..self.waiting.len()).find_map(|at| self.take_at(at))
    }

    /// Takes this one out if no other about the same is at work or waits before it.
    fn take_at(&mut self, at: usize) -> Option<Write> {
        let write = self.waiting.get(at)?;
        let is_before = |subject: &Subject| {
            let mut before = self.waiting.iter().take(at);
            self.at_work.contains(subject)
                || before.any(|other| other.subjects().any(|it| it == *subject))
        };
        if write.subjects().any(|subject| is_before(&subject)) {
            return None;
        }
        let write = self.waiting.remove(at)?;
        self.begin(&write);
        Some(write)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Carrier, RowId, SimHealth, Time};
    use store::{Reference, Step};

    fn write(row: i64) -> Write {
        Write::alone(Step::NotTried { row: RowId(row) })
    }

    fn of_two(one: i64, other: i64) -> Write {
        let mut write = write(one);
        write.steps.push(Step::NotTried { row: RowId(other) });
        write
    }

    fn rows(write: Option<Write>) -> Vec<i64> {
        let write = write.expect("one that may be written");
        write
            .steps
            .iter()
            .filter_map(Step::row)
            .map(|row| row.0)
            .collect()
    }

    #[test]
    fn what_shares_a_message_waits_for_its_turn_and_nothing_else_does() {
        let mut order = InOrder::default();
        let first = order.admit(of_two(1, 2)).expect("nothing is before it");
        assert!(order.admit(of_two(2, 3)).is_none());
        assert!(order.admit(write(3)).is_none(), "behind what waits");
        assert_eq!(rows(order.admit(write(4))), [4]);
        assert!(order.take_next().is_none());
        order.end(&first);
        assert_eq!(rows(order.take_next()), [2, 3]);
        assert!(order.take_next().is_none());
        order.end(&of_two(2, 3));
        assert_eq!(rows(order.take_next()), [3]);
        order.end(&write(3));
        assert_eq!(rows(order.admit(write(1))), [1]);
    }

    const SIMS: [&str; 2] = ["89840000000000000001", "89840000000000000019"];

    fn sent(row: i64, carrier: &Carrier) -> Write {
        Write::alone(Step::PartSent {
            row: RowId(row),
            part: 1,
            carrier: carrier.clone(),
            reference: Reference::Mr(7),
            at: Time::ZERO,
            last: true,
        })
    }

    fn claim(row: i64, carrier: &Carrier) -> Write {
        Write::alone(Step::Claim {
            fell_back: None,
            row: RowId(row),
            part: 1,
            carrier: carrier.clone(),
            parts: 1,
            at: Time::ZERO,
        })
    }

    #[test]
    fn what_is_told_of_one_sim_waits_for_its_turn_and_a_claim_does_not() {
        let [sim, other] = SIMS.map(|iccid| Carrier::Sim(iccid.parse().unwrap()));
        let mut order = InOrder::default();
        let first = order.admit(sent(1, &sim)).expect("nothing is before it");
        assert_eq!(rows(order.admit(claim(2, &sim))), [2]);
        order.end(&claim(2, &sim));
        assert!(order.admit(sent(2, &sim)).is_none());
        let health = Write::alone(Step::Health {
            iccid: sim.sim().unwrap().clone(),
            health: Box::new(SimHealth::default()),
        });
        assert!(order.admit(health).is_none());
        assert_eq!(rows(order.admit(sent(3, &other))), [3]);
        order.end(&first);
        assert_eq!(rows(order.take_next()), [2]);
        assert!(order.take_next().is_none());
        order.end(&sent(2, &sim));
        assert!(order.take_next().is_some(), "the health");
    }

    #[test]
    fn the_parts_of_an_uplink_do_not_wait_for_each_other() {
        let uplink = Carrier::Uplink("up".parse().unwrap());
        let mut order = InOrder::default();
        assert_eq!(rows(order.admit(sent(1, &uplink))), [1]);
        assert_eq!(rows(order.admit(sent(2, &uplink))), [2]);
    }
}
