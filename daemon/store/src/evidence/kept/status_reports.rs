//! Status reports that came when no part could be told to be theirs.

use model::{Carrier, Iccid, Time};
use rusqlite::Row;

use crate::StoreError;
use crate::evidence::fate::{Fate, NewReport, apply, moved};
use crate::evidence::finding::by_number::ByNumber;
use crate::evidence::settled::Settled;
use crate::machine::select::Select as _;
use crate::machine::writer::Tx;
use crate::tables::numbers::same_number;
use crate::tables::outbound::Outbound;
use crate::values::{RowExt as _, params};

/// How long a report waits for a `+CMGS` that it has overtaken.
const ORPHAN_MS: i64 = 60 * 1000;

/// One that was kept.
pub(crate) struct Kept {
    pub(crate) row: i64,
    pub(crate) mr: u8,
    pub(crate) recipient: String,
    pub(crate) fate: Fate,
}

pub(super) fn keep(tx: &Tx<'_>, report: &NewReport, key: &ByNumber) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO orphans (iccid, mr, recipient, smsc_time, discharged_at, tp_status, class,
             text, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            key.iccid,
            key.mr,
            report.recipient,
            key.smsc_time,
            report.discharged_at,
            key.tp_status,
            report.class,
            report.text,
            report.received_at
        ],
    )
}

/// Gives a part that was just sent the report that came before its `+CMGS`; what that made of its
/// message.
pub(crate) fn adopt(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    part: u16,
    (iccid, mr, at): (&Iccid, u8, Time),
) -> Result<Option<Settled>, StoreError> {
    // None comes before the part was handed over.
    let sql =
        "SELECT row, mr, recipient, class, tp_status, text, discharged_at, received_at FROM orphans
        WHERE iccid = ?1 AND mr = ?2 AND received_at >= max(?3, coalesce(
            (SELECT handed_at FROM parts WHERE message = ?4 AND seq = ?5), 0))
        ORDER BY received_at DESC";
    let since = at.0 - ORPHAN_MS;
    let came = tx.readable(sql, params![iccid, mr, since, message.row, part], kept)?;
    let mut of_recipient = came
        .into_iter()
        .filter(|one| same_number(&message.to, &one.recipient));
    let Some(Kept { row, fate, .. }) = of_recipient.next() else {
        return Ok(None);
    };
    drop(of_recipient);
    forget(tx, row)?;
    let carrier = Carrier::from(iccid.clone());
    let changed = apply(tx, message, part, &carrier, &fate)?;
    Ok(changed.then(|| moved(message, &carrier, &fate)))
}

/// Those of a SIM that came since then, in their order.
pub(crate) fn since(tx: &Tx<'_>, carrier: &Carrier, since: Time) -> Result<Vec<Kept>, StoreError> {
    let sql =
        "SELECT row, mr, recipient, class, tp_status, text, discharged_at, received_at FROM orphans
        WHERE iccid = ?1 AND received_at >= ?2 ORDER BY received_at, row";
    tx.readable(sql, params![carrier, since], kept)
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        row: row.col("row")?,
        mr: row.col("mr")?,
        recipient: row.col("recipient")?,
        fate: fate(row)?,
    })
}

/// One has found its part.
pub(crate) fn forget(tx: &Tx<'_>, row: i64) -> Result<(), StoreError> {
    tx.run("DELETE FROM orphans WHERE row = ?1", [row])
}

fn fate(row: &Row<'_>) -> rusqlite::Result<Fate> {
    let received_at = row.col("received_at")?;
    let tp_status: u8 = row.col("tp_status")?;
    Ok(Fate {
        class: row.col("class")?,
        tp_status: Some(tp_status),
        code: Fate::code(tp_status),
        text: row.col("text")?,
        discharged_at: row
            .col::<Option<Time>>("discharged_at")?
            .unwrap_or(received_at),
        at: received_at,
    })
}
