//! Parts of which it is not known whether they went out, and how evidence settles them.
//!
//! A doubt is opened when a part was handed to a modem and its result was never seen. Evidence
//! settles it: a late answer (`answers`), a status report (`reports::owner`), the TP-MR of the next
//! message (`numbers`). What none has settled in time is decided by the message's policy.
//!
//! A conclusion is drawn only where it holds in every world that fits what was seen. These are the
//! worlds, and what keeps each from making a conclusion false; `tests::worlds` makes those of a SIM
//! up and looks at every conclusion.
//!
//! | what may be so | what follows |
//! |---|---|
//! | the part went out, or the modem never had it, or the network refused it and the answer was lost | no number used in between: it did not go out; a number used: it went out only where a refusal by the network was seen to use none, and none was seen to use one |
//! | a modem takes a number when it begins, when it transmits, or when the network has accepted | a refusal by the modem itself tells nothing of that, one by the network does |
//! | an answer lost its number, and the part is sent without one | the count is not known until the next number; reports of its recipient may be its own |
//! | a number lost digits on the line (`12` read as `2`) | it is too far away to fit what lies between, then the count is not known, and the part is rather without a number, or both parts where it may be either (`misread`); a report is not believed where a part of its recipient may really have its number |
//! | the count began anew with 0 or 1, and nobody was told | a number that may be so soon after that proves nothing, nor does one that does not follow |
//! | another part to the recipient is on its way, in doubt, without a number, or had its report already | a report that may be another's settles none |
//! | a part was sent again, or a person said that it did not go out, and yet it did | its report may still come (`strays`): the same |
//! | a refusal was the answer to something else, and the part went out | the same, unless the network gave the reason; its `+CMGS` settles it as long as only it can be meant (`refuted`) |
//! | an SMSC names a part in its receipt otherwise than in its answer (decimal and hexadecimal), or reports twice | a receipt under an id that a part of its recipient has, in whatever notation, is that part's and settles no other; while one has no answer yet, it may be that one's |
//! | an answer comes to a run that has not asked for it, and its part has been settled by something else meanwhile | it is the last one's that the modem had: an older part gets it only where no other, in doubt or settled without its answer, can have had it |
//! | a report is lost, comes late, or before the answer | that none came is no evidence; early ones are looked at again when something has been settled, for parts that were handed over before them |
//!
//! What is taken for granted: nobody else sends through the SIM, a modem handles one submit at a
//! time, reports and IMEIs are what they say, and at most one number in a row loses digits.

mod answers;
mod count;
mod misread;
mod numbers;
mod policy;
mod refuted;
mod settle;
mod strays;

use model::{
    Carrier, Change, Conclusion, Doubt, Evidence as By, Iccid, Lane, MessageId, Reason, RowId,
    State, Time,
};
use rusqlite::{OptionalExtension as _, Row};

use crate::StoreError;
use crate::columns::{Parsed, lane, reason};
use crate::evidence::Evidence;
use crate::evidence::reference::Reference;
use crate::evidence::{receipts, reports};
use crate::machine::writer::{Need, Tx};
use crate::tables::outbound::Outbound;
use crate::values::{RowExt as _, params};

pub use answers::Answer;
pub(crate) use answers::{Late, answered};
pub(crate) use count::may_be_read_as;
pub(crate) use misread::believed;
pub(crate) use numbers::{Spent, accepted, another_modem, broken, refused};
pub use policy::Resolved;
pub(crate) use refuted::sent_before;
pub(crate) use settle::{Verdict, conclude};
pub(crate) use strays::{may_report as has_stray, prune as prune_strays};
#[cfg(test)]
pub(crate) use {
    answers::claim_answer,
    policy::{decide, resolve},
};

/// A message that evidence or its policy has moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub id: MessageId,
    pub to: String,
    pub state: State,
    pub carrier: Carrier,
    pub reason: Option<Reason>,
    /// It waits again, in this lane and from this time on.
    pub again: Option<(Lane, Time)>,
}

impl Settled {
    /// As it is told.
    pub fn change(&self) -> Change<'_> {
        Change {
            number: Some(&self.to),
            carrier: Some(&self.carrier),
            reason: self.reason.as_ref(),
            ..Change::of(self.id, self.state)
        }
    }
}

/// A part whose fate is about to become unknown.
pub(crate) struct NewDoubt<'a> {
    pub(crate) part: u16,
    /// No part follows it.
    pub(crate) last: bool,
    pub(crate) carrier: &'a Carrier,
    pub(crate) reason: &'a Reason,
    /// The modem answered with a code that leaves it open: it has used a TP-MR up.
    pub(crate) numbered: bool,
    pub(crate) at: Time,
    pub(crate) decide_at: Time,
}

/// A doubt that evidence may settle.
pub(crate) struct Unsettled {
    row: i64,
    pub(crate) message: RowId,
    pub(crate) part: u16,
    last: bool,
    pub(crate) carrier: Carrier,
    handed_at: Time,
    after_mr: Option<u8>,
    refused_before: u32,
    ahead: u32,
    numbered: bool,
    /// No number has come after it yet, and the count was not broken.
    countable: bool,
    /// How often it was sent again before.
    resends: u32,
}

impl Evidence {
    /// A SIM's TP-MR may have begun anew: its modem has booted.
    pub async fn numbers_lost(&self, iccid: &Iccid) -> Result<(), StoreError> {
        let iccid = iccid.to_string();
        self.file
            .write(Need::Progress, move |tx| broken(tx, &iccid))
            .await
    }

    /// When the last part that an earlier run left with a modem was handed over, if any is open.
    pub async fn left_on_air(&self) -> Result<Option<Time>, StoreError> {
        let last = "SELECT max(handed_at) FROM doubts
            WHERE conclusion = 0 AND reason_code = ?1 AND sim NOT LIKE 'uplink:%'";
        self.file
            .read(move |reader| {
                let code = crate::evidence::recovery::CODE;
                Ok(reader
                    .prepare_cached(last)?
                    .query_row([code], |row| row.col(0))?)
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
            .read(move |reader| {
                Ok(reader
                    .prepare_cached(longest)?
                    .query_row([], |row| row.col(0))?)
            })
            .await
    }
}

/// Opens the doubt of a part that is uncertain now. A report that overtook the answer may settle
/// it at once.
pub(crate) fn open(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    new: &NewDoubt<'_>,
) -> Result<Vec<Settled>, StoreError> {
    let handed: Option<Time> = tx
        .prepare("SELECT handed_at FROM parts WHERE message = ?1 AND seq = ?2")?
        .query_row(params![message.row, new.part], |row| row.col(0))
        .optional()?
        .flatten();
    let resends: u32 = tx
        .prepare("DELETE FROM doubts WHERE message = ?1 AND part = ?2 RETURNING resends")?
        .query_row(params![message.row, new.part], |row| row.col(0))
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
    reconsider(tx, &doubt, message, new.at)
}

/// What a report says that came before its part was in doubt, or when it may have been another's.
fn reconsider(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    message: &mut Outbound,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    if doubt.carrier.uplink().is_some() {
        return receipts::reconsider(tx, doubt, message, at);
    }
    let carrier = doubt.carrier.to_string();
    reports::reconsider(tx, &carrier, (&message.to, doubt.handed_at), at)
}

/// A status report says that the part went out with this TP-MR.
pub(crate) fn reported(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    mr: u8,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let detail = format!("a status report came with TP-MR {mr}");
    let verdict = Verdict::sent(By::StatusReport, Reference::Mr(mr), detail);
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
    let carrier = doubt.carrier.to_string();
    match (verdict.reference.mr(), settled.first()) {
        (Some(mr), _) => {
            settled.extend(numbers::accepted(tx, &carrier, mr, Some(doubt), at)?);
        }
        (None, Some(first)) if doubt.carrier.uplink().is_none() => {
            let to = first.to.clone();
            if doubt.countable {
                // It has used a number up, and nobody knows which.
                broken(tx, &carrier)?;
            }
            // Its report may have been first.
            settled.extend(reports::reconsider(
                tx,
                &carrier,
                (&to, doubt.handed_at),
                at,
            )?);
        }
        (None, _) => {}
    }
    Ok(settled)
}

impl Unsettled {
    /// Whether an answer that nobody waited for can be the part's.
    fn can_have(&self, answer: &Answer) -> bool {
        match answer {
            Answer::Accepted(reference) => reference.mr().is_none_or(|mr| self.might_have(mr)),
            Answer::Refused(_) => true,
        }
    }

    /// Whether it is, where no other part can: where the count is not known any number would fit,
    /// also that of a part which has been settled.
    fn is_meant_by(&self, answer: &Answer) -> bool {
        let Some(after) = self.after_mr else {
            return false;
        };
        match answer {
            Answer::Accepted(reference) => reference
                .mr()
                .is_none_or(|mr| count::can_be(mr, after, self.ahead)),
            Answer::Refused(_) => true,
        }
    }

    /// Whether anything lets it have this TP-MR: where its SIM's count was not known, any number.
    pub(crate) fn might_have(&self, mr: u8) -> bool {
        self.after_mr
            .is_none_or(|after| count::might_be(mr, after, self.ahead))
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        self.row == other.row
    }

    /// Nothing has been concluded since it was read.
    fn is_open(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        let mut select = tx.prepare("SELECT conclusion = 0 FROM doubts WHERE row = ?1")?;
        let open = select.query_row([self.row], |row| row.col(0));
        Ok(open.optional()?.unwrap_or(false))
    }

    pub(crate) fn handed_at(&self) -> Time {
        self.handed_at
    }
}

/// Doubts of a SIM or an uplink that a report can still settle, newest first, with their recipients.
pub(crate) fn unsettled_of(
    tx: &Tx<'_>,
    iccid: &str,
) -> Result<Vec<(Unsettled, String)>, StoreError> {
    let mut select = tx.prepare(
        "SELECT d.*, m.peer FROM doubts d JOIN messages m ON m.row = d.message
         WHERE d.sim = ?1 AND (d.conclusion = 0 OR d.conclusion = 4) AND m.status_report = 1
         ORDER BY d.row DESC",
    )?;
    let found = select.query_map([iccid], |row| Ok((unsettled(row)?, row.col("peer")?)))?;
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
        row: row.col("row")?,
        message: row.col("message")?,
        part: row.col("part")?,
        last: row.col("last")?,
        carrier: row.col::<Parsed<Carrier>>("sim")?.0,
        handed_at: row.col("handed_at")?,
        after_mr: row.col("after_mr")?,
        refused_before: row.col("refused_before")?,
        ahead: row.col("ahead")?,
        numbered: row.col("numbered")?,
        countable: row.col("countable")?,
        resends: row.col("resends")?,
    })
}

/// The lane of a message, and its name.
fn lane_of(tx: &Tx<'_>, row: RowId) -> Result<(MessageId, Lane), StoreError> {
    let mut select = tx.prepare("SELECT id, priority, lane FROM messages WHERE row = ?1")?;
    Ok(select.query_row(params![row], |columns| {
        let text: String = columns.col(2)?;
        Ok((columns.col(0)?, lane(columns.col(1)?, &text)?))
    })?)
}

/// The doubts of a message for the API, by part.
pub(crate) fn of_message(
    reader: &rusqlite::Connection,
    message: RowId,
) -> Result<Vec<(u16, Doubt)>, StoreError> {
    let mut select = reader.prepare_cached("SELECT * FROM doubts WHERE message = ?1")?;
    let found = select.query_map(params![message], |row| Ok((row.col("part")?, shown(row)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn shown(row: &Row<'_>) -> rusqlite::Result<Doubt> {
    Ok(Doubt {
        since: row.col("since")?,
        reason: reason(row)?.unwrap_or_else(|| Reason::new("", "")),
        decide_at: row.col("decide_at")?,
        conclusion: row.col("conclusion")?,
        evidence: row.col("evidence")?,
        concluded_at: row.col("concluded_at")?,
        resends: row.col("resends")?,
    })
}
