//! The last backup, among the settings: who keeps the files elsewhere asks here.

use model::Time;
use rusqlite::{Connection, OptionalExtension as _};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::machine::writer::Need;
use crate::upkeep::Upkeep;
use crate::values::{RowExt as _, params};

/// Its name among the settings.
const NAME: &str = "last_backup";

/// A backup that was made and looked through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    pub at: Time,
    /// Of its file.
    pub name: String,
}

impl Upkeep {
    /// Remembers that this one was made.
    pub async fn backed_up(&self, backup: LastBackup) -> Result<(), StoreError> {
        let json = crate::json(&backup)?;
        let set = "INSERT INTO settings (name, value) VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.file
            .write(Need::Ongoing, move |tx| {
                tx.execute(set, params![NAME, json]).map(drop)
            })
            .await
    }

    /// The last backup; none where there never was one.
    pub async fn last_backup(&self) -> Result<Option<LastBackup>, StoreError> {
        let read = |reader: &Connection| {
            let text: Option<String> = reader
                .prepare_cached("SELECT value FROM settings WHERE name = ?1")?
                .query_row([NAME], |row| row.col(0))
                .optional()?;
            // What cannot be read is as if it were not there: the next backup writes it anew.
            Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
        };
        self.file.read(read).await
    }
}
