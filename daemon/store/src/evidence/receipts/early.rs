//! Receipts that are nobody's when they come: they may have overtaken their `submit_sm_resp`.

use rusqlite::Row;

use super::{NewReceipt, conclude_from, find_part, named, only_doubt, verdict};
use crate::StoreError;
use crate::columns::Parsed;
use crate::evidence::doubts::{Settled, Unsettled};
use crate::evidence::reports::{apply, moved};
use crate::machine::writer::Tx;
use crate::tables::accounts::binds;
use crate::tables::numbers::NATIONAL_DIGITS;
use crate::tables::outbound::Outbound;
use crate::values::{RowExt as _, params};
use model::{Carrier, RowId, Time};

/// Parts without an answer hold up receipts that may be theirs no longer than this.
const EARLY_MS: i64 = 10 * 60 * 1000;

/// What two ways of writing one number have in common.
fn tail(number: &str) -> String {
    let skip = number.chars().count().saturating_sub(NATIONAL_DIGITS);
    number.chars().skip(skip).collect()
}

pub(super) fn keep(tx: &Tx<'_>, receipt: &NewReceipt) -> Result<(), StoreError> {
    let mut ids = receipt.ids.iter();
    let Some(id) = ids.next() else {
        return Ok(());
    };
    tx.execute(
        "INSERT INTO early_receipts (uplink, smsc_id, other_id, third_id, recipient, tail, class,
             code, text, done_at, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            receipt.carrier,
            id,
            ids.next(),
            ids.next(),
            receipt.recipient,
            tail(&receipt.recipient),
            receipt.class,
            receipt.code,
            receipt.text,
            receipt.done_at,
            receipt.received_at
        ],
    )?;
    Ok(())
}

/// Receipts for a recipient that no part was found for.
fn early(
    tx: &Tx<'_>,
    binds: &[String],
    to: &str,
    since: Time,
) -> Result<Vec<(i64, NewReceipt)>, StoreError> {
    let mut select = tx.prepare(
        "SELECT * FROM early_receipts WHERE uplink = ?1 AND tail = ?2 AND received_at >= ?3",
    )?;
    let mut all = Vec::new();
    for bind in binds {
        let found = select.query_map(params![bind, tail(to), since], early_receipt)?;
        let found: Vec<_> = found.collect::<Result<_, _>>()?;
        all.extend(found);
    }
    Ok(all)
}

fn early_receipt(row: &Row<'_>) -> rusqlite::Result<(i64, NewReceipt)> {
    let ids = [
        Some(row.col("smsc_id")?),
        row.col("other_id")?,
        row.col("third_id")?,
    ];
    let receipt = NewReceipt {
        carrier: row.col::<Parsed<Carrier>>("uplink")?.0,
        ids: ids.into_iter().flatten().collect(),
        long_id: None,
        recipient: row.col("recipient")?,
        class: row.col("class")?,
        code: row.col("code")?,
        text: row.col("text")?,
        done_at: row.col("done_at")?,
        received_at: row.col("received_at")?,
    };
    Ok((row.col("row")?, receipt))
}

/// Receipts that no part was found for and that can be about this id, however it is written: all that
/// are kept, but none from before the message was accepted, for an SMSC may use an id again.
fn under(
    tx: &Tx<'_>,
    binds: &[String],
    id: &str,
    message: RowId,
) -> Result<Vec<(i64, NewReceipt)>, StoreError> {
    let mut select = tx.prepare(
        "SELECT * FROM early_receipts WHERE uplink = ?1 AND smsc_id = ?2
             AND received_at >= (SELECT created_at + shifted FROM messages WHERE row = ?3)",
    )?;
    let mut all = Vec::new();
    for form in model::smsc_id::id_forms(id) {
        for bind in binds {
            let found = select.query_map(params![bind, form, message], early_receipt)?;
            let found: Vec<_> = found.collect::<Result<_, _>>()?;
            all.extend(found);
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
    id: Option<&str>,
    (carrier, at): (&str, Time),
) -> Result<Vec<Settled>, StoreError> {
    let binds = binds(tx, carrier)?;
    let mut receipts = early(tx, &binds, &message.to, Time(at.0 - EARLY_MS))?;
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
    match message.sim.clone() {
        Some(carrier) if is_uplink(&carrier) => adopt(tx, message, None, (&carrier, at)),
        _ => Ok(Vec::new()),
    }
}

fn is_uplink(carrier: &str) -> bool {
    carrier
        .parse::<Carrier>()
        .is_ok_and(|carrier| carrier.uplink().is_some())
}

/// Gives receipts to their parts, in the order in which they came.
fn give(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    binds: &[String],
    mut receipts: Vec<(i64, NewReceipt)>,
) -> Result<Vec<Settled>, StoreError> {
    receipts.sort_by_key(|(row, receipt)| (receipt.received_at, *row));
    receipts.dedup_by_key(|(row, _)| *row);
    let mut changed = Vec::new();
    for (early_row, receipt) in receipts {
        let Some(found) = find_part(tx, &receipt, binds)? else {
            continue;
        };
        tx.execute("DELETE FROM early_receipts WHERE row = ?1", [early_row])?;
        let (by, verdict) = (receipt.carrier.to_string(), verdict(&receipt));
        let mut other = None;
        if found.row != message.row {
            other = Outbound::load(tx, found.row)?;
        }
        let owner = other.as_mut().unwrap_or(message);
        if apply(tx, owner, found.part, &by, &verdict)? {
            changed.push(moved(owner, &found.carrier, &verdict));
        }
    }
    Ok(changed)
}

/// Looks again at what came for the recipient of a part that is in doubt, now that it is: it may be
/// that of a part whose answer came. What is no such part's settles the doubt where nothing else can
/// be meant. `message`: the part's.
pub(crate) fn reconsider(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    message: &mut Outbound,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let carrier = doubt.carrier.to_string();
    let since = doubt.handed_at().min(Time(at.0 - EARLY_MS));
    let binds = binds(tx, &carrier)?;
    let came = early(tx, &binds, &message.to, since)?;
    let mut settled = give(tx, message, &binds, came)?;
    let meant = only_doubt(tx, &binds, &message.to)?;
    if meant.is_none_or(|meant| !meant.is(doubt)) {
        return Ok(settled);
    }
    let mut came = early(tx, &binds, &message.to, doubt.handed_at())?;
    came.sort_by_key(|(row, receipt)| (receipt.received_at, *row));
    for (_, early) in came {
        if let Some(id) = early.ids.first()
            && named(tx, &early, &binds)?.is_none()
        {
            // Its part_sent adopts the receipts under this id.
            settled.extend(conclude_from(tx, doubt, id, at)?);
            break;
        }
    }
    Ok(settled)
}
