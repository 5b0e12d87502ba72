//! How far each SIM has counted TP-MR, and what a new number says about the parts in doubt.

use rusqlite::{OptionalExtension as _, params};

use super::count::{Between, Gap};
use super::{Settled, StoreError, Tx, Unsettled, Verdict, conclude, unsettled};
use crate::model::{Evidence, Time};
use crate::store::advance::Reference;

/// A SIM's count.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    /// TP-MR of the last accepted submit.
    pub(super) mr: Option<u8>,
    /// Submits refused since.
    pub(super) refused: u32,
    /// Refused submits were seen to take numbers here.
    numbers_refused: bool,
}

/// The count of a SIM.
pub(super) fn read(tx: &Tx<'_>, iccid: &str) -> Result<Count, StoreError> {
    let mut select =
        tx.prepare("SELECT mr, refused, numbers_refused FROM mr_counts WHERE iccid = ?1")?;
    let found = select.query_row([iccid], |row| {
        Ok(Count {
            mr: row.get(0)?,
            refused: row.get(1)?,
            numbers_refused: row.get(2)?,
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
    Ok(select.query_row([iccid], |row| row.get(0))?)
}

/// A submit was accepted with this TP-MR: `one` that was in doubt, or else the latest.
pub(in crate::store) fn accepted(
    tx: &mut Tx<'_>,
    iccid: &str,
    mr: u8,
    one: Option<&Unsettled>,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let count = read(tx, iccid)?;
    let before = one.map_or(i64::MAX, |one| one.row);
    let older = older(tx, iccid, before)?;
    let refused = one.map_or(count.refused, |one| one.refused_before);
    let mut numbers_refused = count.numbers_refused;
    let mut settled = Vec::new();
    if let Some(after) = one.map_or(count.mr, |one| one.after_mr) {
        let between = Between {
            after,
            next: mr,
            refused,
            uncertain: u32::try_from(older.len()).unwrap_or(u32::MAX),
        };
        numbers_refused |= between.numbers_refused();
        settled = judge(tx, (between, numbers_refused), &older, at)?;
    }
    if !older.is_empty() {
        // The next number says nothing about them any more.
        let passed =
            "UPDATE doubts SET countable = 0 WHERE sim = ?1 AND countable = 1 AND row < ?2";
        tx.execute(passed, params![iccid, before])?;
    }
    if let Some(one) = one {
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
    }
    let left = one.map_or(0, |one| count.refused.saturating_sub(one.refused_before));
    tx.execute(
        "INSERT INTO mr_counts (iccid, mr, refused, numbers_refused) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET mr = excluded.mr, refused = excluded.refused,
             numbers_refused = excluded.numbers_refused",
        params![iccid, mr, left, numbers_refused],
    )?;
    Ok(settled)
}

/// Concludes what the numbers prove.
fn judge(
    tx: &mut Tx<'_>,
    (between, numbers_refused): (Between, bool),
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
            // Where a refused submit takes a number too, and where the modem said that it had
            // tried, a number does not prove that the network took the message.
            Gap::AllUsed if !numbers_refused && !doubt.numbered => {
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

/// A submit was refused after the modem had its PDU: it may have taken a number.
pub(in crate::store) fn refused(tx: &Tx<'_>, iccid: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO mr_counts (iccid, refused) VALUES (?1, 1)
         ON CONFLICT DO UPDATE SET refused = refused + 1",
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
    refused(tx, &doubt.carrier.to_string())
}

/// The count may have begun anew: the next number proves nothing.
pub(in crate::store) fn broken(tx: &Tx<'_>, iccid: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE mr_counts SET mr = NULL, refused = 0 WHERE iccid = ?1",
        [iccid],
    )?;
    tx.execute(
        "UPDATE doubts SET countable = 0 WHERE sim = ?1 AND countable = 1
             AND (conclusion = 0 OR conclusion = 4)",
        [iccid],
    )?;
    Ok(())
}
