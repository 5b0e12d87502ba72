//! Uplinks as they are configured.

use rusqlite::types::FromSqlError;
use rusqlite::{Connection, Row};

use crate::columns::Parsed;
use crate::machine::writer::{Need, Tx};
use crate::tables::audit::append;
use crate::values::{RowExt as _, params};
use crate::{NewAudit, Store, StoreError};
use model::{UplinkConfig, UplinkName};

impl Store {
    /// All uplinks with their secrets, by name.
    pub async fn uplinks(&self) -> Result<Vec<(UplinkName, UplinkConfig)>, StoreError> {
        let read = |reader: &Connection| {
            let mut select = reader.prepare_cached("SELECT * FROM uplinks ORDER BY name")?;
            let found = select.query_map([], uplink)?;
            Ok(found.collect::<Result<_, _>>()?)
        };
        self.read(read).await
    }

    /// Sets what an uplink is; true when there was none of this name.
    pub async fn put_uplink(
        &self,
        name: &UplinkName,
        config: &UplinkConfig,
        audit: NewAudit,
    ) -> Result<bool, StoreError> {
        let (name, json) = (name.to_string(), crate::json(config)?);
        let account = config.account_key();
        let put = "INSERT INTO uplinks (name, config, account) VALUES (?1, ?2, ?3)
            ON CONFLICT (name) DO UPDATE SET config = excluded.config, account = excluded.account";
        self.write(Need::Progress, move |tx| {
            let known = "SELECT 1 FROM uplinks WHERE name = ?1";
            let is_new = !tx.prepare(known)?.exists([&name])?;
            tx.execute(put, params![name, json, account])?;
            append(tx, &audit)?;
            Ok(is_new)
        })
        .await
    }

    /// False when there is none of this name.
    pub async fn delete_uplink(
        &self,
        name: &UplinkName,
        audit: NewAudit,
    ) -> Result<bool, StoreError> {
        let name = name.to_string();
        self.write(Need::Progress, move |tx| {
            let deleted = tx.execute("DELETE FROM uplinks WHERE name = ?1", [&name])? == 1;
            if deleted {
                append(tx, &audit)?;
            }
            Ok(deleted)
        })
        .await
    }
}

/// An uplink and the others of its account, as columns; itself first.
pub(crate) fn binds(tx: &Tx<'_>, uplink: &str) -> Result<Vec<String>, StoreError> {
    let mut select =
        tx.prepare("SELECT other FROM account_binds WHERE uplink = ?1 ORDER BY other")?;
    let others = select.query_map([uplink], |row| row.col(0))?;
    let others = others.collect::<Result<Vec<String>, _>>()?;
    let own = std::iter::once(uplink.to_owned());
    Ok(own
        .chain(others.into_iter().filter(|other| other != uplink))
        .collect())
}

fn uplink(row: &Row<'_>) -> rusqlite::Result<(UplinkName, UplinkConfig)> {
    let name = row.col::<Parsed<UplinkName>>("name")?.0;
    let config: String = row.col("config")?;
    let config = serde_json::from_str(&config).map_err(FromSqlError::other)?;
    Ok((name, config))
}
