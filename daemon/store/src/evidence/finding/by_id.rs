//! A receipt names its part by account, the SMSC's `message_id` and recipient (SMPP 3.4 §2.11,
//! appendix B).

use super::{Found, SLACK_MS};
use crate::StoreError;
use crate::machine::writer::Tx;
use crate::tables::numbers::{any_is, same_number};
use crate::values::{RowExt as _, params};
use model::{Carrier, PartState, Time};

/// What only a receipt says.
#[derive(Clone, Debug)]
pub struct ById {
    /// The uplink that brought it.
    pub carrier: Carrier,
    /// The message's id in the forms in which it may have been given: as it is first, then read as
    /// decimal or hexadecimal.
    pub ids: Vec<String>,
    /// One that is longer than an id may be: some parts of before have such.
    pub long_id: Option<String>,
    /// The state by name, unless it was delivered.
    pub code: String,
}

/// What a part is looked for by.
pub(crate) struct Looked<'a> {
    pub(crate) key: &'a ById,
    pub(crate) recipient: &'a str,
    /// When the receipt came.
    pub(crate) at: Time,
}

/// The newest part of this uplink, or else of another one of its account, that awaits a receipt under
/// one of the ids. Where only another form of an id fits, the recipient must too, and no other part
/// to it may still get the id as it was given.
pub(crate) fn part(
    tx: &Tx<'_>,
    looked: &Looked<'_>,
    binds: &[Carrier],
) -> Result<Option<Found>, StoreError> {
    let mut select = tx.prepare(
        "SELECT p.message, p.seq, p.carrier, m.peer FROM parts p JOIN messages m ON m.row = p.message
         WHERE p.smsc_id = ?1 AND p.awaits = 1 AND p.carrier = ?2 AND m.expires_at >= ?3
         ORDER BY p.sent_at DESC, p.message DESC",
    )?;
    let oldest = looked.at.0 - SLACK_MS;
    let given = [looked.key.ids.first(), looked.key.long_id.as_ref()];
    let mut nearly = None;
    for (id, bind) in every(looked.key, binds) {
        let as_given = given.contains(&Some(id));
        let mut rows = select.query(params![id, bind, oldest])?;
        while let Some(row) = rows.next()? {
            let found = Found {
                row: row.col(0)?,
                part: row.col(1)?,
                carrier: row.col(2)?,
            };
            if same_number(&row.col::<String>(3)?, looked.recipient) {
                let unclear = !as_given && is_in_flight(tx, binds, looked.recipient)?;
                return Ok((!unclear).then_some(found));
            }
            // SMSCs write recipients in ways of their own; the id as it was given is enough.
            if as_given {
                nearly.get_or_insert(found);
            }
        }
    }
    Ok(nearly)
}

/// What a part does that has one of the ids of a receipt.
pub(crate) enum Named {
    /// It waits for its last receipt, or has waited for it in vain.
    Waits,
    Over,
}

/// Whether a part to the recipient has one of the ids, in whatever notation: then the receipt is that
/// one's as like as not, and says nothing of another.
pub(crate) fn named(
    tx: &Tx<'_>,
    looked: &Looked<'_>,
    binds: &[Carrier],
) -> Result<Option<Named>, StoreError> {
    let mut select = tx.prepare(
        "SELECT m.peer, p.awaits FROM parts p JOIN messages m ON m.row = p.message
         WHERE p.smsc_id = ?1 AND p.carrier = ?2",
    )?;
    let mut over = None;
    for (id, bind) in every(looked.key, binds) {
        let mut rows = select.query(params![id, bind])?;
        while let Some(row) = rows.next()? {
            if same_number(&row.col::<String>(0)?, looked.recipient) {
                if row.col(1)? {
                    return Ok(Some(Named::Waits));
                }
                over = Some(Named::Over);
            }
        }
    }
    Ok(over)
}

/// Whether a part of this account to this recipient waits for its answer, and so for its id.
pub(crate) fn is_in_flight(
    tx: &Tx<'_>,
    binds: &[Carrier],
    recipient: &str,
) -> Result<bool, StoreError> {
    let sql = "SELECT m.peer FROM messages m JOIN parts p ON p.message = m.row
        WHERE m.state = 2 AND p.state = ?1 AND p.carrier = ?2";
    for bind in binds {
        if any_is(tx, sql, params![PartState::Sending, bind], recipient)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a part of this uplink to this recipient was sent under an id that could not be read.
pub(crate) fn has_unnamed(
    tx: &Tx<'_>,
    carrier: &Carrier,
    recipient: &str,
    at: Time,
) -> Result<bool, StoreError> {
    let sql =
        "SELECT m.peer FROM parts p INDEXED BY parts_unnamed JOIN messages m ON m.row = p.message
        WHERE p.carrier = ?1 AND p.smsc_id IS NULL AND p.mr IS NULL AND p.awaits = 1
            AND m.expires_at >= ?2";
    any_is(tx, sql, params![carrier, at.0 - SLACK_MS], recipient)
}

/// Each id with each bind: the long one says most, then the first.
fn every<'a>(
    key: &'a ById,
    binds: &'a [Carrier],
) -> impl Iterator<Item = (&'a String, &'a Carrier)> {
    let ids = key.long_id.iter().chain(&key.ids);
    ids.flat_map(move |id| binds.iter().map(move |bind| (id, bind)))
}
