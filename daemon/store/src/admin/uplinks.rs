//! Uplinks as they are configured.

use rusqlite::Connection;

use crate::admin::Admin;
use crate::columns::named;
use crate::machine::select::Select as _;
use crate::machine::writer::{Need, Tx};
use crate::tables::audit::append_change;
use crate::values::{params, readable};
use crate::{NewAudit, StoreError};
use model::{UplinkConfig, UplinkName};

impl Admin {
    /// All uplinks with their secrets, by name.
    pub async fn uplinks(&self) -> Result<Vec<(UplinkName, UplinkConfig)>, StoreError> {
        let all = "SELECT * FROM uplinks ORDER BY name";
        let read = |reader: &Connection| reader.readable(all, [], named);
        self.file.read(read).await
    }

    /// Sets what an uplink is; true when there was none of this name.
    pub async fn put_uplink(
        &self,
        name: &UplinkName,
        config: &UplinkConfig,
        audit: NewAudit,
    ) -> Result<bool, StoreError> {
        let (name, config) = (name.clone(), config.clone());
        self.file
            .write(Need::Ongoing, move |tx| put(tx, &name, &config, &audit))
            .await
    }

    /// False when there is none of this name.
    pub async fn delete_uplink(
        &self,
        name: &UplinkName,
        audit: NewAudit,
    ) -> Result<bool, StoreError> {
        let name = name.to_string();
        self.file
            .write(Need::Ongoing, move |tx| {
                let before = config_of(tx, &name)?;
                let deleted = tx.execute("DELETE FROM uplinks WHERE name = ?1", [&name])?;
                if deleted == 0 {
                    return Ok(false);
                }
                append_change(tx, &audit, before.as_ref(), None::<&UplinkConfig>)?;
                Ok(true)
            })
            .await
    }
}

/// True when there was none of this name.
pub(super) fn put(
    tx: &Tx<'_>,
    name: &UplinkName,
    config: &UplinkConfig,
    audit: &NewAudit,
) -> Result<bool, StoreError> {
    let put = "INSERT INTO uplinks (name, config, account) VALUES (?1, ?2, ?3)
        ON CONFLICT (name) DO UPDATE SET config = excluded.config, account = excluded.account";
    let before = config_of(tx, name.as_str())?;
    let (json, account) = (crate::json(config)?, config.account_key());
    tx.run(put, params![name.as_str(), json, account])?;
    append_change(tx, audit, before.as_ref(), Some(config))?;
    Ok(before.is_none())
}

/// None too where it makes no sense: what is set anew takes its place.
fn config_of(tx: &Tx<'_>, name: &str) -> Result<Option<UplinkConfig>, StoreError> {
    let one = "SELECT * FROM uplinks WHERE name = ?1";
    let found = tx.first(one, [name], |row| readable(named(row)))?;
    Ok(found.flatten().map(|(_, config): (UplinkName, _)| config))
}
