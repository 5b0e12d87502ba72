//! The folder with the backups: a file that has the name of one is a whole one.

use std::fs;
use std::path::Path;
use std::time::Duration;

use model::Time;
use tempfile::{Builder, NamedTempFile};

use crate::StoreError;
use crate::machine::files::Lock;

/// Copies that are not whole have such names.
const PART: (&str, &str) = (".simgate-", ".part");

/// A backup, as its file tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupFile {
    pub name: String,
    pub made_at: Time,
    /// In octets.
    pub size: u64,
}

impl BackupFile {
    /// What one is called that is made now: `simgate-20261129T033000.000Z.db`.
    pub fn name(made_at: Time) -> String {
        let at = made_at.to_string().replace(['-', ':'], "");
        format!("simgate-{at}.db")
    }

    /// When one of this name was made; none where it is no name of one.
    pub fn made_at(name: &str) -> Option<Time> {
        let at = name.strip_prefix("simgate-")?.strip_suffix(".db")?;
        let cut = |from, to| at.get(from..to);
        let at = format!(
            "{}-{}-{}:{}:{}",
            cut(0, 4)?,
            cut(4, 6)?,
            cut(6, 11)?,
            cut(11, 13)?,
            at.get(13..)?
        );
        let made_at = Time::parse(&at).ok()?;
        // One way to write it: a name is a part of paths.
        (Self::name(made_at) == name).then_some(made_at)
    }
}

/// The backups in a folder, newest first; none where there is no folder.
pub fn backups(folder: &Path) -> Result<Vec<BackupFile>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        // One that has just been taken away is none.
        if let (Some(made_at), Ok(metadata)) = (BackupFile::made_at(&name), entry.metadata())
            && metadata.is_file()
        {
            let size = metadata.len();
            found.push(BackupFile {
                name,
                made_at,
                size,
            });
        }
    }
    found.sort_unstable_by_key(|file| std::cmp::Reverse(file.made_at));
    Ok(found)
}

/// Deletes the oldest backups, so that `keep` are left; the one called `latest` is never among
/// them, whatever a clock that was wrong has called others. Gives the names of those that went.
pub fn prune_backups(folder: &Path, keep: usize, latest: &str) -> Result<Vec<String>, StoreError> {
    let others = backups(folder)?;
    let others = others.into_iter().filter(|file| file.name != latest);
    let mut gone = Vec::new();
    for file in others.skip(keep.saturating_sub(1)) {
        fs::remove_file(folder.join(&file.name))?;
        gone.push(file.name);
    }
    Ok(gone)
}

/// A file for a copy that is being made: it goes with what is returned.
pub(super) fn part(folder: &Path) -> Result<NamedTempFile, StoreError> {
    let (prefix, suffix) = PART;
    let part = Builder::new()
        .prefix(prefix)
        .suffix(suffix)
        .tempfile_in(folder);
    Ok(part?)
}

/// Deletes what a run left that was killed, a copy with all that it says, unless one is being made there.
pub fn remove_unfinished_backups(folder: &Path) -> Result<(), StoreError> {
    if !folder.exists() {
        return Ok(());
    }
    match Lock::take(folder, Duration::ZERO)? {
        Some(_lock) => remove_leftovers(folder),
        None => Ok(()),
    }
}

/// Deletes what a run left that was killed.
pub(super) fn remove_leftovers(folder: &Path) -> Result<(), StoreError> {
    let (prefix, suffix) = PART;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(prefix) && name.ends_with(suffix) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_when_it_was_made_and_leads_nowhere_else() {
        let at = Time::parse("2026-11-29T03:30:00.007Z").unwrap();
        let name = BackupFile::name(at);
        assert_eq!(name, "simgate-20261129T033000.007Z.db");
        assert_eq!(BackupFile::made_at(&name), Some(at));
        for other in [
            "simgate.db",
            "simgate-20261129T033000Z.db",
            "simgate-20261129T033000.007Z.db-wal",
            "simgate-20261329T033000.007Z.db",
            "../simgate-20261129T033000.007Z.db",
            "simgate-/../../etc/passwd.db",
            "simgate-ü0261129T033000.007Z.db",
        ] {
            assert_eq!(BackupFile::made_at(other), None, "{other}");
        }
    }
}
