//! A message's way through what carries it, step by step.

use super::step::{Advanced, Progress, Step};
use super::{claim, refused};
use crate::StoreError;
use crate::evidence::answers::answered;
use crate::evidence::doubts::NewDoubt;
use crate::evidence::doubts::counted::{self, Spent};
use crate::evidence::doubts::sent::Sent;
use crate::evidence::kept::receipts;
use crate::evidence::reference::Late;
use crate::evidence::settled::Settled;
use crate::evidence::{outcome, refuted};
use crate::machine::select::{Select as _, only};
use crate::machine::writer::{Need, Tx};
use crate::queue::Queue;
use crate::tables::health;
use crate::tables::outbound::Outbound;
use crate::values::params;
use model::{Carrier, PartState, RowId, State, Time};

impl Queue {
    /// Takes all the steps in order, in one transaction.
    pub async fn advance(&self, steps: Vec<Step>) -> Result<Progress, StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| {
                let mut settled = Vec::new();
                let done = steps.iter().map(|step| advance(tx, step, &mut settled));
                let steps = done.collect::<Result<_, _>>()?;
                Ok(Progress { steps, settled })
            })
            .await
    }
}

/// Takes one step.
pub(crate) fn advance(
    tx: &mut Tx<'_>,
    step: &Step,
    settled: &mut Vec<Settled>,
) -> Result<Advanced, StoreError> {
    let message = match step.row() {
        Some(row) => Outbound::load(tx, row)?,
        None => None,
    };
    let Some(mut message) = message else {
        if let Step::Health { iccid, health } = step {
            health::put(tx, iccid, health)?;
        }
        return Ok(Advanced {
            applied: false,
            state: State::Cancelled,
        });
    };
    if let Some(applied) = sent_before(tx, &mut message, step, settled)? {
        return Ok(applied);
    }
    if let Some(sent) = accepted_part(step) {
        let state = outcome::accepted(tx, &mut message, &sent, settled)?;
        return Ok(Advanced {
            applied: state.is_some(),
            state: state.unwrap_or(message.state),
        });
    }
    let applied = apply(tx, &mut message, step, settled)?;
    if let (true, Step::Requeue { at, .. } | Step::Fail { at, .. }) = (applied, step) {
        settled.extend(receipts::landed(tx, &mut message, *at)?);
    }
    Ok(Advanced {
        applied,
        state: message.state,
    })
}

fn accepted_part(step: &Step) -> Option<Sent<'_>> {
    match step {
        Step::PartSent {
            part,
            carrier,
            reference,
            at,
            last,
            ..
        } => Some(Sent {
            part: *part,
            carrier,
            reference,
            at: *at,
            last: *last,
        }),
        _ => None,
    }
}

/// Whether the step fitted the message's state.
fn apply(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    step: &Step,
    settled: &mut Vec<Settled>,
) -> Result<bool, StoreError> {
    match step {
        Step::Claim { .. } => claim::claim_waiting(tx, message, step, settled),
        Step::PartSending {
            part, carrier, at, ..
        } => part_sending(tx, message, *part, carrier, *at),
        Step::Recount { parts, .. } => claim::recount(tx, message, *parts),
        Step::PartUncertain {
            part,
            carrier,
            reason,
            numbered,
            at,
            last,
            decide_at,
            ..
        } => {
            let new = NewDoubt {
                part: *part,
                last: *last,
                carrier,
                reason,
                numbered: *numbered,
                at: *at,
                decide_at: *decide_at,
            };
            outcome::make_uncertain(tx, message, &new, settled)
        }
        Step::LateAnswer {
            part,
            carrier,
            refused,
            answer,
            at,
            ..
        } => {
            let late = Late {
                message: message.row,
                part: *part,
                carrier,
                refused: *refused,
                answer,
                at: *at,
            };
            late_answer(tx, message, &late, settled)
        }
        Step::NumberSpent {
            part,
            last,
            iccid,
            by,
            at,
            ..
        } => {
            let spent = Spent {
                message: message.row,
                part: *part,
                last: *last,
                carrier: &iccid.clone().into(),
                by: *by,
                at: *at,
            };
            counted::refused(tx, &spent).map(|()| true)
        }
        Step::NotTried { row } => refused::not_tried(tx, *row),
        Step::Requeue { .. } => refused::requeue(tx, message, step),
        Step::Fail {
            part, reason, at, ..
        } => refused::fail(tx, message, *part, reason, *at),
        // The one is about no message, the other has been taken already.
        Step::Health { .. } | Step::PartSent { .. } => Ok(false),
    }
}

fn late_answer(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    late: &Late<'_>,
    settled: &mut Vec<Settled>,
) -> Result<bool, StoreError> {
    let concluded = answered(tx, late)?;
    if let Some(first) = concluded.first() {
        message.state = first.state;
    }
    let applied = !concluded.is_empty();
    settled.extend(concluded);
    Ok(applied)
}

/// A part that a step gives up may be known to have gone out before: then that counts.
fn sent_before(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    step: &Step,
    settled: &mut Vec<Settled>,
) -> Result<Option<Advanced>, StoreError> {
    let (Step::Requeue { part, at, .. }
    | Step::Fail { part, at, .. }
    | Step::PartUncertain { part, at, .. }) = step
    else {
        return Ok(None);
    };
    let Some(moved) = refuted::sent_before(tx, message, *part, *at)? else {
        return Ok(None);
    };
    settled.extend(moved);
    Ok(Some(Advanced {
        applied: true,
        state: message.state,
    }))
}

fn part_sending(
    tx: &Tx<'_>,
    message: &Outbound,
    part: u16,
    carrier: &Carrier,
    at: Time,
) -> Result<bool, StoreError> {
    if message.state != State::Sending
        || part_state(tx, message.row, part)? != Some(PartState::Queued)
    {
        return Ok(false);
    }
    message.hand_over(tx, part, carrier, at)?;
    Ok(true)
}

fn part_state(tx: &Tx<'_>, row: RowId, part: u16) -> Result<Option<PartState>, StoreError> {
    let sql = "SELECT state FROM parts WHERE message = ?1 AND seq = ?2";
    tx.first(sql, params![row, part], only)
}
