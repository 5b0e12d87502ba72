//! Which uplinks are one account at an SMSC.

use crate::StoreError;
use crate::machine::writer::Tx;
use crate::values::RowExt as _;

/// An uplink and the others of its account, as columns; itself first.
pub(crate) fn binds(tx: &Tx<'_>, uplink: &str) -> Result<Vec<String>, StoreError> {
    let mut select =
        tx.prepare("SELECT other FROM account_binds WHERE uplink = ?1 ORDER BY other")?;
    let others = select.query_map([uplink], |row| row.col(0))?;
    let others = others.collect::<Result<Vec<String>, _>>()?;
    let own = std::iter::once(uplink.to_owned());
    Ok(own
        .chain(others.into_iter().filter(|other| other != uplink))
        .collect())
}
