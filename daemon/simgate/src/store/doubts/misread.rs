//! Numbers of which the line may have swallowed a digit: a part is rather without one.

use rusqlite::{OptionalExtension as _, params};

use super::count::{Between, has_lost_a_digit};
use super::{Settled, StoreError, Tx, Unsettled, numbers, reports};
use crate::model::{Carrier, PartState, RowId, Time};
use crate::store::advance::Reference;

/// The parts that a number is looked for in are as old as this at most.
const RECENT_MS: i64 = 24 * 3600 * 1000;

/// What the last accepted one of a SIM is known by: no number where it may be a shortened one.
pub(in crate::store) fn believed(
    tx: &Tx<'_>,
    carrier: &Carrier,
    reference: &Reference,
) -> Result<Reference, StoreError> {
    let (Carrier::Sim(iccid), Reference::Mr(mr)) = (carrier, reference) else {
        return Ok(reference.clone());
    };
    let count = numbers::read(tx, iccid.as_str())?;
    let ahead = count.refused + numbers::countable(tx, iccid.as_str())?;
    let shortened = count
        .mr
        .is_some_and(|after| has_lost_a_digit(*mr, after, ahead));
    if shortened {
        tracing::info!(%iccid, mr, "a number has probably lost a digit");
        return Ok(Reference::None);
    }
    Ok(reference.clone())
}

/// The same of a part in doubt.
pub(super) fn believed_of(doubt: &Unsettled, reference: &Reference) -> Reference {
    let shortened = |mr| {
        doubt
            .after_mr
            .is_some_and(|after| has_lost_a_digit(mr, after, doubt.ahead))
    };
    match reference.mr() {
        Some(mr) if shortened(mr) => Reference::None,
        _ => reference.clone(),
    }
}

/// A number that does not follow the one before may show that it was that one which lost a digit.
/// Then its part has none, and a report that waits may be the part's.
pub(super) fn take_back(
    tx: &mut Tx<'_>,
    iccid: &str,
    between: Between,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    if !between.first_has_lost_a_digit() {
        return Ok(Vec::new());
    }
    let mut select = tx.prepare(
        "SELECT p.message, p.seq, m.peer, p.handed_at, p.state = ?4 AND p.tp_status IS NULL
         FROM parts p INDEXED BY parts_handed JOIN messages m ON m.row = p.message
         WHERE p.sim = ?1 AND p.handed_at >= ?2 AND p.mr = ?3
         ORDER BY p.handed_at DESC LIMIT 1",
    )?;
    let key = params![iccid, at.0 - RECENT_MS, between.after, PartState::Sent];
    let found = select.query_row(key, |row| {
        let part: (RowId, u16) = (row.get(0)?, row.get(1)?);
        let about: (String, Time) = (row.get(2)?, row.get(3)?);
        Ok((part, about, row.get::<_, bool>(4)?))
    });
    // What has had its report has its number for certain.
    let Some(((message, part), (to, since), true)) = found.optional()? else {
        return Ok(Vec::new());
    };
    drop(select);
    tx.execute(
        "UPDATE parts SET mr = NULL WHERE message = ?1 AND seq = ?2",
        params![message, part],
    )?;
    tracing::info!(iccid, mr = between.after, "a number had lost a digit");
    reports::reconsider(tx, iccid, (&to, since), at)
}
