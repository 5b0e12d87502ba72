//! Parts that may or may not have gone out.

use std::collections::VecDeque;

use modem::JobId;

use super::slot::Job;
use crate::model::{Lane, MessageId, RowId};

const MOST_UNCERTAIN: usize = 1024;

/// Parts whose answer never came, in case it comes late. Bounded: the oldest is forgotten, and
/// then settled by other evidence.
#[derive(Default)]
pub(super) struct Uncertain(VecDeque<(JobId, Pending)>);

/// What a late answer needs to know of a part.
pub(super) struct Pending {
    pub(super) id: MessageId,
    pub(super) row: RowId,
    pub(super) part: u16,
    pub(super) last: bool,
    pub(super) lane: Lane,
}

impl Uncertain {
    pub(super) fn add(&mut self, id: JobId, job: &Job) {
        if self.0.len() == MOST_UNCERTAIN {
            self.0.pop_front();
        }
        let queued = &job.queued;
        let (part, last) = (job.part, job.is_last());
        let lane = queued.lane.clone();
        self.0.push_back((
            id,
            Pending {
                id: queued.id,
                row: queued.row,
                part,
                last,
                lane,
            },
        ));
    }

    pub(super) fn take(&mut self, id: JobId) -> Option<Pending> {
        let at = self.0.iter().position(|(job, _)| *job == id)?;
        self.0.remove(at).map(|(_, pending)| pending)
    }
}
