//! What can go wrong in the store, named by what the caller must do next.

use rusqlite::ErrorCode;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
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
    #[error("the database is damaged ({0}): run `simgate check` and restore a backup")]
    Corrupt(String),
    /// Written by a later version of this program.
    #[error("the database has format {found}, this program knows {known}: use a newer simgate")]
    Newer { found: i64, known: i64 },
    /// The file system refused, other than for want of space.
    #[error("data directory: {0}")]
    Io(#[from] std::io::Error),
    /// Anything else that SQLite says; a defect of ours as a rule.
    #[error("database: {0}")]
    Sqlite(rusqlite::Error),
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
            _ => Self::Sqlite(error),
        }
    }
}
