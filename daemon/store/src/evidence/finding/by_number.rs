//! A status report names its part by SIM, TP-MR and recipient.

use super::{Found, SLACK_MS};
use crate::StoreError;
use crate::evidence::count::may_be_read_as;
use crate::machine::writer::Tx;
use crate::tables::numbers::{any_is, same_number};
use crate::values::{RowExt as _, params};
use model::{Carrier, Iccid, PartState, Time};
use rusqlite::Row;

/// A part that has had its last report may get another one for so long.
pub(crate) const AGAIN_MS: i64 = 2 * 24 * 3600 * 1000;

/// What only an SMS-STATUS-REPORT says.
#[derive(Clone, Debug)]
pub struct ByNumber {
    pub iccid: Iccid,
    /// TP-MR of the submit.
    pub mr: u8,
    /// TP-SCTS, when the SMSC took the part.
    pub smsc_time: Option<Time>,
    /// TP-ST.
    pub tp_status: u8,
    /// SHA-256 of what makes a redelivery known.
    pub fingerprint: [u8; 32],
}

/// What a part is looked for by.
pub(crate) struct About<'a> {
    /// The SIM.
    pub(crate) carrier: &'a Carrier,
    pub(crate) mr: u8,
    /// TP-RA as text.
    pub(crate) recipient: &'a str,
    /// When it came.
    pub(crate) at: Time,
    /// It came before and was kept: what was handed over since then can't be meant.
    pub(crate) kept: bool,
}

impl About<'_> {
    /// The part of a row that begins with its message and its number.
    fn found(&self, row: &Row<'_>) -> rusqlite::Result<Found> {
        Ok(Found {
            row: row.col(0)?,
            part: row.col(1)?,
            carrier: self.carrier.clone(),
        })
    }
}

/// TP-MR is one octet (TS 23.040 §9.2.3.6) and wraps within a day on a busy SIM, so a match
/// also needs the SIM and the recipient; of several the newest, and none past its validity. One
/// that comes now needs no look at the time: the clock may have been set.
pub(crate) fn numbered(tx: &Tx<'_>, about: &About<'_>) -> Result<Option<Found>, StoreError> {
    let mut select = tx.prepare(
        "SELECT p.message, p.seq, m.peer FROM parts p JOIN messages m ON m.row = p.message
         WHERE p.carrier = ?1 AND p.mr = ?2 AND p.awaits = 1 AND m.expires_at >= ?3
             AND coalesce(p.handed_at, 0) <= ?4
         ORDER BY p.sent_at DESC, p.message DESC",
    )?;
    let handed_by = if about.kept { about.at.0 } else { i64::MAX };
    let valid = about.at.0 - SLACK_MS;
    let mut rows = select.query(params![about.carrier, about.mr, valid, handed_by])?;
    while let Some(row) = rows.next()? {
        if same_number(&row.col::<String>(2)?, about.recipient) {
            return Ok(Some(about.found(row)?));
        }
    }
    Ok(None)
}

/// The parts to the recipient that were sent without a number, with when each was handed over.
pub(crate) fn unnumbered(tx: &Tx<'_>, about: &About<'_>) -> Result<Vec<(Found, Time)>, StoreError> {
    let mut select = tx.prepare(
        "SELECT p.message, p.seq, m.peer, coalesce(p.handed_at, p.sent_at)
         FROM parts p JOIN messages m ON m.row = p.message
         WHERE p.carrier = ?1 AND p.mr IS NULL AND p.awaits = 1 AND m.expires_at >= ?2",
    )?;
    let mut all = Vec::new();
    let mut rows = select.query(params![about.carrier, about.at.0 - SLACK_MS])?;
    while let Some(row) = rows.next()? {
        if same_number(&row.col::<String>(2)?, about.recipient) {
            all.push((about.found(row)?, row.col(3)?));
        }
    }
    Ok(all)
}

/// Whether another part to the recipient than one without this number may be meant.
pub(crate) fn is_unclear(tx: &Tx<'_>, about: &About<'_>) -> Result<bool, StoreError> {
    Ok(is_on_its_way(tx, about)? || is_misread(tx, about)? || had_its_report(tx, about)?)
}

/// A part to the recipient has no answer yet.
fn is_on_its_way(tx: &Tx<'_>, about: &About<'_>) -> Result<bool, StoreError> {
    // The literal 2 (`sending`) is what the partial index is for.
    let sql = "SELECT m.peer FROM messages m JOIN parts p ON p.message = m.row
        WHERE m.state = 2 AND p.state = ?1 AND p.carrier = ?2";
    any_is(
        tx,
        sql,
        params![PartState::Sending, about.carrier],
        about.recipient,
    )
}

/// A part to the recipient that awaits its report may really have this number: its own was read
/// with digits missing.
fn is_misread(tx: &Tx<'_>, about: &About<'_>) -> Result<bool, StoreError> {
    let mut select = tx.prepare(
        "SELECT p.mr, m.peer FROM parts p JOIN messages m ON m.row = p.message
         WHERE p.carrier = ?1 AND p.mr IS NOT NULL AND p.mr < ?2 AND p.awaits = 1",
    )?;
    let mut rows = select.query(params![about.carrier, about.mr])?;
    while let Some(row) = rows.next()? {
        let shorter = may_be_read_as(about.mr, row.col(0)?);
        if shorter && same_number(&row.col::<String>(1)?, about.recipient) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A part to the recipient had this number and has had its report: this is another one on it.
fn had_its_report(tx: &Tx<'_>, about: &About<'_>) -> Result<bool, StoreError> {
    let sql =
        "SELECT m.peer FROM parts p INDEXED BY parts_handed JOIN messages m ON m.row = p.message
        WHERE p.carrier = ?1 AND p.handed_at >= ?2 AND p.mr = ?3";
    any_is(
        tx,
        sql,
        params![about.carrier, about.at.0 - AGAIN_MS, about.mr],
        about.recipient,
    )
}
