//! A message's way through a SIM, step by step.

mod claim;

use model::{Carrier, Iccid, PartState, Reason, RowId, SimHealth, State, Time};
use rusqlite::OptionalExtension as _;

use crate::admin::sim_health;
use crate::evidence::doubts::{self, Answer, Late, NewDoubt, Settled, Spent};
use crate::evidence::receipts;
use crate::evidence::reports;
use crate::machine::writer::{Need, Tx};
use crate::tables::history::{Entry, told};
use crate::tables::outbound::Outbound;
use crate::tables::talks;
use crate::tables::tallies::{self, Tally};
use crate::values::{RowExt as _, params};
use crate::{Store, StoreError};

pub(crate) use claim::claim_new;

/// No modem's submit timer is longer.
const LONGEST_SUBMIT_MS: i64 = 10 * 60 * 1000;

/// One step of an outbound message. A step that no longer fits the message's state is
/// not applied, and says so.
#[derive(Clone, Debug)]
pub enum Step {
    /// `queued` to `sending`: one more attempt, and the part that is next is `sending`. The message
    /// has as many parts as this carrier makes of it.
    Claim {
        /// Where it has fallen back from, and why.
        fell_back: Option<String>,
        row: RowId,
        /// The part that the carrier has in hand. Where another one is next, the message stays
        /// `queued`: what it was chosen by is older than what the store has of it.
        part: u16,
        carrier: Carrier,
        parts: u16,
        at: Time,
    },
    /// A later part of a claimed message is about to be written to the modem.
    PartSending {
        row: RowId,
        part: u16,
        carrier: Carrier,
        at: Time,
    },
    /// The modem answered `+CMGS`, or the SMSC of an uplink `submit_sm_resp`.
    PartSent {
        row: RowId,
        part: u16,
        carrier: Carrier,
        reference: Reference,
        at: Time,
        last: bool,
    },
    /// No answer after Ctrl-Z: part and message are `uncertain`.
    PartUncertain {
        row: RowId,
        part: u16,
        carrier: Carrier,
        reason: Reason,
        /// The modem answered, so that it has used a TP-MR up.
        numbered: bool,
        at: Time,
        last: bool,
        /// When the message's policy decides, unless evidence does before.
        decide_at: Time,
    },
    /// A waiting message takes so many parts of a SIM, and not as many as it was thought to.
    Recount { row: RowId, parts: u16 },
    /// The answer to an `uncertain` part came late, or the acceptance of one that was refused.
    LateAnswer {
        row: RowId,
        part: u16,
        carrier: Carrier,
        /// It had been refused, and whether it is the last part.
        refused: Option<bool>,
        answer: Answer,
        at: Time,
    },
    /// A SIM refused a part that its modem had taken: that may have used a TP-MR up.
    NumberSpent {
        row: RowId,
        part: u16,
        last: bool,
        iccid: Iccid,
        by: RefusedBy,
        at: Time,
    },
    /// Nobody tried it since its claim: that does not count as an attempt.
    NotTried { row: RowId },
    /// Refused for now: back to `queued`, due again at `due_at`, beginning
    /// with `part`.
    Requeue {
        row: RowId,
        part: u16,
        due_at: Time,
        reason: Reason,
        refused_by: Option<Carrier>,
        pinned: Option<Carrier>,
        at: Time,
    },
    /// This part, the rest and the message have failed.
    Fail {
        row: RowId,
        part: u16,
        reason: Reason,
        at: Time,
    },
    /// What the outcome, whose other steps follow in the same commit, says of the SIM. It has
    /// no message, so its result is that of a step without one.
    Health {
        iccid: Iccid,
        health: Box<SimHealth>,
    },
}

/// Who refused a part that its modem had taken, as far as the code tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedBy {
    /// The network, so that the part was transmitted.
    Network,
    /// The network, or the modem in its place. It is the submit's answer and no other's.
    Either,
    /// The modem. It may have been the answer to something else, so that the part went out.
    Modem,
}

/// What a report will name a part by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// TP-MR of a SIM's modem.
    Mr(u8),
    /// The SMSC's `message_id`, as receipts are looked up.
    Smsc(String),
    /// None was given: no report can be matched.
    None,
}

impl Reference {
    pub(crate) fn mr(&self) -> Option<u8> {
        match self {
            Self::Mr(mr) => Some(*mr),
            Self::Smsc(_) | Self::None => None,
        }
    }

    pub(crate) fn smsc(&self) -> Option<&str> {
        match self {
            Self::Smsc(id) => Some(id),
            Self::Mr(_) | Self::None => None,
        }
    }
}

/// What some steps did, one result a step, and the messages that were moved along with theirs.
#[derive(Debug)]
pub struct Progress {
    pub steps: Vec<Advanced>,
    /// Uncertain ones that a step's TP-MR or late answer settled, and those that a report has moved
    /// which came before the answer.
    pub settled: Vec<Settled>,
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advanced {
    /// False when the message was in another state than the step needs.
    pub applied: bool,
    /// The message's state now; `cancelled` when there is no such message.
    pub state: State,
}

impl Store {
    /// Takes all the steps in order, in one transaction.
    pub async fn advance(&self, steps: Vec<Step>) -> Result<Progress, StoreError> {
        self.write(Need::Progress, move |tx| {
            let mut settled = Vec::new();
            let done = steps.iter().map(|step| advance(tx, step, &mut settled));
            let steps = done.collect::<Result<_, _>>()?;
            Ok(Progress { steps, settled })
        })
        .await
    }
}

impl Step {
    /// Of the message; none where it is not about one.
    pub fn row(&self) -> Option<RowId> {
        match self {
            Self::Claim { row, .. }
            | Self::PartSending { row, .. }
            | Self::PartSent { row, .. }
            | Self::PartUncertain { row, .. }
            | Self::Recount { row, .. }
            | Self::LateAnswer { row, .. }
            | Self::NumberSpent { row, .. }
            | Self::NotTried { row }
            | Self::Requeue { row, .. }
            | Self::Fail { row, .. } => Some(*row),
            Self::Health { .. } => None,
        }
    }

    /// The SIM that the step tells something of: what its modem made of a part, from which its
    /// TP-MRs are counted, or how it fares. None for a step that takes the SIM's part in hand only.
    pub fn told_of(&self) -> Option<&Iccid> {
        match self {
            Self::PartSent { carrier, .. }
            | Self::PartUncertain { carrier, .. }
            | Self::LateAnswer { carrier, .. } => carrier.sim(),
            Self::NumberSpent { iccid, .. } | Self::Health { iccid, .. } => Some(iccid),
            Self::Claim { .. }
            | Self::PartSending { .. }
            | Self::Recount { .. }
            | Self::NotTried { .. }
            | Self::Requeue { .. }
            | Self::Fail { .. } => None,
        }
    }
}

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
            sim_health::put(tx, iccid, health)?;
        }
        return Ok(Advanced {
            applied: false,
            state: State::Cancelled,
        });
    };
    if let Some(applied) = sent_before(tx, &mut message, step, settled)? {
        return Ok(applied);
    }
    let applied = match step {
        Step::Claim { .. } => claim::claim_waiting(tx, &mut message, step),
        Step::PartSending {
            part, carrier, at, ..
        } => part_sending(tx, &message, *part, carrier, *at),
        Step::PartSent { .. } => {
            let state = part_accepted(tx, &mut message, step, settled)?;
            return Ok(Advanced {
                applied: state.is_some(),
                state: state.unwrap_or(message.state),
            });
        }
        Step::Recount { parts, .. } => claim::recount(tx, &message, *parts),
        Step::PartUncertain { .. } => part_uncertain(tx, &mut message, step, settled),
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
            let concluded = doubts::answered(tx, &late)?;
            let applied = !concluded.is_empty();
            message.state = concluded.first().map_or(message.state, |one| one.state);
            settled.extend(concluded);
            Ok(applied)
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
                iccid: iccid.as_str(),
                by: *by,
                at: *at,
            };
            doubts::refused(tx, &spent).map(|()| true)
        }
        Step::NotTried { row } => not_tried(tx, *row),
        Step::Requeue { .. } => requeue(tx, &mut message, step),
        Step::Fail {
            part, reason, at, ..
        } => fail(tx, &mut message, *part, reason, *at),
        Step::Health { .. } => Ok(false),
    }?;
    if let (true, Step::Requeue { at, .. } | Step::Fail { at, .. }) = (applied, step) {
        settled.extend(receipts::landed(tx, &mut message, *at)?);
    }
    Ok(Advanced {
        applied,
        state: message.state,
    })
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
    let Some(moved) = doubts::sent_before(tx, message, *part, *at)? else {
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

/// A part was accepted, as a [`Step::PartSent`] says; none where it was in another state.
fn part_accepted(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    step: &Step,
    settled: &mut Vec<Settled>,
) -> Result<Option<State>, StoreError> {
    let Step::PartSent {
        part,
        carrier,
        reference,
        at,
        last,
        ..
    } = step
    else {
        return Ok(None);
    };
    let believed = doubts::believed(tx, carrier, reference)?;
    let sent = Sent {
        part: *part,
        carrier,
        reference: &believed.reference,
        at: *at,
        last: *last,
    };
    let state = part_sent(tx, message, &sent, settled)?;
    settled.extend(believed.explain(tx, (message.row, *part), carrier, *at)?);
    settled.extend(numbered(tx, message, &sent)?);
    Ok(state)
}

/// What [`Step::PartSent`] says, without the row.
pub(crate) struct Sent<'a> {
    pub(crate) part: u16,
    pub(crate) carrier: &'a Carrier,
    pub(crate) reference: &'a Reference,
    pub(crate) at: Time,
    pub(crate) last: bool,
}

/// What the TP-MR of a part that was sent says about the uncertain ones before it.
fn numbered(
    tx: &mut Tx<'_>,
    message: &Outbound,
    sent: &Sent<'_>,
) -> Result<Vec<Settled>, StoreError> {
    let Carrier::Sim(iccid) = sent.carrier else {
        return Ok(Vec::new());
    };
    if let Some(mr) = sent.reference.mr() {
        return doubts::accepted(tx, iccid.as_str(), mr, None, sent.at);
    }
    // It has used a number up, and nobody knows which.
    doubts::broken(tx, iccid.as_str())?;
    // Its report may have been first.
    let since = Time(sent.at.0 - LONGEST_SUBMIT_MS);
    reports::reconsider(tx, iccid.as_str(), (&message.to, since), sent.at)
}

/// The part went out; none where it was in another state. A report may have overtaken the answer:
/// what it makes of this message and of others is in `moved`, the state given is that before it.
pub(crate) fn part_sent(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    sent: &Sent<'_>,
    moved: &mut Vec<Settled>,
) -> Result<Option<State>, StoreError> {
    if !matches!(message.state, State::Sending | State::Uncertain) {
        return Ok(None);
    }
    let changed = tx.execute(
        "UPDATE parts SET state = ?3, mr = ?4, sent_at = ?5, sim = ?6, awaits = ?7,
             smsc_id = ?10, reason_code = NULL, reason_detail = NULL
         WHERE message = ?1 AND seq = ?2 AND state IN (?8, ?9)",
        params![
            message.row,
            sent.part,
            PartState::Sent,
            sent.reference.mr(),
            sent.at,
            sent.carrier,
            message.status_report,
            PartState::Sending,
            PartState::Uncertain,
            sent.reference.smsc()
        ],
    )?;
    if changed == 0 {
        return Ok(None);
    }
    let detail = match sent.reference {
        Reference::Mr(mr) => Some(format!("TP-MR {mr}")),
        Reference::Smsc(id) => Some(format!("message_id {id}")),
        Reference::None => None,
    };
    let carrier = sent.carrier.to_string();
    let entry = Entry {
        at: sent.at,
        step: "part-sent",
        part: Some(sent.part),
        sim: Some(&carrier),
        detail: detail.as_deref(),
    };
    message.tell(tx, &entry)?;
    if sent.last && sent.part < message.segments {
        // It came out shorter than it was planned to.
        let rest = "DELETE FROM parts WHERE message = ?1 AND seq > ?2";
        tx.execute(rest, params![message.row, sent.part])?;
    }
    let before = message.roll(tx)?;
    let all_sent = before != message.state
        && matches!(
            message.state,
            State::Sent | State::Delivered | State::Undelivered
        );
    tx.execute(
        "UPDATE messages SET next_part = max(next_part, ?2), sent_at = ?3 WHERE row = ?1",
        params![message.row, sent.part + 1, all_sent.then_some(sent.at)],
    )?;
    if all_sent {
        let tally = Tally {
            sent: 1,
            ..Tally::default()
        };
        tallies::add(tx, &carrier, sent.at, tally)?;
        if let Carrier::Sim(iccid) = sent.carrier {
            talks::talked(tx, &message.to, iccid)?;
        }
    }
    let state = message.state;
    match (sent.carrier, sent.reference) {
        (Carrier::Sim(iccid), Reference::Mr(mr)) if message.status_report => {
            let key = (iccid, *mr, sent.at);
            moved.extend(reports::adopt_orphan(tx, message, sent.part, key)?);
        }
        (Carrier::Uplink(_), _) => {
            moved.extend(receipts::adopt(
                tx,
                message,
                sent.reference.smsc(),
                (&carrier, sent.at),
            )?);
        }
        _ => {}
    }
    Ok(Some(state))
}

fn part_uncertain(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    step: &Step,
    settled: &mut Vec<Settled>,
) -> Result<bool, StoreError> {
    let Step::PartUncertain {
        part,
        carrier,
        reason,
        numbered,
        at,
        last,
        decide_at,
        ..
    } = step
    else {
        return Ok(false);
    };
    let new = NewDoubt {
        part: *part,
        last: *last,
        carrier,
        reason,
        numbered: *numbered,
        at: *at,
        decide_at: *decide_at,
    };
    make_uncertain(tx, message, &new, settled)
}

/// A part may or may not have gone out: it and its message are `uncertain`.
pub(crate) fn make_uncertain(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    new: &NewDoubt<'_>,
    settled: &mut Vec<Settled>,
) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE parts SET state = ?3, reason_code = ?4, reason_detail = ?5
         WHERE message = ?1 AND seq = ?2 AND state = ?6",
        params![
            message.row,
            new.part,
            PartState::Uncertain,
            new.reason.code,
            new.reason.detail,
            PartState::Sending
        ],
    )?;
    if changed == 0 {
        return Ok(false);
    }
    message.set_state(tx, State::Uncertain, Some(new.reason))?;
    let entry = Entry {
        at: new.at,
        step: "uncertain",
        part: Some(new.part),
        sim: Some(&new.carrier.to_string()),
        detail: Some(&told(new.reason)),
    };
    message.tell(tx, &entry)?;
    settled.extend(doubts::open(tx, message, new)?);
    if let Some(now) = Outbound::load(tx, message.row)? {
        message.state = now.state;
    }
    Ok(true)
}

fn not_tried(tx: &Tx<'_>, row: RowId) -> Result<bool, StoreError> {
    let sql = "UPDATE messages SET attempts = attempts - 1 WHERE row = ?1 AND attempts > 0";
    Ok(tx.execute(sql, params![row])? == 1)
}

fn requeue(tx: &mut Tx<'_>, message: &mut Outbound, step: &Step) -> Result<bool, StoreError> {
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
    let (refused_by, pinned) = (
        refused_by.as_ref().map(Carrier::to_string),
        pinned.as_ref().map(Carrier::to_string),
    );
    tx.execute(
        "UPDATE messages SET next_part = ?2, due_at = ?3, refused_by = ?4, pinned = ?5, sim = ?5
         WHERE row = ?1",
        params![message.row, part, due_at, refused_by, pinned],
    )?;
    message.set_state(tx, State::Queued, Some(reason))?;
    let (at, part) = (*at, Some(*part));
    if refused_by.is_some() {
        let detail = told(reason);
        let detail = Some(detail.as_str());
        message.tell(
            tx,
            &Entry {
                at,
                step: "refused",
                part,
                sim: refused_by.as_deref(),
                detail,
            },
        )?;
    }
    let detail = match refused_by {
        Some(_) => format!("due at {due_at}"),
        None => format!("{}; due at {due_at}", told(reason)),
    };
    message.tell(
        tx,
        &Entry {
            at,
            step: "requeued",
            part,
            sim: pinned.as_deref(),
            detail: Some(&detail),
        },
    )?;
    Ok(true)
}

fn fail(
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
    message.end(tx, State::Failed, Some(reason))?;
    if let Some(iccid) = &message.sim {
        tallies::add(
            tx,
            iccid,
            at,
            Tally {
                failed: 1,
                ..Tally::default()
            },
        )?;
    }
    let sim = message.sim.as_deref();
    let detail = told(reason);
    message.tell(
        tx,
        &Entry {
            at,
            step: "failed",
            part: Some(part),
            sim,
            detail: Some(&detail),
        },
    )?;
    Ok(true)
}

fn part_state(tx: &Tx<'_>, row: RowId, part: u16) -> Result<Option<PartState>, StoreError> {
    let mut select = tx.prepare("SELECT state FROM parts WHERE message = ?1 AND seq = ?2")?;
    Ok(select
        .query_row(params![row, part], |columns| columns.col(0))
        .optional()?)
}
