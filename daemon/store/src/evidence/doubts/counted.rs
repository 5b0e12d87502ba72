//! How far each SIM has counted TP-MR.

use super::{Unsettled, strays};
use crate::StoreError;
use crate::evidence::count::{Between, Habit};
use crate::evidence::reference::RefusedBy;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params, readable};
use model::{Carrier, RowId, Time};
use rusqlite::Row;

/// A SIM's count.
#[derive(Clone, Copy, Default)]
pub(crate) struct Count {
    /// TP-MR of the last accepted submit.
    pub(crate) mr: Option<u8>,
    /// Submits refused since.
    pub(crate) refused: u32,
    /// Those of them that the network refused.
    pub(crate) refused_by_network: u32,
    /// Refused submits were seen to take numbers here.
    numbers_refused: bool,
    /// One that the network refused was seen to take none.
    spares_refused: bool,
}

impl Count {
    pub(crate) fn learn(&mut self, between: Between, refused_by_network: u32) {
        match between.habit(refused_by_network) {
            Some(Habit::NumbersRefused) => self.numbers_refused = true,
            Some(Habit::SparesRefused) => self.spares_refused = true,
            None => {}
        }
    }

    /// The count after an acceptance with this number, when so many were refused behind it.
    pub(crate) fn from(self, mr: u8, refused: u32) -> Self {
        Self {
            mr: Some(mr),
            refused,
            refused_by_network: self.refused_by_network.min(refused),
            ..self
        }
    }

    /// A used number means that the network accepted what took it. It takes more than that nothing
    /// else was seen: of a part whose answer was lost, that may have been a refusal.
    pub(crate) fn proves_acceptance(&self) -> bool {
        self.spares_refused && !self.numbers_refused
    }
}

/// The count of a SIM. One that makes no sense is not known: what went out is recorded all the same.
pub(crate) fn read(tx: &Tx<'_>, carrier: &Carrier) -> Result<Count, StoreError> {
    let sql = "SELECT mr, refused, refused_by_network, numbers_refused, spares_refused
        FROM mr_counts WHERE carrier = ?1";
    let found = tx.first(sql, params![carrier], |row| readable(count(row)))?;
    Ok(found.flatten().unwrap_or_default())
}

fn count(row: &Row<'_>) -> rusqlite::Result<Count> {
    Ok(Count {
        mr: row.col(0)?,
        refused: row.col(1)?,
        refused_by_network: row.col(2)?,
        numbers_refused: row.col(3)?,
        spares_refused: row.col(4)?,
    })
}

/// Writes the count of a SIM. Where none was refused since, an answer that comes late is no refused part's.
pub(crate) fn put(tx: &Tx<'_>, carrier: &Carrier, count: &Count) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO mr_counts (carrier, mr, refused, refused_by_network, numbers_refused,
             spares_refused)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET mr = excluded.mr, refused = excluded.refused,
             refused_by_network = excluded.refused_by_network,
             numbers_refused = excluded.numbers_refused, spares_refused = excluded.spares_refused,
             refused_message = iif(excluded.refused > 0, refused_message, NULL)",
        params![
            carrier,
            count.mr,
            count.refused,
            count.refused_by_network,
            count.numbers_refused,
            count.spares_refused
        ],
    )
}

/// The next number says nothing any more about those in doubt before `row`.
pub(crate) fn passed(tx: &Tx<'_>, carrier: &Carrier, row: i64) -> Result<(), StoreError> {
    let passed =
        "UPDATE doubts SET countable = 0 WHERE carrier = ?1 AND countable = 1 AND row < ?2";
    tx.run(passed, params![carrier, row])
}

/// How many parts in doubt lie after the last number of a SIM.
pub(crate) fn countable(tx: &Tx<'_>, carrier: &Carrier) -> Result<u32, StoreError> {
    let sql = "SELECT count(*) FROM doubts
        WHERE carrier = ?1 AND (conclusion = 0 OR conclusion = 4) AND countable = 1";
    tx.one(sql, params![carrier], only)
}

/// Those behind `one` are counted from its number on.
pub(crate) fn pass(tx: &Tx<'_>, mr: u8, one: &Unsettled) -> Result<(), StoreError> {
    let sql = "UPDATE doubts SET countable = 0 WHERE row = ?1";
    tx.execute(sql, params![one.row])?;
    tx.run(
        "UPDATE doubts SET after_mr = ?3, refused_before = max(refused_before - ?4, 0),
             ahead = max(ahead - ?5, 0)
         WHERE carrier = ?1 AND countable = 1 AND row > ?2",
        params![one.carrier, one.row, mr, one.refused_before, one.ahead + 1],
    )
}

/// A part that was refused after the modem had its PDU.
pub(crate) struct Spent<'a> {
    pub message: RowId,
    pub part: u16,
    pub last: bool,
    pub carrier: &'a Carrier,
    pub by: RefusedBy,
    pub at: Time,
}

/// It may have taken a number, and its acceptance may come late.
pub(crate) fn refused(tx: &Tx<'_>, spent: &Spent<'_>) -> Result<(), StoreError> {
    if spent.by == RefusedBy::Modem {
        strays::add_part(tx, spent.message, spent.carrier)?;
    }
    tx.run(
        "INSERT INTO mr_counts (carrier, refused, refused_by_network, refused_message, refused_part,
             refused_last, refused_at)
         VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET refused = refused + 1,
             refused_by_network = refused_by_network + excluded.refused_by_network,
             refused_message = excluded.refused_message, refused_part = excluded.refused_part,
             refused_last = excluded.refused_last, refused_at = excluded.refused_at",
        params![
            spent.carrier,
            spent.by == RefusedBy::Network,
            spent.message,
            spent.part,
            spent.last,
            spent.at
        ],
    )
}

/// The last refused one was accepted after all.
pub(crate) fn not_refused(tx: &Tx<'_>, carrier: &Carrier) -> Result<(), StoreError> {
    let sql = "UPDATE mr_counts SET refused = max(refused - 1, 0), refused_message = NULL,
            refused_by_network = min(refused_by_network, max(refused - 1, 0))
        WHERE carrier = ?1";
    tx.run(sql, params![carrier])
}

/// One that was in doubt turns out to have been refused.
pub(crate) fn refused_late(tx: &Tx<'_>, doubt: &Unsettled) -> Result<(), StoreError> {
    let sql = "UPDATE doubts SET countable = 0 WHERE row = ?1";
    tx.execute(sql, [doubt.row])?;
    let sql = "UPDATE doubts SET refused_before = refused_before + 1
        WHERE carrier = ?1 AND countable = 1 AND row > ?2";
    tx.execute(sql, params![doubt.carrier, doubt.row])?;
    let sql = "INSERT INTO mr_counts (carrier, refused) VALUES (?1, 1)
        ON CONFLICT DO UPDATE SET refused = refused + 1";
    tx.run(sql, params![doubt.carrier])
}

/// The count may have begun anew: the next number proves nothing.
pub(crate) fn broken(tx: &Tx<'_>, carrier: &Carrier) -> Result<(), StoreError> {
    let sql =
        "UPDATE mr_counts SET mr = NULL, refused = 0, refused_by_network = 0 WHERE carrier = ?1";
    tx.execute(sql, params![carrier])?;
    let sql = "UPDATE doubts SET countable = 0 WHERE carrier = ?1 AND countable = 1
        AND (conclusion = 0 OR conclusion = 4)";
    tx.run(sql, params![carrier])
}

/// The SIM is in another modem, which counts by itself and in a way of its own.
pub(crate) fn another_modem(tx: &Tx<'_>, carrier: &Carrier) -> Result<(), StoreError> {
    broken(tx, carrier)?;
    let sql = "UPDATE mr_counts SET numbers_refused = 0, spares_refused = 0, refused_message = NULL
        WHERE carrier = ?1";
    tx.run(sql, params![carrier])
}
