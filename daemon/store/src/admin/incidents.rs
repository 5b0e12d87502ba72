//! Failures of modems, the newest of them.

use model::{Imei, Incident, NewIncident, Reach, RowId};
use rusqlite::{Connection, Row};

use crate::StoreError;
use crate::admin::Admin;
use crate::machine::select::Select as _;
use crate::machine::writer::{Need, Tx};
use crate::tables::reach;
use crate::values::{RowExt as _, params};

/// Incidents kept; the oldest goes in the commit that brings one more.
const KEPT: i64 = 1_000;
/// Those of one kind that a modem has within this time are one.
const SAME_MS: i64 = 60 * 1000;

impl Admin {
    /// Remembers incidents. They can be refused: on a full disk messages go first.
    pub async fn record_incidents(&self, new: Vec<NewIncident>) -> Result<(), StoreError> {
        self.file
            .write(Need::Growth, move |tx| {
                for incident in &new {
                    record(tx, incident)?;
                }
                prune(tx)
            })
            .await
    }

    /// Newest first, those before row `before`; of one modem, or of all. Those of SIMs out of reach are
    /// left out.
    pub async fn incidents(
        &self,
        imei: Option<&Imei>,
        reach: &Reach,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Vec<Incident>, StoreError> {
        let before = before.map_or(i64::MAX, |row| row.0);
        let imei = imei.cloned();
        let sims = reach::sims(reach);
        let read = move |reader: &Connection| {
            let of = match imei {
                Some(_) => "imei = ?1",
                None => "?1 IS NULL",
            };
            let sql = format!(
                "SELECT * FROM incidents WHERE {of} AND row < ?2
                 AND (?3 IS NULL OR iccid IS NULL OR iccid IN (SELECT value FROM json_each(?3)))
                 ORDER BY row DESC"
            );
            reader.first_readable(limit, &sql, params![imei, before, sims], incident)
        };
        self.file.read(read).await
    }
}

fn record(tx: &Tx<'_>, new: &NewIncident) -> Result<(), StoreError> {
    let imei = &new.imei;
    // The clock may have been set back in between.
    let last: Option<i64> = tx.first(
        "SELECT row FROM incidents WHERE imei IS ?1 AND kind = ?2 AND abs(at - ?3) < ?4
         ORDER BY row DESC LIMIT 1",
        params![imei, new.kind.as_str(), new.at, SAME_MS],
        |row| row.col(0),
    )?;
    if let Some(row) = last {
        let sql = "UPDATE incidents SET repeats = repeats + 1 WHERE row = ?1";
        tx.execute(sql, [row])?;
        return Ok(());
    }
    tx.run(
        "INSERT INTO incidents (at, imei, iccid, kind, reason, dialogue)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            new.at,
            imei,
            new.iccid,
            new.kind.as_str(),
            new.reason,
            new.dialogue
        ],
    )
}

fn prune(tx: &Tx<'_>) -> Result<(), StoreError> {
    let sql = "DELETE FROM incidents WHERE row <= (SELECT max(row) FROM incidents) - ?1";
    tx.run(sql, [KEPT])
}

pub(crate) fn incident(row: &Row<'_>) -> rusqlite::Result<Incident> {
    Ok(Incident {
        row: row.col("row")?,
        at: row.col("at")?,
        kind: row.col("kind")?,
        imei: row.col("imei")?,
        iccid: row.col("iccid")?,
        reason: row.col("reason")?,
        dialogue: row.col("dialogue")?,
        repeats: row.col("repeats")?,
    })
}
