//! Numbers of which the line may have swallowed a digit: a part is rather without one.

use rusqlite::OptionalExtension as _;

use super::count::Between;
use super::doubts::{Unsettled, counted};
use super::reconsider;
use super::reference::Reference;
use super::settled::Settled;
use crate::StoreError;
use crate::machine::writer::Tx;
use crate::tables::history::{self, Entry};
use crate::values::{RowExt as _, params};
use model::{Carrier, HistoryStep, PartState, RowId, Time};

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
    let (Carrier::Sim(_), Reference::Mr(next)) = (carrier, reference) else {
        return Ok(Believed::held_against(None, reference));
    };
    let between = since_last(tx, carrier, *next)?;
    Ok(Believed::held_against(between, reference))
}

/// What lies between the last number of a SIM and this one.
fn since_last(tx: &Tx<'_>, carrier: &Carrier, next: u8) -> Result<Option<Between>, StoreError> {
    let count = counted::read(tx, carrier)?;
    let uncertain = counted::countable(tx, carrier)?;
    Ok(count.mr.map(|after| Between {
        after,
        next,
        refused: count.refused,
        uncertain,
    }))
}

/// A number of which it is not known what part has it: it may show too that the last one had lost a
/// digit.
pub(crate) fn heard(
    tx: &mut Tx<'_>,
    carrier: &Carrier,
    mr: u8,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    match since_last(tx, carrier, mr)? {
        Some(between) if between.first_has_lost_a_digit() => {
            counted::broken(tx, carrier)?;
            take_back(tx, carrier, between, at)
        }
        _ => Ok(Vec::new()),
    }
}

/// The same as [`believed`] of a part in doubt.
pub(crate) fn believed_of(doubt: &Unsettled, reference: &Reference) -> Believed {
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
        let (Some(doubted), Some(_)) = (&self.doubted, carrier.sim()) else {
            return Ok(Vec::new());
        };
        let mr = doubted.between.next;
        let why = format!(
            "TP-MR {mr} not kept: the SIM's count shows that the answer may have lost a digit"
        );
        tell(tx, (message, part), carrier, (at, &why))?;
        if !doubted.or_first {
            return Ok(Vec::new());
        }
        counted::broken(tx, carrier)?;
        take_back(tx, carrier, doubted.between, at)
    }
}

fn tell(
    tx: &Tx<'_>,
    (message, part): (RowId, u16),
    carrier: &Carrier,
    (at, why): (Time, &str),
) -> Result<(), StoreError> {
    tracing::info!(iccid = %carrier, why, "a number is not believed");
    let entry = Entry::of_part(HistoryStep::Misread, at, part, carrier);
    history::append(tx, message, &entry.saying(why))
}

/// A number that does not follow the one before may show that it was that one which lost a digit.
/// Then its part has none, and a report that waits may be the part's.
pub(crate) fn take_back(
    tx: &mut Tx<'_>,
    carrier: &Carrier,
    between: Between,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    if !between.first_has_lost_a_digit() {
        return Ok(Vec::new());
    }
    let mut select = tx.prepare(
        "SELECT p.message, p.seq, m.peer, p.handed_at, p.state = ?4 AND p.tp_status IS NULL
         FROM parts p INDEXED BY parts_handed JOIN messages m ON m.row = p.message
         WHERE p.carrier = ?1 AND p.handed_at >= ?2 AND p.mr = ?3
         ORDER BY p.handed_at DESC LIMIT 1",
    )?;
    let key = params![carrier, at.0 - RECENT_MS, between.after, PartState::Sent];
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
    let sql = "UPDATE parts SET mr = NULL WHERE message = ?1 AND seq = ?2";
    tx.execute(sql, params![message, part])?;
    let had = if between.next_has_lost_a_digit() {
        "may have"
    } else {
        "had"
    };
    let why = format!(
        "TP-MR {} taken back: the SIM's count shows that the answer {had} lost a digit",
        between.after
    );
    tell(tx, (message, part), carrier, (at, &why))?;
    reconsider::status_reports(tx, carrier, (&to, since), at)
}
