//! The data directory and the database in it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use gateway::StoreError;
use gateway::records::ENCRYPTS;

use super::{Config, Outcome};

/// The database, in the data directory.
const FILE_NAME: &str = "simgate.db";
/// Less free space than this deserves a word.
const LOW_SPACE: u64 = 256 * 1024 * 1024;

pub(super) fn check(config: &Config, outcomes: &mut Vec<Outcome>) {
    let dir = &config.data_dir;
    match std::fs::metadata(dir) {
        Ok(metadata) if !metadata.is_dir() => {
            outcomes.push(Outcome::fail(
                "data",
                format!("{} is not a directory", dir.display()),
            ));
        }
        Ok(metadata) => {
            outcomes.push(writable(dir));
            outcomes.extend(space(dir));
            if metadata.permissions().mode() & 0o007 != 0 {
                let detail = format!("{}: other users can look in: chmod 0750", dir.display());
                outcomes.push(Outcome::warn("data", detail));
            }
            outcomes.push(database(config));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => outcomes.push(parent(dir)),
        Err(error) => outcomes.push(Outcome::fail("data", format!("{}: {error}", dir.display()))),
    }
}

/// By making a file that has no name: nothing is left behind, even by a crash.
fn writable(dir: &Path) -> Outcome {
    match tempfile::tempfile_in(dir) {
        Ok(_) => Outcome::ok("data", format!("{} can be written", dir.display())),
        Err(error) => Outcome::fail(
            "data",
            format!("{} cannot be written: {error}", dir.display()),
        ),
    }
}

fn parent(dir: &Path) -> Outcome {
    let missing = format!("{} is not there yet", dir.display());
    let existing = dir.ancestors().find(|ancestor| ancestor.exists());
    match existing.map(tempfile::tempfile_in) {
        Some(Ok(_)) => Outcome::ok("data", format!("{missing}; the daemon makes it")),
        Some(Err(error)) => {
            Outcome::fail("data", format!("{missing}, and cannot be made: {error}"))
        }
        None => Outcome::fail("data", missing),
    }
}

fn space(dir: &Path) -> Option<Outcome> {
    let free = rustix::fs::statvfs(dir)
        .ok()
        .map(|fs| fs.f_bavail.saturating_mul(fs.f_frsize))?;
    let detail = || format!("{} MB free for {}", free / (1024 * 1024), dir.display());
    (free < LOW_SPACE).then(|| Outcome::warn("data", detail()))
}

/// Whether a daemon has been there.
pub(in crate::cli) fn has_database(dir: &Path) -> bool {
    dir.join(FILE_NAME).exists()
}

fn database(config: &Config) -> Outcome {
    const WHAT: &str = "database";
    let dir = &config.data_dir;
    let home = match config.home() {
        Ok(home) => home,
        Err(error) => return Outcome::fail(WHAT, error.to_string()),
    };
    let (encrypted, made) = match &config.encryption.key_file {
        Some(_) if !ENCRYPTS => return Outcome::fail(WHAT, StoreError::CannotEncrypt.to_string()),
        Some(key) => (
            format!("intact, and encrypted with the key of {}", key.display()),
            ", encrypted",
        ),
        None => ("intact".to_owned(), ""),
    };
    // Opening would make one.
    if !has_database(dir) {
        return Outcome::ok(WHAT, format!("none yet; the daemon makes it{made}"));
    }
    let path = dir.join(FILE_NAME);
    match gateway::records::check(home) {
        Ok(faults) if faults.is_empty() => Outcome::ok(WHAT, encrypted),
        Ok(faults) => Outcome::fail(WHAT, damaged(&path, &faults)),
        Err(error) => Outcome::fail(WHAT, format!("{}: {error}", path.display())),
    }
}

/// What is wrong, and what a person can do about it.
fn damaged(path: &Path, faults: &[String]) -> String {
    let path = path.display();
    format!(
        "{path} is damaged: {}. Stop simgate, keep a copy of the data directory, and restore a \
         backup; without one, save what can be read: sqlite3 {path} .recover | sqlite3 new.db",
        faults.join("; ")
    )
}
