//! Copies of the file, made while it is in use, and what is known of them.
//!
//! A copy is what was committed at one instant. It is read from a snapshot, so that nothing which is
//! committed meanwhile begins it anew, in steps with pauses: the disk belongs to what is being sent. Only
//! a copy that was synced and looked through gets its name.

mod copy;
mod folder;
mod last;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, InterruptHandle};

use crate::StoreError;
use crate::machine::room;
pub use copy::{back_up, has_room_for_backup};
pub use folder::{BackupFile, backups, prune_backups, remove_unfinished_backups};
pub use last::LastBackup;

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Nothing was begun, or what was is gone again.
    #[error(
        "there is no room: {} MB are needed in {} and {} MB are free. Free some space, or set another backup.folder",
        room::mega(*needed), folder.display(), room::mega(*free)
    )]
    NoRoom {
        folder: PathBuf,
        needed: u64,
        free: u64,
    },
    /// It would take the room and the time of those who send.
    #[error(
        "the log of what was sent meanwhile grew above {} MB, or to the end of its disk: the disk is too slow or too full to be copied now",
        room::mega(copy::LOG_AT_MOST)
    )]
    LogTooLong,
    #[error("another simgate makes a backup in {}", .0.display())]
    FolderInUse(PathBuf),
    #[error("{}: {error}", folder.display())]
    Folder { folder: PathBuf, error: StoreError },
    /// What was written is not what was to be: a disk or memory that lies.
    #[error("the copy is not sound ({0}): look for disk errors in the kernel's log")]
    Unsound(String),
    /// The database itself could not be read.
    #[error(transparent)]
    Source(StoreError),
    #[error("it was stopped")]
    Stopped,
}

/// How far a backup is. It is told to stop here too.
#[derive(Default)]
pub struct Course {
    total: AtomicU64,
    copied: AtomicU64,
    stopped: AtomicBool,
    /// Ends a query that takes long.
    interrupt: Mutex<Option<InterruptHandle>>,
}

impl Course {
    /// Octets copied, and octets in all; nothing in all while that is not known yet.
    pub fn octets(&self) -> (u64, u64) {
        let read = |octets: &AtomicU64| octets.load(Ordering::Relaxed);
        (read(&self.copied), read(&self.total))
    }

    /// Has it end as soon as it can, without a trace.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        let interrupt = self
            .interrupt
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(interrupt) = &*interrupt {
            interrupt.interrupt();
        }
    }

    fn go_on(&self) -> Result<(), BackupError> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(BackupError::Stopped);
        }
        Ok(())
    }

    /// Queries of this connection end at a stop.
    fn watch(&self, connection: &Connection) -> Result<(), BackupError> {
        let interrupt = Some(connection.get_interrupt_handle());
        *self
            .interrupt
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = interrupt;
        self.go_on()
    }
}
