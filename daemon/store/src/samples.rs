//! Doors for tests, here and in the crates above.
#![allow(clippy::unwrap_used, reason = "a test fails where they do")]

use model::NewMessage;
#[cfg(test)]
use rusqlite::Connection;

use crate::machine::access::Access;
use crate::machine::writer::{Need, Tx};
use crate::{Accepted, NewReplay, Store, StoreError};

impl Store {
    /// Keeps the writer at work until what is returned is dropped.
    pub async fn stall(&self) -> std::sync::mpsc::Sender<()> {
        let (end, ended) = std::sync::mpsc::channel();
        let (begin, begun) = tokio::sync::oneshot::channel();
        let (store, mut begin) = (self.clone(), Some(begin));
        tokio::spawn(async move {
            let stalled = store.write(Need::Ongoing, move |_| {
                begin.take().map(|begin| begin.send(()));
                let _ = ended.recv();
                Ok(())
            });
            stalled.await
        });
        let _ = begun.await;
        end
    }

    /// Has the writer run this on its connection, a trigger that fails a write, say.
    pub async fn run(&self, sql: &'static str) {
        let run = move |tx: &mut Tx<'_>| tx.run(sql, []);
        self.write(Need::Ongoing, run).await.unwrap();
    }

    /// Stores messages that no SIM takes at once.
    pub async fn accept(
        &self,
        messages: Vec<NewMessage>,
        replay: Option<NewReplay>,
    ) -> Result<Accepted, StoreError> {
        self.queue().admit(messages, replay, Vec::new()).await
    }

    /// Commits what `work` does.
    pub(crate) async fn write<T, F>(&self, need: Need, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        Access::new(&self.0.writer, &self.0.readers)
            .write(need, work)
            .await
    }

    /// Reads whatever a test wants to know.
    #[cfg(test)]
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        Access::new(&self.0.writer, &self.0.readers)
            .read(work)
            .await
    }
}
