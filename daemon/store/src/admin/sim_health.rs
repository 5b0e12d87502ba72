//! How SIMs have failed, and what they sent last: what must hold over a restart.

use model::{Iccid, Reason, SimError, SimHealth, Time};
use rusqlite::{Connection, Row};

use crate::admin::Admin;
use crate::machine::select::{Select as _, both};
use crate::machine::writer::Need;
use crate::tables::audit::append_some_change;
use crate::tables::health;
use crate::values::{RowExt as _, params};
use crate::{NewAudit, StoreError, rows};

/// Awaited parts that are read back: more than four rounds of TP-MR.
const MOST_AWAITED: usize = 1024;

/// What a SIM handed to the network last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submits {
    /// When the last one ended, or began if its end was not seen.
    pub last: Option<Time>,
    pub last_mr: Option<u8>,
    /// Parts whose report is still to come, oldest first.
    pub awaited: Vec<Awaited>,
}

/// A part whose report is still to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    pub mr: u8,
    pub to: String,
    pub sent_at: Time,
}

impl Admin {
    /// Replaces what is remembered of a SIM's failures. Outcomes bring it with them
    /// ([`Step::Health`](crate::Step)); this is for those who reset it.
    pub async fn set_sim_health(
        &self,
        iccid: &Iccid,
        health: SimHealth,
        audit: Option<NewAudit>,
    ) -> Result<(), StoreError> {
        let iccid = iccid.clone();
        self.file
            .write(Need::Ongoing, move |tx| {
                let before = health_of(tx.reader(), &iccid)?;
                health::put(tx, &iccid, &health)?;
                append_some_change(tx, audit.as_ref(), Some(&before), Some(&health))
            })
            .await
    }

    pub async fn sim_health(&self, iccid: &Iccid) -> Result<SimHealth, StoreError> {
        let iccid = iccid.clone();
        self.file
            .read(move |reader| health_of(reader, &iccid))
            .await
    }

    /// All SIMs of which something is remembered.
    pub async fn all_sim_health(&self) -> Result<Vec<(Iccid, SimHealth)>, StoreError> {
        let read = |reader: &Connection| reader.readable("SELECT * FROM sim_health", [], of_sim);
        self.file.read(read).await
    }

    /// What a SIM sent last, and of what it sent since `since` the parts that await a report.
    pub async fn submits(&self, iccid: &Iccid, since: Time) -> Result<Submits, StoreError> {
        let iccid = iccid.clone();
        self.file
            .read(move |reader| submits(reader, &iccid, since))
            .await
    }
}

fn health_of(reader: &Connection, iccid: &Iccid) -> Result<SimHealth, StoreError> {
    let sql = "SELECT * FROM sim_health WHERE iccid = ?1";
    let found = reader.first(sql, params![iccid], health)?;
    Ok(found.unwrap_or_default())
}

pub(crate) fn of_sim(row: &Row<'_>) -> rusqlite::Result<(Iccid, SimHealth)> {
    Ok((row.col("iccid")?, health(row)?))
}

fn health(row: &Row<'_>) -> rusqlite::Result<SimHealth> {
    let code: Option<String> = row.col("error_code")?;
    let last_error = match code {
        None => None,
        Some(code) => Some(SimError {
            reason: Reason::read(code, row.col::<String>("error_detail")?),
            at: row.col("error_at")?,
        }),
    };
    Ok(SimHealth {
        open_until: row.col("open_until")?,
        openings: row.col("openings")?,
        failures: row.col("failures")?,
        results: row.col("results")?,
        counted: row.col("counted")?,
        last_error,
        last_submit: row.col("last_submit")?,
    })
}

fn submits(reader: &Connection, iccid: &Iccid, since: Time) -> Result<Submits, StoreError> {
    let sql = "SELECT coalesce(sent_at, handed_at), mr FROM parts INDEXED BY parts_handed
        WHERE carrier = ?1 AND handed_at IS NOT NULL ORDER BY handed_at DESC LIMIT 1";
    let latest: Option<(Time, Option<u8>)> = reader.first(sql, params![iccid], both)?;
    let sql = "SELECT p.mr, m.peer, p.sent_at FROM parts p INDEXED BY parts_awaiting
            JOIN messages m ON m.row = p.message
        WHERE p.carrier = ?1 AND p.awaits = 1 AND p.mr IS NOT NULL AND p.sent_at >= ?2
        ORDER BY p.sent_at DESC LIMIT ?3";
    let one = |row: &Row<'_>| {
        Ok(Awaited {
            mr: row.col(0)?,
            to: row.col(1)?,
            sent_at: row.col(2)?,
        })
    };
    let mut awaited = reader.all(sql, params![iccid, since, rows(MOST_AWAITED)], one)?;
    awaited.reverse();
    Ok(Submits {
        last: latest.map(|(at, _)| at),
        last_mr: latest.and_then(|(_, mr)| mr),
        awaited,
    })
}
