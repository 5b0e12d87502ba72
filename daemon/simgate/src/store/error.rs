//! What can go wrong in the store, named by what the caller must do next.

use std::sync::Arc;

use rusqlite::ErrorCode;

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// Nothing was stored: the disk is full, or it refuses to be written.
    #[error("the disk of the data directory is full or cannot be written: free some space")]
    Full,
    /// The store has been closed, or its writer has ended.
    #[error("the store is closed")]
    Closed,
    /// Another daemon holds the data directory.
    #[error("another simgate uses this data directory: stop it first")]
    InUse,
    /// Not a database, or a damaged one.
    #[error("the database is damaged ({0}): run `simgate check`, then restore a backup")]
    Corrupt(String),
    /// Written by a later version of this program.
    #[error("the database has format {found}, this program knows {known}: use a newer simgate")]
    Newer { found: i64, known: i64 },
    /// A tool found a file of an earlier version that a daemon is using.
    #[error("the running simgate is older than this program: restart it first")]
    OlderDaemon,
    /// The file system refused, other than for want of space.
    #[error("the data directory: {0}")]
    Io(Arc<std::io::Error>),
    /// Anything else that SQLite says.
    #[error("the database: {0}")]
    Sqlite(Arc<rusqlite::Error>),
    /// A job of the writer panicked; what it did was undone.
    #[error("a defect of simgate: the store undid what it was doing")]
    Defect,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::ReadOnly) => {
                Self::Full
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt(error.to_string())
            }
            _ => Self::Sqlite(Arc::new(error)),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io(Arc::new(error)),
        }
    }
}
