//! After a crash: what was on its way is `uncertain`, never `queued` again.

use rusqlite::{Connection, TransactionBehavior, params};

use super::StoreError;
use crate::model::{PartState, State, Time};

const CODE: &str = "interrupted";
const DETAIL: &str = "the gateway stopped while the modem had it";

/// Settles what the last run left `sending`, in one transaction.
///
/// A part that was `sending` may be on the air: it and its message become `uncertain`. A message
/// between two parts goes back to the queue, pinned to the SIM that took the first ones.
pub(super) fn recover(connection: &mut Connection, now: Time) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // The literal 2 (`sending`) is what the partial index is for.
    let on_air = "message IN (SELECT row FROM messages WHERE state = 2) AND state = ?1";
    transaction.execute(
        &format!(
            "INSERT INTO history (message, n, at, step, part, sim, detail)
             SELECT message, (SELECT coalesce(max(n), 0) + 1 FROM history h
                              WHERE h.message = p.message),
                 ?2, 'uncertain', seq, sim, ?3
             FROM parts p WHERE {on_air}"
        ),
        params![PartState::Sending, now, format!("{CODE}: {DETAIL}")],
    )?;
    transaction.execute(
        &format!(
            "UPDATE parts SET state = ?2, reason_code = ?3, reason_detail = ?4 WHERE {on_air}"
        ),
        params![PartState::Sending, PartState::Uncertain, CODE, DETAIL],
    )?;
    transaction.execute(
        "UPDATE messages SET state = ?2, reason_code = ?3, reason_detail = ?4
         WHERE state = 2 AND EXISTS
             (SELECT 1 FROM parts WHERE message = messages.row AND parts.state = ?1)",
        params![PartState::Uncertain, State::Uncertain, CODE, DETAIL],
    )?;
    transaction.execute(
        "UPDATE messages SET state = ?1, due_at = ?2,
             pinned = CASE WHEN next_part > 1 THEN sim END
         WHERE state = 2",
        params![State::Queued, now],
    )?;
    Ok(transaction.commit()?)
}
