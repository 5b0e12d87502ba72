//! Reports whose part is not known yet: they wait for what names it.

pub(crate) mod receipts;
pub(crate) mod status_reports;

use super::fate::{NewReport, ReportKey};
use crate::StoreError;
use crate::machine::writer::Tx;
use crate::tables::seen;
use model::Time;

/// Keeps a report that is nobody's.
pub(crate) fn keep(tx: &Tx<'_>, report: &NewReport) -> Result<(), StoreError> {
    match &report.key {
        ReportKey::Number(key) => status_reports::keep(tx, report, key),
        ReportKey::Id(key) => receipts::keep(tx, report, key),
    }
}

/// Forgets reports that no part claimed.
pub(crate) fn prune(tx: &Tx<'_>, now: Time) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM orphans WHERE received_at < ?1",
        "DELETE FROM early_receipts WHERE received_at < ?1",
    ] {
        tx.execute(sql, [now.0 - seen::KEPT_MS])?;
    }
    Ok(())
}
