//! Making a copy, and looking through it.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use rustix::fs::{Advice, fadvise};
use tempfile::NamedTempFile;

use super::{BackupError, Course, folder};
use crate::StoreError;
use crate::machine::files::{self, Lock};
use crate::machine::home::{DatabaseKey, Home};
use crate::machine::unlock::unlock;
use crate::machine::{migrate, room};
use crate::upkeep::soundness;
use crate::values::RowExt as _;

/// Copied and synced at a time: a commit that comes meanwhile waits for so much at most.
const STEP_PAGES: i32 = 256;
/// The pause after a step is as long as the step, and not shorter, unless the log has become long.
const PAUSE: Duration = Duration::from_millis(2);
/// A log from which on there are no more pauses, and one with which there is no copy.
const LOG_LONG: u64 = 32 << 20;
pub(super) const LOG_AT_MOST: u64 = 512 << 20;
/// A page cache of so many KiB, negative as `PRAGMA cache_size` wants it.
const CACHE: i32 = -1024;
/// What a copy must have as many of.
const COUNTED: [&str; 8] = [
    "messages",
    "deliveries",
    "audit",
    "keys",
    "users",
    "sims",
    "uplinks",
    "webhooks",
];

/// What tells that a copy is what it was to be: its format, and how many rows it has.
#[derive(Debug, PartialEq, Eq)]
struct Census {
    format: i64,
    counts: Vec<i64>,
}

/// Copies the database in `home`, encrypted with its key or not at all, to a new file `name` in `folder`. Gives its size in octets.
///
/// It blocks for as long as it takes, and lowers the priority of its thread: to be called on one of its
/// own.
pub fn back_up(
    home: impl Into<Home>,
    folder: &Path,
    name: &str,
    course: &Course,
) -> Result<u64, BackupError> {
    let home = home.into();
    let of_folder = |error: StoreError| BackupError::Folder {
        folder: folder.to_owned(),
        error,
    };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| of_folder(error.into()))?;
    let lock = Lock::take(folder, Duration::ZERO).map_err(of_folder)?;
    let _lock = lock.ok_or_else(|| BackupError::FolderInUse(folder.to_owned()))?;
    folder::remove_leftovers(folder).map_err(of_folder)?;

    let part = folder::part(folder).map_err(of_folder)?;
    let census = copied(&home, folder, &part, course)?;
    part.as_file()
        .sync_all()
        .map_err(|error| of_folder(error.into()))?;
    // Who looks through it holds up nothing, while a log grows as long as it is copied. Without a lower
    // priority it is only less considerate.
    let _ = rustix::process::setpriority_process(None, 19);
    // What is looked through is what the disk has, and not what memory remembers of it.
    let _ = fadvise(part.as_file(), 0, None, Advice::DontNeed);
    let found = verified((part.path(), home.key()), course)?;
    if found != census {
        let differs = format!("{census:?} became {found:?}");
        return Err(BackupError::Unsound(differs));
    }
    course.go_on()?;
    let octets = part.as_file().metadata();
    let octets = octets.map_err(|error| of_folder(error.into()))?.len();
    part.persist_noclobber(folder.join(name))
        .map_err(|error| of_folder(error.error.into()))?;
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| of_folder(error.into()))?;
    Ok(octets)
}

/// Whether a backup of the database in `dir` has room in `folder`, as far as that can be told without
/// making one.
pub fn has_room_for_backup(dir: &Path, folder: &Path) -> Result<(), BackupError> {
    let database = std::fs::metadata(files::database_path(dir));
    let database = database.map_err(|error| BackupError::Source(error.into()))?;
    is_room(folder, database.len())
}

/// Copies what is committed now.
fn copied(
    home: &Home,
    folder: &Path,
    part: &NamedTempFile,
    course: &Course,
) -> Result<Census, BackupError> {
    let source = files::connect_reader(home).map_err(BackupError::Source)?;
    course.watch(&source)?;
    let log = Log::of(home.dir());
    let read = |error: rusqlite::Error| interrupted(course, error.into(), BackupError::Source);
    // As long as it is open, the copy is of the instant of its first query.
    let snapshot = source.unchecked_transaction().map_err(read)?;
    let census =
        census(&snapshot).map_err(|error| interrupted(course, error, BackupError::Source))?;
    // SQLCipher tells the latter as a text.
    let sizes =
        "SELECT page_count, CAST(page_size AS INTEGER) FROM pragma_page_count, pragma_page_size";
    let sizes = snapshot.query_row(sizes, [], |row| {
        Ok((row.col::<i64>(0)?, row.col::<i64>(1)?))
    });
    let (pages, page) = sizes.map_err(read)?;
    let [pages, page] = [pages, page].map(|number| u64::try_from(number).unwrap_or(0));
    course.total.store(pages * page, Ordering::Relaxed);
    is_room(folder, pages * page)?;

    let failed = |error: StoreError| match error {
        StoreError::Full => no_room(folder, room::SPARE),
        error => BackupError::Folder {
            folder: folder.to_owned(),
            error,
        },
    };
    let mut copy = empty(part.path(), home.key()).map_err(failed)?;
    let backup = Backup::new(&snapshot, &mut copy).map_err(|error| failed(error.into()))?;
    loop {
        course.go_on()?;
        let began = Instant::now();
        let step = backup
            .step(STEP_PAGES)
            .map_err(|error| failed(error.into()))?;
        let left = u64::try_from(backup.progress().remaining).unwrap_or(0);
        let done = pages.saturating_sub(left) * page;
        course.copied.store(done, Ordering::Relaxed);
        part.as_file()
            .sync_data()
            .map_err(|error| failed(error.into()))?;
        if matches!(step, StepResult::Done) {
            break;
        }
        is_room(folder, left * page)?;
        match log.grows(home.dir()) {
            Growth::Little => thread::sleep(began.elapsed().max(PAUSE)),
            Growth::Much => {}
            Growth::TooMuch => return Err(BackupError::LogTooLong),
        }
    }
    drop(backup);
    copy.close().map_err(|(_, error)| failed(error.into()))?;
    Ok(census)
}

/// The log of the commits that are made meanwhile: none of it can be let go before the copy is made.
struct Log {
    /// Its file keeps this size from former times.
    usual: u64,
}

/// By how much the log has grown.
#[derive(Debug, PartialEq, Eq)]
enum Growth {
    Little,
    /// The copy is to be made as fast as can be.
    Much,
    /// The disk does not take both.
    TooMuch,
}

impl Log {
    fn of(dir: &Path) -> Self {
        Self {
            usual: files::log_size(dir),
        }
    }

    fn grows(&self, dir: &Path) -> Growth {
        self.growth(files::log_size(dir), room::free(dir))
    }

    /// `size`: what it has by now. `free`: the room that is left for it.
    fn growth(&self, size: u64, free: Option<u64>) -> Growth {
        if size > LOG_AT_MOST || free.is_some_and(|free| free < room::SPARE) {
            Growth::TooMuch
        } else if size > self.usual.max(LOG_LONG) {
            Growth::Much
        } else {
            Growth::Little
        }
    }
}

/// A database that is to become the copy. Nobody needs it after a crash: it is synced when it is whole.
fn empty(path: &Path, key: Option<&DatabaseKey>) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copy = Connection::open_with_flags(path, flags)?;
    unlock(&copy, path, key)?;
    copy.pragma_update(None, "journal_mode", "off")?;
    copy.pragma_update(None, "synchronous", "off")?;
    copy.pragma_update(None, "cache_size", CACHE)?;
    Ok(copy)
}

/// Looks through a copy: whether it is whole, and not whether what it is a copy of makes sense, since a
/// database that does not needs its backup most.
fn verified(
    (path, key): (&Path, Option<&DatabaseKey>),
    course: &Course,
) -> Result<Census, BackupError> {
    let unsound = |error: StoreError| BackupError::Unsound(error.to_string());
    let copy = files::connect_copy(path, key).map_err(unsound)?;
    course.watch(&copy)?;
    let look = || -> Result<_, StoreError> { Ok((soundness::integrity(&copy)?, census(&copy)?)) };
    let (faults, census) = look().map_err(|error| interrupted(course, error, unsound))?;
    if faults.is_empty() {
        Ok(census)
    } else {
        Err(BackupError::Unsound(faults.join("; ")))
    }
}

/// An error that comes of a stop is none.
fn interrupted(
    course: &Course,
    error: StoreError,
    otherwise: impl Fn(StoreError) -> BackupError,
) -> BackupError {
    course.go_on().err().unwrap_or_else(|| otherwise(error))
}

fn census(connection: &Connection) -> Result<Census, StoreError> {
    let count = |table: &&str| {
        let sql = format!("SELECT count(*) FROM {table}");
        connection.query_row(&sql, [], |row| row.col(0))
    };
    Ok(Census {
        format: migrate::version(connection)?,
        counts: COUNTED.iter().map(count).collect::<Result<_, _>>()?,
    })
}

/// Whether `octets` more and what is to be left have room.
fn is_room(folder: &Path, octets: u64) -> Result<(), BackupError> {
    let needed = octets + room::SPARE;
    match room::free(folder) {
        Some(free) if free < needed => Err(no_room(folder, needed)),
        // A file system that does not tell says so by itself when it is full.
        _ => Ok(()),
    }
}

fn no_room(folder: &Path, needed: u64) -> BackupError {
    BackupError::NoRoom {
        folder: folder.to_owned(),
        needed,
        free: room::free(folder).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_grows_hurries_the_copy_and_ends_it_at_last() {
        let free = Some(room::SPARE);
        let short = Log { usual: 0 };
        assert_eq!(short.growth(LOG_LONG, free), Growth::Little);
        assert_eq!(short.growth(LOG_LONG + 1, free), Growth::Much);
        assert_eq!(short.growth(LOG_AT_MOST, free), Growth::Much);
        assert_eq!(short.growth(LOG_AT_MOST + 1, free), Growth::TooMuch);
        assert_eq!(short.growth(0, Some(room::SPARE - 1)), Growth::TooMuch);
        let usual = LOG_LONG * 2;
        let long = Log { usual };
        assert_eq!(
            long.growth(usual, None),
            Growth::Little,
            "a file that was long before"
        );
        assert_eq!(long.growth(usual + 1, None), Growth::Much);
    }
}
