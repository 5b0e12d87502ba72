//! What can go wrong in the store, named by what the caller must do next.

use std::io::ErrorKind;
use std::sync::Arc;

use rusqlite::{ErrorCode, ffi};

use crate::ENCRYPTS;
use crate::values::is_unreadable;

const SET_KEY: &str = "set encryption.key_file to the key that it was encrypted with";
const NOT_BUILT: &str = "this simgate was built without encryption: run one that was built with it (`cargo build --features encryption`)";

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing was stored: there is no room.
    #[error("the disk of the data directory is full: free some space")]
    Full,
    /// Nothing was stored as far as is known: the disk refuses to be written. After an fsync that
    /// failed it may be there all the same, once the power has been cut before the next commit.
    #[error(
        "the disk of the data directory cannot be written ({0}): look for disk errors in the \
         kernel's log, and mount it writable again"
    )]
    Unwritable(String),
    /// The store has been closed, or its writer has ended.
    #[error("the store is closed")]
    Closed,
    /// Another daemon holds the data directory.
    #[error("another simgate uses this data directory: stop it first")]
    InUse,
    /// Not a database, or a damaged one.
    #[error("the database is damaged ({0}): run `simgate check`, then restore a backup")]
    Corrupt(String),
    /// The disk gives back less than was written, or nothing.
    #[error(
        "the database cannot be read ({0}): look for disk errors in the kernel's log, and run \
         `simgate check`"
    )]
    Unreadable(String),
    /// Encrypted, and no key is set.
    #[error("the database is encrypted, or its beginning is damaged: {}", if ENCRYPTS { SET_KEY } else { NOT_BUILT })]
    NoKey,
    /// Encrypted, and not with the key that is set.
    #[error(
        "the key that is set (encryption.key_file) does not open the database: set the one that it was encrypted with. \
         With the right one, its beginning is damaged: restore a backup"
    )]
    WrongKey,
    /// Not encrypted, and a key is set.
    #[error(
        "a key is set (encryption.key_file), and the database is not encrypted: run `simgate encrypt` while no daemon \
         runs, or take the setting out"
    )]
    NotEncrypted,
    /// A key is set, and this program has no use for it.
    #[error(
        "a key is set (encryption.key_file), and {NOT_BUILT}, or take the setting out where nothing is encrypted"
    )]
    CannotEncrypt,
    /// Written by a later version of this program.
    #[error("the database has format {found}, this program knows {known}: use a newer simgate")]
    Newer { found: i64, known: i64 },
    /// A tool found a file of an earlier version that a daemon is using.
    #[error("the running simgate is older than this program: restart it first")]
    OlderDaemon,
    /// The file system refused, other than for want of space.
    #[error("the data directory: {0}")]
    Io(Arc<std::io::Error>),
    /// Undone by whoever asked for it, for this reason.
    #[error("{0}")]
    Undone(String),
    /// Anything else that SQLite says.
    #[error("the database: {0}")]
    Sqlite(Arc<rusqlite::Error>),
    /// A job of the writer panicked; what it did was undone.
    #[error("a defect of simgate: the store undid what it was doing")]
    Defect,
}

impl StoreError {
    /// It is over when the disk takes writes again: the same job can be tried then.
    pub fn is_of_disk(&self) -> bool {
        matches!(self, Self::Full | Self::Unwritable(_))
    }

    /// A part of the file is lost: the same job fails again, others may not.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Corrupt(_) | Self::Unreadable(_))
    }

    /// The store tells of it by itself, once: whoever meets it need not, for each try. That it is closed is no news
    /// either: the gateway stops.
    pub fn is_told(&self) -> bool {
        self.is_of_disk() || self.is_damage() || matches!(self, Self::Closed)
    }

    pub(crate) fn is_same_kind(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let extended = error.sqlite_error().map(|error| error.extended_code);
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::SystemIoFailure) => match extended.unwrap_or_default() {
                ffi::SQLITE_IOERR_READ
                | ffi::SQLITE_IOERR_SHORT_READ
                | ffi::SQLITE_IOERR_CORRUPTFS
                | ffi::SQLITE_IOERR_DATA => Self::Unreadable(error.to_string()),
                // The log's index in shared memory did not grow, for want of space as a rule.
                ffi::SQLITE_IOERR_SHMSIZE => Self::Full,
                _ => Self::Unwritable(error.to_string()),
            },
            Some(ErrorCode::ReadOnly) => Self::Unwritable(error.to_string()),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt(error.to_string())
            }
            _ if is_unreadable(&error) => Self::Corrupt(error.to_string()),
            _ => Self::Sqlite(Arc::new(error)),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            ErrorKind::ReadOnlyFilesystem => Self::Unwritable(error.to_string()),
            _ => Self::Io(Arc::new(error)),
        }
    }
}
