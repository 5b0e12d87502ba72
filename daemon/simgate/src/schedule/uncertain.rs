//! Parts that may or may not have gone out.

use std::collections::{HashMap, VecDeque};

use modem::{Iccid, JobId};

use super::dispatcher::Dispatcher;
use super::write::Write;
use crate::model::{RowId, Time};
use crate::store::{Answer, Settled, Step};

const MOST_UNCERTAIN: usize = 1024;

/// Parts whose answer may still come.
#[derive(Default)]
pub(super) struct Uncertain {
    /// Those that had none. Bounded: the oldest is forgotten, and then settled by other evidence,
    /// which is in the store.
    open: VecDeque<(JobId, RowId, u16)>,
    /// The one that each SIM was done with last: refused, or accepted without a number. What was
    /// concluded may have been too early.
    last: HashMap<Iccid, (JobId, RowId, u16)>,
}

impl Uncertain {
    pub(super) fn add(&mut self, id: JobId, row: RowId, part: u16) {
        if self.open.len() == MOST_UNCERTAIN {
            self.open.pop_front();
        }
        self.open.push_back((id, row, part));
    }

    /// A part that was handed over had its end.
    pub(super) fn concluded(&mut self, iccid: &Iccid, id: JobId, row: RowId, part: u16) {
        self.last.insert(iccid.clone(), (id, row, part));
    }

    fn take(&mut self, id: JobId) -> Option<(RowId, u16)> {
        let at = self.open.iter().position(|(job, ..)| *job == id);
        let open = at.and_then(|at| self.open.remove(at));
        let last = || self.last.values().find(|(job, ..)| *job == id).copied();
        open.or_else(last).map(|(_, row, part)| (row, part))
    }
}

impl Dispatcher {
    /// A late answer settles what was uncertain, and beats what was concluded before.
    pub(super) fn late(&mut self, id: JobId, answer: Answer) {
        let Some((row, part)) = self.uncertain.take(id) else {
            return;
        };
        let at = Time::now();
        self.write(Write::alone(Step::LateAnswer {
            row,
            part,
            answer,
            at,
        }));
    }

    /// Evidence, or its policy, has settled a message: tell it, and look where it waits again.
    pub(super) fn doubt_settled(&mut self, settled: Settled) {
        self.bus.message(
            settled.id,
            settled.state,
            Some(&settled.carrier),
            settled.reason.as_ref(),
        );
        if let Some((lane, due_at)) = settled.again {
            self.lanes.mark_from(lane, due_at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_by_its_job_whatever_was_concluded_up_to_the_next() {
        let sim: Iccid = "8984012345678901234".parse().unwrap();
        let mut parts = Uncertain::default();
        parts.add(JobId(1), RowId(10), 1);
        parts.concluded(&sim, JobId(2), RowId(20), 3);
        assert_eq!(parts.take(JobId(1)), Some((RowId(10), 1)));
        assert_eq!(parts.take(JobId(1)), None);
        assert_eq!(parts.take(JobId(2)), Some((RowId(20), 3)));
        parts.concluded(&sim, JobId(3), RowId(30), 1);
        assert_eq!(parts.take(JobId(2)), None);
    }
}
