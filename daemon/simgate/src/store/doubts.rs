//! Parts of which it is not known whether they went out, and how evidence settles them.
//!
//! A doubt is opened when a part was handed to a modem and its result was never seen. Evidence
//! settles it: a late answer, a status report, the TP-MR of the next message (`numbers`). What
//! none has settled in time is decided by the message's policy.

mod count;
mod numbers;
mod settle;

use modem::Iccid;
use rusqlite::{OptionalExtension as _, Row, params};

use super::advance::Reference;
use super::audit::append_some;
use super::columns::{Parsed, lane, reason};
use super::outbound::Outbound;
use super::writer::{Need, Tx};
use super::{NewAudit, Store, StoreError, receipts, reports, rows};
use crate::model::{
    Carrier, Conclusion, Doubt, Evidence, Lane, MessageId, OnUncertain, Reason, RowId, State, Time,
};

pub(super) use numbers::{accepted, broken, refused};
pub(super) use settle::{Verdict, conclude};

/// An answer that belongs to a submit of an earlier run is as old as this at most: longer than
/// any modem's submit timer.
const ANSWER_MS: i64 = 10 * 60 * 1000;

/// A message that evidence or its policy has moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) id: MessageId,
    pub(crate) state: State,
    pub(crate) carrier: Carrier,
    pub(crate) reason: Option<Reason>,
    /// It waits again, in this lane and from this time on.
    pub(crate) again: Option<(Lane, Time)>,
}

/// What a modem said that no job of this run had asked for: the end of a submit of the run before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// `+CMGS: <mr>`, or a `submit_sm_resp` with `ESME_ROK`.
    Accepted(Reference),
    /// `+CMS ERROR`, or another status: the network did not take it.
    Refused(Reason),
}

/// What became of a person's word on a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    Done(Settled),
    NotFound,
    /// It is in this state: there is nothing to resolve.
    Refused(State),
}

/// A part whose fate is about to become unknown.
pub(super) struct NewDoubt<'a> {
    pub(super) part: u16,
    /// No part follows it.
    pub(super) last: bool,
    pub(super) carrier: &'a Carrier,
    pub(super) reason: &'a Reason,
    /// The modem answered with a code that leaves it open: it has used a TP-MR up.
    pub(super) numbered: bool,
    pub(super) at: Time,
    pub(super) decide_at: Time,
}

/// A doubt that evidence may settle.
pub(super) struct Unsettled {
    row: i64,
    pub(super) message: RowId,
    pub(super) part: u16,
    last: bool,
    pub(super) carrier: Carrier,
    handed_at: Time,
    after_mr: Option<u8>,
    refused_before: u32,
    ahead: u32,
    numbered: bool,
    /// How often it was sent again before.
    resends: u32,
}

impl Store {
    /// Lets the policies decide what no evidence has settled until `now`, at most `limit`. No part
    /// is sent again more than `max_resends` times; then it is held.
    pub(crate) async fn decide(
        &self,
        now: Time,
        limit: usize,
        max_resends: u32,
    ) -> Result<Vec<Settled>, StoreError> {
        self.write(Need::Progress, move |tx| {
            decide(tx, now, limit, max_resends)
        })
        .await
    }

    /// When the next policy has to decide.
    pub(crate) async fn next_decision(&self) -> Result<Option<Time>, StoreError> {
        let first = "SELECT min(decide_at) FROM doubts WHERE conclusion = 0";
        self.read_queue(move |reader| {
            Ok(reader
                .prepare_cached(first)?
                .query_row([], |row| row.get(0))?)
        })
        .await
    }

    /// Takes an answer to a submit of an earlier run; empty when it fits none.
    pub(crate) async fn claim_answer(
        &self,
        iccid: &Iccid,
        answer: Answer,
        at: Time,
    ) -> Result<Vec<Settled>, StoreError> {
        let iccid = iccid.clone();
        self.write(Need::Progress, move |tx| {
            claim_answer(tx, &iccid, &answer, at)
        })
        .await
    }

    /// Takes a person's word for whether an uncertain message went out.
    pub(crate) async fn resolve(
        &self,
        id: MessageId,
        sent: bool,
        at: Time,
        audit: Option<NewAudit>,
    ) -> Result<Resolved, StoreError> {
        self.write(Need::Progress, move |tx| {
            let resolved = resolve(tx, id, sent, at)?;
            if let Resolved::Done(_) = resolved {
                append_some(tx, audit.as_ref())?;
            }
            Ok(resolved)
        })
        .await
    }

    /// A SIM's TP-MR may have begun anew: its modem has booted.
    pub(crate) async fn numbers_lost(&self, iccid: &Iccid) -> Result<(), StoreError> {
        let iccid = iccid.to_string();
        self.write(Need::Progress, move |tx| broken(tx, &iccid))
            .await
    }

    /// When the last part that an earlier run left with a modem was handed over, if any is open.
    pub(crate) async fn left_on_air(&self) -> Result<Option<Time>, StoreError> {
        let last = "SELECT max(handed_at) FROM doubts
            WHERE conclusion = 0 AND reason_code = ?1 AND sim NOT LIKE 'uplink:%'";
        self.read_queue(move |reader| {
            let code = super::recovery::CODE;
            Ok(reader
                .prepare_cached(last)?
                .query_row([code], |row| row.get(0))?)
        })
        .await
    }

    /// The longest that one of the last parts took from the modem to its answer, in ms.
    pub(crate) async fn longest_submit(&self) -> Result<Option<i64>, StoreError> {
        let longest = "SELECT max(sent_at - handed_at) FROM (
                SELECT p.sent_at, p.handed_at FROM parts p
                WHERE p.sent_at IS NOT NULL AND p.handed_at IS NOT NULL AND NOT EXISTS
                    (SELECT 1 FROM doubts d WHERE d.message = p.message AND d.part = p.seq)
                ORDER BY p.message DESC LIMIT 200)";
        self.read_queue(move |reader| {
            Ok(reader
                .prepare_cached(longest)?
                .query_row([], |row| row.get(0))?)
        })
        .await
    }
}

/// Opens the doubt of a part that is uncertain now. A report that overtook the answer may settle
/// it at once.
pub(super) fn open(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    new: &NewDoubt<'_>,
) -> Result<Vec<Settled>, StoreError> {
    let handed: Option<Time> = tx
        .prepare("SELECT handed_at FROM parts WHERE message = ?1 AND seq = ?2")?
        .query_row(params![message.row, new.part], |row| row.get(0))
        .optional()?
        .flatten();
    let resends: u32 = tx
        .prepare("DELETE FROM doubts WHERE message = ?1 AND part = ?2 RETURNING resends")?
        .query_row(params![message.row, new.part], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    let carrier = new.carrier.to_string();
    let count = numbers::read(tx, &carrier)?;
    let ahead = count.refused + numbers::countable(tx, &carrier)?;
    tx.execute(
        "INSERT INTO doubts (message, part, last, sim, imei, handed_at, since, reason_code, reason_detail,
             after_mr, refused_before, ahead, numbered, countable, decide_at, conclusion, resends)
         VALUES (?1, ?2, ?3, ?4, (SELECT imei FROM sims WHERE iccid = ?4),
             ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        params![
            message.row,
            new.part,
            new.last,
            carrier,
            handed.unwrap_or(new.at),
            new.at,
            new.reason.code,
            new.reason.detail,
            count.mr,
            count.refused,
            ahead,
            new.numbered,
            count.mr.is_some(),
            new.decide_at,
            Conclusion::Open,
            resends
        ],
    )?;
    let Some(doubt) = of_part(tx, message.row, new.part)? else {
        return Ok(Vec::new());
    };
    if doubt.carrier.uplink().is_some() {
        return receipts::settle_from_early(tx, &doubt, &message.to, new.at);
    }
    match reports::take_orphan(tx, &doubt, &message.to)? {
        Some((mr, orphan)) => {
            let settled = reported(tx, &doubt, mr, new.at)?;
            reports::apply_orphan(tx, &doubt, &orphan)?;
            Ok(settled)
        }
        None => Ok(Vec::new()),
    }
}

/// A status report says that the part went out with this TP-MR.
pub(super) fn reported(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    mr: u8,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let detail = format!("a status report came with TP-MR {mr}");
    let verdict = Verdict::sent(Evidence::StatusReport, Reference::Mr(mr), detail);
    settle_numbered(tx, doubt, &verdict, at)
}

/// Concludes that a part went out, and what its TP-MR says about those before it.
fn settle_numbered(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    verdict: &Verdict,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let mut settled = conclude(tx, doubt, verdict, at)?;
    if let Some(mr) = verdict.reference.mr() {
        settled.extend(numbers::accepted(
            tx,
            &doubt.carrier.to_string(),
            mr,
            Some(doubt),
            at,
        )?);
    }
    Ok(settled)
}

/// The end of a submit that came late, in the run that made it.
pub(super) fn answered(
    tx: &mut Tx<'_>,
    (message, part): (RowId, u16),
    answer: &Answer,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    match of_part(tx, message, part)? {
        Some(doubt) => take_answer(tx, &doubt, answer, at),
        None => Ok(Vec::new()),
    }
}

fn take_answer(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    answer: &Answer,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    match answer {
        Answer::Accepted(reference) => {
            let detail = match reference {
                Reference::Mr(mr) => format!("the modem's answer came late: TP-MR {mr}"),
                Reference::Smsc(id) => format!("the SMSC's answer came late: message_id {id}"),
                Reference::None => "the answer came late".to_owned(),
            };
            let verdict = Verdict::sent(Evidence::LateAnswer, reference.clone(), detail);
            settle_numbered(tx, doubt, &verdict, at)
        }
        Answer::Refused(reason) => {
            let detail = format!("the refusal came late: {}", reason.code);
            let verdict = Verdict::not_sent(Evidence::LateAnswer, detail);
            let settled = conclude(tx, doubt, &verdict, at)?;
            numbers::refused_late(tx, doubt)?;
            Ok(settled)
        }
    }
}

/// Of a part whose port went away before the answer. The engine that listens on it when it is back
/// is another one, which never heard of the part.
const PORT_CLOSED: &str = "modem-gone";

/// The answer of a modem to a submit that was left on the air, where only one can be meant.
fn claim_answer(
    tx: &mut Tx<'_>,
    iccid: &Iccid,
    answer: &Answer,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    // A numbered one has had its answer.
    let mut select = tx.prepare(
        "SELECT *, reason_code IN (?2, ?3) AS left_behind FROM doubts
         WHERE sim = ?1 AND imei IS (SELECT imei FROM sims WHERE iccid = ?1)
             AND (conclusion = 0 OR conclusion = 4) AND numbered = 0
             AND handed_at >= ?4 ORDER BY row",
    )?;
    let codes = (super::recovery::CODE, PORT_CLOSED);
    let params = params![iccid.as_str(), codes.0, codes.1, at.0 - ANSWER_MS];
    let mut left: Vec<(Unsettled, bool)> = select
        .query_map(params, |row| Ok((unsettled(row)?, row.get("left_behind")?)))?
        .collect::<Result<_, _>>()?;
    drop(select);
    left.retain(|(doubt, _)| doubt.can_have(answer));
    match left.as_slice() {
        [(doubt, true)] if doubt.after_mr.is_some() => take_answer(tx, doubt, answer, at),
        // None, or several: a part may never have reached the modem, so the last one in the store
        // need not be the last that it had. Where the count is not known any number would fit,
        // also that of a part which has been settled.
        _ => {
            tracing::warn!(%iccid, "an answer does not tell which part it belongs to");
            Ok(Vec::new())
        }
    }
}

fn decide(
    tx: &mut Tx<'_>,
    now: Time,
    limit: usize,
    max_resends: u32,
) -> Result<Vec<Settled>, StoreError> {
    let due: Vec<(Unsettled, OnUncertain, String)> = tx
        .prepare(
            "SELECT d.*, m.on_uncertain, m.peer FROM doubts d JOIN messages m ON m.row = d.message
             WHERE d.conclusion = 0 AND d.decide_at <= ?1 ORDER BY d.decide_at LIMIT ?2",
        )?
        .query_map(params![now, rows(limit)], |row| {
            Ok((unsettled(row)?, row.get("on_uncertain")?, row.get("peer")?))
        })?
        .collect::<Result<_, _>>()?;
    let mut settled = Vec::new();
    for (doubt, policy, to) in due {
        if doubt.carrier.uplink().is_some() {
            let moved = receipts::settle_from_early(tx, &doubt, &to, now)?;
            if !moved.is_empty() {
                settled.extend(moved);
                continue;
            }
        }
        let resends = policy == OnUncertain::Resend && doubt.resends < max_resends;
        let verdict = if resends {
            Verdict::resent()
        } else {
            Verdict::held(doubt.resends)
        };
        settled.extend(conclude(tx, &doubt, &verdict, now)?);
        if resends {
            // The same part may take a number twice.
            broken(tx, &doubt.carrier.to_string())?;
        }
    }
    Ok(settled)
}

fn resolve(tx: &mut Tx<'_>, id: MessageId, sent: bool, at: Time) -> Result<Resolved, StoreError> {
    let found: Option<(RowId, State)> = tx
        .prepare("SELECT row, state FROM messages WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((row, state)) = found else {
        return Ok(Resolved::NotFound);
    };
    let doubt = tx
        .prepare(
            "SELECT * FROM doubts WHERE message = ?1 AND (conclusion = 0 OR conclusion = 4)
             ORDER BY part LIMIT 1",
        )?
        .query_row([row], unsettled)
        .optional()?;
    let Some(doubt) = doubt else {
        return Ok(Resolved::Refused(state));
    };
    let detail = "an operator said so".to_owned();
    let verdict = if sent {
        Verdict::sent(Evidence::Operator, Reference::None, detail)
    } else {
        Verdict::not_sent(Evidence::Operator, detail)
    };
    let settled = conclude(tx, &doubt, &verdict, at)?;
    broken(tx, &doubt.carrier.to_string())?;
    let settled = settled.into_iter().next();
    Ok(settled.map_or(Resolved::Refused(state), Resolved::Done))
}

impl Unsettled {
    /// Whether an answer that nobody waited for can be the part's.
    fn can_have(&self, answer: &Answer) -> bool {
        match answer {
            Answer::Accepted(reference) => {
                (reference.mr()).is_none_or(|mr| self.fits(mr) != Some(false))
            }
            Answer::Refused(_) => true,
        }
    }

    /// Whether a report with this TP-MR can be about the part; `None` when its SIM's count was not
    /// known, so that any number may be right.
    pub(super) fn fits(&self, mr: u8) -> Option<bool> {
        Some(count::can_be(mr, self.after_mr?, self.ahead))
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.row == other.row
    }

    pub(super) fn handed_at(&self) -> Time {
        self.handed_at
    }
}

/// Doubts of a SIM that evidence can still settle, newest first, with their recipients.
pub(super) fn unsettled_of(
    tx: &Tx<'_>,
    iccid: &str,
) -> Result<Vec<(Unsettled, String)>, StoreError> {
    let mut select = tx.prepare(
        "SELECT d.*, m.peer FROM doubts d JOIN messages m ON m.row = d.message
         WHERE d.sim = ?1 AND (d.conclusion = 0 OR d.conclusion = 4) ORDER BY d.row DESC",
    )?;
    let found = select.query_map([iccid], |row| Ok((unsettled(row)?, row.get("peer")?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn of_part(tx: &Tx<'_>, message: RowId, part: u16) -> Result<Option<Unsettled>, StoreError> {
    let mut select = tx.prepare(
        "SELECT * FROM doubts WHERE message = ?1 AND part = ?2
             AND (conclusion = 0 OR conclusion = 4)",
    )?;
    Ok(select
        .query_row(params![message, part], unsettled)
        .optional()?)
}

fn unsettled(row: &Row<'_>) -> rusqlite::Result<Unsettled> {
    Ok(Unsettled {
        row: row.get("row")?,
        message: row.get("message")?,
        part: row.get("part")?,
        last: row.get("last")?,
        carrier: row.get::<_, Parsed<Carrier>>("sim")?.0,
        handed_at: row.get("handed_at")?,
        after_mr: row.get("after_mr")?,
        refused_before: row.get("refused_before")?,
        ahead: row.get("ahead")?,
        numbered: row.get("numbered")?,
        resends: row.get("resends")?,
    })
}

/// The lane of a message, and its name.
fn lane_of(tx: &Tx<'_>, row: RowId) -> Result<(MessageId, Lane), StoreError> {
    let mut select = tx.prepare("SELECT id, priority, lane FROM messages WHERE row = ?1")?;
    Ok(select.query_row([row], |columns| {
        let text: String = columns.get(2)?;
        Ok((columns.get(0)?, lane(columns.get(1)?, &text)?))
    })?)
}

/// The doubts of a message for the API, by part.
pub(super) fn of_message(
    reader: &rusqlite::Connection,
    message: RowId,
) -> Result<Vec<(u16, Doubt)>, StoreError> {
    let mut select = reader.prepare_cached("SELECT * FROM doubts WHERE message = ?1")?;
    let found = select.query_map([message], |row| Ok((row.get("part")?, shown(row)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn shown(row: &Row<'_>) -> rusqlite::Result<Doubt> {
    Ok(Doubt {
        since: row.get("since")?,
        reason: reason(row)?.unwrap_or_else(|| Reason::new("", "")),
        decide_at: row.get("decide_at")?,
        conclusion: row.get("conclusion")?,
        evidence: row.get("evidence")?,
        concluded_at: row.get("concluded_at")?,
        resends: row.get("resends")?,
    })
}
