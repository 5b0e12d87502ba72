//! A few connections that only read, so that no reader waits for a commit. Each has a thread of
//! its own: whatever else holds up threads of this process, it holds up no reader.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use crate::StoreError;
use crate::machine::files;
use crate::machine::home::Home;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// Connections that read one thing at a time each; a caller waits when all are in use.
pub(crate) struct Readers {
    permits: Arc<Semaphore>,
    count: u32,
    threads: Mutex<Option<Running>>,
}

struct Running {
    jobs: mpsc::Sender<Job>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Opens `count` connections.
    pub(crate) fn open(home: &Home, count: u32) -> Result<Self, StoreError> {
        let (jobs, inbox) = mpsc::channel();
        let inbox = Arc::new(Mutex::new(inbox));
        let start = |_| -> Result<JoinHandle<()>, StoreError> {
            let connection = files::connect_reader(home)?;
            let inbox = Arc::clone(&inbox);
            let thread = Builder::new().name("store-read".to_owned());
            Ok(thread.spawn(move || serve(&connection, &inbox))?)
        };
        let threads = (0..count).map(start).collect::<Result<_, _>>()?;
        Ok(Self {
            permits: Arc::new(Semaphore::new(count as usize)),
            count,
            threads: Mutex::new(Some(Running { jobs, threads })),
        })
    }

    /// Runs `work` on a reader's thread, in one read transaction of its own.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let permit = self
            .permits
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| StoreError::Closed)?;
        let (answer, outcome) = oneshot::channel();
        let job = move |connection: &Connection| {
            let _permit = permit;
            // Several queries of one answer must see one state.
            let snapshot = connection.unchecked_transaction();
            let read = snapshot.map_err(Into::into).and_then(|one| work(&one));
            // A caller that has gone away wants no answer.
            let _ = answer.send(read);
        };
        self.hand_in(Box::new(job))?;
        outcome.await.map_err(|_| StoreError::Defect)?
    }

    fn hand_in(&self, job: Job) -> Result<(), StoreError> {
        let running = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let running = running.as_ref().ok_or(StoreError::Closed)?;
        running.jobs.send(job).map_err(|_| StoreError::Closed)
    }

    /// Waits for the reads under way, refuses new ones and closes the connections.
    pub(crate) async fn close(&self) {
        if let Ok(all) = self.permits.acquire_many(self.count).await {
            all.forget();
        }
        self.permits.close();
        let running = self
            .threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(Running { jobs, threads }) = running {
            drop(jobs);
            // They have nothing left to do.
            for thread in threads {
                let _ = thread.join();
            }
        }
    }
}

/// Takes jobs until there will be no more.
fn serve(connection: &Connection, inbox: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let next = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // The caller learns of a panic by the answer that does not come.
        let _ = catch_unwind(AssertUnwindSafe(|| job(connection)));
    }
}
