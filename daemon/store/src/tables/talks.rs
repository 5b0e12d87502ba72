//! The SIM that last talked to a number, so that a conversation stays on it.

use model::Iccid;
use rusqlite::{Connection, OptionalExtension as _};

use crate::StoreError;
use crate::machine::writer::Tx;
use crate::values::{RowExt as _, params};

/// A message went to, or came from, this number through this SIM.
pub(crate) fn talked(tx: &Tx<'_>, peer: &str, iccid: &Iccid) -> Result<(), StoreError> {
    let sql = "INSERT INTO talks (peer, sim) VALUES (?1, ?2)
        ON CONFLICT DO UPDATE SET sim = excluded.sim WHERE sim <> excluded.sim";
    tx.run(sql, params![peer, iccid])
}

/// The SIM that last talked to this number.
pub(crate) fn last(reader: &Connection, peer: &str) -> rusqlite::Result<Option<Iccid>> {
    let mut select = reader.prepare_cached("SELECT sim FROM talks WHERE peer = ?1")?;
    let found = select.query_row([peer], |row| row.col(0));
    found.optional()
}
