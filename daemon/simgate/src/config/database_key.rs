//! Reading the key of the database: from a file, or from a credential that systemd gives the unit.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use gateway::records::DatabaseKey;

/// Where systemd keeps the credentials of the daemon's unit while that runs: commands have none of their own.
const OF_THE_UNIT: &str = "/run/credentials/simgate.service";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("encryption.key_file: cannot read {}: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error(
        "encryption.key_file: no credential {name} in {}. Its unit needs LoadCredential={name}:FILE or \
         LoadCredentialEncrypted=. For a command while the daemon is stopped: \
         systemd-run --pipe --uid=simgate -p LoadCredential={name}:FILE simgate ...",
        folder.display()
    )]
    NoCredential { name: String, folder: PathBuf },
    #[error("encryption.key_file: other users can read it: chmod 600 {}", path.display())]
    Open { path: PathBuf },
    #[error("encryption.key_file: {}: its first line {why}", path.display())]
    Unfit { path: PathBuf, why: &'static str },
}

/// Reads the key that the setting names.
pub(super) fn read(setting: &Path) -> Result<DatabaseKey, KeyError> {
    let path = if setting.is_absolute() {
        let path = setting.to_owned();
        // Whom systemd lets read a credential stands in an access list, which looks like a group's rights.
        if is_open(&path)? {
            return Err(KeyError::Open { path });
        }
        path
    } else {
        credential(
            setting,
            env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from),
        )?
    };
    let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
    let line = text.lines().next().unwrap_or_default();
    line.parse().map_err(|why| KeyError::Unfit { path, why })
}

fn is_open(path: &Path) -> Result<bool, KeyError> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, error))?;
    Ok(metadata.permissions().mode() & 0o077 != 0)
}

fn credential(name: &Path, given: Option<PathBuf>) -> Result<PathBuf, KeyError> {
    let folder = given.unwrap_or_else(|| OF_THE_UNIT.into());
    let path = folder.join(name);
    if path.exists() {
        return Ok(path);
    }
    let name = name.display().to_string();
    Err(KeyError::NoCredential { name, folder })
}

fn unreadable(path: &Path, error: io::Error) -> KeyError {
    let path = path.to_owned();
    KeyError::Unreadable { path, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (dir, path)
    }

    #[test]
    fn a_key_is_read_from_a_file_for_its_owner_alone() {
        let (_dir, path) = file("a passphrase of some length\nnot this\n", 0o600);
        assert_eq!(
            read(&path).unwrap(),
            "a passphrase of some length".parse().unwrap()
        );
        for mode in [0o640, 0o604, 0o620] {
            let (_dir, path) = file("a passphrase of some length", mode);
            let error = read(&path).unwrap_err().to_string();
            assert!(
                error.ends_with(&format!("chmod 600 {}", path.display())),
                "{error}"
            );
        }
        let (_dir, path) = file("short\n", 0o600);
        let error = read(&path).unwrap_err().to_string();
        assert!(
            error.contains("64 hexadecimal digits") && !error.contains("short\n"),
            "{error}"
        );
        let missing = path.with_file_name("none");
        assert!(matches!(read(&missing), Err(KeyError::Unreadable { .. })));
    }

    #[test]
    fn a_credential_is_looked_for_where_systemd_puts_it() {
        let (dir, path) = file("x", 0o440);
        let given = Some(dir.path().to_owned());
        assert_eq!(credential(Path::new("key"), given.clone()).unwrap(), path);
        let error = credential(Path::new("none"), given)
            .unwrap_err()
            .to_string();
        assert!(error.contains("LoadCredential=none:FILE"), "{error}");
        let error = credential(Path::new("none"), None).unwrap_err().to_string();
        assert!(error.contains(OF_THE_UNIT), "{error}");
    }
}
