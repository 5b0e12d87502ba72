//! The one thread that writes. What waits while a commit is syncing goes into the next one.

mod collected;
mod groups;
mod job;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use crate::StoreError;
use crate::machine::keeper::Keeper;
use crate::machine::trouble::Trouble;
pub(crate) use collected::{Counted, Stored};
use groups::Joining;
pub(crate) use job::{Job, Need, Tx};
use job::{Task, Waiting};

/// Jobs that may wait; a caller beyond that waits for its turn before it hands its job in.
pub(crate) const WAITING: usize = 1024;

/// What the writer does beside its jobs.
#[derive(Clone, Copy)]
pub(crate) struct Chores {
    /// Makes the job for when there is none: it indexes messages for readers.
    pub(crate) idle: fn() -> Box<dyn Job>,
    /// Writes into the statistics what the jobs of a transaction did, before its commit.
    pub(crate) tally: fn(&mut Tx<'_>) -> Result<(), StoreError>,
}

enum Order {
    Job(Box<dyn Job>),
    Stop,
}

/// What the writer thread tells to whoever asks, without a query.
#[derive(Default)]
pub(crate) struct Shared {
    /// Messages `queued`, by priority.
    pub(crate) depth: [AtomicI64; 3],
    pub(crate) trouble: Trouble,
    /// The log is to be emptied.
    log_to_empty: AtomicBool,
}

impl Shared {
    /// Asks the writer to empty the log after a commit, as soon as nobody reads it.
    pub(crate) fn empty_log(&self) {
        self.log_to_empty.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_log_emptied(&self) -> bool {
        !self.log_to_empty.load(Ordering::Relaxed)
    }
}

/// The callers' end of the writer thread.
pub(crate) struct Writer {
    orders: mpsc::Sender<Order>,
    room: Arc<Semaphore>,
    thread: std::sync::Mutex<Option<JoinHandle<()>>>,
    pub(crate) shared: Arc<Shared>,
}

impl Writer {
    /// Starts the thread. `keeper` is none for a tool, which neither indexes nor checkpoints.
    pub(crate) fn start(
        connection: Connection,
        shared: Arc<Shared>,
        keeper: Option<Keeper>,
        chores: Chores,
    ) -> Result<Self, StoreError> {
        let (orders, inbox) = mpsc::channel();
        let thread = WriterThread {
            connection,
            shared: shared.clone(),
            keeper,
            chores,
            // Whether there are any, the first step finds out.
            unindexed: 1,
            inbox,
            stopping: Cell::new(false),
            sync: Duration::ZERO,
        };
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || thread.serve())?;
        let room = Arc::new(Semaphore::new(WAITING));
        let thread = std::sync::Mutex::new(Some(thread));
        Ok(Self {
            orders,
            room,
            thread,
            shared,
        })
    }

    /// Commits what `work` does, and gives what it gave.
    pub(crate) async fn write<T, F>(&self, need: Need, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        self.submit(
            Box::new(Task {
                need,
                work,
                value: None,
                answer,
            }),
            outcome,
        )
        .await
    }

    /// Hands a job in and waits for its answer.
    pub(crate) async fn submit<T>(
        &self,
        job: Box<dyn Job>,
        outcome: oneshot::Receiver<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let place = self.room.clone().acquire_owned().await;
        let waiting = Waiting {
            job,
            _place: place.map_err(|_| StoreError::Closed)?,
        };
        self.orders
            .send(Order::Job(Box::new(waiting)))
            .map_err(|_| StoreError::Closed)?;
        outcome.await.map_err(|_| StoreError::Closed)?
    }

    /// Commits what waits and ends the thread.
    pub(crate) async fn stop(&self) {
        let _ = self.orders.send(Order::Stop);
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

struct WriterThread {
    connection: Connection,
    shared: Arc<Shared>,
    keeper: Option<Keeper>,
    chores: Chores,
    /// There are messages that are not indexed.
    unindexed: i64,
    inbox: mpsc::Receiver<Order>,
    /// What is in hand is the last.
    stopping: Cell<bool>,
    /// How long the last commit took.
    sync: Duration,
}

/// Why a transaction came to nothing.
enum Broken {
    /// This job's error undid the whole of it.
    By(usize, StoreError),
    /// It could not be begun or committed.
    Group(StoreError),
}

impl WriterThread {
    fn serve(mut self) {
        loop {
            let jobs = self.next_group();
            if !jobs.is_empty() {
                self.commit(jobs);
            } else if !self.stopping.get() {
                self.idle();
            }
            if self.stopping.get() {
                break;
            }
            if let Some(keeper) = &mut self.keeper {
                keeper.checkpointer.committed(&self.connection);
                if !self.shared.is_log_emptied() && keeper.checkpointer.empty(&self.connection) {
                    self.shared.log_to_empty.store(false, Ordering::Relaxed);
                }
            }
        }
        if let Some(keeper) = self.keeper {
            keeper.close(self.connection);
        }
    }

    /// Nothing has come for a while: indexes some messages.
    fn idle(&mut self) {
        let before = self.unindexed;
        self.commit(vec![(self.chores.idle)()]);
        let well = self.keeper.as_ref().is_none_or(Keeper::is_well);
        if well && before > 0 && self.unindexed == before {
            // It fails by itself, on a damaged page: that is no better in a moment. The next
            // message brings another try.
            self.unindexed = 0;
        }
    }

    /// Commits the jobs together and answers them. What breaks the transaction is taken out,
    /// answered with its error, and the rest repeated.
    fn commit(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        while !jobs.is_empty() {
            if let Some(refusal) = self.refusal() {
                return answer(jobs, &refusal);
            }
            if self.is_spent() {
                jobs = self.refuse_growth(jobs);
            }
            match self.attempt(&mut jobs) {
                Ok(outcomes) => {
                    for (job, outcome) in jobs.drain(..).zip(outcomes) {
                        if matches!(outcome, Err(StoreError::Full)) {
                            self.note_refusal();
                        }
                        job.finish(outcome);
                    }
                }
                Err(broken) => jobs = self.after(broken, jobs),
            }
        }
    }

    /// What is left to be tried after a transaction came to nothing. Without room, what can be
    /// refused goes first, then the reserve.
    fn after(&mut self, broken: Broken, mut jobs: Vec<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
        let (Broken::By(_, error) | Broken::Group(error)) = &broken;
        if let (StoreError::Unwritable(_), Some(keeper)) = (error, &mut self.keeper) {
            keeper.breaks(error, &self.shared.trouble);
            answer(jobs, error);
            return Vec::new();
        }
        if matches!(error, StoreError::Full) {
            if jobs.iter().any(|job| job.need() == Need::Growth) {
                return self.refuse_growth(jobs);
            }
            if self.release_reserve() {
                return jobs;
            }
        }
        match broken {
            Broken::By(at, error) => jobs.remove(at).finish(Err(error)),
            Broken::Group(error) => answer(std::mem::take(&mut jobs), &error),
        }
        jobs
    }

    /// One transaction with all the jobs: one result a job, durable when this returns.
    fn attempt(
        &mut self,
        jobs: &mut Vec<Box<dyn Job>>,
    ) -> Result<Vec<Result<(), StoreError>>, Broken> {
        // Without the reserve nobody joins unseen: new messages have no room then.
        let spent = self.is_spent();
        let connection = &self.connection;
        let statement = |sql: &str| -> Result<(), StoreError> {
            connection.prepare_cached(sql)?.execute([])?;
            Ok(())
        };
        let undo = |error| {
            if !connection.is_autocommit() {
                let _ = connection.execute_batch("ROLLBACK");
            }
            Broken::Group(error)
        };
        statement("BEGIN IMMEDIATE").map_err(undo)?;
        let mut tx = Tx::new(connection);
        tx.unindexed = self.unindexed;
        let mut outcomes = Vec::with_capacity(jobs.len());
        let mut joining = Joining::default();
        loop {
            if outcomes.len() == jobs.len() && !spent && joining.goes_on(self.sync) {
                self.take_waiting(jobs);
            }
            let at = outcomes.len();
            let Some(job) = jobs.get_mut(at) else { break };
            statement("SAVEPOINT job").map_err(undo)?;
            let (queued, unindexed) = (tx.queued, tx.unindexed);
            let outcome = catch_unwind(AssertUnwindSafe(|| job.run(&mut tx)))
                .unwrap_or(Err(StoreError::Defect));
            if let Err(error) = &outcome {
                (tx.queued, tx.unindexed) = (queued, unindexed);
                let all_wait = match error {
                    StoreError::Full => job.need() != Need::Growth,
                    error => error.is_of_disk(),
                };
                if all_wait || connection.is_autocommit() {
                    undo(error.clone());
                    return Err(Broken::By(at, error.clone()));
                }
                statement("ROLLBACK TO job").map_err(undo)?;
                tx.collected.job_undone();
            }
            tx.collected.job_done();
            statement("RELEASE job").map_err(undo)?;
            outcomes.push(outcome);
        }
        (self.chores.tally)(&mut tx).map_err(undo)?;
        let began = Instant::now();
        statement("COMMIT").map_err(undo)?;
        self.sync = began.elapsed();
        for (depth, by) in self.shared.depth.iter().zip(tx.queued) {
            depth.fetch_add(by, Ordering::Relaxed);
        }
        self.unindexed = tx.unindexed;
        Ok(outcomes)
    }

    /// Why nothing can be written at the moment; sees whether that is over.
    fn refusal(&mut self) -> Option<StoreError> {
        let keeper = self.keeper.as_mut()?;
        if let Some(connection) = keeper.mend(&self.shared.trouble) {
            self.connection = connection;
        }
        keeper.refusal()
    }

    /// True while the reserve is spent; tries to get it back.
    fn is_spent(&mut self) -> bool {
        let keeper = self.keeper.as_mut();
        keeper.is_some_and(|keeper| keeper.is_spent(&self.shared.trouble))
    }

    fn release_reserve(&mut self) -> bool {
        let keeper = self.keeper.as_mut();
        keeper.is_some_and(|keeper| keeper.release_reserve(&self.connection, &self.shared.trouble))
    }

    /// Answers those that can be refused, and gives the others.
    fn refuse_growth(&mut self, jobs: Vec<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
        let (refused, kept): (Vec<_>, Vec<_>) =
            jobs.into_iter().partition(|job| job.need() == Need::Growth);
        if !refused.is_empty() {
            self.note_refusal();
        }
        answer(refused, &StoreError::Full);
        kept
    }

    fn note_refusal(&mut self) {
        if let Some(keeper) = &mut self.keeper {
            keeper.refused(&self.shared.trouble);
        }
    }
}

/// Answers all of them with this error.
fn answer(jobs: Vec<Box<dyn Job>>, error: &StoreError) {
    for job in jobs {
        job.finish(Err(error.clone()));
    }
}
