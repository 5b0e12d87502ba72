//! The database goes aside, and another one takes its place.

use std::fs;
use std::path::{Path, PathBuf};

use model::Time;

use crate::StoreError;
use crate::machine::files;

/// Puts `ready` in the database's place, in one step; where the database of before is now.
///
/// Whatever cuts this off, one of the two is there, and whole.
pub(super) fn exchange(dir: &Path, ready: &Path, now: Time) -> Result<Option<PathBuf>, StoreError> {
    let path = files::database_path(dir);
    let aside = path.exists().then(|| aside(dir, now));
    if let Some(aside) = &aside {
        // The log of the one must not be taken for that of the other. It moves into its database; a
        // damaged one may not take it: then it goes aside too.
        let log = files::beside(&path, "-wal");
        if fold(dir).is_err() || log.exists() {
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
fn aside(dir: &Path, now: Time) -> PathBuf {
    let at = now.to_string().replace(['-', ':'], "");
    dir.join(format!("before-restore-{at}.db"))
}

/// Moves the log into its database.
fn fold(dir: &Path) -> Result<(), StoreError> {
    let connection = files::connect_writer(dir)?;
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
