//! What is handed to the writer, and the transaction that it runs in.

use rusqlite::{CachedStatement, Connection, Params};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::collected::Collected;
use crate::StoreError;
use crate::machine::select::Select;
use model::Priority;

/// Whether a job may use the last of the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// It takes in something that can be refused.
    Growth,
    /// It carries on with what was taken in.
    Ongoing,
    /// It takes in what the network gives only now. Nothing waits for it but an acknowledgement,
    /// which has time.
    Arrival,
}

/// The transaction as a job sees it.
pub(crate) struct Tx<'c> {
    connection: &'c Connection,
    /// By how much the queue grew, by priority.
    pub(super) queued: [i64; 3],
    /// Messages that are not indexed for readers.
    pub(crate) unindexed: i64,
    /// What the statistics are to know of it.
    pub(crate) collected: Collected,
}

impl<'c> Tx<'c> {
    /// A transaction on this connection in which nothing was done yet.
    pub(crate) fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            queued: [0; 3],
            unindexed: 0,
            collected: Collected::default(),
        }
    }

    /// A statement, prepared once a connection.
    pub(crate) fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, StoreError> {
        Ok(self.connection.prepare_cached(sql)?)
    }

    /// Runs a statement; how many rows it changed.
    pub(crate) fn execute(&self, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        Ok(self.prepare(sql)?.execute(params)?)
    }

    /// The same for a statement of which the count says nothing.
    pub(crate) fn run(&self, sql: &str, params: impl Params) -> Result<(), StoreError> {
        self.execute(sql, params)?;
        Ok(())
    }

    /// The connection, to read what is so in this transaction.
    pub(crate) fn reader(&self) -> &Connection {
        self.connection
    }

    /// The row that the last INSERT made.
    pub(crate) fn last_row(&self) -> i64 {
        self.connection.last_insert_rowid()
    }

    /// `by` messages more (or fewer) are `queued`.
    pub(crate) fn queued(&mut self, priority: Priority, by: i64) {
        self.queued[priority as usize] += by;
    }
}

impl Select for Tx<'_> {
    fn connection(&self) -> &Connection {
        self.connection
    }
}

/// Something to be committed. It may run more than once, when a transaction has to be
/// repeated without another job that broke it.
pub(crate) trait Job: Send {
    fn need(&self) -> Need;
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError>;
    /// Answers, after the commit or instead of it.
    fn finish(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// A job made of a closure.
pub(super) struct Task<T, F> {
    pub(super) need: Need,
    pub(super) work: F,
    pub(super) value: Option<T>,
    pub(super) answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send,
{
    fn need(&self) -> Need {
        self.need
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        self.value = Some((self.work)(tx)?);
        Ok(())
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { value, answer, .. } = *self;
        // A caller that has gone away wants no answer.
        let _ = answer.send(outcome.and_then(|()| value.ok_or(StoreError::Defect)));
    }
}

/// A job in the queue, with its place: also when its caller has gone, the place is free only when
/// the job is done.
pub(super) struct Waiting {
    pub(super) job: Box<dyn Job>,
    pub(super) _place: OwnedSemaphorePermit,
}

impl Job for Waiting {
    fn need(&self) -> Need {
        self.job.need()
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        self.job.run(tx)
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        self.job.finish(outcome);
    }
}
