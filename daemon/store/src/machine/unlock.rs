//! The first thing that a connection does, and what a file is that it cannot read.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rusqlite::{Connection, ErrorCode};

use crate::machine::home::DatabaseKey;
use crate::values::RowExt as _;
use crate::{ENCRYPTS, StoreError};

/// Gives a connection its key, before all else, and sees whether the file at `path` can be read so.
pub(crate) fn unlock(
    connection: &Connection,
    path: &Path,
    key: Option<&DatabaseKey>,
) -> Result<(), StoreError> {
    if let Some(key) = key {
        // Plain SQLite passes over a pragma that it does not know, and would write everything as it is.
        if !ENCRYPTS {
            return Err(StoreError::CannotEncrypt);
        }
        connection.pragma_update(None, "key", key.as_str())?;
        // What it finds wrong comes back as errors. Its own lines on standard error would be no lines of our log.
        connection.pragma_update(None, "cipher_log_level", "NONE")?;
    }
    let schema = "SELECT count(*) FROM sqlite_schema";
    let read = connection.query_row(schema, [], |row| row.col::<i64>(0));
    match read {
        Ok(_) => Ok(()),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            // The file may be opened here: no connection of this process has come as far as a lock on it.
            Err(match (key, Beginning::of(path)) {
                (Some(_), Beginning::Plain) => StoreError::NotEncrypted,
                (Some(_), _) => StoreError::WrongKey,
                (None, Beginning::Random) => StoreError::NoKey,
                (None, _) => error.into(),
            })
        }
        Err(error) => Err(error.into()),
    }
}

/// How a file begins, as far as that tells what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// As a database that is not encrypted.
    Plain,
    /// As an encrypted one, or as one whose first page was written over with noise.
    Random,
    /// As none.
    Other,
}

impl Beginning {
    /// Values that a page of noise has, of 256. A page of anything else has fewer.
    const OF_NOISE: usize = 224;

    pub(crate) fn of(path: &Path) -> Self {
        let mut page = [0; 4096];
        let read = File::open(path).and_then(|mut file| file.read_exact(&mut page));
        if read.is_err() {
            return Self::Other;
        }
        if page.starts_with(b"SQLite format 3\0") {
            return Self::Plain;
        }
        let values = page.iter().collect::<std::collections::HashSet<_>>();
        if values.len() >= Self::OF_NOISE {
            Self::Random
        } else {
            Self::Other
        }
    }
}
