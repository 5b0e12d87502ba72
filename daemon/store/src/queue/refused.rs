//! A part was not taken: it waits again, or its message has failed.

use super::step::Step;
use crate::StoreError;
use crate::machine::writer::Tx;
use crate::tables::history::Entry;
use crate::tables::outbound::Outbound;
use crate::tables::tallies::{self, Tally};
use crate::values::params;
use model::{HistoryStep, PartState, Reason, RowId, State, Time};

/// Nobody tried it: its claim counts for nothing.
pub(super) fn not_tried(tx: &Tx<'_>, row: RowId) -> Result<bool, StoreError> {
    let sql = "UPDATE messages SET attempts = attempts - 1 WHERE row = ?1 AND attempts > 0";
    Ok(tx.execute(sql, params![row])? == 1)
}

pub(super) fn requeue(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    step: &Step,
) -> Result<bool, StoreError> {
    let Step::Requeue {
        part,
        due_at,
        reason,
        refused_by,
        pinned,
        ..
    } = step
    else {
        return Ok(false);
    };
    if !matches!(message.state, State::Sending | State::Uncertain) {
        return Ok(false);
    }
    message.take_back(tx, *part)?;
    tx.execute(
        "UPDATE parts SET state = ?3, reason_code = ?4, reason_detail = ?5
         WHERE message = ?1 AND seq = ?2 AND state IN (?6, ?7)",
        params![
            message.row,
            part,
            PartState::Queued,
            reason.code,
            reason.detail,
            PartState::Sending,
            PartState::Uncertain
        ],
    )?;
    let sql = "UPDATE messages SET next_part = ?2, due_at = ?3, refused_by = ?4, pinned = ?5, carrier = ?5
        WHERE row = ?1";
    tx.execute(sql, params![message.row, part, due_at, refused_by, pinned])?;
    message.set_state(tx, State::Queued, Some(reason))?;
    tell_requeued(tx, message, step)
}

fn tell_requeued(tx: &Tx<'_>, message: &Outbound, step: &Step) -> Result<bool, StoreError> {
    let Step::Requeue {
        part,
        due_at,
        reason,
        refused_by,
        pinned,
        at,
        ..
    } = step
    else {
        return Ok(false);
    };
    let mut detail = format!("{}; due at {due_at}", reason.told());
    if let Some(carrier) = refused_by {
        let entry = Entry::of_part(HistoryStep::Refused, *at, *part, carrier);
        message.tell(tx, &entry.saying(&reason.told()))?;
        detail = format!("due at {due_at}");
    }
    let entry = Entry::of_part(HistoryStep::Requeued, *at, *part, pinned.as_ref());
    message.tell(tx, &entry.saying(&detail))?;
    Ok(true)
}

pub(super) fn fail(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    part: u16,
    reason: &Reason,
    at: Time,
) -> Result<bool, StoreError> {
    let open = matches!(
        message.state,
        State::Scheduled | State::Queued | State::Sending | State::Uncertain
    );
    if !open {
        return Ok(false);
    }
    message.take_back(tx, part)?;
    message.end(tx, State::Failed, Some(reason), at)?;
    if let Some(carrier) = &message.carrier {
        let tally = Tally {
            failed: 1,
            ..Tally::default()
        };
        tallies::add(tx, carrier, at, tally)?;
    }
    let detail = reason.told();
    let entry = Entry::of_part(HistoryStep::Failed, at, part, message.carrier.as_ref());
    message.tell(tx, &entry.saying(&detail))?;
    Ok(true)
}
