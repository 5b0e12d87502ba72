//! What needed a person when that changed last, so that it is known after a restart since when it does.

use rusqlite::OptionalExtension as _;

use crate::StoreError;
use crate::admin::Admin;
use crate::machine::writer::Need;
use crate::values::{RowExt as _, params};

/// Its name among the settings.
const NAME: &str = "attention";

impl Admin {
    /// Remembers it, as JSON, in place of what was kept.
    pub async fn keep_attention(&self, json: String) -> Result<(), StoreError> {
        let set = "INSERT INTO settings (name, value) VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.file
            .write(Need::Ongoing, move |tx| {
                tx.execute(set, params![NAME, json]).map(drop)
            })
            .await
    }

    /// What was kept last.
    pub async fn kept_attention(&self) -> Result<Option<String>, StoreError> {
        let get = "SELECT value FROM settings WHERE name = ?1";
        self.file
            .read(move |reader| {
                let mut select = reader.prepare_cached(get)?;
                Ok(select.query_row([NAME], |row| row.col(0)).optional()?)
            })
            .await
    }
}
