//! Messages that waited, or were on their way, when a backup was made that was restored since: they may
//! have gone out meanwhile, by any carrier. No evidence that comes now tells of that, since what was
//! counted meanwhile is not known. So a person's word alone settles them, and for all of their parts.

use model::{HistoryStep, PartState, Reason, ReasonCode, RowId, State, Time};

use super::doubts::settle::queue_from;
use super::settled::Settled;
use crate::StoreError;
use crate::machine::writer::Tx;
use crate::tables::history::Entry;
use crate::tables::outbound::Outbound;
use crate::values::{RowExt as _, params};

/// The sentence of the reason that they have.
const DETAIL: &str =
    "it waited when the backup was made that was restored, and may have gone out since";
/// What the history says of a person's word.
pub(crate) const SAID: &str = "an operator said so";

/// Makes a message uncertain that the backup has as waiting.
pub(crate) fn hold(tx: &mut Tx<'_>, row: RowId, at: Time) -> Result<bool, StoreError> {
    let Some(mut message) = Outbound::load_readable(tx, row)? else {
        return Ok(false);
    };
    let reason = Reason::new(ReasonCode::Restored, DETAIL);
    message.lay_out_parts(tx, None)?;
    tx.execute(
        "UPDATE parts SET state = ?2, reason_code = ?3, reason_detail = ?4
         WHERE message = ?1 AND state IN (?2, ?5, ?6)",
        params![
            row,
            PartState::Uncertain,
            reason.code,
            reason.detail,
            PartState::Queued,
            PartState::Sending
        ],
    )?;
    tx.execute("DELETE FROM doubts WHERE message = ?1", params![row])?;
    message.set_state(tx, State::Uncertain, Some(&reason))?;
    tell(tx, &message, HistoryStep::Uncertain, DETAIL, at)?;
    Ok(true)
}

/// Takes a person's word for one; none where it is no such message.
pub(super) fn resolve(
    tx: &mut Tx<'_>,
    row: RowId,
    sent: bool,
    at: Time,
) -> Result<Option<Settled>, StoreError> {
    let Some(mut message) = Outbound::load(tx, row)? else {
        return Ok(None);
    };
    if message.state != State::Uncertain {
        return Ok(None);
    }
    let carrier = message.carrier.clone();
    if sent {
        tell(tx, &message, HistoryStep::ConcludedSent, SAID, at)?;
        went_out(tx, &mut message, at)?;
    } else {
        tell(tx, &message, HistoryStep::ConcludedNotSent, SAID, at)?;
        wait_again(tx, &mut message, at)?;
    }
    Ok(Some(Settled {
        id: message.id,
        to: message.to.clone(),
        state: message.state,
        carrier,
        reason: None,
        again: message.waits_from(at),
    }))
}

fn went_out(tx: &mut Tx<'_>, message: &mut Outbound, at: Time) -> Result<(), StoreError> {
    settle_parts(tx, message, PartState::Sent)?;
    tx.execute(
        "UPDATE messages SET next_part = segments + 1, sent_at = ?2 WHERE row = ?1",
        params![message.row, at],
    )?;
    message.roll(tx, at)?;
    Ok(())
}

/// From the first part on that is not known to have gone out.
fn wait_again(tx: &mut Tx<'_>, message: &mut Outbound, at: Time) -> Result<(), StoreError> {
    settle_parts(tx, message, PartState::Queued)?;
    let first: Option<u16> = tx
        .prepare("SELECT min(seq) FROM parts WHERE message = ?1 AND state = ?2")?
        .query_row(params![message.row, PartState::Queued], |row| row.col(0))?;
    let first = first.unwrap_or(1);
    // Parts that are out bind the rest to their carrier.
    let carrier = message.carrier.take().filter(|_| first > 1);
    queue_from(tx, message, first, carrier.as_ref(), at)
}

fn settle_parts(tx: &Tx<'_>, message: &Outbound, state: PartState) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE parts SET state = ?2, reason_code = NULL, reason_detail = NULL
         WHERE message = ?1 AND state = ?3",
        params![message.row, state, PartState::Uncertain],
    )?;
    Ok(())
}

fn tell(
    tx: &Tx<'_>,
    message: &Outbound,
    step: HistoryStep,
    detail: &str,
    at: Time,
) -> Result<(), StoreError> {
    let entry = Entry {
        at,
        step,
        part: None,
        carrier: None,
        detail: Some(detail),
    };
    message.tell(tx, &entry)
}
