//! Moves committed pages from the log into the database, beside the writer and not in its way.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use crate::StoreError;
use crate::machine::files;
use crate::machine::home::Home;
use crate::machine::select::Select as _;
use crate::values::RowExt as _;

/// Rows changed between two looks at the log.
const EVERY: u64 = 500;
/// Pages in the log that are worth a checkpoint: 8 MiB. Pages that change often move once.
const WORTH: i64 = 2048;
/// Pages that are not moved yet, from which on the writer gives the thread time to keep up: 64 MiB. So
/// much of it, for each time that there are so many pages: never the time for all of them, which may be many
/// seconds after somebody read the log for long.
const TOO_LONG: u32 = 16384;
const PATIENCE: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(1);

/// The writer's end of the checkpointing thread.
pub(crate) struct Checkpointer {
    wake: mpsc::SyncSender<()>,
    /// Held by who is checkpointing: SQLite lets only one.
    turn: Arc<Mutex<()>>,
    /// Told when the thread has moved what it could.
    moved: mpsc::Receiver<()>,
    /// Rows the writer had changed at the last look.
    looked_at: u64,
    /// What was moved by then.
    done: i64,
    thread: JoinHandle<()>,
}

impl Checkpointer {
    /// Starts the thread, with a connection of its own.
    pub(crate) fn start(home: &Home) -> Result<Self, StoreError> {
        let connection = files::connect_writer(home)?;
        let (wake, woken) = mpsc::sync_channel(1);
        let turn = Arc::new(Mutex::new(()));
        let (tell, moved) = mpsc::sync_channel(1);
        let own_turn = turn.clone();
        let thread = std::thread::Builder::new().name("checkpoint".to_owned());
        let thread = thread.spawn(move || {
            while woken.recv().is_ok() {
                checkpoint(&connection, &own_turn);
                // Full = it was told before.
                let _ = tell.try_send(());
            }
        })?;
        Ok(Self {
            wake,
            turn,
            moved,
            looked_at: 0,
            done: 0,
            thread,
        })
    }

    /// To be called by the writer after each commit, with its connection.
    pub(crate) fn committed(&mut self, writer: &Connection) {
        let moved = self.moved.try_recv().is_ok();
        let changed = writer.total_changes();
        if changed < self.looked_at {
            // Another connection, which counts from the beginning.
            self.looked_at = 0;
        }
        if !moved && changed.saturating_sub(self.looked_at) < EVERY {
            return;
        }
        self.looked_at = changed;
        let Ok((pages, done)) = log(writer, "PRAGMA wal_checkpoint(NOOP)") else {
            return;
        };
        let gets_on = done != std::mem::replace(&mut self.done, done);
        match next((pages, pages - done), moved, gets_on) {
            Next::Nothing => {}
            Next::Finish => self.checkpoint(writer),
            Next::Wake(patience) => {
                // Full = the thread has not yet begun with what it was woken for before.
                let _ = self.wake.try_send(());
                if !patience.is_zero() {
                    let _ = self.moved.recv_timeout(patience);
                }
            }
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

/// What comes of a look at the log.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Nothing,
    /// The writer moves the few pages that are left: only a log that is moved to its end begins again from
    /// its start.
    Finish,
    /// The thread is to move it, and is given so much time at once.
    Wake(Duration),
}

/// `left`: those of its `pages` that are to be moved. `moved`: the thread has just moved what it could.
/// `gets_on`: some were moved since the look before.
fn next((pages, left): (i64, i64), moved: bool, gets_on: bool) -> Next {
    if left <= WORTH {
        // A long one was read whenever it could have begun again.
        return if moved || pages > TOO_LONG.into() {
            Next::Finish
        } else {
            Next::Nothing
        };
    }
    if moved && !gets_on {
        // Somebody reads what it was before: the thread can do nothing until the look after this.
        return Next::Nothing;
    }
    let times = u32::try_from(left).unwrap_or(u32::MAX) / TOO_LONG;
    Next::Wake(PATIENCE.saturating_mul(times).min(LONGEST))
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

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: i64 = TOO_LONG as i64;

    fn of(left: i64, moved: bool, gets_on: bool) -> Next {
        next((left, left), moved, gets_on)
    }

    #[test]
    fn the_writer_moves_only_the_few_pages_that_came_meanwhile() {
        assert_eq!(of(WORTH, true, true), Next::Finish);
        assert_eq!(of(WORTH, false, true), Next::Nothing);
        assert_eq!(next((LONG + 1, WORTH), false, true), Next::Finish);
        for left in [WORTH + 1, LONG, 100 * LONG] {
            for moved in [true, false] {
                assert!(matches!(of(left, moved, true), Next::Wake(_)), "{left}");
            }
        }
    }

    #[test]
    fn it_waits_the_longer_the_more_is_left_and_never_for_long() {
        let waits = |left| of(left, false, true);
        assert_eq!(waits(LONG - 1), Next::Wake(Duration::ZERO));
        assert_eq!(waits(LONG), Next::Wake(PATIENCE));
        assert_eq!(waits(7 * LONG), Next::Wake(7 * PATIENCE));
        assert_eq!(waits(i64::MAX), Next::Wake(LONGEST));
    }

    #[test]
    fn a_log_that_is_read_for_long_is_looked_at_now_and_then() {
        assert_eq!(of(LONG, true, false), Next::Nothing);
        assert_eq!(of(LONG, false, false), Next::Wake(PATIENCE));
    }
}
