//! Whether the file is whole: reads all of it, and changes nothing.

use rusqlite::Connection;

use crate::StoreError;
use crate::machine::home::Home;
use crate::machine::{files, migrate};
use crate::statistics::compare;
use crate::tables::audit::{self, AuditVerified};
use crate::upkeep::damaged;
use crate::values::RowExt as _;

/// What is wrong with the database in `home`, in words; empty when nothing is. A daemon may be
/// using it meanwhile.
pub fn check(home: impl Into<Home>) -> Result<Vec<String>, StoreError> {
    let checked =
        files::connect_reader(&home.into()).and_then(|connection| check_with(&connection));
    checked.or_else(|error| match error {
        // A file whose first page is damaged cannot be asked anything.
        StoreError::Corrupt(what) | StoreError::Unreadable(what) => Ok(vec![what]),
        error => Err(error),
    })
}

pub(crate) fn check_with(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let (found, known) = (migrate::version(connection)?, migrate::known());
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    let mut faults = integrity(connection)?;
    if faults.is_empty() && found > 0 {
        let broken = audit::verify(connection, None)?.broken;
        faults.extend(broken.map(|broken| broken.to_string()));
    }
    if faults.is_empty() && found == known {
        // Messages and their counts as they were at one instant.
        let snapshot = connection.unchecked_transaction()?;
        let damaged = damaged::all(&snapshot)?.into_iter();
        faults.extend(damaged.map(|row| row.to_string()));
        faults.extend(compare::fault(&snapshot)?);
    }
    Ok(faults)
}

/// Looks through the chain of the audit in `home`, and for a row with the hash `noted`. A daemon may be using it meanwhile.
pub fn verify_audit(
    home: impl Into<Home>,
    noted: Option<[u8; 32]>,
) -> Result<AuditVerified, StoreError> {
    let connection = files::connect_reader(&home.into())?;
    let (found, known) = (migrate::version(&connection)?, migrate::known());
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    audit::verify(&connection, noted)
}

/// SQLite's own check, at most 20 findings.
pub(crate) fn integrity(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let lines = statement.query_map([], |row| row.col::<String>(0))?;
    let mut found = lines.collect::<Result<Vec<_>, _>>()?;
    found.retain(|line| line != "ok");
    Ok(found)
}
