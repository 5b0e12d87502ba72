//! What self-tests found out about kinds of modem.

use rusqlite::{Connection, Row};

use crate::StoreError;
use crate::admin::Admin;
use crate::machine::select::Select as _;
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
        let read = move |reader: &Connection| reader.first(ONE, key(&kind), found);
        self.file.read(read).await
    }

    /// All kinds that were tested, by make, model and firmware.
    pub async fn findings(&self) -> Result<Vec<ModemFindings>, StoreError> {
        let all = "SELECT * FROM modem_findings ORDER BY manufacturer, model, firmware";
        let read = move |reader: &Connection| reader.readable(all, [], finding);
        self.file.read(read).await
    }
}

const ONE: &str =
    "SELECT found FROM modem_findings WHERE manufacturer = ?1 AND model = ?2 AND firmware = ?3";

fn key(kind: &ModemKind) -> [&str; 3] {
    [&kind.manufacturer, &kind.model, &kind.firmware]
}

fn remember(tx: &Tx<'_>, kind: &ModemKind, newest: Found, at: Time) -> Result<Found, StoreError> {
    let earlier = tx.first(ONE, key(kind), found)?;
    let newest = newest.over(earlier.unwrap_or_default());
    let json = crate::json(&newest)?;
    let [manufacturer, model, firmware] = key(kind);
    let sql = "INSERT INTO modem_findings (manufacturer, model, firmware, found, tested_at, tests)
        VALUES (?1, ?2, ?3, ?4, ?5, 1)
        ON CONFLICT (manufacturer, model, firmware) DO UPDATE SET
            found = excluded.found, tested_at = excluded.tested_at, tests = tests + 1";
    tx.execute(sql, params![manufacturer, model, firmware, json, at])?;
    Ok(newest)
}

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    row.json("found")
}

pub(crate) fn finding(row: &Row<'_>) -> rusqlite::Result<ModemFindings> {
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
