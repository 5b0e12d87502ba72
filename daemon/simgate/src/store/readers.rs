//! A few connections that only read, so that no reader waits for a commit.

use std::path::Path;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{StoreError, files};

/// Connections that are lent out one at a time; a caller waits when all are in use.
pub(super) struct Readers {
    free: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
    count: u32,
}

impl Readers {
    /// Opens `count` connections.
    pub(super) fn open(dir: &Path, count: u32) -> Result<Self, StoreError> {
        let connections: Result<Vec<_>, _> =
            (0..count).map(|_| files::connect_reader(dir)).collect();
        let free = Arc::new(Mutex::new(connections?));
        Ok(Self {
            free,
            permits: Arc::new(Semaphore::new(count as usize)),
            count,
        })
    }

    /// Runs `work` on a thread that may block, in one read transaction of its own.
    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
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
        let free = self.free.clone();
        let job = move || {
            let _permit = permit;
            let loan = Loan::take(free)?;
            let connection = loan.connection.as_ref().ok_or(StoreError::Closed)?;
            // Several queries of one answer must see one state.
            let snapshot = connection.unchecked_transaction()?;
            work(&snapshot)
        };
        tokio::task::spawn_blocking(job)
            .await
            .map_err(|_| StoreError::Defect)?
    }

    /// Waits for the reads under way, refuses new ones and closes the connections.
    pub(super) async fn close(&self) {
        if let Ok(all) = self.permits.acquire_many(self.count).await {
            all.forget();
        }
        self.permits.close();
        if let Ok(mut free) = self.free.lock() {
            free.clear();
        }
    }
}

/// A connection that goes back when it is dropped, after a panic too.
struct Loan {
    connection: Option<Connection>,
    home: Arc<Mutex<Vec<Connection>>>,
}

impl Loan {
    fn take(home: Arc<Mutex<Vec<Connection>>>) -> Result<Self, StoreError> {
        let connection = home.lock().map_err(|_| StoreError::Closed)?.pop();
        Ok(Self { connection, home })
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let (Some(connection), Ok(mut free)) = (self.connection.take(), self.home.lock()) {
            free.push(connection);
        }
    }
}
