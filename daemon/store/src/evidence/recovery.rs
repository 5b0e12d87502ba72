//! After a crash: what was on its way is `uncertain`, never `queued` again.

use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use crate::StoreError;
use crate::evidence::doubts::NewDoubt;
use crate::evidence::outcome::make_uncertain;
use crate::evidence::settled::Settled;
use crate::machine::writer::Tx;
use crate::tables::outbound::Outbound;
use crate::tables::statistics;
use crate::values::{RowExt as _, params, readable};
use model::{Carrier, PartState, Reason, ReasonCode, RowId, State, Time};

const DETAIL: &str = "the gateway stopped while the modem or the uplink had it";

/// Settles what the last run left `sending`, in one transaction.
///
/// A part that was `sending` may be on the air: it and its message become `uncertain`, and after
/// `decide_after` their policy decides. A message between two parts goes back to the queue, pinned
/// to the SIM that took the first ones.
pub(crate) fn recover(
    connection: &mut Connection,
    now: Time,
    decide_after: Duration,
) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let left = left_sending(&transaction)?;
    let mut tx = Tx::new(&transaction);
    let reason = Reason::new(ReasonCode::Interrupted, DETAIL);
    for part in left {
        let Some(mut message) = Outbound::load_readable(&tx, part.message)? else {
            continue;
        };
        let new = NewDoubt {
            part: part.seq,
            last: part.seq >= message.segments,
            carrier: &part.carrier,
            reason: &reason,
            numbered: false,
            at: now,
            // A clock that was set since must not make it wait for more than it should.
            decide_at: part.handed_at.min(now).after(decide_after),
        };
        let mut settled: Vec<Settled> = Vec::new();
        make_uncertain(&mut tx, &mut message, &new, &mut settled)?;
    }
    // A part whose row makes no sense is `sending` yet: it may be on the air, and is not sent again.
    transaction.execute(
        "UPDATE messages SET state = ?1, due_at = ?2,
             pinned = CASE WHEN next_part > 1 THEN carrier END,
             paused = paused AND next_part = 1
         WHERE state = 2
             AND NOT EXISTS (SELECT 1 FROM parts WHERE message = messages.row AND state = ?3)",
        params![State::Queued, now, PartState::Sending],
    )?;
    statistics::write(&mut tx)?;
    Ok(transaction.commit()?)
}

struct Left {
    message: RowId,
    seq: u16,
    carrier: Carrier,
    handed_at: Time,
}

/// Parts that were handed to a modem, in that order.
fn left_sending(connection: &Connection) -> Result<Vec<Left>, StoreError> {
    // The literal 2 (`sending`) is what the partial index is for.
    let mut select = connection.prepare(
        "SELECT p.message, p.seq, p.carrier, p.handed_at FROM messages m JOIN parts p ON p.message = m.row
         WHERE m.state = 2 AND p.state = ?1 ORDER BY p.handed_at",
    )?;
    let found = select.query_map(params![PartState::Sending], |row| {
        Ok(Left {
            message: row.col(0)?,
            seq: row.col(1)?,
            carrier: row.col(2)?,
            handed_at: row.col::<Option<Time>>(3)?.unwrap_or(Time::ZERO),
        })
    })?;
    let mut left = Vec::new();
    for part in found {
        left.extend(readable(part)?);
    }
    Ok(left)
}
