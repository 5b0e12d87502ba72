//! The steps of one message reach the store in the order in which they were made. On a disk that
//! fails, what must be written is tried again; what came after it waits meanwhile, and is not taken
//! first: a part's `PartSent` does not apply to a message that is back in the queue.

use std::collections::{HashSet, VecDeque};

use super::write::Write;
use crate::model::RowId;

/// Which writes may be handed to the store.
#[derive(Default)]
pub(super) struct InOrder {
    /// Messages of which the store has steps that it has not answered for good.
    at_work: HashSet<RowId>,
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
        self.at_work.extend(write.rows());
    }

    /// The store has taken it, or never will.
    pub(super) fn end(&mut self, write: &Write) {
        for row in write.rows() {
            self.at_work.remove(&row);
        }
    }

    /// The next one that waits for nothing any more; it is to be handed over.
    pub(super) fn take_next(&mut self) -> Option<Write> {
        (0..self.waiting.len()).find_map(|at| self.take_at(at))
    }

    /// Takes this one out if no other with one of its messages is at work or waits before it.
    fn take_at(&mut self, at: usize) -> Option<Write> {
        let write = self.waiting.get(at)?;
        let is_before = |row: &RowId| {
            let mut before = self.waiting.iter().take(at);
            self.at_work.contains(row) || before.any(|other| other.rows().any(|it| it == *row))
        };
        if write.rows().any(|row| is_before(&row)) {
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
    use crate::store::Step;

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
        write.rows().map(|row| row.0).collect()
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
}
