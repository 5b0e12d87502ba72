//! What a conclusion does to its message.

use super::Unsettled;
use super::sent::{Sent, part_sent};
use crate::StoreError;
use crate::evidence::reference::Reference;
use crate::evidence::settled::Settled;
use crate::machine::writer::Tx;
use crate::tables::history::Entry;
use crate::tables::outbound::Outbound;
use crate::values::params;
use model::{Carrier, ConcludedBy, Conclusion, HistoryStep, PartState, State, Time};

/// What is concluded, from what, and in words.
pub(crate) struct Verdict {
    conclusion: Conclusion,
    evidence: ConcludedBy,
    /// What the part's reports name it by, where it went out and that is known.
    pub(crate) reference: Reference,
    detail: String,
}

impl Verdict {
    pub(crate) fn sent(evidence: ConcludedBy, reference: Reference, detail: String) -> Self {
        Self {
            conclusion: Conclusion::Sent,
            evidence,
            reference,
            detail,
        }
    }

    pub(crate) fn not_sent(evidence: ConcludedBy, detail: String) -> Self {
        Self {
            conclusion: Conclusion::NotSent,
            evidence,
            reference: Reference::None,
            detail,
        }
    }

    /// What `on_uncertain = "resend"` does.
    pub(crate) fn resent() -> Self {
        let detail = "nothing tells whether it went out; sent again, perhaps a second time";
        Self::of_policy(Conclusion::Resent, detail.to_owned())
    }

    /// What `hold` does, and `resend` after it has sent a part again so often.
    pub(crate) fn held(resends: u32) -> Self {
        let detail = match resends {
            0 => "nothing tells whether it went out; held".to_owned(),
            1 => "nothing tells whether it went out; sent again once before, now held".to_owned(),
            n => {
                format!("nothing tells whether it went out; sent again {n} times before, now held")
            }
        };
        Self::of_policy(Conclusion::Held, detail)
    }

    fn of_policy(conclusion: Conclusion, detail: String) -> Self {
        Self {
            conclusion,
            evidence: ConcludedBy::Policy,
            reference: Reference::None,
            detail,
        }
    }

    fn step(&self) -> HistoryStep {
        match self.conclusion {
            Conclusion::Open => HistoryStep::Uncertain,
            Conclusion::Sent => HistoryStep::ConcludedSent,
            Conclusion::NotSent => HistoryStep::ConcludedNotSent,
            Conclusion::Resent => HistoryStep::Resent,
            Conclusion::Held => HistoryStep::Held,
        }
    }
}

/// Writes a conclusion and moves the message on; none when the message is no longer uncertain. Its
/// message comes first, then those that its answer has moved too.
pub(crate) fn conclude(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    verdict: &Verdict,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let Some(mut message) = Outbound::load_readable(tx, doubt.message)? else {
        return Ok(Vec::new());
    };
    if message.state != State::Uncertain {
        return Ok(Vec::new());
    }
    tx.execute(
        "UPDATE doubts SET conclusion = ?2, evidence = ?3, concluded_at = ?4,
         resends = resends + ?5 WHERE row = ?1",
        params![
            doubt.row,
            verdict.conclusion,
            verdict.evidence,
            at,
            verdict.conclusion == Conclusion::Resent
        ],
    )?;
    let entry = Entry::of_part(verdict.step(), at, doubt.part, &doubt.carrier);
    message.tell(tx, &entry.saying(&verdict.detail))?;
    let mut others = Vec::new();
    match verdict.conclusion {
        Conclusion::Open | Conclusion::Held => {}
        Conclusion::Sent => {
            others = went_out(tx, &mut message, doubt, &verdict.reference, at)?;
        }
        Conclusion::NotSent | Conclusion::Resent => wait_again(tx, &mut message, doubt, at)?,
    }
    let mut settled = vec![Settled {
        id: message.id,
        to: message.to.clone(),
        state: message.state,
        carrier: Some(doubt.carrier.clone()),
        reason: None,
        again: message.waits_from(at),
    }];
    settled.extend(others.into_iter().filter(|other| other.id != message.id));
    Ok(settled)
}

/// The part went out; those that were held back follow it.
fn went_out(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    doubt: &Unsettled,
    reference: &Reference,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let sent = Sent {
        part: doubt.part,
        carrier: &doubt.carrier,
        reference,
        at,
        last: doubt.last,
    };
    let mut moved = Vec::new();
    part_sent(tx, message, &sent, &mut moved)?;
    if message.state == State::Sending {
        let next = doubt.part + 1;
        queue_from(tx, message, next, Some(&doubt.carrier), at)?;
    }
    Ok(moved)
}

/// The part is to be sent, for the first time or again.
fn wait_again(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    doubt: &Unsettled,
    at: Time,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE parts SET state = ?3 WHERE message = ?1 AND seq = ?2 AND state = ?4",
        params![
            message.row,
            doubt.part,
            PartState::Queued,
            PartState::Uncertain
        ],
    )?;
    // Parts that are out bind the rest to their SIM.
    let pinned = (doubt.part > 1).then_some(&doubt.carrier);
    queue_from(tx, message, doubt.part, pinned, at)
}

pub(crate) fn queue_from(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    part: u16,
    pinned: Option<&Carrier>,
    at: Time,
) -> Result<(), StoreError> {
    let sql = "UPDATE messages SET next_part = ?2, due_at = ?3, refused_by = NULL, pinned = ?4, carrier = ?4
        WHERE row = ?1";
    tx.execute(sql, params![message.row, part, at, pinned])?;
    message.set_state(tx, State::Queued, None)
}
