//! Receipts that are nobody's when they come: they may have overtaken their `submit_sm_resp`.

use model::{Carrier, RowId, Time};
use rusqlite::Row;

use crate::StoreError;
use crate::evidence::fate::{Fate, NewReport, apply, moved};
use crate::evidence::finding::by_id::{self, ById, Looked};
use crate::evidence::settled::Settled;
use crate::machine::select::Select as _;
use crate::machine::writer::Tx;
use crate::tables::accounts::binds;
use crate::tables::numbers::NATIONAL_DIGITS;
use crate::tables::outbound::Outbound;
use crate::values::{RowExt as _, params};

/// Parts without an answer hold up receipts that may be theirs no longer than this.
pub(crate) const EARLY_MS: i64 = 10 * 60 * 1000;

/// One that was kept.
pub(crate) struct Kept {
    pub(crate) row: i64,
    pub(crate) key: ById,
    recipient: String,
    pub(crate) fate: Fate,
}

impl Kept {
    /// What its part is looked for by.
    pub(crate) fn looked(&self) -> Looked<'_> {
        Looked {
            key: &self.key,
            recipient: &self.recipient,
            at: self.fate.at,
        }
    }
}

/// What two ways of writing one number have in common.
fn tail(number: &str) -> String {
    let skip = number.chars().count().saturating_sub(NATIONAL_DIGITS);
    number.chars().skip(skip).collect()
}

pub(super) fn keep(tx: &Tx<'_>, report: &NewReport, key: &ById) -> Result<(), StoreError> {
    let mut ids = key.ids.iter();
    let Some(id) = ids.next() else {
        return Ok(());
    };
    tx.run(
        "INSERT INTO early_receipts (carrier, smsc_id, other_id, third_id, recipient, tail, class,
             code, text, done_at, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            key.carrier,
            id,
            ids.next(),
            ids.next(),
            report.recipient,
            tail(&report.recipient),
            report.class,
            key.code,
            report.text,
            report.discharged_at,
            report.received_at
        ],
    )
}

/// Receipts for a recipient that no part was found for.
pub(crate) fn of_recipient(
    tx: &Tx<'_>,
    binds: &[Carrier],
    to: &str,
    since: Time,
) -> Result<Vec<Kept>, StoreError> {
    let sql = "SELECT * FROM early_receipts WHERE carrier = ?1 AND tail = ?2 AND received_at >= ?3";
    let mut all = Vec::new();
    for bind in binds {
        all.extend(tx.readable(sql, params![bind, tail(to), since], kept)?);
    }
    Ok(all)
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    let ids = [
        Some(row.col("smsc_id")?),
        row.col("other_id")?,
        row.col("third_id")?,
    ];
    let key = ById {
        carrier: row.col("carrier")?,
        ids: ids.into_iter().flatten().collect(),
        long_id: None,
        code: row.col("code")?,
    };
    let (received_at, done_at): (Time, Option<Time>) =
        (row.col("received_at")?, row.col("done_at")?);
    Ok(Kept {
        row: row.col("row")?,
        recipient: row.col("recipient")?,
        fate: Fate {
            class: row.col("class")?,
            tp_status: None,
            code: key.code.clone(),
            text: row.col("text")?,
            discharged_at: done_at.unwrap_or(received_at),
            at: received_at,
        },
        key,
    })
}

/// Receipts that no part was found for and that can be about this id, however it is written: all that
/// are kept, but none from before the message was accepted, for an SMSC may use an id again.
fn under(
    tx: &Tx<'_>,
    binds: &[Carrier],
    id: &str,
    message: RowId,
) -> Result<Vec<Kept>, StoreError> {
    let sql = "SELECT * FROM early_receipts WHERE carrier = ?1 AND smsc_id = ?2
        AND received_at >= (SELECT created_at + shifted FROM messages WHERE row = ?3)";
    let mut all = Vec::new();
    for form in model::smsc_id::id_forms(id) {
        for bind in binds {
            all.extend(tx.readable(sql, params![bind, form, message], kept)?);
        }
    }
    Ok(all)
}

/// Looks for the parts of receipts that came before their `submit_sm_resp`, now that a part to
/// this recipient has its answer, with this id or none, or gets no answer. One of `message` is applied
/// to that. What changed by it.
pub(crate) fn adopt(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    (id, carrier, at): (Option<&str>, &Carrier, Time),
) -> Result<Vec<Settled>, StoreError> {
    let binds = binds(tx, carrier)?;
    let mut receipts = of_recipient(tx, &binds, &message.to, Time(at.0 - EARLY_MS))?;
    if let Some(id) = id {
        receipts.extend(under(tx, &binds, id, message.row)?);
    }
    give(tx, message, &binds, receipts)
}

/// The same after a part that will get no id now: by an uplink, it was refused or given up.
pub(crate) fn landed(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    match message.carrier.clone() {
        Some(carrier) if carrier.uplink().is_some() => adopt(tx, message, (None, &carrier, at)),
        _ => Ok(Vec::new()),
    }
}

/// Gives receipts to their parts, in the order in which they came.
pub(crate) fn give(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    binds: &[Carrier],
    mut receipts: Vec<Kept>,
) -> Result<Vec<Settled>, StoreError> {
    receipts.sort_by_key(|kept| (kept.fate.at, kept.row));
    receipts.dedup_by_key(|kept| kept.row);
    let mut changed = Vec::new();
    for kept in receipts {
        let Some(found) = by_id::part(tx, &kept.looked(), binds)? else {
            continue;
        };
        let mut other = None;
        if found.row != message.row {
            other = Outbound::load_readable(tx, found.row)?;
            if other.is_none() {
                continue;
            }
        }
        tx.execute("DELETE FROM early_receipts WHERE row = ?1", [kept.row])?;
        let owner = other.as_mut().unwrap_or(message);
        if apply(tx, owner, found.part, &kept.key.carrier, &kept.fate)? {
            changed.push(moved(owner, &found.carrier, &kept.fate));
        }
    }
    Ok(changed)
}
