//! Which uplinks are one account at an SMSC.

use model::Carrier;

use crate::StoreError;
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params, readable};

/// An uplink and the others of its account; itself first.
pub(crate) fn binds(tx: &Tx<'_>, uplink: &Carrier) -> Result<Vec<Carrier>, StoreError> {
    let mut select = tx.prepare(
        "SELECT 'uplink:' || other.name
         FROM uplinks own JOIN uplinks other INDEXED BY uplinks_account ON other.account = own.account
         WHERE own.name = substr(?1, 8) ORDER BY other.name",
    )?;
    let others = select.query_map(params![uplink], |row| row.col(0))?;
    let mut binds = vec![uplink.clone()];
    for other in others {
        binds.extend(readable(other)?.filter(|other| other != uplink));
    }
    Ok(binds)
}
