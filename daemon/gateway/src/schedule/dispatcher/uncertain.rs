//! Parts that may or may not have gone out.

use std::collections::{HashMap, VecDeque};

use model::{Carrier, Iccid, Imei, RowId};

use super::Dispatcher;
use crate::carriers::JobId;
use crate::schedule::write::Write;
use store::{LateAnswer, Settled, Step, clock};

const MOST_UNCERTAIN: usize = 1024;

/// A part, and what had it.
type Handed = (RowId, u16, Carrier);

/// The part that a SIM was done with last.
struct Last {
    job: JobId,
    handed: Handed,
    /// It was refused, and whether it is the last part; none: it was accepted without a number.
    refused: Option<bool>,
    /// Of the modem that had it.
    imei: Option<Imei>,
    /// The modem has been given another one since.
    passed: bool,
}

/// Parts whose answer may still come.
#[derive(Default)]
pub(super) struct Uncertain {
    /// Those that had none. Bounded: the oldest is forgotten, and then settled by other evidence,
    /// which is in the store.
    open: VecDeque<(JobId, Handed)>,
    /// The one that each SIM was done with last: refused, or accepted without a number. What was
    /// concluded may have been too early.
    last: HashMap<Iccid, Last>,
}

impl Uncertain {
    pub(super) fn add(&mut self, id: JobId, handed: Handed) {
        if self.open.len() == MOST_UNCERTAIN {
            self.open.pop_front();
        }
        self.open.push_back((id, handed));
    }

    /// A part that was handed over had its end.
    pub(super) fn concluded(
        &mut self,
        iccid: &Iccid,
        (job, imei): (JobId, Option<Imei>),
        (row, part): (RowId, u16),
        refused: Option<bool>,
    ) {
        let last = Last {
            job,
            handed: (row, part, iccid.clone().into()),
            refused,
            imei,
            passed: false,
        };
        self.last.insert(iccid.clone(), last);
    }

    /// The SIM's modem is given another part.
    pub(super) fn pass(&mut self, iccid: &Iccid) {
        if let Some(last) = self.last.get_mut(iccid) {
            last.passed = true;
        }
    }

    fn take(&mut self, id: JobId) -> Option<(Handed, Option<bool>)> {
        let at = self.open.iter().position(|(job, _)| *job == id);
        if let Some((_, handed)) = at.and_then(|at| self.open.remove(at)) {
            return Some((handed, None));
        }
        let (iccid, _) = self.last.iter().find(|(_, last)| last.job == id)?;
        let iccid = iccid.clone();
        let last = self.last.remove(&iccid)?;
        Some((last.handed, last.refused))
    }

    /// The job of what this modem refused last, if it was given nothing since.
    fn refused_last(&self, iccid: &Iccid, modem: &Imei) -> Option<JobId> {
        let last = self.last.get(iccid)?;
        let meant = last.refused.is_some() && !last.passed && last.imei.as_ref() == Some(modem);
        meant.then_some(last.job)
    }
}

impl Dispatcher {
    /// A late answer settles what was uncertain, and beats what was concluded before.
    pub(super) fn late(&mut self, id: JobId, answer: LateAnswer) {
        if let Some((handed, refused)) = self.uncertain.take(id) {
            self.write_late(handed, refused, answer);
        }
    }

    /// A modem has accepted something, and its engine, which may be a new one, cannot tell what. It is
    /// the part that it refused last, as long as it was given no other one. False when there is none.
    pub(super) fn accepted_after_all(
        &mut self,
        iccid: &Iccid,
        modem: &Imei,
        answer: LateAnswer,
    ) -> bool {
        let Some(job) = self.uncertain.refused_last(iccid, modem) else {
            return false;
        };
        tracing::info!(%iccid, "a part that was refused has been accepted after all");
        self.late(job, answer);
        true
    }

    fn write_late(&mut self, handed: Handed, refused: Option<bool>, answer: LateAnswer) {
        let (row, part, carrier) = handed;
        let mut write = Write::alone(Step::LateAnswer {
            row,
            part,
            carrier,
            refused,
            answer,
            at: clock::now(),
        });
        // It may wait in the queue again: nobody gets it before this is written.
        if self.lanes.withhold(row) {
            write.holds = Some(row);
        }
        self.write(write);
    }

    /// Evidence, or its policy, has settled a message: tell it, and look where it waits again.
    pub(super) fn doubt_settled(&mut self, settled: Settled) {
        self.bus.message(&settled.change());
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
        let by = Carrier::from(sim.clone());
        let mut parts = Uncertain::default();
        parts.add(JobId(1), (RowId(10), 1, by.clone()));
        parts.concluded(&sim, (JobId(2), None), (RowId(20), 3), Some(true));
        let first = (RowId(10), 1, by.clone());
        assert_eq!(parts.take(JobId(1)), Some((first, None)));
        assert_eq!(parts.take(JobId(1)), None);
        let second = (RowId(20), 3, by);
        assert_eq!(parts.take(JobId(2)), Some((second, Some(true))));
        parts.concluded(&sim, (JobId(3), None), (RowId(30), 1), None);
        assert_eq!(parts.take(JobId(2)), None);
    }
}
