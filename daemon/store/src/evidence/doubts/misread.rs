//! Numbers of which the line may have swallowed a digit: a part is rather without one.

use rusqlite::OptionalExtension as _;

use super::count::Between;
use super::{Settled, StoreError, Tx, Unsettled, broken, numbers, reports};
use crate::evidence::reference::Reference;
use crate::tables::history::{self, Entry};
use crate::values::{RowExt as _, params};
use model::{Carrier, PartState, RowId, Time};

/// The parts that a number is looked for in are as old as this at most.
const RECENT_MS: i64 = 24 * 3600 * 1000;

/// What a part that was accepted is known by.
pub(crate) struct Believed {
    /// No number where that may be a shortened one.
    pub reference: Reference,
    doubted: Option<Doubted>,
}

/// A number that is not believed.
struct Doubted {
    between: Between,
    /// It may be sound, and the one before the shortened one.
    or_first: bool,
}

/// The same of the one that a SIM accepts now.
pub(crate) fn believed(
    tx: &Tx<'_>,
    carrier: &Carrier,
    reference: &Reference,
) -> Result<Believed, StoreError> {
    let (Carrier::Sim(iccid), Reference::Mr(next)) = (carrier, reference) else {
        return Ok(Believed::held_against(None, reference));
    };
    let between = since_last(tx, iccid.as_str(), *next)?;
    Ok(Believed::held_against(between, reference))
}

/// What lies between the last number of a SIM and this one.
fn since_last(tx: &Tx<'_>, iccid: &str, next: u8) -> Result<Option<Between>, StoreError> {
    let count = numbers::read(tx, iccid)?;
    let uncertain = numbers::countable(tx, iccid)?;
    Ok(count.mr.map(|after| Between {
        after,
        next,
        refused: count.refused,
        uncertain,
    }))
}

/// A number of which it is not known what part has it: it may show too that the last one had lost a
/// digit.
pub(super) fn heard(
    tx: &mut Tx<'_>,
    iccid: &str,
    mr: u8,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    match since_last(tx, iccid, mr)? {
        Some(between) if between.first_has_lost_a_digit() => {
            broken(tx, iccid)?;
            take_back(tx, iccid, between, at)
        }
        _ => Ok(Vec::new()),
    }
}

/// The same as [`believed`] of a part in doubt.
pub(super) fn believed_of(doubt: &Unsettled, reference: &Reference) -> Believed {
    let between = doubt.after_mr.zip(reference.mr());
    let between = between.map(|(after, next)| Between {
        after,
        next,
        refused: doubt.refused_before,
        uncertain: doubt.ahead.saturating_sub(doubt.refused_before),
    });
    let mut believed = Believed::held_against(between, reference);
    if let Some(doubted) = &mut believed.doubted {
        // Else later numbers have come, or the count was broken: this one is no news.
        doubted.or_first &= doubt.countable;
    }
    believed
}

impl Believed {
    fn held_against(between: Option<Between>, reference: &Reference) -> Self {
        let shortened = between.filter(|between| between.next_has_lost_a_digit());
        let doubted = shortened.map(|between| Doubted {
            between,
            or_first: between.first_has_lost_a_digit(),
        });
        let reference = match doubted {
            Some(_) => Reference::None,
            None => reference.clone(),
        };
        Self { reference, doubted }
    }

    /// Tells why the part, which has been settled, has no number. Where it may as well be the one before
    /// it that lost a digit, that is taken back too.
    pub(crate) fn explain(
        &self,
        tx: &mut Tx<'_>,
        (message, part): (RowId, u16),
        carrier: &Carrier,
        at: Time,
    ) -> Result<Vec<Settled>, StoreError> {
        let (Some(doubted), Some(iccid)) = (&self.doubted, carrier.sim()) else {
            return Ok(Vec::new());
        };
        let (iccid, mr) = (iccid.as_str(), doubted.between.next);
        let why = format!(
            "TP-MR {mr} not kept: the SIM's count shows that the answer may have lost a digit"
        );
        tell(tx, (message, part), iccid, (at, &why))?;
        if !doubted.or_first {
            return Ok(Vec::new());
        }
        broken(tx, iccid)?;
        take_back(tx, iccid, doubted.between, at)
    }
}

fn tell(
    tx: &Tx<'_>,
    (message, part): (RowId, u16),
    iccid: &str,
    (at, why): (Time, &str),
) -> Result<(), StoreError> {
    tracing::info!(iccid, why, "a number is not believed");
    let entry = Entry {
        at,
        step: "misread",
        part: Some(part),
        sim: Some(iccid),
        detail: Some(why),
    };
    history::append(tx, message, &entry)
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
        let part: (RowId, u16) = (row.col(0)?, row.col(1)?);
        let about: (String, Time) = (row.col(2)?, row.col(3)?);
        Ok((part, about, row.col::<bool>(4)?))
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
    let had = if between.next_has_lost_a_digit() {
        "may have"
    } else {
        "had"
    };
    let why = format!(
        "TP-MR {} taken back: the SIM's count shows that the answer {had} lost a digit",
        between.after
    );
    tell(tx, (message, part), iccid, (at, &why))?;
    reports::reconsider(tx, iccid, (&to, since), at)
}
