//! Receipts of uplinks find their part (SMPP 3.4 §2.11, appendix B).

mod early;

use crate::StoreError;
use crate::columns::Parsed;
use crate::evidence::Evidence;
use crate::evidence::doubts::{self, Settled, Unsettled, Verdict as Conclusion};
use crate::evidence::reference::Reference;
use crate::evidence::reports::{ReportClass, Verdict, apply};
use crate::machine::writer::{Need, Tx};
use crate::tables::accounts::binds;
use crate::tables::numbers::same_number;
use crate::tables::outbound::Outbound;
use crate::values::{RowExt as _, params};
use model::{Carrier, Evidence as By, MessageId, PartState, RowId, State, Time};

pub(crate) use early::{adopt, landed, reconsider};

/// After the validity an SMSC may still report.
const SLACK_MS: i64 = 24 * 3600 * 1000;

/// One receipt, ready to be committed.
#[derive(Clone, Debug)]
pub struct NewReceipt {
    pub carrier: Carrier,
    /// The message's id in the forms in which it may have been given: as it is first, then read as
    /// decimal or hexadecimal.
    pub ids: Vec<String>,
    /// One that is longer than an id may be: some parts of before have such.
    pub long_id: Option<String>,
    /// Whom the message went to, as the receipt says.
    pub recipient: String,
    pub class: ReportClass,
    /// What it is by name, unless it was delivered.
    pub code: String,
    pub text: String,
    /// When the recipient got it, where that is told.
    pub done_at: Option<Time>,
    pub received_at: Time,
}

/// What became of a receipt.
#[derive(Clone, Debug)]
pub enum Receipted {
    /// It belongs to a message that is in this state now, by this receipt or not.
    Matched {
        id: MessageId,
        state: State,
        /// By which it was sent: this uplink or another one of its account.
        carrier: Carrier,
        changed: bool,
        settled: Vec<Settled>,
    },
    /// It came before, or more of it than is waited for.
    Repeated,
    /// No part is known to be meant. Kept: the `submit_sm_resp` it belongs to may come later.
    Unmatched,
}

impl Evidence {
    /// Commits a receipt, matched to its part or not; then it may be acknowledged.
    pub async fn receipt(&self, receipt: NewReceipt) -> Result<Receipted, StoreError> {
        self.file
            .write(Need::Arrival, move |tx| take(tx, &receipt))
            .await
    }
}

pub(crate) fn take(tx: &mut Tx<'_>, receipt: &NewReceipt) -> Result<Receipted, StoreError> {
    let binds = binds(tx, &receipt.carrier.to_string())?;
    let mut settled = Vec::new();
    let mut found = find_part(tx, receipt, &binds)?;
    if found.is_none() {
        if let Some(named) = named(tx, receipt, &binds)? {
            // Or it is that of a part that has no id yet.
            early::keep(tx, receipt)?;
            return Ok(match named {
                Named::Waits => Receipted::Unmatched,
                Named::Over => Receipted::Repeated,
            });
        }
        settled = settle_doubt(tx, receipt, &binds)?;
        if !settled.is_empty() {
            found = find_part(tx, receipt, &binds)?;
        }
    }
    let Some(found) = found else {
        early::keep(tx, receipt)?;
        return Ok(Receipted::Unmatched);
    };
    let Some(mut message) = Outbound::load(tx, found.row)? else {
        return Ok(Receipted::Unmatched);
    };
    let by = receipt.carrier.to_string();
    let changed = apply(tx, &mut message, found.part, &by, &verdict(receipt))?;
    let (id, state) = (message.id, message.state);
    Ok(Receipted::Matched {
        id,
        state,
        carrier: found.carrier,
        changed,
        settled,
    })
}

/// What a part does that has one of the ids of a receipt.
enum Named {
    /// It waits for its last receipt, or has waited for it in vain.
    Waits,
    Over,
}

/// Whether a part to the recipient has one of the ids, in whatever notation: then the receipt is that
/// one's as like as not, and says nothing of another.
fn named(tx: &Tx<'_>, receipt: &NewReceipt, binds: &[String]) -> Result<Option<Named>, StoreError> {
    let mut select = tx.prepare(
        "SELECT m.peer, p.awaits FROM parts p JOIN messages m ON m.row = p.message
         WHERE p.smsc_id = ?1 AND p.sim = ?2",
    )?;
    let mut over = None;
    for (id, bind) in every(receipt, binds) {
        let mut rows = select.query([id, bind])?;
        while let Some(row) = rows.next()? {
            if same_number(&row.col::<String>(0)?, &receipt.recipient) {
                if row.col(1)? {
                    return Ok(Some(Named::Waits));
                }
                over = Some(Named::Over);
            }
        }
    }
    Ok(over)
}

/// Whether a part of this account to this recipient waits for its answer, and so for its id.
fn is_in_flight(tx: &Tx<'_>, binds: &[String], recipient: &str) -> Result<bool, StoreError> {
    let mut select = tx.prepare(
        "SELECT m.peer FROM messages m JOIN parts p ON p.message = m.row
         WHERE m.state = 2 AND p.state = ?1 AND p.sim = ?2",
    )?;
    for bind in binds {
        let mut rows = select.query(params![PartState::Sending, bind])?;
        while let Some(row) = rows.next()? {
            if same_number(&row.col::<String>(0)?, recipient) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// An uncertain part of this account for this recipient, where nothing else can be meant: an SMSC
/// reports only on what it has taken, and no part whose answer came is `named`.
fn settle_doubt(
    tx: &mut Tx<'_>,
    receipt: &NewReceipt,
    binds: &[String],
) -> Result<Vec<Settled>, StoreError> {
    let (Some(id), Some(doubt)) = (
        receipt.ids.first(),
        only_doubt(tx, binds, &receipt.recipient)?,
    ) else {
        return Ok(Vec::new());
    };
    conclude_from(tx, &doubt, id, receipt.received_at)
}

/// The one uncertain part of an account for a recipient, unless another one waits for its answer, was
/// sent without an id, or has gone out without its part telling of it.
fn only_doubt(
    tx: &Tx<'_>,
    binds: &[String],
    recipient: &str,
) -> Result<Option<Unsettled>, StoreError> {
    let mut mine = Vec::new();
    for bind in binds {
        let all = doubts::unsettled_of(tx, bind)?.into_iter();
        mine.extend(all.filter(|(_, peer)| same_number(peer, recipient)));
    }
    let (Some((doubt, _)), true) = (mine.pop(), mine.is_empty()) else {
        return Ok(None);
    };
    let mut unclear = is_in_flight(tx, binds, recipient)?;
    for bind in binds {
        unclear |= has_unnamed(tx, bind, recipient, doubt.handed_at())?
            || doubts::has_stray(tx, bind, recipient, doubt.handed_at())?;
    }
    Ok((!unclear).then_some(doubt))
}

/// Whether a part of this uplink to this recipient was sent under an id that could not be read.
fn has_unnamed(tx: &Tx<'_>, carrier: &str, recipient: &str, at: Time) -> Result<bool, StoreError> {
    let mut select = tx.prepare(
        "SELECT m.peer FROM parts p INDEXED BY parts_unnamed JOIN messages m ON m.row = p.message
         WHERE p.sim = ?1 AND p.smsc_id IS NULL AND p.mr IS NULL AND p.awaits = 1
             AND m.expires_at >= ?2",
    )?;
    let mut rows = select.query(params![carrier, at.0 - SLACK_MS])?;
    while let Some(row) = rows.next()? {
        if same_number(&row.col::<String>(0)?, recipient) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn conclude_from(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    id: &str,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let detail = format!("a receipt came with message_id {id}");
    let reference = Reference::Smsc(id.to_owned());
    let verdict = Conclusion::sent(By::StatusReport, reference, detail);
    doubts::conclude(tx, doubt, &verdict, at)
}

/// The part that a receipt is about.
struct Found {
    row: RowId,
    part: u16,
    carrier: Carrier,
}

/// The newest part of this uplink, or else of another one of its account, that awaits a receipt under
/// one of the ids. Where only another form of an id fits, the recipient must too, and no other part
/// to it may still get the id as it was given.
fn find_part(
    tx: &Tx<'_>,
    receipt: &NewReceipt,
    binds: &[String],
) -> Result<Option<Found>, StoreError> {
    let mut select = tx.prepare(
        "SELECT p.message, p.seq, p.sim, m.peer FROM parts p JOIN messages m ON m.row = p.message
         WHERE p.smsc_id = ?1 AND p.awaits = 1 AND p.sim = ?2 AND m.expires_at >= ?3
         ORDER BY p.sent_at DESC, p.message DESC",
    )?;
    let oldest = receipt.received_at.0 - SLACK_MS;
    let given = [receipt.ids.first(), receipt.long_id.as_ref()];
    let mut nearly = None;
    for (id, bind) in every(receipt, binds) {
        let as_given = given.contains(&Some(id));
        let mut rows = select.query(params![id, bind, oldest])?;
        while let Some(row) = rows.next()? {
            let found = Found {
                row: row.col(0)?,
                part: row.col(1)?,
                carrier: row.col::<Parsed<Carrier>>(2)?.0,
            };
            if same_number(&row.col::<String>(3)?, &receipt.recipient) {
                let unclear = !as_given && is_in_flight(tx, binds, &receipt.recipient)?;
                return Ok((!unclear).then_some(found));
            }
            // SMSCs write recipients in ways of their own; the id as it was given is enough.
            if as_given {
                nearly.get_or_insert(found);
            }
        }
    }
    Ok(nearly)
}

/// Each id with each bind: the long one says most, then the first.
fn every<'a>(
    receipt: &'a NewReceipt,
    binds: &'a [String],
) -> impl Iterator<Item = (&'a String, &'a String)> {
    let ids = receipt.long_id.iter().chain(&receipt.ids);
    ids.flat_map(move |id| binds.iter().map(move |bind| (id, bind)))
}

fn verdict(receipt: &NewReceipt) -> Verdict {
    Verdict {
        class: receipt.class,
        tp_status: None,
        code: receipt.code.clone(),
        text: receipt.text.clone(),
        discharged_at: receipt.done_at.unwrap_or(receipt.received_at),
        at: receipt.received_at,
    }
}
