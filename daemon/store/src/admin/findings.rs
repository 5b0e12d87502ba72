//! What self-tests found out about kinds of modem.

use rusqlite::types::FromSqlError;
use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::StoreError;
use crate::admin::Admin;
use crate::machine::writer::{Need, Tx};
use crate::values::{RowExt as _, params};
use model::{Found, ModemFindings, ModemKind, Time};

impl Admin {
    /// Remembers what a test found, in place of what is known.
    pub async fn found(
        &self,
        kind: ModemKind,
        found: Found,
        at: Time,
    ) -> Result<Found, StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| {
                remember(tx, &kind, found.clone(), at)
            })
            .await
    }

    /// What is known of one kind.
    pub async fn finding(&self, kind: ModemKind) -> Result<Option<Found>, StoreError> {
        let read = move |reader: &Connection| {
            let mut select = reader.prepare_cached(ONE)?;
            Ok(select.query_row(key(&kind), found).optional()?)
        };
        self.file.read(read).await
    }

    /// All kinds that were tested, by make, model and firmware.
    pub async fn findings(&self) -> Result<Vec<ModemFindings>, StoreError> {
        let all = "SELECT * FROM modem_findings ORDER BY manufacturer, model, firmware";
        let read = move |reader: &Connection| {
            let mut select = reader.prepare_cached(all)?;
            let rows = select.query_map([], finding)?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        self.file.read(read).await
    }
}

const ONE: &str =
    "SELECT found FROM modem_findings WHERE manufacturer = ?1 AND model = ?2 AND firmware = ?3";

fn key(kind: &ModemKind) -> [&str; 3] {
    [&kind.manufacturer, &kind.model, &kind.firmware]
}

fn remember(tx: &Tx<'_>, kind: &ModemKind, newest: Found, at: Time) -> Result<Found, StoreError> {
    let earlier = tx.prepare(ONE)?.query_row(key(kind), found).optional()?;
    let newest = newest.over(earlier.unwrap_or_default());
    let json = serde_json::to_string(&newest)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let [manufacturer, model, firmware] = key(kind);
    tx.execute(
        "INSERT INTO modem_findings (manufacturer, model, firmware, found, tested_at, tests)
         VALUES (?1, ?2, ?3, ?4, ?5, 1)
         ON CONFLICT (manufacturer, model, firmware) DO UPDATE SET
             found = excluded.found, tested_at = excluded.tested_at, tests = tests + 1",
        params![manufacturer, model, firmware, json, at],
    )?;
    Ok(newest)
}

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    let text: String = row.col("found")?;
    serde_json::from_str(&text).map_err(|error| FromSqlError::other(error).into())
}

fn finding(row: &Row<'_>) -> rusqlite::Result<ModemFindings> {
    Ok(ModemFindings {
        kind: ModemKind {
            manufacturer: row.col("manufacturer")?,
            model: row.col("model")?,
            firmware: row.col("firmware")?,
        },
        found: found(row)?,
        tested_at: row.col("tested_at")?,
        tests: row.col("tests")?,
    })
}
