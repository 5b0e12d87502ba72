//! The store: everything that must survive a power cut, in one SQLite file.
//!
//! The only place with SQL; it calls nobody. One thread writes: jobs that wait while a commit is
//! syncing share the next one (`writer`). Readers have connections of their own (`readers`), and
//! a third party moves the log's pages into the file (`checkpoint`).
//!
//! What a caller was told is on disk: every `Ok` of a writing function came after the `fsync`.

mod accept;
mod advance;
mod audit;
mod callbacks;
mod checkpoint;
mod columns;
mod conversations;
mod doubts;
mod error;
mod files;
mod filter;
mod history;
mod inbound;
mod incidents;
mod index;
mod keys;
mod messages;
mod migrate;
mod outbound;
mod overview;
mod queue;
mod readers;
mod recovery;
mod replays;
mod reports;
mod reserve;
mod retain;
mod seen;
mod sims;
mod tallies;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rusqlite::Connection;

pub(crate) use accept::Accepted;
#[cfg(test)]
pub(crate) use advance::Advanced;
pub(crate) use advance::{Progress, Step};
pub(crate) use audit::{AuditRow, NewAudit};
pub(crate) use callbacks::Callback;
pub(crate) use conversations::Conversation;
pub(crate) use doubts::{Answer, Resolved, Settled};
pub(crate) use error::StoreError;
pub(crate) use inbound::Received;
pub(crate) use keys::{Created, NewKey, WhichKey};
pub(crate) use messages::Filter;
pub(crate) use queue::Cancelled;
pub(crate) use replays::{NewReplay, Replayed};
pub(crate) use reports::{NewReport, ReportClass, Reported};
pub(crate) use sims::{SentCount, SentPart, SimSeen};

use files::Lock;
use readers::Readers;
use reserve::Reserve;
use writer::{Daemon, Need, Shared, Tx, Writer};

/// Connections for the API: more would only take turns on the disk.
const READERS: u32 = 2;
/// The scheduler's own, so that it never waits behind a list or a search.
const QUEUE_READERS: u32 = 1;
/// How long a daemon waits for a tool that is migrating.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// A handle on the store; clones share it.
#[derive(Clone)]
pub(crate) struct Store(Arc<Inner>);

struct Inner {
    dir: PathBuf,
    writer: Writer,
    readers: Readers,
    queue_readers: Readers,
    keys: keys::Cache,
}

impl Store {
    /// Opens the store of a daemon in `dir`, made when it is not there. Runs the migrations, and
    /// what was `sending` becomes `uncertain` (`recovery`), for `decide_after` at most.
    pub(crate) fn open(dir: &Path, decide_after: Duration) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir)?;
        let lock = Lock::take(dir, LOCK_WAIT)?.ok_or(StoreError::InUse)?;
        let reserve = Reserve::new(dir);
        let mut connection = files::connect_writer(dir)?;
        migrate::migrate(&mut connection)?;
        recovery::recover(&mut connection, crate::model::Time::now(), decide_after)?;
        let shared = Arc::new(Shared::default());
        for (depth, counted) in shared.depth.iter().zip(queue::count(&connection)?) {
            depth.store(counted, Ordering::Relaxed);
        }
        let checkpointer = checkpoint::Checkpointer::start(dir)?;
        let daemon = Daemon {
            lock,
            reserve,
            checkpointer,
        };
        Self::start(dir, connection, shared, Some(daemon))
    }

    /// Opens it for a tool (`simgate key`, `simgate check`), whether a daemon runs or not. Migrates
    /// only when none does, and recovers nothing.
    pub(crate) fn open_tool(dir: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir)?;
        let mut connection = files::connect_writer(dir)?;
        if let Some(_lock) = Lock::take(dir, Duration::ZERO)? {
            migrate::migrate(&mut connection)?;
        } else {
            let (found, known) = (migrate::version(&connection)?, migrate::known());
            if found > known {
                return Err(StoreError::Newer { found, known });
            } else if found < known {
                return Err(StoreError::OlderDaemon);
            }
        }
        Self::start(dir, connection, Arc::new(Shared::default()), None)
    }

    fn start(
        dir: &Path,
        connection: Connection,
        shared: Arc<Shared>,
        daemon: Option<Daemon>,
    ) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(Inner {
            dir: dir.to_owned(),
            readers: Readers::open(dir, READERS)?,
            queue_readers: Readers::open(dir, QUEUE_READERS)?,
            writer: Writer::start(connection, shared, daemon)?,
            keys: keys::Cache::default(),
        })))
    }

    /// Why new messages are refused at the moment; none when they are not.
    pub(crate) fn trouble(&self) -> Option<String> {
        let full = self.0.writer.shared.full.load(Ordering::Relaxed);
        full.then(|| StoreError::Full.to_string())
    }

    /// What is wrong with the file; empty when nothing is. Reads all of it.
    pub(crate) async fn integrity_check(&self) -> Result<Vec<String>, StoreError> {
        let dir = self.0.dir.clone();
        let check = move || {
            let connection = files::connect_reader(&dir)?;
            let mut found = integrity(&connection).or_else(|error| match error {
                StoreError::Corrupt(what) => Ok(vec![what]),
                error => Err(error),
            })?;
            if found.is_empty() {
                found.extend(audit::broken_link(&connection)?);
            }
            Ok(found)
        };
        tokio::task::spawn_blocking(check)
            .await
            .map_err(|_| StoreError::Defect)?
    }

    /// Finishes the jobs that wait, moves the log into the database and closes the file.
    /// Later calls of any clone get [`StoreError::Closed`].
    pub(crate) async fn close(&self) {
        self.0.readers.close().await;
        self.0.queue_readers.close().await;
        self.0.writer.stop().await;
    }

    /// Commits what `work` does.
    async fn write<T, F>(&self, need: Need, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.0.writer.write(need, work).await
    }

    /// Reads for the API.
    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.0.readers.read(work).await
    }

    /// Reads for the scheduler.
    async fn read_queue<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.0.queue_readers.read(work).await
    }
}

/// SQLite's own check, at most 20 findings.
fn integrity(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut found = lines.collect::<Result<Vec<_>, _>>()?;
    found.retain(|line| line != "ok");
    Ok(found)
}

/// A number of rows as SQL wants it.
fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
