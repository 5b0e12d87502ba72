//! How a SIM fares: written with the outcome that it follows from.

use crate::StoreError;
use crate::machine::writer::Tx;
use crate::values::params;
use model::{Iccid, SimHealth};

/// Writes it; nothing to remember leaves no row.
pub(crate) fn put(tx: &Tx<'_>, iccid: &Iccid, health: &SimHealth) -> Result<(), StoreError> {
    if *health == SimHealth::default() {
        tx.execute("DELETE FROM sim_health WHERE iccid = ?1", params![iccid])?;
        return Ok(());
    }
    let error = health.last_error.as_ref();
    tx.run(
        "INSERT OR REPLACE INTO sim_health (iccid, open_until, openings, failures, results,
             counted, error_code, error_detail, error_at, last_submit)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            iccid,
            health.open_until,
            health.openings,
            health.failures,
            health.results,
            health.counted,
            error.map(|error| &error.reason.code),
            error.map(|error| &error.reason.detail),
            error.map(|error| error.at),
            health.last_submit
        ],
    )
}
