//! Moves committed pages from the log into the database, beside the writer and not in its way.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use crate::StoreError;
use crate::machine::files;
use crate::machine::select::Select as _;
use crate::values::RowExt as _;

/// Rows changed between two looks at the log.
const EVERY: u64 = 500;
/// Pages in the log that are worth a checkpoint: 8 MiB. Pages that change often move once.
const WORTH: i64 = 2048;
/// Pages from which the writer does it itself, because the thread does not keep up. 64 MiB.
const TOO_LONG: i64 = 16384;

/// The writer's end of the checkpointing thread.
pub(crate) struct Checkpointer {
    wake: mpsc::SyncSender<()>,
    /// Held by who is checkpointing: SQLite lets only one.
    turn: Arc<Mutex<()>>,
    /// The thread has moved what there was.
    moved: Arc<AtomicBool>,
    /// Rows the writer had changed at the last look.
    looked_at: u64,
    thread: JoinHandle<()>,
}

impl Checkpointer {
    /// Starts the thread, with a connection of its own.
    pub(crate) fn start(dir: &Path) -> Result<Self, StoreError> {
        let connection = files::connect_writer(dir)?;
        let (wake, woken) = mpsc::sync_channel(1);
        let turn = Arc::new(Mutex::new(()));
        let moved = Arc::new(AtomicBool::new(false));
        let (own_turn, has_moved) = (turn.clone(), moved.clone());
        let thread = std::thread::Builder::new().name("checkpoint".to_owned());
        let thread = thread.spawn(move || {
            while woken.recv().is_ok() {
                checkpoint(&connection, &own_turn);
                has_moved.store(true, Ordering::Relaxed);
            }
        })?;
        Ok(Self {
            wake,
            turn,
            moved,
            looked_at: 0,
            thread,
        })
    }

    /// To be called by the writer after each commit, with its connection.
    pub(crate) fn committed(&mut self, writer: &Connection) {
        if self.moved.swap(false, Ordering::Relaxed) {
            // The few pages that were committed meanwhile: only a log that is moved to its end
            // begins again from its start.
            self.checkpoint(writer);
        }
        let changed = writer.total_changes();
        if changed < self.looked_at {
            // Another connection, which counts from the beginning.
            self.looked_at = 0;
        }
        if changed.saturating_sub(self.looked_at) < EVERY {
            return;
        }
        self.looked_at = changed;
        let Ok((pages, done)) = log(writer, "PRAGMA wal_checkpoint(NOOP)") else {
            return;
        };
        if pages > TOO_LONG {
            self.checkpoint(writer);
        } else if pages - done > WORTH {
            // Full = the thread has not yet begun with what it was woken for before.
            let _ = self.wake.try_send(());
        }
    }

    /// Has all of the log moved now, by the writer.
    pub(crate) fn checkpoint(&self, writer: &Connection) {
        checkpoint(writer, &self.turn);
    }

    /// Has all of the log moved, and its file made empty: it keeps pages as they were. False while somebody
    /// reads it; nobody is waited for.
    pub(crate) fn empty(&self, writer: &Connection) -> bool {
        self.checkpoint(writer);
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = |wait| writer.busy_timeout(wait);
        let emptied = wait(Duration::ZERO).and_then(|()| {
            let mut statement = writer.prepare_cached("PRAGMA wal_checkpoint(TRUNCATE)")?;
            statement.query_row([], |row| row.col::<i64>(0))
        });
        let waits_again = wait(files::BUSY_WAIT);
        matches!((emptied, waits_again), (Ok(0), Ok(())))
    }

    /// Ends the thread.
    pub(crate) fn stop(self) {
        drop(self.wake);
        let _ = self.thread.join();
    }
}

/// Moves what no reader needs in the log any more. An error loses nothing: the log keeps the
/// pages, and is tried again.
fn checkpoint(connection: &Connection, turn: &Mutex<()>) {
    let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
    if let Err(error) = log(connection, "PRAGMA wal_checkpoint(PASSIVE)") {
        tracing::warn!(%error, "the log was not moved into the database");
    }
}

/// Pages in the log, and how many of them are in the database.
fn log(connection: &Connection, pragma: &str) -> Result<(i64, i64), StoreError> {
    connection.one(pragma, [], |row| Ok((row.col(1)?, row.col(2)?)))
}
