//! The country whose national numbers are understood, where an admin has set one.

use rusqlite::Row;
use serde_json::json;

use crate::admin::Admin;
use crate::machine::select::Select as _;
use crate::machine::writer::{Need, Tx};
use crate::tables::audit::append_change;
use crate::values::{RowExt as _, params, readable};
use crate::{NewAudit, StoreError};

/// Its name among the settings.
const COUNTRY: &str = "country";

const FIND: &str = "SELECT value FROM settings WHERE name = ?1";

impl Admin {
    /// As ISO 3166-1 has it, in two letters; none: nobody has set one.
    pub async fn country(&self) -> Result<Option<String>, StoreError> {
        let read = |row: &Row<'_>| readable(row.col("value"));
        self.file
            .read(move |reader| Ok(reader.first(FIND, [COUNTRY], read)?.flatten()))
            .await
    }

    /// None takes it away.
    pub async fn set_country(
        &self,
        country: Option<String>,
        audit: NewAudit,
    ) -> Result<(), StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| put(tx, country.as_deref(), &audit))
            .await
    }
}

pub(super) fn put(tx: &Tx<'_>, country: Option<&str>, audit: &NewAudit) -> Result<(), StoreError> {
    let set = "INSERT INTO settings (name, value) VALUES (?1, ?2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    let before = tx.first(FIND, [COUNTRY], |row| readable(row.col::<String>("value")))?;
    let before = json!({"country": before.flatten()});
    match country {
        Some(country) => tx.run(set, params![COUNTRY, country])?,
        None => tx.run("DELETE FROM settings WHERE name = ?1", params![COUNTRY])?,
    }
    append_change(tx, audit, Some(&before), Some(&json!({"country": country})))
}
