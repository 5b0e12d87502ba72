//! The key by which the audit names what it must not keep: numbers.

use rusqlite::types::FromSqlError;

use crate::StoreError;
use crate::admin::Admin;
use crate::machine::writer::Need;
use crate::values::{RowExt as _, params};

/// Its name among the settings.
const NAME: &str = "audit_key";

impl Admin {
    /// The key that is kept; `fresh` from now on where there was none.
    pub async fn audit_key(&self, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
        let fresh = crate::json(&fresh)?;
        let kept: String = self
            .file
            .write(Need::Ongoing, move |tx| {
                let keep = "INSERT OR IGNORE INTO settings (name, value) VALUES (?1, ?2)";
                tx.execute(keep, params![NAME, fresh])?;
                let mut select = tx.prepare("SELECT value FROM settings WHERE name = ?1")?;
                Ok(select.query_row([NAME], |row| row.col(0))?)
            })
            .await?;
        let key = serde_json::from_str(&kept);
        key.map_err(|error| rusqlite::Error::from(FromSqlError::other(error)).into())
    }
}
