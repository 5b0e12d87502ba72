//! What the jobs of a transaction did to messages that are counted: collected in memory, and written
//! once a commit.

use std::cell::RefCell;
use std::collections::HashMap;

use model::{Carrier, KeyId, Prefix, RowId, Time};

/// What is counted of a message, from its row alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) stored: Stored,
    pub(crate) carrier: Option<Carrier>,
    /// When all of it was sent, and how long it had waited.
    pub(crate) sent: Option<(Time, i64)>,
    /// When it was delivered, and how long after it was sent.
    pub(crate) delivered: Option<(Time, i64)>,
    pub(crate) failed: Option<Time>,
}

/// What a message is from the beginning.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stored {
    /// Since 1970, in hours.
    pub(crate) hour: i64,
    /// Who sends it; none of one that came in.
    pub(crate) key: Option<KeyId>,
    /// Of one that came in.
    pub(crate) by: Option<Carrier>,
    /// Of the other party.
    pub(crate) prefix: Prefix,
}

/// What the jobs of a transaction have done.
#[derive(Default)]
pub(crate) struct Collected {
    /// New messages of the jobs that are done, and of the one that runs.
    stored: HashMap<Stored, i64>,
    of_job: HashMap<Stored, i64>,
    /// Messages that may have changed, as they were before; none: it is not counted.
    before: RefCell<HashMap<RowId, Option<Counted>>>,
    /// Those of them that the job which runs was the first to look at.
    first_of_job: RefCell<Vec<RowId>>,
}

impl Collected {
    /// A message was stored.
    pub(crate) fn add(&mut self, stored: Stored) {
        *self.of_job.entry(stored).or_default() += 1;
    }

    /// Whether a message was looked at in this transaction.
    pub(crate) fn has(&self, row: RowId) -> bool {
        self.before.borrow().contains_key(&row)
    }

    /// A message, as it is, may be about to change.
    pub(crate) fn note(&self, row: RowId, before: Option<Counted>) {
        self.before.borrow_mut().insert(row, before);
        self.first_of_job.borrow_mut().push(row);
    }

    /// A job has ended; what it did stays.
    pub(super) fn job_done(&mut self) {
        for (stored, count) in self.of_job.drain() {
            *self.stored.entry(stored).or_default() += count;
        }
        self.first_of_job.get_mut().clear();
    }

    /// A job has ended; what it did was undone.
    pub(super) fn job_undone(&mut self) {
        self.of_job.clear();
        let before = self.before.get_mut();
        for row in self.first_of_job.get_mut().drain(..) {
            before.remove(&row);
        }
    }

    /// All of it, to be written.
    pub(crate) fn take(&mut self) -> (HashMap<Stored, i64>, HashMap<RowId, Option<Counted>>) {
        self.job_done();
        (std::mem::take(&mut self.stored), self.before.take())
    }
}
