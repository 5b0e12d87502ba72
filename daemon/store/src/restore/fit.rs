//! Makes a backup fit to go on after what has happened since.

use rusqlite::{Connection, TransactionBehavior};

use crate::evidence::restored;
use crate::machine::writer::Tx;
use crate::tables::{audit, statistics};
use crate::values::{RowExt as _, params};
use crate::{NewAudit, StoreError};
use model::{RowId, State, Time};

/// What was changed in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fitted {
    /// Messages that may have gone out since, and wait for a person's word now.
    pub held: u64,
    /// Messages whose time is still to come: they go out then.
    pub scheduled: u64,
}

/// Sends nothing again that may have gone out, counts on by no TP-MR of then, and logs everybody out.
pub(super) fn fit(
    connection: &mut Connection,
    now: Time,
    entry: &NewAudit,
) -> Result<Fitted, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut tx = Tx::new(&transaction);
    let mut fitted = Fitted::default();
    for row in open_messages(&tx, now)? {
        fitted.held += u64::from(restored::hold(&mut tx, row, now)?);
    }
    fitted.scheduled = tx
        .prepare("SELECT count(*) FROM messages WHERE state = ?1")?
        .query_row(params![State::Scheduled], |row| {
            row.col::<i64>(0).map(i64::unsigned_abs)
        })?;
    for sql in [
        // Late answers find no part that they could be for.
        "DELETE FROM doubts WHERE conclusion IN (0, 4)",
        "UPDATE mr_counts SET mr = NULL, refused = 0, refused_by_network = 0, refused_message = NULL",
        // Who has logged out since would be logged in again.
        "DELETE FROM sessions",
        "DELETE FROM one_time_codes",
    ] {
        tx.execute(sql, [])?;
    }
    audit::append(&tx, entry)?;
    statistics::write(&mut tx)?;
    transaction.commit()?;
    Ok(fitted)
}

/// Messages that were to go out before now, or were on their way.
fn open_messages(tx: &Tx<'_>, now: Time) -> Result<Vec<RowId>, StoreError> {
    let mut select = tx.prepare(
        "SELECT row FROM messages WHERE state IN (?1, ?2, ?3) OR (state = ?4 AND due_at <= ?5)
         ORDER BY row",
    )?;
    let states = params![
        State::Queued,
        State::Sending,
        State::Uncertain,
        State::Scheduled,
        now
    ];
    let found = select.query_map(states, |row| row.col(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Messages of both directions.
pub(super) fn messages(connection: &Connection) -> Result<u64, StoreError> {
    let count = "SELECT count(*) FROM messages";
    let count: i64 = connection.query_row(count, [], |row| row.col(0))?;
    Ok(count.unsigned_abs())
}
