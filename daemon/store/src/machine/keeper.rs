//! What the writer of a daemon has beside its connection: the lock, the reserve, the thread that
//! checkpoints, and what it knows about the disk.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::StoreError;
use crate::machine::checkpoint::Checkpointer;
use crate::machine::files::{self, Lock};
use crate::machine::home::Home;
use crate::machine::reserve::Reserve;
use crate::machine::trouble::Trouble;

/// Messages that are indexed in one transaction while the writer has nothing else to do: a modem's job
/// that comes meanwhile waits for a millisecond or two.
pub(crate) const IDLE_STEP: i64 = 32;
/// The writer indexes for readers when nothing has come for this long: the last few messages,
const IDLE: Duration = Duration::from_millis(200);
/// or a step's worth of them, between the jobs of a bank at work.
const PAUSE: Duration = Duration::from_millis(5);
/// Between two looks whether a disk that refused can be written again.
const MEND: Duration = Duration::from_secs(1);

/// Belongs to the writer of a daemon, and not to that of a tool.
pub(crate) struct Keeper {
    home: Home,
    /// Held as long as the writer lives.
    _lock: Lock,
    reserve: Reserve,
    pub(crate) checkpointer: Checkpointer,
    broken: Option<Broken>,
}

/// A disk that cannot be written.
struct Broken {
    error: StoreError,
    tried_at: Instant,
}

impl Keeper {
    pub(crate) fn new(
        home: Home,
        lock: Lock,
        reserve: Reserve,
        checkpointer: Checkpointer,
    ) -> Self {
        Self {
            home,
            _lock: lock,
            reserve,
            checkpointer,
            broken: None,
        }
    }

    /// How long to wait for a job before there is something else to do; none = for ever.
    pub(crate) fn patience(&self, unindexed: i64) -> Option<Duration> {
        if self.broken.is_some() {
            Some(MEND)
        } else if self.reserve.is_short() {
            Some(Reserve::RETRY)
        } else if unindexed >= IDLE_STEP {
            Some(PAUSE)
        } else {
            (unindexed > 0).then_some(IDLE)
        }
    }

    /// False while the disk takes nothing, or nothing new.
    pub(crate) fn is_well(&self) -> bool {
        self.broken.is_none() && !self.reserve.is_short()
    }

    /// The disk refused to be written. Until [`Keeper::mend`] finds it well, nothing is tried.
    pub(crate) fn breaks(&mut self, error: &StoreError, trouble: &Trouble) {
        trouble.note(error);
        self.broken = Some(Broken {
            error: error.clone(),
            tried_at: Instant::now(),
        });
    }

    /// Why nothing can be written; none when there is no reason.
    pub(crate) fn refusal(&self) -> Option<StoreError> {
        self.broken.as_ref().map(|broken| broken.error.clone())
    }

    /// Once in a while, sees whether a disk that refused can be written again, on a new
    /// connection. Gives it when it can.
    ///
    /// A commit whose fsync failed may have left its pages in the log, whole and with a mark that
    /// they are committed. Nobody has been told that it is: the first thing to be written after it
    /// takes their place, and that is this probe, and not something that is told to a client.
    pub(crate) fn mend(&mut self, trouble: &Trouble) -> Option<Connection> {
        let broken = self.broken.as_mut()?;
        if broken.tried_at.elapsed() < MEND {
            return None;
        }
        match probe(&self.home) {
            Ok(connection) => {
                self.broken = None;
                trouble.disk_works();
                Some(connection)
            }
            Err(error) => {
                broken.tried_at = Instant::now();
                trouble.note(&error);
                None
            }
        }
    }

    /// True while the reserve is spent; tries to get it back.
    pub(crate) fn is_spent(&mut self, trouble: &Trouble) -> bool {
        self.reserve.restore(Instant::now());
        if self.reserve.is_short() {
            trouble.note(&StoreError::Full);
        } else {
            trouble.disk_works();
        }
        !self.reserve.is_held()
    }

    /// Gives up the reserve, and has the log moved into the database: that is what needs the
    /// space, and then the log's own is free to be used again.
    pub(crate) fn release_reserve(&mut self, writer: &Connection, trouble: &Trouble) -> bool {
        let released = self.reserve.release(Instant::now());
        trouble.note(&StoreError::Full);
        if released {
            tracing::warn!("what goes on does so on the space that was set aside");
            self.checkpointer.checkpoint(writer);
        }
        released
    }

    /// New messages found no room.
    pub(crate) fn refused(&mut self, trouble: &Trouble) {
        self.reserve.refused(Instant::now());
        trouble.note(&StoreError::Full);
    }

    /// The end: the log is moved into the database, and the next daemon may come in.
    pub(crate) fn close(self, writer: Connection) {
        self.checkpointer.stop();
        if let Err(error) = writer.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::warn!(%error, "the log stays beside the database until the next start");
        }
        drop(writer);
    }
}

/// Writes and syncs a page, and changes nothing. In two steps: what is written over itself SQLite
/// does not write at all.
fn probe(home: &Home) -> Result<Connection, StoreError> {
    let connection = files::connect_writer(home)?;
    connection.execute_batch(
        "BEGIN IMMEDIATE;
         UPDATE indexed SET upto = upto + 1;
         UPDATE indexed SET upto = upto - 1;
         COMMIT",
    )?;
    Ok(connection)
}
