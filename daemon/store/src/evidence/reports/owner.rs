//! Whose a report is. What keeps a conclusion from being false is told in `doubts`.

use super::{SLACK_MS, Verdict, apply};
use crate::StoreError;
use crate::evidence::doubts::{self, Settled, Unsettled};
use crate::machine::writer::Tx;
use crate::tables::numbers::same_number;
use crate::tables::outbound::Outbound;
use crate::values::{RowExt as _, params};
use model::{PartState, RowId, Time};

/// A part that has had its last report may get another one for so long.
pub(crate) const AGAIN_MS: i64 = 2 * 24 * 3600 * 1000;

/// What a report is found by.
pub(super) struct About<'a> {
    /// The SIM, as a column.
    pub(super) carrier: &'a str,
    pub(super) mr: u8,
    /// TP-RA as text.
    pub(super) recipient: &'a str,
    /// When it came.
    pub(super) at: Time,
    /// It came before and was kept: what was handed over since then can't be meant.
    pub(super) kept: bool,
}

/// A part that has been sent.
#[derive(Clone, Copy)]
pub(super) struct Found {
    row: RowId,
    part: u16,
}

pub(super) enum Owner {
    /// It has this number.
    Numbered(Found),
    /// It has none, and no other part can be meant.
    Unnumbered(Found),
    /// It is in doubt, and no other part can be meant.
    Doubtful(Unsettled),
}

/// The part that a report is about; none where that is not certain.
pub(super) fn owner(tx: &Tx<'_>, about: &About<'_>) -> Result<Option<Owner>, StoreError> {
    if let Some(found) = numbered(tx, about)? {
        return Ok(Some(Owner::Numbered(found)));
    }
    let Some(one) = only_one(tx, about)? else {
        return Ok(None);
    };
    let unclear = is_on_its_way(tx, about)?
        || doubts::has_stray(tx, about.carrier, about.recipient, about.at)?
        || is_misread(tx, about)?
        || had_its_report(tx, about)?;
    Ok((!unclear).then_some(one))
}

/// TP-MR is one octet (TS 23.040 §9.2.3.6) and wraps within a day on a busy SIM, so a match
/// also needs the SIM and the recipient; of several the newest, and none past its validity. One
/// that comes now needs no look at the time: the clock may have been set.
fn numbered(tx: &Tx<'_>, about: &About<'_>) -> Result<Option<Found>, StoreError> {
    let mut select = tx.prepare(
        "SELECT p.message, p.seq, m.peer FROM parts p JOIN messages m ON m.row = p.message
         WHERE p.sim = ?1 AND p.mr = ?2 AND p.awaits = 1 AND m.expires_at >= ?3
             AND coalesce(p.handed_at, 0) <= ?4
         ORDER BY p.sent_at DESC, p.message DESC",
    )?;
    let handed_by = if about.kept { about.at.0 } else { i64::MAX };
    let valid = about.at.0 - SLACK_MS;
    let mut rows = select.query(params![about.carrier, about.mr, valid, handed_by])?;
    while let Some(row) = rows.next()? {
        if same_number(&row.col::<String>(2)?, about.recipient) {
            return Ok(Some(Found {
                row: row.col(0)?,
                part: row.col(1)?,
            }));
        }
    }
    Ok(None)
}

/// The one part to the recipient that was sent without a number or is in doubt.
fn only_one(tx: &Tx<'_>, about: &About<'_>) -> Result<Option<Owner>, StoreError> {
    let mut all = Vec::new();
    for (doubt, peer) in doubts::unsettled_of(tx, about.carrier)? {
        if same_number(&peer, about.recipient) && doubt.might_have(about.mr) {
            let began = doubt.handed_at();
            all.push((Owner::Doubtful(doubt), began));
        }
    }
    let mut select = tx.prepare(
        "SELECT p.message, p.seq, m.peer, coalesce(p.handed_at, p.sent_at)
         FROM parts p JOIN messages m ON m.row = p.message
         WHERE p.sim = ?1 AND p.mr IS NULL AND p.awaits = 1 AND m.expires_at >= ?2",
    )?;
    let mut rows = select.query(params![about.carrier, about.at.0 - SLACK_MS])?;
    while let Some(row) = rows.next()? {
        if same_number(&row.col::<String>(2)?, about.recipient) {
            let found = Found {
                row: row.col(0)?,
                part: row.col(1)?,
            };
            all.push((Owner::Unnumbered(found), row.col(3)?));
        }
    }
    // No report comes before its part was handed over; but a clock that was set back says nothing
    // of the others, so that they are not left out for that.
    let one = (all.len() == 1).then(|| all.pop()).flatten();
    Ok(one.and_then(|(owner, began)| (began <= about.at).then_some(owner)))
}

/// A part to the recipient has no answer yet.
fn is_on_its_way(tx: &Tx<'_>, about: &About<'_>) -> Result<bool, StoreError> {
    // The literal 2 (`sending`) is what the partial index is for.
    let mut select = tx.prepare(
        "SELECT m.peer FROM messages m JOIN parts p ON p.message = m.row
         WHERE m.state = 2 AND p.state = ?1 AND p.sim = ?2",
    )?;
    let mut rows = select.query(params![PartState::Sending, about.carrier])?;
    while let Some(row) = rows.next()? {
        if same_number(&row.col::<String>(0)?, about.recipient) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A part to the recipient that awaits its report may really have this number: its own was read
/// with digits missing.
fn is_misread(tx: &Tx<'_>, about: &About<'_>) -> Result<bool, StoreError> {
    let mut select = tx.prepare(
        "SELECT p.mr, m.peer FROM parts p JOIN messages m ON m.row = p.message
         WHERE p.sim = ?1 AND p.mr IS NOT NULL AND p.mr < ?2 AND p.awaits = 1",
    )?;
    let mut rows = select.query(params![about.carrier, about.mr])?;
    while let Some(row) = rows.next()? {
        let shorter = doubts::may_be_read_as(about.mr, row.col(0)?);
        if shorter && same_number(&row.col::<String>(1)?, about.recipient) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A part to the recipient had this number and has had its report: this is another one on it.
fn had_its_report(tx: &Tx<'_>, about: &About<'_>) -> Result<bool, StoreError> {
    let mut select = tx.prepare(
        "SELECT m.peer FROM parts p INDEXED BY parts_handed JOIN messages m ON m.row = p.message
         WHERE p.sim = ?1 AND p.handed_at >= ?2 AND p.mr = ?3",
    )?;
    let mut rows = select.query(params![about.carrier, about.at.0 - AGAIN_MS, about.mr])?;
    while let Some(row) = rows.next()? {
        if same_number(&row.col::<String>(0)?, about.recipient) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A report that has reached its part.
pub(super) struct Given {
    pub(super) message: Outbound,
    pub(super) part: u16,
    /// The message has another state now.
    pub(super) changed: bool,
    /// Messages that it settled.
    pub(super) settled: Vec<Settled>,
}

/// Writes a report to its part. None where that is no longer there, or is over.
pub(super) fn give(
    tx: &mut Tx<'_>,
    owner: Owner,
    about: &About<'_>,
    (verdict, now): (&Verdict, Time),
) -> Result<Option<Given>, StoreError> {
    let mut settled = Vec::new();
    let found = match owner {
        Owner::Numbered(found) => found,
        Owner::Unnumbered(found) => {
            tx.execute(
                "UPDATE parts SET mr = ?3 WHERE message = ?1 AND seq = ?2",
                params![found.row, found.part, about.mr],
            )?;
            found
        }
        Owner::Doubtful(doubt) => {
            settled = doubts::reported(tx, &doubt, about.mr, now)?;
            if settled.is_empty() {
                return Ok(None);
            }
            Found {
                row: doubt.message,
                part: doubt.part,
            }
        }
    };
    let Some(mut message) = Outbound::load(tx, found.row)? else {
        return Ok(None);
    };
    let part = found.part;
    let changed = apply(tx, &mut message, part, about.carrier, verdict)?;
    Ok(Some(Given {
        message,
        part,
        changed,
        settled,
    }))
}
