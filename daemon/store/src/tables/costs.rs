//! What a SIM's messages cost, as it is set for the SIM.

use std::collections::BTreeMap;

use rusqlite::OptionalExtension as _;

use crate::StoreError;
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params};
use model::{Iccid, SimConfig};

/// Of a part to this number; none where nothing is set.
pub(crate) fn of_part(tx: &Tx<'_>, sim: &Iccid, to: &str) -> Result<Option<f64>, StoreError> {
    // The two settings alone: this is asked for each part that goes out.
    let mut select = tx.prepare(
        "SELECT json_extract(config, '$.cost'), nullif(json_extract(config, '$.prefix_costs'), '{}')
         FROM sims WHERE iccid = ?1",
    )?;
    let set = select.query_row(params![sim], |row| Ok((row.col(0)?, row.col(1)?)));
    let (cost, by_prefix): (Option<f64>, Option<String>) = set.optional()?.unwrap_or_default();
    let by_prefix = by_prefix.map(|text| serde_json::from_str(&text));
    let prefix_costs: BTreeMap<String, f64> = by_prefix
        .transpose()
        .unwrap_or_default()
        .unwrap_or_default();
    let set = SimConfig {
        cost,
        prefix_costs,
        ..SimConfig::default()
    };
    Ok(set.cost_to(to))
}
