//! Parts that may or may not have gone out.

use std::collections::VecDeque;

use modem::JobId;

use super::dispatcher::Dispatcher;
use super::write::Write;
use crate::model::{RowId, Time};
use crate::store::{Answer, Settled, Step};

const MOST_UNCERTAIN: usize = 1024;

/// Parts whose answer never came, in case it comes late. Bounded: the oldest is forgotten, and
/// then settled by other evidence, which is in the store.
#[derive(Default)]
pub(super) struct Uncertain(VecDeque<(JobId, RowId, u16)>);

impl Uncertain {
    pub(super) fn add(&mut self, id: JobId, row: RowId, part: u16) {
        if self.0.len() == MOST_UNCERTAIN {
            self.0.pop_front();
        }
        self.0.push_back((id, row, part));
    }

    fn take(&mut self, id: JobId) -> Option<(RowId, u16)> {
        let at = self.0.iter().position(|(job, ..)| *job == id)?;
        self.0.remove(at).map(|(_, row, part)| (row, part))
    }
}

impl Dispatcher {
    /// A late answer settles what was uncertain.
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
