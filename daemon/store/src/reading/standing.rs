//! How things stand on the whole, for those who look after the gateway.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::StoreError;
use crate::columns::lane_text;
use crate::machine::select::{Select as _, both, only};
use crate::queue::lanes::lanes;
use crate::reading::Reading;
use crate::values::{RowExt as _, params, readable};
use model::{Iccid, Imei, IncidentKind, ReasonCode, Time};

/// Messages whose wait is looked at one by one, those that were accepted first.
const LOOKED_AT: i64 = 256;

/// Messages that may have gone out, and of which nothing will tell but a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub count: u64,
    /// So many of them waited when the backup was made that was restored.
    pub restored: u64,
    /// Since when the first of them is.
    pub since: Option<Time>,
}

impl Reading {
    /// Since when the message waits that has waited for longest, as far as can be told quickly: of each
    /// lane the one that is due for longest is looked at, and of all those that were accepted first. Those that
    /// are paused wait because somebody wants it.
    pub async fn waits_since(&self) -> Result<Option<Time>, StoreError> {
        self.file.read(waits_since).await
    }

    /// Those that are held until a person says what became of them.
    pub async fn held(&self) -> Result<Held, StoreError> {
        self.file.read(held).await
    }

    /// How many are paused and would wait for nothing else but their time.
    pub async fn paused(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM messages INDEXED BY messages_paused
            WHERE paused = 1 AND state IN (0, 1)";
        let read = move |reader: &Connection| reader.one(sql, [], only::<i64>);
        Ok(self.file.read(read).await?.unsigned_abs())
    }

    /// The modem in which each SIM was last.
    pub async fn last_modems(&self) -> Result<HashMap<Iccid, Imei>, StoreError> {
        let sql = "SELECT iccid, imei FROM sims WHERE imei IS NOT NULL";
        self.file
            .read(move |reader| {
                let mut select = reader.prepare_cached(sql)?;
                let mut found = HashMap::new();
                for row in select.query_map([], |row| Ok((row.col(0), row.col(1))))? {
                    let (iccid, imei) = row?;
                    found.extend(readable(iccid)?.zip(readable(imei)?));
                }
                Ok(found)
            })
            .await
    }

    /// How often each modem had an incident of one of these kinds since then.
    pub async fn incidents_since(
        &self,
        since: Time,
        kinds: &'static [IncidentKind],
    ) -> Result<HashMap<Imei, u32>, StoreError> {
        let names: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
        let names = crate::json(&names)?;
        let sql = "SELECT imei, sum(1 + repeats) FROM incidents
            WHERE imei IS NOT NULL AND at >= ?1 AND kind IN (SELECT value FROM json_each(?2))
            GROUP BY imei";
        self.file
            .read(move |reader| {
                let found = reader.readable(sql, params![since, names], both)?;
                Ok(found.into_iter().collect())
            })
            .await
    }
}

fn held(reader: &Connection) -> Result<Held, StoreError> {
    // What is uncertain after a restore has no doubt that evidence could settle.
    let sql = "WITH unsettled AS (
             SELECT d.message, max(d.conclusion) AS conclusion, min(d.concluded_at) AS since
             FROM doubts d INDEXED BY doubts_unsettled JOIN messages m ON m.row = d.message
             WHERE (d.conclusion = 0 OR d.conclusion = 4) AND m.state = 9 GROUP BY d.message)
         SELECT count(*) FILTER (WHERE conclusion = 4), min(since) FILTER (WHERE conclusion = 4),
             (SELECT count(*) FROM messages INDEXED BY messages_state WHERE state = 9) - count(*)
         FROM unsettled";
    let (by_policy, since, restored): (i64, Option<Time>, i64) = reader
        .prepare_cached(sql)?
        .query_row([], |row| Ok((row.col(0)?, row.col(1)?, row.col(2)?)))?;
    let mut held = Held {
        count: (by_policy + restored).unsigned_abs(),
        restored: restored.unsigned_abs(),
        since,
    };
    if restored > 0 {
        let restored_at = "SELECT h.at FROM history h WHERE h.step = 'uncertain' AND h.message =
             (SELECT row FROM messages INDEXED BY messages_state
              WHERE state = 9 AND reason_code = ?1 ORDER BY row LIMIT 1)
             ORDER BY h.n DESC LIMIT 1";
        let at: Option<Time> = reader.first(restored_at, [ReasonCode::Restored.as_str()], only)?;
        held.since = since.into_iter().chain(at).min();
    }
    Ok(held)
}

fn waits_since(reader: &Connection) -> Result<Option<Time>, StoreError> {
    let mut first = reader.prepare_cached(
        "SELECT min(since) FROM (
             SELECT max(created_at, coalesce(send_at, created_at)) + shifted AS since, paused
             FROM messages INDEXED BY messages_state WHERE state = 1 ORDER BY row LIMIT ?1)
         WHERE paused = 0",
    )?;
    let mut earliest: Option<Time> = first.query_row([LOOKED_AT], |row| row.col(0))?;
    let mut due = reader.prepare_cached(
        "SELECT max(created_at, coalesce(send_at, created_at)) + shifted
         FROM messages INDEXED BY messages_queued
         WHERE state = 1 AND paused = 0 AND priority = ?1 AND lane = ?2 ORDER BY due_at LIMIT 1",
    )?;
    for lane in lanes(reader)? {
        let mut found = due.query(params![lane.priority, lane_text(&lane)])?;
        let since = found.next()?.map(|row| row.col::<Time>(0)).transpose()?;
        earliest = earliest.into_iter().chain(since).min();
    }
    Ok(earliest)
}
