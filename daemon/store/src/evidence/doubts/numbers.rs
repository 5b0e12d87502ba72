//! How far each SIM has counted TP-MR, and what a new number says about the parts in doubt.

use rusqlite::OptionalExtension as _;

use super::count::{Between, Gap, Habit};
use super::{Settled, StoreError, Tx, Unsettled, Verdict, conclude, misread, strays, unsettled};
use crate::evidence::reference::{Reference, RefusedBy};
use crate::values::{RowExt as _, params};
use model::{Evidence, RowId, Time};

/// A SIM's count.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    /// TP-MR of the last accepted submit.
    pub(super) mr: Option<u8>,
    /// Submits refused since.
    pub(super) refused: u32,
    /// Those of them that the network refused.
    refused_by_network: u32,
    /// Refused submits were seen to take numbers here.
    numbers_refused: bool,
    /// One that the network refused was seen to take none.
    spares_refused: bool,
}

impl Count {
    fn learn(&mut self, between: Between, refused_by_network: u32) {
        match between.habit(refused_by_network) {
            Some(Habit::NumbersRefused) => self.numbers_refused = true,
            Some(Habit::SparesRefused) => self.spares_refused = true,
            None => {}
        }
    }

    /// A used number means that the network accepted what took it. It takes more than that nothing
    /// else was seen: of a part whose answer was lost, that may have been a refusal.
    fn proves_acceptance(&self) -> bool {
        self.spares_refused && !self.numbers_refused
    }
}

/// The count of a SIM.
pub(super) fn read(tx: &Tx<'_>, iccid: &str) -> Result<Count, StoreError> {
    let mut select = tx.prepare(
        "SELECT mr, refused, refused_by_network, numbers_refused, spares_refused
         FROM mr_counts WHERE iccid = ?1",
    )?;
    let found = select.query_row([iccid], |row| {
        Ok(Count {
            mr: row.col(0)?,
            refused: row.col(1)?,
            refused_by_network: row.col(2)?,
            numbers_refused: row.col(3)?,
            spares_refused: row.col(4)?,
        })
    });
    Ok(found.optional()?.unwrap_or_default())
}

/// How many parts in doubt lie after the last number of a SIM.
pub(super) fn countable(tx: &Tx<'_>, iccid: &str) -> Result<u32, StoreError> {
    let mut select = tx.prepare(
        "SELECT count(*) FROM doubts
         WHERE sim = ?1 AND (conclusion = 0 OR conclusion = 4) AND countable = 1",
    )?;
    Ok(select.query_row([iccid], |row| row.col(0))?)
}

/// A submit was accepted with this TP-MR: `one` that was in doubt, or else the latest.
pub(crate) fn accepted(
    tx: &mut Tx<'_>,
    iccid: &str,
    mr: u8,
    one: Option<&Unsettled>,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    if one.is_some_and(|one| !one.countable) {
        // Later numbers have come, or the count was broken: this one is no news.
        return Ok(Vec::new());
    }
    let mut count = read(tx, iccid)?;
    let before = one.map_or(i64::MAX, |one| one.row);
    let older = older(tx, iccid, before)?;
    let mut settled = Vec::new();
    if let Some(after) = one.map_or(count.mr, |one| one.after_mr) {
        let between = Between {
            after,
            next: mr,
            refused: one.map_or(count.refused, |one| one.refused_before),
            uncertain: u32::try_from(older.len()).unwrap_or(u32::MAX),
        };
        if !between.follows() {
            broken(tx, iccid)?;
            return misread::take_back(tx, iccid, between, at);
        }
        let by_network = one.map_or(count.refused_by_network, |_| 0);
        count.learn(between, by_network);
        settled = judge(tx, (between, count), &older, at)?;
    }
    if !older.is_empty() {
        // The next number says nothing about them any more.
        let passed =
            "UPDATE doubts SET countable = 0 WHERE sim = ?1 AND countable = 1 AND row < ?2";
        tx.execute(passed, params![iccid, before])?;
    }
    let left = one.map_or(0, |one| count.refused.saturating_sub(one.refused_before));
    if let Some(one) = one {
        pass(tx, iccid, mr, one)?;
    }
    let by_network = count.refused_by_network.min(left);
    tx.execute(
        "INSERT INTO mr_counts (iccid, mr, refused, refused_by_network, numbers_refused,
             spares_refused)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET mr = excluded.mr, refused = excluded.refused,
             refused_by_network = excluded.refused_by_network,
             numbers_refused = excluded.numbers_refused, spares_refused = excluded.spares_refused,
             refused_message = iif(excluded.refused > 0, refused_message, NULL)",
        params![
            iccid,
            mr,
            left,
            by_network,
            count.numbers_refused,
            count.spares_refused
        ],
    )?;
    Ok(settled)
}

/// Those behind `one` are counted from its number on.
fn pass(tx: &Tx<'_>, iccid: &str, mr: u8, one: &Unsettled) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE doubts SET countable = 0 WHERE row = ?1",
        params![one.row],
    )?;
    tx.execute(
        "UPDATE doubts SET after_mr = ?3, refused_before = max(refused_before - ?4, 0),
             ahead = max(ahead - ?5, 0)
         WHERE sim = ?1 AND countable = 1 AND row > ?2",
        params![iccid, one.row, mr, one.refused_before, one.ahead + 1],
    )?;
    Ok(())
}

/// Concludes what the numbers prove.
fn judge(
    tx: &mut Tx<'_>,
    (between, count): (Between, Count),
    older: &[Unsettled],
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let gap = between.gap();
    let (after, next) = (between.after, between.next);
    let mut settled = Vec::new();
    for doubt in older {
        let verdict = match gap {
            Gap::NoneUsed => Verdict::not_sent(
                Evidence::NextReference,
                format!("TP-MR {next} followed {after}: no number was used in between"),
            ),
            // Where a refused submit may take a number too, and where the modem said that it had
            // tried, a number does not prove that the network took the message.
            Gap::AllUsed if count.proves_acceptance() && !doubt.numbered => {
                // Below 256, since the numbers add up.
                let ahead = u8::try_from(doubt.ahead).unwrap_or(u8::MAX);
                let mr = after.wrapping_add(1).wrapping_add(ahead);
                Verdict::sent(
                    Evidence::NextReference,
                    Reference::Mr(mr),
                    format!("TP-MR {next} followed {after}: {mr} was used in between"),
                )
            }
            Gap::AllUsed | Gap::Unclear => continue,
        };
        settled.extend(conclude(tx, doubt, &verdict, at)?);
    }
    Ok(settled)
}

/// The parts in doubt that come before `row` in their SIM's count.
fn older(tx: &Tx<'_>, iccid: &str, row: i64) -> Result<Vec<Unsettled>, StoreError> {
    let mut select = tx.prepare(
        "SELECT * FROM doubts
         WHERE sim = ?1 AND (conclusion = 0 OR conclusion = 4) AND countable = 1 AND row < ?2
         ORDER BY row",
    )?;
    let found = select.query_map(params![iccid, row], unsettled)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// A part that was refused after the modem had its PDU.
pub(crate) struct Spent<'a> {
    pub message: RowId,
    pub part: u16,
    pub last: bool,
    pub iccid: &'a str,
    pub by: RefusedBy,
    pub at: Time,
}

/// It may have taken a number, and its acceptance may come late.
pub(crate) fn refused(tx: &Tx<'_>, spent: &Spent<'_>) -> Result<(), StoreError> {
    if spent.by == RefusedBy::Modem {
        strays::add_part(tx, spent.message, spent.iccid)?;
    }
    tx.execute(
        "INSERT INTO mr_counts (iccid, refused, refused_by_network, refused_message, refused_part,
             refused_last, refused_at)
         VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET refused = refused + 1,
             refused_by_network = refused_by_network + excluded.refused_by_network,
             refused_message = excluded.refused_message, refused_part = excluded.refused_part,
             refused_last = excluded.refused_last, refused_at = excluded.refused_at",
        params![
            spent.iccid,
            spent.by == RefusedBy::Network,
            spent.message,
            spent.part,
            spent.last,
            spent.at
        ],
    )?;
    Ok(())
}

/// The last refused one was accepted after all.
pub(super) fn not_refused(tx: &Tx<'_>, iccid: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE mr_counts SET refused = max(refused - 1, 0), refused_message = NULL,
             refused_by_network = min(refused_by_network, max(refused - 1, 0))
         WHERE iccid = ?1",
        [iccid],
    )?;
    Ok(())
}

/// One that was in doubt turns out to have been refused.
pub(super) fn refused_late(tx: &Tx<'_>, doubt: &Unsettled) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE doubts SET countable = 0 WHERE row = ?1",
        [doubt.row],
    )?;
    tx.execute(
        "UPDATE doubts SET refused_before = refused_before + 1
         WHERE sim = ?1 AND countable = 1 AND row > ?2",
        params![doubt.carrier, doubt.row],
    )?;
    tx.execute(
        "INSERT INTO mr_counts (iccid, refused) VALUES (?1, 1)
         ON CONFLICT DO UPDATE SET refused = refused + 1",
        params![doubt.carrier],
    )?;
    Ok(())
}

/// The count may have begun anew: the next number proves nothing.
pub(crate) fn broken(tx: &Tx<'_>, iccid: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE mr_counts SET mr = NULL, refused = 0, refused_by_network = 0 WHERE iccid = ?1",
        [iccid],
    )?;
    tx.execute(
        "UPDATE doubts SET countable = 0 WHERE sim = ?1 AND countable = 1
             AND (conclusion = 0 OR conclusion = 4)",
        [iccid],
    )?;
    Ok(())
}

/// The SIM is in another modem, which counts by itself and in a way of its own.
pub(crate) fn another_modem(tx: &Tx<'_>, iccid: &str) -> Result<(), StoreError> {
    broken(tx, iccid)?;
    tx.execute(
        "UPDATE mr_counts SET numbers_refused = 0, spares_refused = 0, refused_message = NULL
         WHERE iccid = ?1",
        [iccid],
    )?;
    Ok(())
}
