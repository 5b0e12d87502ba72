//! The files of a data directory: the database, and the lock on it all.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::StoreError;
use crate::machine::home::{DatabaseKey, Home};
use crate::machine::unlock::unlock;

/// A page cache of this many KiB, negative as `PRAGMA cache_size` wants it.
const WRITER_CACHE: i32 = -2048;
const READER_CACHE: i32 = -512;
/// Each connection keeps the statements it has prepared; there are about 70.
const STATEMENTS: usize = 96;
/// How long a connection waits for a lock: another process commits within this.
pub(crate) const BUSY_WAIT: Duration = Duration::from_secs(5);
/// What the log of the last commits shrinks to; the disk holds this much more than the database.
const LOG_LIMIT: i64 = 64 << 20;

/// Where the database is.
pub(crate) fn database_path(dir: &Path) -> PathBuf {
    dir.join("simgate.db")
}

/// What the file of the log takes; nothing where there is none.
pub(crate) fn log_size(dir: &Path) -> u64 {
    let log = std::fs::metadata(beside(&database_path(dir), "-wal"));
    log.map_or(0, |log| log.len())
}

/// The file that SQLite keeps beside a database under this ending.
pub(crate) fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// A connection that writes; the file is made, for its owner alone, when it is missing.
pub(crate) fn connect_writer(home: &Home) -> Result<Connection, StoreError> {
    let path = database_path(home.dir());
    make(&path)?;
    let connection = open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    prepare(&connection, (&path, home.key()), WRITER_CACHE)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "journal_size_limit", LOG_LIMIT)?;
    // What is deleted or replaced is overwritten where its page is written anyway. `upkeep/erase` has more
    // overwritten, and counts on nothing older being left in such pages.
    connection.pragma_update(None, "secure_delete", "fast")?;
    // Checkpoints are the checkpointer's: one in the middle of a commit would hold up a modem.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(connection)
}

/// Makes the file when it is missing: SQLite gives its log and its shared memory the permissions of
/// this file. One that is there is not even opened: closing it again would drop the locks that
/// other connections of this process hold on it (POSIX has them by process), and then another
/// process could take away the log under them.
fn make(path: &Path) -> Result<(), StoreError> {
    match private().create_new(true).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

/// A connection that cannot write.
pub(crate) fn connect_reader(home: &Home) -> Result<Connection, StoreError> {
    let path = database_path(home.dir());
    let connection = open(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    prepare(&connection, (&path, home.key()), READER_CACHE)?;
    Ok(connection)
}

/// A connection to a file that nobody writes, a backup say. It makes no files beside it.
pub(crate) fn connect_copy(
    path: &Path,
    key: Option<&DatabaseKey>,
) -> Result<Connection, StoreError> {
    let path = std::path::absolute(path)?;
    let octets = path.as_os_str().as_bytes().iter();
    let address = octets.fold("file:".to_owned(), |mut address, octet| {
        match octet {
            b'/' | b'-' | b'.' | b'_' => address.push(char::from(*octet)),
            octet if octet.is_ascii_alphanumeric() => address.push(char::from(*octet)),
            octet => {
                let _ = write!(address, "%{octet:02X}");
            }
        }
        address
    });
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = open(Path::new(&(address + "?immutable=1")), flags)?;
    prepare(&connection, (&path, key), READER_CACHE)?;
    Ok(connection)
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

fn prepare(
    connection: &Connection,
    (path, key): (&Path, Option<&DatabaseKey>),
    cache: i32,
) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY_WAIT)?;
    unlock(connection, path, key)?;
    connection.pragma_update(None, "cache_size", cache)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A plan must not depend on what is bound: SQLite would prepare a statement again for each
    // new value of a column that a partial index names, which cost a quarter of the writer's time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// How files are made here: for their owner alone, and not emptied when they are there.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    options
}

/// Held by the one daemon of a data directory; the kernel lets go of it when the process dies. It
/// is on the directory itself: a file could be deleted, and then made anew by the next daemon.
pub(crate) struct Lock(#[expect(dead_code, reason = "dropping it unlocks")] File);

impl Lock {
    /// Takes the lock, waiting up to `wait` for a tool that has it for a moment.
    pub(crate) fn take(dir: &Path, wait: Duration) -> Result<Option<Self>, StoreError> {
        let dir = File::open(dir)?;
        let until = Instant::now() + wait;
        loop {
            match dir.try_lock() {
                Ok(()) => return Ok(Some(Self(dir))),
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    thread::sleep(Duration::from_millis(20));
                }
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
    }
}
