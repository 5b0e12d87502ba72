//! Answers of modems and SMSCs that come when nobody waits for them any more.

use model::{ConcludedBy, Conclusion, Iccid, ReasonCode, Time};
use rusqlite::Row;

use super::doubts::settle::{Verdict, conclude};
use super::doubts::{Unsettled, counted, of_part, unsettled};
use super::numbers::settle_numbered;
use super::reference::{Late, LateAnswer, Reference};
use super::settled::Settled;
use super::{Evidence, count, misread, refuted};
use crate::StoreError;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::{Need, Tx};
use crate::values::{RowExt as _, params, readable};

/// An answer that belongs to a submit of an earlier run is as old as this at most: longer than
/// any modem's submit timer.
const ANSWER_MS: i64 = 10 * 60 * 1000;

impl Evidence {
    /// Takes an answer to a submit of an earlier run; what moved by it.
    pub async fn claim_answer(
        &self,
        iccid: &Iccid,
        answer: LateAnswer,
        at: Time,
    ) -> Result<Vec<Settled>, StoreError> {
        let iccid = iccid.clone();
        self.file
            .write(Need::Ongoing, move |tx| {
                claim_answer(tx, &iccid, &answer, at)
            })
            .await
    }

    /// A SIM's TP-MR may have begun anew: its modem has booted.
    pub async fn numbers_lost(&self, iccid: &Iccid) -> Result<(), StoreError> {
        let carrier = iccid.clone().into();
        self.file
            .write(Need::Ongoing, move |tx| counted::broken(tx, &carrier))
            .await
    }

    /// When the last part that an earlier run left with a modem was handed over, if any is open.
    pub async fn left_on_air(&self) -> Result<Option<Time>, StoreError> {
        let last = "SELECT max(handed_at) FROM doubts
            WHERE conclusion = 0 AND reason_code = ?1 AND carrier NOT LIKE 'uplink:%'";
        self.file
            .read(move |reader| {
                let code = ReasonCode::Interrupted.as_str();
                reader.one(last, [code], only)
            })
            .await
    }

    /// The longest that one of the last parts took from the modem to its answer, in ms.
    pub async fn longest_submit(&self) -> Result<Option<i64>, StoreError> {
        let longest = "SELECT max(sent_at - handed_at) FROM (
                SELECT p.sent_at, p.handed_at FROM parts p
                WHERE p.sent_at IS NOT NULL AND p.handed_at IS NOT NULL AND NOT EXISTS
                    (SELECT 1 FROM doubts d WHERE d.message = p.message AND d.part = p.seq)
                ORDER BY p.message DESC LIMIT 200)";
        self.file
            .read(move |reader| reader.one(longest, [], only))
            .await
    }
}

pub(crate) fn answered(tx: &mut Tx<'_>, late: &Late<'_>) -> Result<Vec<Settled>, StoreError> {
    let doubt = of_part(tx, late.message, late.part)?;
    // Of a part that was given to another carrier meanwhile, this is about the first time.
    let doubt = doubt.filter(|doubt| doubt.carrier == *late.carrier && late.refused.is_none());
    match (doubt, late.answer) {
        (Some(doubt), answer) => take_answer(tx, &doubt, answer, late.at),
        (None, LateAnswer::Accepted(reference)) => {
            let believed = misread::believed(tx, late.carrier, reference)?;
            let mut settled = refuted::refuted(tx, late, &believed.reference)?;
            let part = (late.message, late.part);
            settled.extend(believed.explain(tx, part, late.carrier, late.at)?);
            Ok(settled)
        }
        (None, LateAnswer::Refused(_)) => Ok(Vec::new()),
    }
}

fn take_answer(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    answer: &LateAnswer,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    match answer {
        LateAnswer::Accepted(reference) => {
            let believed = misread::believed_of(doubt, reference);
            let reference = believed.reference.clone();
            let detail = match &reference {
                Reference::Mr(mr) => format!("the modem's answer came late: TP-MR {mr}"),
                Reference::Smsc(id) => format!("the SMSC's answer came late: message_id {id}"),
                Reference::None => "the answer came late".to_owned(),
            };
            let verdict = Verdict::sent(ConcludedBy::LateAnswer, reference, detail);
            let mut settled = settle_numbered(tx, doubt, &verdict, at)?;
            let part = (doubt.message, doubt.part);
            settled.extend(believed.explain(tx, part, &doubt.carrier, at)?);
            Ok(settled)
        }
        LateAnswer::Refused(reason) => {
            let detail = format!("the refusal came late: {}", reason.code);
            let verdict = Verdict::not_sent(ConcludedBy::LateAnswer, detail);
            let settled = conclude(tx, doubt, &verdict, at)?;
            counted::refused_late(tx, doubt)?;
            Ok(settled)
        }
    }
}

/// The answer of a modem to a submit that was left on the air, where only one can be meant.
pub(crate) fn claim_answer(
    tx: &mut Tx<'_>,
    iccid: &Iccid,
    answer: &LateAnswer,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let oldest = Time(at.0 - ANSWER_MS);
    let Some(mut left) = left_on_air(tx, iccid, oldest)? else {
        return unclaimed(tx, iccid, answer, at);
    };
    // Of one that was sent again it may be the answer of the time before.
    left.retain(|(doubt, _)| doubt.can_have(answer) || doubt.resends > 0);
    let refused = refuted::last_refused(tx, iccid, answer, oldest)?;
    let first = left.first().map(|(doubt, _)| doubt.row);
    if may_be_of_a_settled_one(tx, iccid, answer, (oldest, first))? {
        tracing::info!(%iccid, "an answer may be that of a part that is settled without it");
        return unclaimed(tx, iccid, answer, at);
    }
    match (left.as_slice(), refused) {
        ([(doubt, true)], None) if doubt.is_meant_by(answer) => take_answer(tx, doubt, answer, at),
        ([], Some(((message, part, last), true))) => {
            let late = Late {
                message,
                part,
                carrier: &iccid.clone().into(),
                refused: Some(last),
                answer,
                at,
            };
            answered(tx, &late)
        }
        // None, or several: a part may never have reached the modem, so the last one in the store
        // need not be the last that it had. Where the count is not known any number would fit,
        // also that of a part which has been settled.
        _ => {
            tracing::warn!(%iccid, "an answer does not tell which part it belongs to");
            unclaimed(tx, iccid, answer, at)
        }
    }
}

/// It settles none; but the number of an acceptance is one of the SIM's.
fn unclaimed(
    tx: &mut Tx<'_>,
    iccid: &Iccid,
    answer: &LateAnswer,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    match answer {
        LateAnswer::Accepted(Reference::Mr(mr)) => {
            misread::heard(tx, &iccid.clone().into(), *mr, at)
        }
        _ => Ok(Vec::new()),
    }
}

/// The parts in doubt that have had no answer, oldest first, with whether the engine that had them
/// is gone. None where one of them makes no sense: the answer may be that one's.
fn left_on_air(
    tx: &Tx<'_>,
    iccid: &Iccid,
    oldest: Time,
) -> Result<Option<Vec<(Unsettled, bool)>>, StoreError> {
    // A numbered one has had its answer.
    let sql = "SELECT *, reason_code IN (?2, ?3) AS left_behind FROM doubts
        WHERE carrier = ?1 AND imei IS (SELECT imei FROM sims WHERE iccid = ?1)
            AND (conclusion = 0 OR conclusion = 4) AND numbered = 0
            AND handed_at >= ?4 ORDER BY row";
    let [interrupted, gone] =
        [ReasonCode::Interrupted, ReasonCode::ModemGone].map(ReasonCode::as_str);
    let params = params![iccid, interrupted, gone, oldest];
    let one = |row: &Row<'_>| Ok((unsettled(row)?, row.col("left_behind")?));
    let left = tx.all(sql, params, |row| readable(one(row)))?;
    Ok(left.into_iter().collect())
}

/// Whether the answer may be that of a part which something else has settled before it came: its
/// report, the next number, a person, or the policy. One that is behind the `first` that is left is
/// not too old, whatever the clock said.
fn may_be_of_a_settled_one(
    tx: &Tx<'_>,
    iccid: &Iccid,
    answer: &LateAnswer,
    (oldest, first): (Time, Option<i64>),
) -> Result<bool, StoreError> {
    // `conclusion <> 0 AND conclusion <> 4` is what the partial index is for.
    let mut select = tx.prepare(
        "SELECT d.*, p.mr FROM doubts d JOIN parts p ON p.message = d.message AND p.seq = d.part
         WHERE d.carrier = ?1 AND d.imei IS (SELECT imei FROM sims WHERE iccid = ?1)
             AND d.conclusion <> 0 AND d.conclusion <> 4 AND d.evidence <> ?2 AND d.numbered = 0
             AND (d.handed_at >= ?3 OR d.row > ?4)",
    )?;
    let first = first.unwrap_or(i64::MAX);
    let key = params![iccid, ConcludedBy::LateAnswer, oldest, first];
    let mut rows = select.query(key)?;
    while let Some(row) = rows.next()? {
        let Some(doubt) = readable(unsettled(row))? else {
            return Ok(true);
        };
        let may_be = match (row.col("conclusion")?, row.col("evidence")?) {
            // The modem never had it.
            (Conclusion::NotSent, ConcludedBy::NextReference) => false,
            (Conclusion::Sent, ConcludedBy::StatusReport | ConcludedBy::NextReference) => {
                answers_accepted(answer, row.col("mr")?)
            }
            _ => doubt.can_have(answer),
        };
        if may_be {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether it may be the answer to what the network accepted with this number.
fn answers_accepted(answer: &LateAnswer, had: Option<u8>) -> bool {
    match (answer, had) {
        (LateAnswer::Refused(_), _) => false,
        (LateAnswer::Accepted(Reference::Mr(mr)), Some(had)) => {
            *mr == had || count::may_be_read_as(had, *mr)
        }
        (LateAnswer::Accepted(_), _) => true,
    }
}

impl Unsettled {
    /// Whether an answer that nobody waited for can be the part's.
    fn can_have(&self, answer: &LateAnswer) -> bool {
        match answer {
            LateAnswer::Accepted(reference) => reference.mr().is_none_or(|mr| self.might_have(mr)),
            LateAnswer::Refused(_) => true,
        }
    }

    /// Whether it is, where no other part can: where the count is not known any number would fit,
    /// also that of a part which has been settled.
    fn is_meant_by(&self, answer: &LateAnswer) -> bool {
        let Some(after) = self.after_mr else {
            return false;
        };
        match answer {
            LateAnswer::Accepted(reference) => reference
                .mr()
                .is_none_or(|mr| count::can_be(mr, after, self.ahead)),
            LateAnswer::Refused(_) => true,
        }
    }
}
