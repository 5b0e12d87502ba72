//! Writes that the scheduler waits for, and what follows from them.

use modem::Iccid;

use super::slot::Job;
use crate::model::{Lane, MessageId, Reason, RowId, Time};
use crate::store::Step;

/// Steps on their way to the store, and what they were for.
pub(super) struct Write {
    pub(super) steps: Vec<Step>,
    /// The message that the first steps settle, and how many of them do.
    pub(super) settled: Option<(Settled, usize)>,
    /// The SIM whose next part goes out once the last step is written.
    pub(super) starts: Option<Iccid>,
    /// It must be written, however long that takes.
    must: bool,
}

/// A message whose fate the steps decide.
#[derive(Clone)]
pub(super) struct Settled {
    pub(super) id: MessageId,
    pub(super) row: RowId,
    pub(super) iccid: Iccid,
    pub(super) reason: Option<Reason>,
    /// The SIM is done with it; if it waits again, in this lane and from this time on.
    pub(super) over: bool,
    pub(super) again: Option<(Lane, Time)>,
}

impl Write {
    pub(super) fn claim(iccid: Iccid, step: Step) -> Self {
        Self {
            steps: vec![step],
            settled: None,
            starts: Some(iccid),
            must: false,
        }
    }

    /// Steps that settle a message; the SIM is done with it or goes on with it.
    pub(super) fn settling(steps: Vec<Step>, settled: Settled) -> Self {
        Self {
            settled: Some((settled, steps.len())),
            steps,
            starts: None,
            must: true,
        }
    }

    /// A step of a message that is in no SIM's hands.
    pub(super) fn alone(step: Step) -> Self {
        Self {
            steps: vec![step],
            settled: None,
            starts: None,
            must: true,
        }
    }

    /// What settles a message, and apart from it the SIM whose next part the last step was for.
    pub(super) fn split(mut self) -> (Option<Self>, Option<Iccid>) {
        let starts = self.starts.take();
        if let Some((_, steps)) = &self.settled {
            self.steps.truncate(*steps);
        }
        (self.must.then_some(self), starts)
    }

    /// The store must take this, however long it needs: what went on the air is known only here
    /// until it is written.
    pub(super) fn must_be_written(&self) -> bool {
        self.must
    }
}

impl Settled {
    /// A message that a SIM goes on with.
    pub(super) fn of(job: &Job, iccid: &Iccid) -> Self {
        Self {
            id: job.queued.id,
            row: job.queued.row,
            iccid: iccid.clone(),
            reason: None,
            over: false,
            again: None,
        }
    }
}
