//! Puts a backup in the place of the database.
//!
//! The file is copied, looked through, brought to the format of this program and made fit to go on, all
//! of it aside. Only then it takes the database's place, in one step; what was there is kept.

mod aside;
mod fit;

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::Time;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::machine::files::{self, Lock};
use crate::machine::{migrate, room};
use crate::upkeep::soundness;
use crate::{NewAudit, StoreError};
pub use fit::Fitted;

/// Folders in which a backup is made ready have such names.
const AT_WORK: &str = ".restore-";

/// Why a backup was not restored. The database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("{}: {error}", file.display())]
    Unreadable { file: PathBuf, error: io::Error },
    #[error("{} is not a backup of simgate: {why}", file.display())]
    NoBackup { file: PathBuf, why: String },
    #[error(
        "{} has the format {found}, and this program knows {known}: restore it with the simgate that made it, or a newer one",
        file.display()
    )]
    Newer {
        file: PathBuf,
        found: i64,
        known: i64,
    },
    #[error("{} is damaged ({why}): take another backup", file.display())]
    Damaged { file: PathBuf, why: String },
    #[error("there is no room: {} MB are needed in {} and {} MB are free", room::mega(*needed), dir.display(), room::mega(*free))]
    NoRoom {
        dir: PathBuf,
        needed: u64,
        free: u64,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a restore did.
#[derive(Debug)]
pub struct Restored {
    /// Messages of both directions that are there now.
    pub messages: u64,
    pub fitted: Fitted,
    /// What was there before; none where there was nothing.
    pub aside: Option<PathBuf>,
}

/// Restores `file` in the data directory `dir`, which no daemon uses. The audit gets `entry`.
pub fn restore(
    dir: &Path,
    file: &Path,
    now: Time,
    entry: &NewAudit,
) -> Result<Restored, RestoreError> {
    let _lock = Lock::take(dir, Duration::ZERO)?.ok_or(StoreError::InUse)?;
    remove_leftovers(dir)?;
    look_at(dir, file)?;
    let ready = tempfile::Builder::new()
        .prefix(AT_WORK)
        .tempdir_in(dir)
        .map_err(StoreError::from)?;
    copy(file, &ready)?;
    let mut connection = looked_through(file, files::connect_writer(ready.path()))?;
    migrate::migrate(&mut connection)?;
    let fitted = fit::fit(&mut connection, now, entry)?;
    let messages = fit::messages(&connection)?;
    close(connection)?;
    let path = files::database_path(ready.path());
    fs::File::open(&path)
        .and_then(|file| file.sync_all())
        .map_err(StoreError::from)?;
    let aside = aside::exchange(dir, &path, now)?;
    Ok(Restored {
        messages,
        fitted,
        aside,
    })
}

/// Whether a file can be a backup that fits here, by what it costs nothing to know.
fn look_at(dir: &Path, file: &Path) -> Result<(), RestoreError> {
    let unreadable = |error| RestoreError::Unreadable {
        file: file.to_owned(),
        error,
    };
    let no_backup = |why: &str| RestoreError::NoBackup {
        file: file.to_owned(),
        why: why.to_owned(),
    };
    let found = fs::metadata(file).map_err(unreadable)?;
    if !found.is_file() {
        return Err(no_backup("it is no file"));
    }
    let octets = found.len();
    let same = |path: &Path| fs::canonicalize(path).ok();
    if same(file) == same(&files::database_path(dir)) {
        return Err(no_backup("it is the database itself"));
    }
    let log = files::beside(file, "-wal");
    if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return Err(no_backup(
            "the log of a running database lies beside it, and it is not whole without that",
        ));
    }
    let version = files::connect_copy(file).and_then(|copy| {
        let ours =
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name IN ('messages', 'audit')";
        let is_ours = copy.prepare(ours)?.query_map([], |_| Ok(()))?.count() == 2;
        Ok(if is_ours { migrate::version(&copy)? } else { 0 })
    });
    let known = migrate::known();
    match version {
        Ok(1..) => {}
        Ok(_) => return Err(no_backup("it has none of its tables")),
        Err(StoreError::Corrupt(why)) if is_database(file) => {
            return Err(RestoreError::Damaged {
                file: file.to_owned(),
                why,
            });
        }
        Err(StoreError::Corrupt(why)) => return Err(no_backup(&why)),
        Err(error) => return Err(no_backup(&error.to_string())),
    }
    let found = version.unwrap_or_default();
    if found > known {
        return Err(RestoreError::Newer {
            file: file.to_owned(),
            found,
            known,
        });
    }
    let needed = octets + room::SPARE;
    match room::free(dir) {
        Some(free) if free < needed => Err(RestoreError::NoRoom {
            dir: dir.to_owned(),
            needed,
            free,
        }),
        _ => Ok(()),
    }
}

/// Whether it begins as a database does.
fn is_database(file: &Path) -> bool {
    let mut begins = [0; 16];
    let read = fs::File::open(file).and_then(|mut file| file.read_exact(&mut begins));
    read.is_ok() && begins == *b"SQLite format 3\0"
}

fn copy(file: &Path, ready: &TempDir) -> Result<(), RestoreError> {
    let unreadable = |error: io::Error| RestoreError::Unreadable {
        file: file.to_owned(),
        error,
    };
    let mut from = fs::File::open(file).map_err(unreadable)?;
    let path = files::database_path(ready.path());
    let mut to = files::private().open(path).map_err(StoreError::from)?;
    io::copy(&mut from, &mut to).map_err(StoreError::from)?;
    Ok(())
}

/// Looks through the copy that was made of `file`.
fn looked_through(
    file: &Path,
    copy: Result<Connection, StoreError>,
) -> Result<Connection, RestoreError> {
    let look = |copy: Connection| Ok((soundness::integrity(&copy)?, copy));
    let why = match copy.and_then(look) {
        Ok((faults, copy)) if faults.is_empty() => return Ok(copy),
        Ok((faults, _)) => faults.join("; "),
        Err(StoreError::Corrupt(why)) => why,
        Err(error) => return Err(error.into()),
    };
    Err(RestoreError::Damaged {
        file: file.to_owned(),
        why,
    })
}

/// Moves the log into the database, so that the file alone is all of it.
fn close(connection: Connection) -> Result<(), StoreError> {
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(connection.close().map_err(|(_, error)| error)?)
}

/// Deletes what a restore left that was killed: whole copies, with all that they say.
pub(crate) fn remove_leftovers(dir: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(AT_WORK) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
