//! Writes that the scheduler waits for, and what follows from them.

use model::{Carrier, Iccid, Lane, MessageId, Queued, Reason, RowId, Time};

use store::Step;

/// Steps on their way to the store, and what they were for.
pub(super) struct Write {
    pub(super) steps: Vec<Step>,
    /// The message that the first steps settle, and how many of them do.
    pub(super) settled: Option<(Fate, usize)>,
    /// Whose next part goes out once the last step is written.
    pub(super) starts: Option<Hold>,
    /// A message that is kept from the lanes until it is written.
    pub(super) holds: Option<RowId>,
    /// It must be written, however long that takes.
    must: bool,
}

/// A message in a carrier's hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hold {
    pub(super) carrier: Carrier,
    pub(super) row: RowId,
}

/// A message whose fate the steps decide.
#[derive(Clone)]
pub(super) struct Fate {
    pub(super) id: MessageId,
    /// Its recipient.
    pub(super) to: String,
    pub(super) row: RowId,
    pub(super) carrier: Carrier,
    pub(super) reason: Option<Reason>,
    /// The carrier is done with it; if it waits again, in this lane and from this time on.
    pub(super) over: bool,
    pub(super) again: Option<(Lane, Time)>,
}

/// Something of which one step may say what depends on what an earlier one said.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    Message(RowId),
    Sim(Iccid),
}

impl Write {
    pub(super) fn claim(starts: Hold, step: Step) -> Self {
        Self {
            steps: vec![step],
            settled: None,
            starts: Some(starts),
            holds: None,
            must: false,
        }
    }

    /// Steps that settle a message; its carrier is done with it or goes on with it.
    pub(super) fn settling(steps: Vec<Step>, settled: Fate) -> Self {
        Self {
            settled: Some((settled, steps.len())),
            steps,
            starts: None,
            holds: None,
            must: true,
        }
    }

    /// A step of a message that is in no carrier's hands.
    pub(super) fn alone(step: Step) -> Self {
        Self {
            steps: vec![step],
            settled: None,
            starts: None,
            holds: None,
            must: true,
        }
    }

    /// What settles a message, and apart from it the message whose next part the last step was for.
    pub(super) fn split(mut self) -> (Option<Self>, Option<Hold>) {
        let starts = self.starts.take();
        if let Some((_, steps)) = &self.settled {
            self.steps.truncate(*steps);
        }
        (self.must.then_some(self), starts)
    }

    /// What the steps are about.
    pub(super) fn subjects(&self) -> impl Iterator<Item = Subject> {
        let messages = self.steps.iter().filter_map(Step::row);
        let sims = self.steps.iter().filter_map(Step::told_of);
        let sims = sims.cloned().map(Subject::Sim);
        messages.map(Subject::Message).chain(sims)
    }

    /// The store must take this, however long it needs: what went on the air is known only here
    /// until it is written.
    pub(super) fn must_be_written(&self) -> bool {
        self.must
    }
}

impl Fate {
    /// A message that its carrier goes on with.
    pub(super) fn of(queued: &Queued, carrier: Carrier) -> Self {
        Self {
            id: queued.id,
            to: queued.to.clone(),
            row: queued.row,
            carrier,
            reason: None,
            over: false,
            again: None,
        }
    }
}
