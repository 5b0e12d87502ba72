//! SIMs and modems as they are remembered, and what each SIM has sent.

use std::time::Duration;

use model::{Iccid, Imei, ModemRecord, SimConfig, SimRecord, SimTotals, Time};
use rusqlite::{Connection, Row};

use crate::admin::Admin;
use crate::evidence::doubts::counted;
use crate::machine::select::Select as _;
use crate::machine::writer::{Need, Tx};
use crate::tables::audit::append_some_change;
use crate::tables::tallies;
use crate::values::{RowExt as _, params, readable};
use crate::{NewAudit, StoreError, json};

/// What a modem said of its SIM. What is `None` leaves what was known before.
#[derive(Clone, Debug)]
pub struct SimSeen {
    pub iccid: Iccid,
    pub imsi: Option<String>,
    pub number: Option<String>,
    pub smsc: Option<String>,
    pub imei: Option<Imei>,
    pub at: Time,
}

impl SimSeen {
    /// A SIM that said nothing but its ICCID.
    pub fn new(iccid: Iccid, at: Time) -> Self {
        Self {
            iccid,
            imsi: None,
            number: None,
            smsc: None,
            imei: None,
            at,
        }
    }
}

/// A part that was handed to the network, for the running quotas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentPart {
    /// When it was given to the modem.
    pub at: Time,
    /// The first of its message: counts when whole messages are counted.
    pub first: bool,
}

/// How much a SIM has handed to the network, uncertain parts too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentCount {
    pub messages: u64,
    pub parts: u64,
}

/// What is stamped later than this after the beginning of an hour, or of a day or month, was sent
/// while the clock was wrong: it must not use up quotas until that time comes.
const DAY: Duration = Duration::from_hours(25);
const MONTH: Duration = Duration::from_hours(32 * 24);

/// SIM by SIM in the table's order, each from its first hour that counts: the whole table is long.
pub(crate) const TOTALS: &str = concat!(
    tallies::each_carrier!(),
    // `sum` fails where numbers that make no sense add up to more than a column holds.
    "SELECT t.carrier, CAST(total(t.sent) AS INTEGER), CAST(total(t.failed) AS INTEGER),
        CAST(total(t.received) AS INTEGER), total(t.cost)
    FROM each CROSS JOIN tallies t ON t.carrier = each.carrier AND t.hour >= ?1
    WHERE t.carrier NOT LIKE 'uplink:%' GROUP BY t.carrier"
);

impl Admin {
    /// Remembers a SIM, or what is new of it.
    pub async fn seen_sim(&self, seen: SimSeen) -> Result<(), StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| seen_sim(tx, &seen))
            .await
    }

    /// Remembers a modem, or what is new of it; `restarts` is kept as it was.
    pub async fn seen_modem(&self, modem: ModemRecord) -> Result<(), StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| seen_modem(tx, &modem))
            .await
    }

    /// Counts a restart of a modem.
    pub async fn restarted(&self, imei: &Imei) -> Result<(), StoreError> {
        let imei = imei.to_string();
        let count = "UPDATE modems SET restarts = restarts + 1 WHERE imei = ?1";
        self.file
            .write(Need::Ongoing, move |tx| tx.run(count, [&imei]))
            .await
    }

    /// Changes what the operator set, and gives what is set now. A SIM that was never seen has a
    /// row from then on, so that things can be set ahead.
    pub async fn change_sim(
        &self,
        iccid: &Iccid,
        mut edit: impl FnMut(&mut SimConfig) + Send + 'static,
        audit: Option<NewAudit>,
    ) -> Result<SimConfig, StoreError> {
        let iccid = iccid.clone();
        self.file
            .write(Need::Ongoing, move |tx| {
                change(tx, &iccid, &mut edit, audit.as_ref())
            })
            .await
    }

    /// All SIMs ever seen, by ICCID.
    pub async fn sims(&self) -> Result<Vec<SimRecord>, StoreError> {
        let all = "SELECT * FROM sims ORDER BY iccid";
        let read = move |reader: &Connection| reader.readable(all, [], sim);
        self.file.read(read).await
    }

    /// What the operator set for a SIM; an error where that makes no sense: without its quotas it must
    /// not be used.
    pub async fn sim_config(&self, iccid: &Iccid) -> Result<SimConfig, StoreError> {
        let iccid = iccid.clone();
        let read = move |reader: &Connection| config_of(reader, &iccid);
        Ok(self.file.read(read).await?.unwrap_or_default())
    }

    /// All modems ever seen, by IMEI.
    pub async fn modems(&self) -> Result<Vec<ModemRecord>, StoreError> {
        let all = "SELECT * FROM modems ORDER BY imei";
        let read = move |reader: &Connection| reader.readable(all, [], modem);
        self.file.read(read).await
    }

    /// Messages sent, failed and received by each SIM since the full hour of `since`.
    pub async fn sim_totals(&self, since: Time) -> Result<Vec<(Iccid, SimTotals)>, StoreError> {
        let read =
            move |reader: &Connection| reader.readable(TOTALS, [tallies::hour(since)], totals);
        self.file.read(read).await
    }

    /// The parts that a SIM handed to the network at or after `since`, oldest first: for
    /// the quotas of the running minute and hour.
    pub async fn sent_since(
        &self,
        iccid: &Iccid,
        since: Time,
    ) -> Result<Vec<SentPart>, StoreError> {
        let iccid = iccid.clone();
        let sql = "SELECT handed_at, seq FROM parts
            WHERE carrier = ?1 AND handed_at BETWEEN ?2 AND ?3 ORDER BY handed_at";
        let until = since.after(DAY);
        let read = move |reader: &Connection| {
            reader.all(sql, params![iccid, since, until], |row| {
                Ok(SentPart {
                    at: row.col(0)?,
                    // Whatever else stands there: it was sent.
                    first: row.col::<i64>(1)? == 1,
                })
            })
        };
        self.file.read(read).await
    }

    /// How much a SIM handed to the network since the full hour of `since`: for the quotas
    /// of the day and the month. Outlives the retention of messages.
    pub async fn sent_count(&self, iccid: &Iccid, since: Time) -> Result<SentCount, StoreError> {
        let iccid = iccid.clone();
        let sql =
            "SELECT CAST(total(messages) AS INTEGER), CAST(total(parts) AS INTEGER) FROM tallies
            WHERE carrier = ?1 AND hour BETWEEN ?2 AND ?3";
        let (since, until) = (tallies::hour(since), tallies::hour(since.after(MONTH)));
        let read = move |reader: &Connection| {
            reader.one(sql, params![iccid, since, until], |row| {
                Ok(SentCount {
                    messages: whole(row, 0)?,
                    parts: whole(row, 1)?,
                })
            })
        };
        self.file.read(read).await
    }
}

fn seen_sim(tx: &Tx<'_>, seen: &SimSeen) -> Result<(), StoreError> {
    let sql = "SELECT config, imei FROM sims WHERE iccid = ?1";
    let known: Option<(SimConfig, Option<String>)> = tx.first(sql, params![seen.iccid], |row| {
        Ok((config(row)?, row.col("imei")?))
    })?;
    let (config, before) = known.unwrap_or_default();
    let imei = seen.imei.as_ref().map(Imei::as_str);
    if imei.is_some() && before.as_deref() != imei {
        // Many modems count TP-MR by themselves, whatever the SIM remembers.
        counted::another_modem(tx, &seen.iccid.clone().into())?;
    }
    tx.run(
        "INSERT INTO sims (iccid, imsi, number, own, smsc, imei, last_seen, config)
         VALUES (?1, ?2, ?3, coalesce(?8, ?3), ?4, ?5, ?6, ?7)
         ON CONFLICT (iccid) DO UPDATE SET
             imsi = coalesce(excluded.imsi, imsi), number = coalesce(excluded.number, number),
             own = coalesce(?8, excluded.number, number), smsc = coalesce(excluded.smsc, smsc),
             imei = coalesce(excluded.imei, imei), last_seen = excluded.last_seen",
        params![
            seen.iccid,
            seen.imsi,
            seen.number,
            seen.smsc,
            imei,
            seen.at,
            json(&config)?,
            config.number
        ],
    )
}

pub(super) fn change(
    tx: &Tx<'_>,
    iccid: &Iccid,
    mut edit: impl FnMut(&mut SimConfig),
    audit: Option<&NewAudit>,
) -> Result<SimConfig, StoreError> {
    let is_a_persons = audit.is_some();
    if is_a_persons && is_damaged(tx, iccid)? {
        mend(tx, iccid)?;
    }
    let before = config_of(tx.reader(), iccid)?.unwrap_or_default();
    let mut config = before.clone();
    edit(&mut config);
    put_config(tx, iccid, &config)?;
    append_some_change(tx, audit, Some(&before), Some(&config))?;
    Ok(config)
}

fn is_damaged(tx: &Tx<'_>, iccid: &Iccid) -> Result<bool, StoreError> {
    let sql = "SELECT * FROM sims WHERE iccid = ?1";
    let found = tx.first(sql, params![iccid], |row| readable(sim(row)))?;
    Ok(found.is_some_and(|sim| sim.is_none()))
}

/// What the SIM told is learnt anew. What was set for it stays where that makes sense; else the SIM is disabled until
/// somebody enables it, since nobody knows its quotas.
fn mend(tx: &Tx<'_>, iccid: &Iccid) -> Result<(), StoreError> {
    let sql = "SELECT config FROM sims WHERE iccid = ?1";
    let kept = tx.first(sql, params![iccid], |row| readable(config(row)))?;
    let config = kept.flatten().unwrap_or_else(|| SimConfig {
        enabled: false,
        ..SimConfig::default()
    });
    let sql = "UPDATE sims SET imsi = NULL, number = NULL, own = ?3, smsc = NULL, imei = NULL, last_seen = 0, config = ?2
        WHERE iccid = ?1";
    tx.run(sql, params![iccid, json(&config)?, config.number])
}

fn config_of(reader: &Connection, iccid: &Iccid) -> Result<Option<SimConfig>, StoreError> {
    let sql = "SELECT config FROM sims WHERE iccid = ?1";
    reader.first(sql, params![iccid], config)
}

fn put_config(tx: &Tx<'_>, iccid: &Iccid, config: &SimConfig) -> Result<(), StoreError> {
    let sql = "INSERT INTO sims (iccid, own, last_seen, config) VALUES (?1, ?3, 0, ?2)
        ON CONFLICT (iccid) DO UPDATE SET config = ?2, own = coalesce(?3, number)";
    tx.run(sql, params![iccid, json(config)?, config.number])
}

fn seen_modem(tx: &Tx<'_>, modem: &ModemRecord) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO modems (imei, manufacturer, model, firmware, profile, last_seen, restarts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (imei) DO UPDATE SET manufacturer = excluded.manufacturer,
             model = excluded.model, firmware = excluded.firmware, profile = excluded.profile,
             last_seen = excluded.last_seen",
        params![
            modem.imei,
            modem.manufacturer,
            modem.model,
            modem.firmware,
            modem.profile,
            modem.last_seen,
            modem.restarts
        ],
    )
}

pub(crate) fn sim(row: &Row<'_>) -> rusqlite::Result<SimRecord> {
    Ok(SimRecord {
        iccid: row.col("iccid")?,
        imsi: row.col("imsi")?,
        told: row.col("number")?,
        smsc: row.col("smsc")?,
        last_seen: row.col("last_seen")?,
        config: config(row)?,
    })
}

pub(crate) fn modem(row: &Row<'_>) -> rusqlite::Result<ModemRecord> {
    Ok(ModemRecord {
        imei: row.col("imei")?,
        manufacturer: row.col("manufacturer")?,
        model: row.col("model")?,
        firmware: row.col("firmware")?,
        profile: row.col("profile")?,
        last_seen: row.col("last_seen")?,
        restarts: row.col("restarts")?,
    })
}

fn totals(row: &Row<'_>) -> rusqlite::Result<(Iccid, SimTotals)> {
    let totals = SimTotals {
        sent: whole(row, 1)?,
        failed: whole(row, 2)?,
        received: whole(row, 3)?,
        cost: row.col(4)?,
    };
    Ok((row.col(0)?, totals))
}

/// A count; what was taken back may make it negative across hours, which is none.
fn whole(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.col::<i64>(index)?).unwrap_or(0))
}

fn config(row: &Row<'_>) -> rusqlite::Result<SimConfig> {
    row.json("config")
}
