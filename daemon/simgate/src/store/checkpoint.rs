//! Moves committed pages from the log into the database, beside the writer and not in its way.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::{StoreError, files};

/// Commits between two looks at the log.
const EVERY: u32 = 64;
/// Pages in the log that are worth a checkpoint: 8 MiB. Pages that change often move once.
const WORTH: i64 = 2048;
/// Pages from which the writer helps: under a load without a pause the log never gets empty
/// enough to begin again from its start. 64 MiB.
const TOO_LONG: i64 = 16384;

/// The writer's end of the checkpointing thread.
pub(super) struct Checkpointer {
    wake: mpsc::SyncSender<()>,
    too_long: Arc<AtomicBool>,
    commits: u32,
    thread: JoinHandle<()>,
}

impl Checkpointer {
    /// Starts the thread, with a connection of its own.
    pub(super) fn start(dir: &Path) -> Result<Self, StoreError> {
        let connection = files::connect_writer(dir)?;
        let (wake, woken) = mpsc::sync_channel(1);
        let too_long = Arc::new(AtomicBool::new(false));
        let flag = too_long.clone();
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || {
                while woken.recv().is_ok() {
                    // An error here loses nothing: the log keeps the pages and is tried again.
                    let left = checkpoint(&connection).unwrap_or(0);
                    flag.store(left > TOO_LONG, Ordering::Relaxed);
                }
            })?;
        Ok(Self {
            wake,
            too_long,
            commits: 0,
            thread,
        })
    }

    /// To be called by the writer after each commit, with its connection.
    pub(super) fn committed(&mut self, writer: &Connection) {
        self.commits += 1;
        if self.commits < EVERY {
            return;
        }
        self.commits = 0;
        // Full = the thread is at work and will look again.
        let _ = self.wake.try_send(());
        if self.too_long.swap(false, Ordering::Relaxed) {
            // Most has been moved by the thread: this is the rest, while nobody writes.
            let _ = passive(writer);
        }
    }

    /// Ends the thread.
    pub(super) fn stop(self) {
        drop(self.wake);
        let _ = self.thread.join();
    }
}

/// Pages in the log, and how many of them are in the database.
type Log = (i64, i64);

/// Moves the log's pages if there are enough of them; how many pages the log has.
fn checkpoint(connection: &Connection) -> Result<i64, StoreError> {
    let (pages, done) = query(connection, "PRAGMA wal_checkpoint(NOOP)")?;
    if pages - done < WORTH {
        return Ok(pages);
    }
    Ok(passive(connection)?.0)
}

fn passive(connection: &Connection) -> Result<Log, StoreError> {
    query(connection, "PRAGMA wal_checkpoint(PASSIVE)")
}

fn query(connection: &Connection, sql: &str) -> Result<Log, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row([], |row| Ok((row.get(1)?, row.get(2)?)))?)
}
