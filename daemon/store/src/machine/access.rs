//! How a part of the store gets at the file.

use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::StoreError;
use crate::machine::readers::Readers;
use crate::machine::writer::{Job, Need, Shared, Tx, Writer};

/// The writer, and the readers of those who ask.
#[derive(Clone)]
pub(crate) struct Access {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
}

impl Access {
    pub(crate) fn new(writer: &Arc<Writer>, readers: &Arc<Readers>) -> Self {
        Self {
            writer: Arc::clone(writer),
            readers: Arc::clone(readers),
        }
    }

    /// Commits what `work` does.
    pub(crate) async fn write<T, F>(&self, need: Need, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.noted(self.writer.write(need, work).await)
    }

    /// Commits a job that is no closure, and waits for its answer.
    pub(crate) async fn submit<T>(
        &self,
        job: Box<dyn Job>,
        outcome: oneshot::Receiver<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.noted(self.writer.submit(job, outcome).await)
    }

    /// Reads at one instant.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.noted(self.readers.read(work).await)
    }

    /// What the writer tells without a query.
    pub(crate) fn shared(&self) -> &Shared {
        &self.writer.shared
    }

    /// Has damage told of once.
    fn noted<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        result.inspect_err(|error| {
            if error.is_damage() {
                self.writer.shared.trouble.note(error);
            }
        })
    }
}
