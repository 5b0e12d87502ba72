//! A database that is not encrypted becomes one that is, or the other way round, while no daemon uses it.
//!
//! All of it is copied aside, looked through and compared. Only then the copy takes the database's place, in
//! one step; what was there is kept.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::Time;
use rusqlite::{Connection, TransactionBehavior};
use rustix::fs::{Advice, fadvise};

use crate::exchange;
use crate::machine::files::{self, Lock};
use crate::machine::home::{DatabaseKey, Home};
use crate::machine::select::{Select as _, only};
use crate::machine::unlock::Beginning;
use crate::machine::writer::Tx;
use crate::machine::{migrate, room};
use crate::tables::audit;
use crate::upkeep::soundness;
use crate::values::{RowExt as _, params};
use crate::{ENCRYPTS, NewAudit, StoreError};

/// Why a database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum EncryptionError {
    #[error("{}: there is no database; the daemon makes one that is encrypted where a key is set", .0.display())]
    NoDatabase(PathBuf),
    #[error("no key is set: set encryption.key_file first")]
    NoKey,
    #[error("the database is encrypted already, or its beginning is damaged")]
    Encrypted,
    #[error("the database is not encrypted")]
    Plain,
    #[error("there is no room: {} MB are needed in {} and {} MB are free", room::mega(*needed), dir.display(), room::mega(*free))]
    NoRoom {
        dir: PathBuf,
        needed: u64,
        free: u64,
    },
    /// What was written is not what was to be.
    #[error(
        "the copy is not sound ({0}): run `simgate check`, and look for disk errors in the kernel's log"
    )]
    Unsound(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A database that was made another way.
#[derive(Debug)]
pub struct Converted {
    /// Of the database now.
    pub octets: u64,
    /// The one of before.
    pub aside: PathBuf,
}

/// Encrypts the database in `home` with its key. The audit gets `entry`.
pub fn encrypt(
    home: impl Into<Home>,
    now: Time,
    entry: &NewAudit,
) -> Result<Converted, EncryptionError> {
    let home = home.into();
    home.key().ok_or(EncryptionError::NoKey)?;
    convert(&home.without_key(), &home, ("encryption", now), entry)
}

/// The reverse of [`encrypt`].
pub fn decrypt(
    home: impl Into<Home>,
    now: Time,
    entry: &NewAudit,
) -> Result<Converted, EncryptionError> {
    let home = home.into();
    home.key().ok_or(EncryptionError::NoKey)?;
    convert(&home, &home.without_key(), ("decryption", now), entry)
}

fn convert(
    from: &Home,
    to: &Home,
    before: (&str, Time),
    entry: &NewAudit,
) -> Result<Converted, EncryptionError> {
    if !ENCRYPTS {
        return Err(StoreError::CannotEncrypt.into());
    }
    let dir = from.dir();
    let path = files::database_path(dir);
    let there = std::fs::metadata(&path);
    let there = there.map_err(|_| EncryptionError::NoDatabase(dir.to_owned()))?;
    let _lock = Lock::take(dir, Duration::ZERO)?.ok_or(StoreError::InUse)?;
    match (Beginning::of(&path), from.key()) {
        (Beginning::Plain, Some(_)) => return Err(EncryptionError::Plain),
        (Beginning::Random, None) => return Err(EncryptionError::Encrypted),
        _ => {}
    }
    let workshop = exchange::workshop(dir)?;
    if let Some((needed, free)) = exchange::lacking(dir, there.len()) {
        let dir = dir.to_owned();
        return Err(EncryptionError::NoRoom { dir, needed, free });
    }
    let ready = to.elsewhere(workshop.path());
    copied(from, &ready)?;
    let mut copy = files::connect_writer(&ready)?;
    migrate::migrate(&mut copy)?;
    note(&mut copy, entry)?;
    let path = exchange::finish(copy, &ready)?;
    let octets = std::fs::metadata(&path).map_err(StoreError::from)?.len();
    let aside = exchange::exchange(from, &path, before)?;
    let aside = aside.ok_or_else(|| EncryptionError::NoDatabase(dir.to_owned()))?;
    Ok(Converted { octets, aside })
}

/// Copies all that is in the one, and sees whether the disk has it.
fn copied(from: &Home, ready: &Home) -> Result<(), EncryptionError> {
    // A tool that would make a key now, say, waits, and gives up: its change would not be in the copy.
    let guard = files::connect_writer(from)?;
    guard
        .execute_batch("BEGIN IMMEDIATE")
        .map_err(StoreError::from)?;
    let source = files::connect_writer(from)?;
    let path = files::database_path(ready.dir());
    export(&source, &path, ready.key())?;
    let file = File::open(&path).map_err(StoreError::from)?;
    file.sync_all().map_err(StoreError::from)?;
    // What is looked through is what the disk has, and not what memory remembers of it.
    let _ = fadvise(&file, 0, None, Advice::DontNeed);
    let copy = files::connect_copy(&path, ready.key())?;
    let faults = soundness::integrity(&copy)?;
    if !faults.is_empty() {
        return Err(EncryptionError::Unsound(faults.join("; ")));
    }
    let (was, is) = (census(&source)?, census(&copy)?);
    let other = was.iter().zip(&is).find(|(was, is)| was != is);
    if let Some((was, is)) = other {
        let differs = format!("{was} became {is}");
        return Err(EncryptionError::Unsound(differs));
    }
    if was.len() != is.len() {
        let differs = format!(
            "of {} tables, indexes and counts there are {}",
            was.len(),
            is.len()
        );
        return Err(EncryptionError::Unsound(differs));
    }
    Ok(())
}

fn export(source: &Connection, path: &Path, key: Option<&DatabaseKey>) -> Result<(), StoreError> {
    // For its owner alone.
    files::private().open(path)?;
    let name = path.to_str().ok_or_else(|| {
        let why = "the path of the data directory is not UTF-8";
        std::io::Error::new(std::io::ErrorKind::InvalidFilename, why)
    })?;
    let key = key.map_or("", DatabaseKey::as_str);
    source.execute("ATTACH DATABASE ?1 AS ready KEY ?2", params![name, key])?;
    source.query_row("SELECT sqlcipher_export('ready')", [], |_| Ok(()))?;
    source.pragma_update(Some("ready"), "user_version", migrate::version(source)?)?;
    Ok(source.execute_batch("DETACH DATABASE ready")?)
}

/// The format, the schema, and how many rows each table has.
fn census(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let schema = "SELECT concat_ws(' ', type, name, tbl_name, sql) FROM sqlite_schema ORDER BY 1";
    let mut census: Vec<String> = connection.all(schema, [], only)?;
    // A virtual table's rows stand in tables of their own.
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY 1";
    let tables: Vec<String> = connection.all(tables, [], only)?;
    for table in tables {
        let count = format!("SELECT count(*) FROM \"{table}\"");
        let count: i64 = connection.query_row(&count, [], |row| row.col(0))?;
        census.push(format!("{table}: {count} rows"));
    }
    census.push(format!("format {}", migrate::version(connection)?));
    Ok(census)
}

fn note(copy: &mut Connection, entry: &NewAudit) -> Result<(), StoreError> {
    let transaction = copy.transaction_with_behavior(TransactionBehavior::Immediate)?;
    audit::append(&Tx::new(&transaction), entry)?;
    Ok(transaction.commit()?)
}
