//! Submissions that may have gone out without their part telling of it any more.
//!
//! Their part was sent again, or is said not to have gone out. If they did go out, their report
//! comes, under a number that nobody knows, and must not be taken for another part's.

use super::Unsettled;
use crate::StoreError;
use crate::evidence::finding::SLACK_MS;
use crate::machine::writer::Tx;
use crate::tables::numbers::any_is;
use crate::values::params;
use model::{Carrier, RowId, Time};

/// What was in doubt is one.
pub(crate) fn add(tx: &Tx<'_>, doubt: &Unsettled) -> Result<(), StoreError> {
    add_part(tx, doubt.message, &doubt.carrier)
}

/// A part of a message is one. Without a report asked for it is none.
pub(crate) fn add_part(tx: &Tx<'_>, message: RowId, carrier: &Carrier) -> Result<(), StoreError> {
    let sql = "INSERT INTO strays (carrier, peer, until)
        SELECT ?2, peer, expires_at + ?3 FROM messages WHERE row = ?1 AND status_report = 1";
    tx.run(sql, params![message, carrier, SLACK_MS])
}

/// Whether a report for this recipient may be about one.
pub(crate) fn may_report(
    tx: &Tx<'_>,
    carrier: &Carrier,
    recipient: &str,
    at: Time,
) -> Result<bool, StoreError> {
    let sql = "SELECT peer FROM strays WHERE carrier = ?1 AND until >= ?2";
    any_is(tx, sql, params![carrier, at], recipient)
}

/// Forgets those of which no report can come any more.
pub(crate) fn prune(tx: &Tx<'_>, now: Time) -> Result<(), StoreError> {
    tx.run("DELETE FROM strays WHERE until < ?1", params![now])
}
