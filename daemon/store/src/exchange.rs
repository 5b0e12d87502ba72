//! The database goes aside, and another one takes its place, which was made ready beside it.

use std::fs;
use std::path::{Path, PathBuf};

use model::Time;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::StoreError;
use crate::machine::home::Home;
use crate::machine::{files, room};

/// Folders in which a database is made ready have such names.
const AT_WORK: &str = ".restore-";

/// A folder in a data directory, in which the other database is made ready.
pub(crate) fn workshop(dir: &Path) -> Result<TempDir, StoreError> {
    remove_leftovers(dir)?;
    Ok(tempfile::Builder::new().prefix(AT_WORK).tempdir_in(dir)?)
}

/// Deletes what a run left that was killed: whole copies, with all that they say.
pub(crate) fn remove_leftovers(dir: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(AT_WORK) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// How much room another database of so many octets needs, and how much there is, where that is not enough.
pub(crate) fn lacking(dir: &Path, octets: u64) -> Option<(u64, u64)> {
    let needed = octets + room::SPARE;
    let free = room::free(dir)?;
    (free < needed).then_some((needed, free))
}

/// Moves the log into the database, so that the file alone is all of it, and has that on the disk.
pub(crate) fn finish(connection: Connection, home: &Home) -> Result<PathBuf, StoreError> {
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    connection.close().map_err(|(_, error)| error)?;
    let path = files::database_path(home.dir());
    fs::File::open(&path)?.sync_all()?;
    Ok(path)
}

/// Puts `ready` in the database's place, in one step; where the database of before is now, by what it was
/// before: `restore`, for instance.
///
/// Whatever cuts this off, one of the two is there, and whole.
pub(crate) fn exchange(
    home: &Home,
    ready: &Path,
    (before, now): (&str, Time),
) -> Result<Option<PathBuf>, StoreError> {
    let dir = home.dir();
    let path = files::database_path(dir);
    let aside = path.exists().then(|| aside(dir, before, now));
    if let Some(aside) = &aside {
        // The log of the one must not be taken for that of the other. It moves into its database; a
        // damaged one may not take it: then it goes aside too.
        let log = files::beside(&path, "-wal");
        if fold(home).is_err() || log.exists() {
            rename(&log, &files::beside(aside, "-wal"))?;
        }
        remove(&files::beside(&path, "-shm"))?;
        // A file system may have no links: then there is an instant without a database.
        fs::hard_link(&path, aside).or_else(|_| fs::rename(&path, aside))?;
    }
    fs::rename(ready, &path)?;
    fs::File::open(dir)?.sync_all()?;
    Ok(aside)
}

/// A name for it that nothing has.
fn aside(dir: &Path, before: &str, now: Time) -> PathBuf {
    let at = now.to_string().replace(['-', ':'], "");
    dir.join(format!("before-{before}-{at}.db"))
}

/// Moves the log into its database.
fn fold(home: &Home) -> Result<(), StoreError> {
    let connection = files::connect_writer(home)?;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(connection.close().map_err(|(_, error)| error)?)
}

fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    not_there(fs::rename(from, to))
}

fn remove(path: &Path) -> Result<(), StoreError> {
    not_there(fs::remove_file(path))
}

/// What is not there need not go.
fn not_there(done: std::io::Result<()>) -> Result<(), StoreError> {
    match done {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
