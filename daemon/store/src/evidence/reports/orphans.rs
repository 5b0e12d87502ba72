//! Reports that came when no part could be told to be theirs.

use std::str::FromStr as _;

use model::{Carrier, Iccid, Time};
use rusqlite::Row;

use super::owner::{About, give, owner};
use super::{NewReport, Verdict, apply, code, moved};
use crate::StoreError;
use crate::evidence::doubts::Settled;
use crate::machine::writer::Tx;
use crate::tables::numbers::same_number;
use crate::tables::outbound::Outbound;
use crate::values::{RowExt as _, params};

/// How long a report waits for a `+CMGS` that it has overtaken.
const ORPHAN_MS: i64 = 60 * 1000;

pub(super) fn keep_orphan(tx: &Tx<'_>, report: &NewReport) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO orphans (iccid, mr, recipient, smsc_time, discharged_at, tp_status, class,
             text, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            report.iccid.as_str(),
            report.mr,
            report.recipient,
            report.smsc_time,
            report.discharged_at,
            report.tp_status,
            report.class,
            report.text,
            report.received_at
        ],
    )?;
    Ok(())
}

/// Gives a part that was just sent the report that came before its `+CMGS`; what that made of its
/// message.
pub(crate) fn adopt_orphan(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    part: u16,
    (iccid, mr, at): (&Iccid, u8, Time),
) -> Result<Option<Settled>, StoreError> {
    // None comes before the part was handed over.
    let mut select = tx.prepare(
        "SELECT row, recipient, class, tp_status, text, discharged_at, received_at FROM orphans
         WHERE iccid = ?1 AND mr = ?2 AND received_at >= max(?3, coalesce(
             (SELECT handed_at FROM parts WHERE message = ?4 AND seq = ?5), 0))
         ORDER BY received_at DESC",
    )?;
    let since = at.0 - ORPHAN_MS;
    let mut rows = select.query(params![iccid.as_str(), mr, since, message.row, part])?;
    let mut found = None;
    while let Some(row) = rows.next()? {
        if found.is_none() && same_number(&message.to, &row.col::<String>("recipient")?) {
            found = Some((row.col::<i64>("row")?, orphan(row)?));
        }
    }
    drop(rows);
    drop(select);
    let Some((row, verdict)) = found else {
        return Ok(None);
    };
    tx.execute("DELETE FROM orphans WHERE row = ?1", [row])?;
    let changed = apply(tx, message, part, iccid.as_str(), &verdict)?;
    let carrier = Carrier::from(iccid.clone());
    Ok(changed.then(|| moved(message, &carrier, &verdict)))
}

/// Looks once more for the parts of reports for a recipient that came since then: what could have
/// been theirs too may have been settled meanwhile.
pub(crate) fn reconsider(
    tx: &mut Tx<'_>,
    carrier: &str,
    (to, since): (&str, Time),
    now: Time,
) -> Result<Vec<Settled>, StoreError> {
    let mut select = tx.prepare(
        "SELECT row, mr, recipient, class, tp_status, text, discharged_at, received_at FROM orphans
         WHERE iccid = ?1 AND received_at >= ?2 ORDER BY received_at, row",
    )?;
    let found = select.query_map(params![carrier, since], |row| {
        let key = (row.col::<i64>("row")?, row.col::<u8>("mr")?);
        Ok((key, row.col::<String>("recipient")?, orphan(row)?))
    })?;
    let orphans = found.collect::<Result<Vec<_>, _>>()?;
    drop(select);
    let mut settled = Vec::new();
    for ((row, mr), recipient, verdict) in orphans {
        if !same_number(to, &recipient) {
            continue;
        }
        let about = About {
            carrier,
            mr,
            recipient: &recipient,
            at: verdict.at,
            kept: true,
        };
        let Some(owner) = owner(tx, &about)? else {
            continue;
        };
        if let Some(given) = give(tx, owner, &about, (&verdict, now))? {
            tx.execute("DELETE FROM orphans WHERE row = ?1", [row])?;
            if given.changed && given.settled.is_empty() {
                let carrier = Carrier::from_str(carrier)
                    .map_err(|error| StoreError::Corrupt(format!("a report's carrier: {error}")))?;
                settled.push(moved(&given.message, &carrier, &verdict));
            }
            settled.extend(given.settled);
        }
    }
    Ok(settled)
}

fn orphan(row: &Row<'_>) -> rusqlite::Result<Verdict> {
    let received_at = row.col("received_at")?;
    let tp_status = row.col("tp_status")?;
    Ok(Verdict {
        class: row.col("class")?,
        tp_status: Some(tp_status),
        code: code(tp_status),
        text: row.col("text")?,
        discharged_at: row
            .col::<Option<Time>>("discharged_at")?
            .unwrap_or(received_at),
        at: received_at,
    })
}
