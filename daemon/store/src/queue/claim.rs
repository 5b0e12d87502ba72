//! A waiting message gets into the hands of what carries it.

use crate::StoreError;
use crate::evidence::settled::Settled;
use crate::machine::writer::Tx;
use crate::queue::step::Step;
use crate::tables::history::Entry;
use crate::tables::outbound::Outbound;
use crate::tables::suppressions;
use crate::values::{RowExt as _, params};
use model::{
    Carrier, HistoryStep, MessageClass, MessageId, PartState, Reason, ReasonCode, RowId, State,
    Time,
};

/// A new message that a SIM takes at once.
#[derive(Clone, Debug)]
pub struct AtOnce {
    pub id: MessageId,
    pub carrier: Carrier,
    /// What the carrier makes of it.
    pub parts: u16,
    /// Where it has fallen back from, and why.
    pub fell_back: Option<String>,
    pub at: Time,
}

pub(super) fn claim_waiting(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    step: &Step,
    settled: &mut Vec<Settled>,
) -> Result<bool, StoreError> {
    let Step::Claim {
        part,
        carrier,
        parts,
        fell_back,
        at,
        ..
    } = step
    else {
        return Ok(false);
    };
    let waits = message.state == State::Queued && !message.paused;
    if !waits || next_part(tx, message, *at)? != Some(*part) {
        return Ok(false);
    }
    // What has begun goes on to its end.
    if *part == 1 && !message.passes_opt_out() && suppressions::has(tx.reader(), &message.to)? {
        settled.push(end_opted_out(tx, message, *at)?);
        return Ok(false);
    }
    let by = (carrier, *parts, fell_back.as_deref());
    claim(tx, message, *part, by, *at)?;
    Ok(true)
}

/// Its recipient has asked for no messages while it waited.
fn end_opted_out(tx: &mut Tx<'_>, message: &mut Outbound, at: Time) -> Result<Settled, StoreError> {
    let reason = Reason::new(ReasonCode::OptedOut, "the recipient asks for no messages");
    message.end(tx, State::Failed, Some(&reason), at)?;
    let entry = Entry {
        at,
        step: HistoryStep::Failed,
        part: None,
        carrier: None,
        detail: Some(&reason.told()),
    };
    message.tell(tx, &entry)?;
    Ok(Settled {
        id: message.id,
        to: message.to.clone(),
        state: State::Failed,
        carrier: None,
        reason: Some(reason),
        again: None,
    })
}

/// The part of a waiting message that is next. Where its row names one that does not wait, that is the
/// first one that does; where none does, nothing of it is left to be sent.
fn next_part(tx: &mut Tx<'_>, message: &mut Outbound, at: Time) -> Result<Option<u16>, StoreError> {
    let mut select = tx.prepare(
        "SELECT m.next_part, p.state FROM messages m
         LEFT JOIN parts p ON p.message = m.row AND p.seq = m.next_part WHERE m.row = ?1",
    )?;
    let (next, state): (u16, Option<PartState>) =
        select.query_row(params![message.row], |row| Ok((row.col(0)?, row.col(1)?)))?;
    drop(select);
    if matches!(state, None | Some(PartState::Queued)) {
        return Ok(Some(next));
    }
    let mut select = tx.prepare("SELECT min(seq) FROM parts WHERE message = ?1 AND state = ?2")?;
    let waiting: Option<u16> =
        select.query_row(params![message.row, PartState::Queued], |row| row.col(0))?;
    drop(select);
    match waiting {
        Some(waiting) => {
            let sql = "UPDATE messages SET next_part = ?2, pinned =
                    (SELECT carrier FROM parts WHERE message = ?1 AND seq = ?3)
                WHERE row = ?1";
            tx.execute(sql, params![message.row, waiting, next])?;
        }
        None => {
            message.roll(tx, at)?;
        }
    }
    Ok(waiting)
}

/// Claims a message that was inserted in this transaction.
pub(crate) fn claim_new(tx: &mut Tx<'_>, row: RowId, at_once: &AtOnce) -> Result<(), StoreError> {
    let Some(mut message) = Outbound::load(tx, row)? else {
        return Err(StoreError::Defect);
    };
    if message.state != State::Queued {
        return Ok(());
    }
    let fell_back = at_once.fell_back.as_deref();
    let by = (&at_once.carrier, at_once.parts, fell_back);
    claim(tx, &mut message, 1, by, at_once.at)
}

fn claim(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    part: u16,
    (carrier, parts, fell_back): (&Carrier, u16, Option<&str>),
    at: Time,
) -> Result<(), StoreError> {
    let planned = message.segments;
    message.attempts = message.attempts.saturating_add(1);
    tx.execute(
        "UPDATE messages SET state = ?2, carrier = ?3, segments = ?4, attempts = ?5 WHERE row = ?1",
        params![
            message.row,
            State::Sending,
            carrier,
            parts,
            message.attempts
        ],
    )?;
    tx.queued(message.priority, -1);
    message.state = State::Sending;
    message.segments = parts;
    let is_first = message.attempts == 1;
    if is_first || parts != planned {
        message.lay_out_parts(tx, Some(part))?;
    }
    let instead = (parts != planned).then(|| format!("{parts} instead of {planned}"));
    // For whoever asks why it went there all the same.
    let passes = is_first
        && message.class == MessageClass::Transactional
        && suppressions::has(tx.reader(), &message.to)?;
    let passed = passes.then_some("transactional; the recipient asks for no messages");
    let told = [
        (HistoryStep::OptOutPassed, passed),
        (HistoryStep::FellBack, fell_back),
        (HistoryStep::Parts, instead.as_deref()),
    ];
    for (step, detail) in told.into_iter().filter(|(_, detail)| detail.is_some()) {
        let entry = Entry {
            carrier: Some(carrier),
            ..Entry::new(step, at)
        };
        message.tell(tx, &Entry { detail, ..entry })?;
    }
    message.hand_over(tx, part, carrier, at)
}

/// It waits, and takes so many parts. Of one that has begun that is settled.
pub(super) fn recount(tx: &Tx<'_>, message: &Outbound, parts: u16) -> Result<bool, StoreError> {
    if message.state != State::Queued {
        return Ok(false);
    }
    let update = "UPDATE messages SET segments = ?2 WHERE row = ?1 AND next_part = 1";
    Ok(tx.execute(update, params![message.row, parts])? == 1)
}
