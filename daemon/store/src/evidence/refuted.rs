//! An acceptance that comes after its submit was given up: refused, or sent again by the policy.
//!
//! It went out. What has been done since then decides the rest: a part that still waits is taken
//! out of the queue; one that is on its way once more is not tried a third time; one that was sent
//! once more is marked for that (`resends`).

use model::{Carrier, ConcludedBy, Conclusion, HistoryStep, Iccid, PartState, RowId, State, Time};
use rusqlite::OptionalExtension as _;

use super::doubts::sent::{Sent, part_sent};
use super::doubts::settle::{Verdict, conclude, queue_from};
use super::doubts::{Unsettled, counted, of_part, strays};
use super::reference::{Late, LateAnswer, Reference};
use super::settled::Settled;
use super::{count, numbers};
use crate::StoreError;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::Tx;
use crate::tables::history::Entry;
use crate::tables::outbound::Outbound;
use crate::tables::tallies::{self, Tally};
use crate::values::{RowExt as _, params};

/// The part that a SIM refused last, with whether no part follows it.
pub(crate) type LastRefused = (RowId, u16, bool);

/// The part that a SIM refused last and that may be the one accepted now; with `true` where the
/// SIM's count says so.
pub(crate) fn last_refused(
    tx: &Tx<'_>,
    iccid: &Iccid,
    answer: &LateAnswer,
    oldest: Time,
) -> Result<Option<(LastRefused, bool)>, StoreError> {
    let LateAnswer::Accepted(Reference::Mr(mr)) = answer else {
        return Ok(None);
    };
    let mut select = tx.prepare(
        "SELECT refused_message, refused_part, refused_last,
             (SELECT count(*) FROM doubts WHERE carrier = ?1 AND countable = 1
                  AND (conclusion = 0 OR conclusion = 4) AND handed_at < refused_at)
         FROM mr_counts
         WHERE carrier = ?1 AND refused_message IS NOT NULL AND refused_at >= ?2",
    )?;
    let found = select.query_row(params![iccid, oldest], |row| {
        let part = (row.col(0)?, row.col(1)?, row.col(2)?);
        Ok((part, row.col::<u32>(3)?))
    });
    let Some((part, doubts_before)) = found.optional()? else {
        return Ok(None);
    };
    let count = counted::read(tx, &iccid.clone().into())?;
    let ahead = count.refused.saturating_sub(1) + doubts_before;
    let might = count
        .mr
        .is_none_or(|after| count::might_be(*mr, after, ahead));
    let fits = count
        .mr
        .is_some_and(|after| count::can_be(*mr, after, ahead));
    Ok(might.then_some((part, fits)))
}

/// A part was accepted though it had been given up.
pub(crate) fn refuted(
    tx: &mut Tx<'_>,
    late: &Late<'_>,
    reference: &Reference,
) -> Result<Vec<Settled>, StoreError> {
    let Some(mut message) = Outbound::load(tx, late.message)? else {
        return Ok(Vec::new());
    };
    let sql = "SELECT state FROM parts WHERE message = ?1 AND seq = ?2";
    let state: Option<PartState> = tx.first(sql, params![late.message, late.part], only)?;
    if state == Some(PartState::Sent) && numbered_now(tx, late, reference)? {
        return Ok(Vec::new());
    }
    tell(tx, &message, late, reference)?;
    let mut settled = match state {
        Some(PartState::Queued | PartState::Failed) => take_out(tx, &mut message, late, reference)?,
        Some(PartState::Uncertain) => settle_other(tx, late, reference)?,
        Some(PartState::Sending) => {
            mark(tx, late, Some(reference))?;
            Vec::new()
        }
        Some(PartState::Sent | PartState::Delivered | PartState::Undelivered) => {
            mark(tx, late, None)?;
            Vec::new()
        }
        None => Vec::new(),
    };
    if late.refused.is_some() {
        let carrier = late.carrier;
        counted::not_refused(tx, carrier)?;
        match reference.mr() {
            Some(mr) => settled.extend(numbers::accepted(tx, carrier, mr, None, late.at)?),
            // It has used a number up, and nobody knows which.
            None => counted::broken(tx, carrier)?,
        }
    }
    Ok(settled)
}

/// Whether it was only the number of a part that was known to be sent; then it has it now.
fn numbered_now(tx: &Tx<'_>, late: &Late<'_>, reference: &Reference) -> Result<bool, StoreError> {
    if late.refused.is_some() {
        return Ok(false);
    }
    let changed = tx.execute(
        "UPDATE parts SET mr = ?4 WHERE message = ?1 AND seq = ?2 AND carrier = ?3
         AND mr IS NULL AND smsc_id IS NULL",
        params![late.message, late.part, late.carrier, reference.mr()],
    )?;
    Ok(changed > 0)
}

fn tell(
    tx: &Tx<'_>,
    message: &Outbound,
    late: &Late<'_>,
    reference: &Reference,
) -> Result<(), StoreError> {
    let before = match late.refused {
        Some(_) => "it had been refused",
        None => "it had been given up",
    };
    let detail = match reference {
        Reference::Mr(mr) => format!("{before}, and went out: TP-MR {mr}"),
        Reference::Smsc(id) => format!("{before}, and went out: message_id {id}"),
        Reference::None => format!("{before}, and went out"),
    };
    let entry = Entry::of_part(HistoryStep::LateAnswer, late.at, late.part, late.carrier);
    message.tell(tx, &entry.saying(&detail))
}

/// It is in nobody's hands: it is sent, and those after it follow by the same SIM. Where the
/// message is over for another reason, it stays so unless nothing of it is left.
fn take_out(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    late: &Late<'_>,
    reference: &Reference,
) -> Result<Vec<Settled>, StoreError> {
    let was = message.state;
    match was {
        State::Queued => {}
        State::Failed => begin_again(tx, message, late)?,
        State::Cancelled | State::Expired if is_alone(tx, late)? => {}
        _ => {
            // The rest of it stays unsent.
            write_sent(tx, late, reference)?;
            return Ok(Vec::new());
        }
    }
    message.set_state(tx, State::Sending, None)?;
    hand_over_again(tx, late)?;
    let sent = Sent {
        part: late.part,
        carrier: late.carrier,
        reference,
        at: late.at,
        last: late.refused.unwrap_or(late.part >= message.segments),
    };
    let sql = "UPDATE messages SET carrier = ?2, pinned = NULL, refused_by = NULL WHERE row = ?1";
    tx.execute(sql, params![late.message, late.carrier])?;
    let mut moved = Vec::new();
    part_sent(tx, message, &sent, &mut moved)?;
    if message.state == State::Sending {
        let next = late.part + 1;
        queue_from(tx, message, next, Some(late.carrier), late.at)?;
    }
    not_resent(tx, late)?;
    Ok(told(message, late.carrier, late.at, moved))
}

/// The part alone is sent.
fn write_sent(tx: &Tx<'_>, late: &Late<'_>, reference: &Reference) -> Result<(), StoreError> {
    tx.run(
        "UPDATE parts SET state = ?3, mr = ?4, carrier = ?5, sent_at = ?6, reason_code = NULL,
         reason_detail = NULL WHERE message = ?1 AND seq = ?2",
        params![
            late.message,
            late.part,
            PartState::Sent,
            reference.mr(),
            late.carrier,
            late.at
        ],
    )
}

/// What the policy wanted has not been done.
fn not_resent(tx: &Tx<'_>, late: &Late<'_>) -> Result<(), StoreError> {
    tx.run(
        "UPDATE doubts SET conclusion = ?3, evidence = ?4, concluded_at = ?5, resends = resends - 1
         WHERE message = ?1 AND part = ?2 AND conclusion = ?6",
        params![
            late.message,
            late.part,
            Conclusion::Sent,
            ConcludedBy::LateAnswer,
            late.at,
            Conclusion::Resent
        ],
    )
}

/// Of the message first, then of those that a report has moved too.
fn told(message: &Outbound, carrier: &Carrier, at: Time, moved: Vec<Settled>) -> Vec<Settled> {
    let mut settled = vec![Settled {
        id: message.id,
        to: message.to.clone(),
        state: message.state,
        carrier: Some(carrier.clone()),
        reason: None,
        again: message.waits_from(at),
    }];
    settled.extend(moved.into_iter().filter(|other| other.id != message.id));
    settled
}

/// It had failed for the refusal's sake: the parts after it wait again.
fn begin_again(tx: &Tx<'_>, message: &Outbound, late: &Late<'_>) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE parts SET state = ?3, reason_code = NULL, reason_detail = NULL
         WHERE message = ?1 AND seq > ?2 AND state = ?4",
        params![
            late.message,
            late.part,
            PartState::Queued,
            PartState::Failed
        ],
    )?;
    let tally = Tally {
        failed: -1,
        ..Tally::default()
    };
    match &message.carrier {
        Some(carrier) => tallies::add(tx, carrier, late.at, tally),
        None => Ok(()),
    }
}

/// All the other parts have been sent.
fn is_alone(tx: &Tx<'_>, late: &Late<'_>) -> Result<bool, StoreError> {
    tx.one("SELECT NOT EXISTS (SELECT 1 FROM parts WHERE message = ?1 AND seq <> ?2 AND sent_at IS NULL)", params![late.message, late.part], only)
}

/// It counts for the quotas again, where its refusal had taken it from them.
fn hand_over_again(tx: &Tx<'_>, late: &Late<'_>) -> Result<(), StoreError> {
    let sql = "SELECT handed_at FROM parts WHERE message = ?1 AND seq = ?2";
    let counted: Option<Time> = tx.one(sql, params![late.message, late.part], only)?;
    tx.execute(
        "UPDATE parts SET state = ?3, carrier = ?4, handed_at = ?5 WHERE message = ?1 AND seq = ?2",
        params![
            late.message,
            late.part,
            PartState::Sending,
            late.carrier,
            counted.unwrap_or(late.at)
        ],
    )?;
    if counted.is_some() {
        return Ok(());
    }
    let cost = "SELECT coalesce(cost, 0.0) FROM parts WHERE message = ?1 AND seq = ?2";
    let cost = tx.one(cost, params![late.message, late.part], only)?;
    tallies::add(tx, late.carrier, late.at, Tally::handed(late.part, cost))
}

/// It goes, or went, out twice: marked as that. `reference`: of this time, while the other is on
/// its way.
fn mark(tx: &mut Tx<'_>, late: &Late<'_>, reference: Option<&Reference>) -> Result<(), StoreError> {
    // Its own report may come beside that of the other time.
    strays::add_part(tx, late.message, late.carrier)?;
    let once_more = u32::from(late.refused.is_some());
    tx.run(
        "INSERT INTO doubts (message, part, last, carrier, handed_at, since, reason_code, reason_detail,
             refused_before, ahead, numbered, countable, decide_at, conclusion, evidence,
             concluded_at, resends, sent_mr, sent_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, 'refused', 'it was refused and had gone out all the same',
             0, 0, 1, 0, ?5, ?6, ?7, ?5, ?8, ?9, ?10)
         ON CONFLICT (message, part) DO UPDATE SET carrier = excluded.carrier, last = excluded.last,
             conclusion = excluded.conclusion, evidence = excluded.evidence, countable = 0,
             concluded_at = excluded.concluded_at, resends = resends + ?8,
             sent_mr = excluded.sent_mr, sent_id = excluded.sent_id",
        params![
            late.message,
            late.part,
            late.refused.unwrap_or(false),
            late.carrier,
            late.at,
            Conclusion::Sent,
            ConcludedBy::LateAnswer,
            once_more,
            reference.and_then(Reference::mr),
            reference.and_then(Reference::smsc)
        ],
    )
}

/// Another carrier had it since, and does not know either: it went out by this one.
fn settle_other(
    tx: &mut Tx<'_>,
    late: &Late<'_>,
    reference: &Reference,
) -> Result<Vec<Settled>, StoreError> {
    let Some(other) = of_part(tx, late.message, late.part)? else {
        return Ok(Vec::new());
    };
    strays::add(tx, &other)?;
    counted::broken(tx, &other.carrier)?;
    let sql = "UPDATE doubts SET resends = resends + ?2 WHERE row = ?1";
    tx.execute(sql, params![other.row, u32::from(late.refused.is_some())])?;
    let first = Unsettled {
        carrier: late.carrier.clone(),
        ..other
    };
    let detail = "the answer of the first time came late".to_owned();
    let verdict = Verdict::sent(ConcludedBy::LateAnswer, reference.clone(), detail);
    conclude(tx, &first, &verdict, late.at)
}

/// A part that is about to be given up, by this carrier, is known to have gone out by an earlier
/// one: then that is what counts. None where it is not so.
pub(crate) fn sent_before(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    part: u16,
    at: Time,
) -> Result<Option<Vec<Settled>>, StoreError> {
    let mut select = tx.prepare(
        "SELECT d.carrier, d.sent_mr, d.sent_id, p.carrier FROM doubts d
         JOIN parts p ON p.message = d.message AND p.seq = d.part
         WHERE d.message = ?1 AND d.part = ?2 AND d.conclusion = ?3
             AND (d.sent_mr IS NOT NULL OR d.sent_id IS NOT NULL) AND p.state = ?4",
    )?;
    let key = params![message.row, part, Conclusion::Sent, PartState::Sending];
    let found = select.query_row(key, |row| {
        let first: Carrier = row.col(0)?;
        let reference = match (row.col(1)?, row.col(2)?) {
            (Some(mr), _) => Reference::Mr(mr),
            (None, Some(id)) => Reference::Smsc(id),
            (None, None) => Reference::None,
        };
        Ok((first, reference, row.col::<Option<Carrier>>(3)?))
    });
    let found = found.optional()?;
    drop(select);
    let Some((first, reference, second)) = found else {
        return Ok(None);
    };
    if let Some(second) = second {
        // What this time came to is no longer told by the part.
        strays::add_part(tx, message.row, &second)?;
        counted::broken(tx, &second)?;
    }
    let sent = Sent {
        part,
        carrier: &first,
        reference: &reference,
        at,
        last: part >= message.segments,
    };
    let mut moved = Vec::new();
    part_sent(tx, message, &sent, &mut moved)?;
    if message.state == State::Sending {
        queue_from(tx, message, part + 1, Some(&first), at)?;
    }
    Ok(Some(told(message, &first, at, moved)))
}
