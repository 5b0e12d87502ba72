//! Puts a backup in the place of the database.
//!
//! The file is copied, looked through, brought to the format of this program and made fit to go on, all
//! of it aside. Only then it takes the database's place, in one step; what was there is kept.

mod fit;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::Time;
use rusqlite::Connection;

use crate::exchange;
use crate::machine::files::{self, Lock};
use crate::machine::home::Home;
use crate::machine::unlock::Beginning;
use crate::machine::{migrate, room};
use crate::upkeep::soundness;
use crate::{ENCRYPTS, NewAudit, StoreError};
pub use fit::Fitted;

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
    /// It is encrypted otherwise than is set.
    #[error("{}: {why}", file.display())]
    OtherKey { file: PathBuf, why: &'static str },
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

/// Restores `file` in the data directory `home`, which no daemon uses. The audit gets `entry`.
pub fn restore(
    home: impl Into<Home>,
    file: &Path,
    now: Time,
    entry: &NewAudit,
) -> Result<Restored, RestoreError> {
    let home = home.into();
    let _lock = Lock::take(home.dir(), Duration::ZERO)?.ok_or(StoreError::InUse)?;
    let workshop = exchange::workshop(home.dir())?;
    look_at(&home, file)?;
    let ready = home.elsewhere(workshop.path());
    copy(file, &ready)?;
    let mut connection = looked_through(file, files::connect_writer(&ready))?;
    migrate::migrate(&mut connection)?;
    if let Some(what) = migrate::lacking(&connection)? {
        let (file, why) = (file.to_owned(), format!("it has no {what}"));
        return Err(RestoreError::Damaged { file, why });
    }
    let fitted = fit::fit(&mut connection, now, entry)?;
    let messages = fit::messages(&connection)?;
    let path = exchange::finish(connection, &ready)?;
    let aside = exchange::exchange(&home, &path, ("restore", now))?;
    Ok(Restored {
        messages,
        fitted,
        aside,
    })
}

/// Whether a file can be a backup that fits here, by what it costs nothing to know.
fn look_at(home: &Home, file: &Path) -> Result<(), RestoreError> {
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
    if same(file) == same(&files::database_path(home.dir())) {
        return Err(no_backup("it is the database itself"));
    }
    let log = files::beside(file, "-wal");
    if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return Err(no_backup(
            "the log of a running database lies beside it, and it is not whole without that",
        ));
    }
    let version = files::connect_copy(file, home.key()).and_then(|copy| {
        let ours =
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name IN ('messages', 'audit')";
        let is_ours = copy.prepare(ours)?.query_map([], |_| Ok(()))?.count() == 2;
        Ok(if is_ours { migrate::version(&copy)? } else { 0 })
    });
    let known = migrate::known();
    match version {
        Ok(1..) => {}
        Ok(_) => return Err(no_backup("it has none of its tables")),
        Err(StoreError::Corrupt(why)) if Beginning::of(file) != Beginning::Other => {
            return Err(RestoreError::Damaged {
                file: file.to_owned(),
                why,
            });
        }
        Err(StoreError::Corrupt(why)) => return Err(no_backup(&why)),
        Err(error) if let Some(why) = other_key(&error) => {
            return Err(RestoreError::OtherKey {
                file: file.to_owned(),
                why,
            });
        }
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
    match exchange::lacking(home.dir(), octets) {
        Some((needed, free)) => Err(RestoreError::NoRoom {
            dir: home.dir().to_owned(),
            needed,
            free,
        }),
        None => Ok(()),
    }
}

/// What to do with a backup that is encrypted otherwise than is set.
fn other_key(error: &StoreError) -> Option<&'static str> {
    Some(match error {
        StoreError::NoKey if ENCRYPTS => {
            "it is encrypted, or its beginning is damaged: set encryption.key_file to its key"
        }
        StoreError::NoKey => {
            "it is encrypted, or its beginning is damaged, and this simgate was built without encryption: restore it with \
             one that was built with it"
        }
        StoreError::WrongKey => {
            "it is encrypted with another key than the one that is set (encryption.key_file): set its key. With that, its \
             beginning is damaged: take another backup"
        }
        StoreError::NotEncrypted => {
            "it is not encrypted, and a key is set: take encryption.key_file out, restore it, set it again, and run \
             `simgate encrypt`"
        }
        _ => return None,
    })
}

fn copy(file: &Path, ready: &Home) -> Result<(), RestoreError> {
    let unreadable = |error: io::Error| RestoreError::Unreadable {
        file: file.to_owned(),
        error,
    };
    let mut from = fs::File::open(file).map_err(unreadable)?;
    let path = files::database_path(ready.dir());
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
