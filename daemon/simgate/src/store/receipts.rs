//! Receipts of uplinks find their part (SMPP 3.4 §2.11, appendix B).

use rusqlite::{Row, params};

use super::columns::Parsed;
use super::doubts::{self, Settled, Unsettled, Verdict as Conclusion};
use super::outbound::Outbound;
use super::reports::{NATIONAL_DIGITS, ReportClass, Verdict, apply, moved, same_number};
use super::uplinks::binds;
use super::writer::{Need, Tx};
use super::{Reference, Store, StoreError};
use crate::model::{Carrier, Evidence, MessageId, PartState, RowId, State, Time};

/// How long a receipt waits for a `submit_sm_resp` that it has overtaken.
const EARLY_MS: i64 = 10 * 60 * 1000;
/// After the validity an SMSC may still report.
const SLACK_MS: i64 = 24 * 3600 * 1000;

/// One receipt, ready to be committed.
#[derive(Clone, Debug)]
pub(crate) struct NewReceipt {
    pub(crate) carrier: Carrier,
    /// The message's id in the forms in which it may have been given: as it is first, then read as
    /// decimal or hexadecimal.
    pub(crate) ids: Vec<String>,
    /// Whom the message went to, as the receipt says.
    pub(crate) recipient: String,
    pub(crate) class: ReportClass,
    /// What it is by name, unless it was delivered.
    pub(crate) code: String,
    pub(crate) text: String,
    /// When the recipient got it, where that is told.
    pub(crate) done_at: Option<Time>,
    pub(crate) received_at: Time,
}

/// What became of a receipt.
#[derive(Clone, Debug)]
pub(crate) enum Receipted {
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
    /// No part waits for it. Kept: the `submit_sm_resp` it belongs to may come later.
    Unmatched,
}

impl Store {
    /// Commits a receipt, matched to its part or not; then it may be acknowledged.
    pub(crate) async fn receipt(&self, receipt: NewReceipt) -> Result<Receipted, StoreError> {
        self.write(Need::Arrival, move |tx| take(tx, &receipt))
            .await
    }
}

fn take(tx: &mut Tx<'_>, receipt: &NewReceipt) -> Result<Receipted, StoreError> {
    let binds = binds(tx, &receipt.carrier.to_string())?;
    let mut settled = Vec::new();
    let mut found = find_part(tx, receipt, &binds)?;
    if found.is_none() {
        if is_known(tx, receipt, &binds)? {
            // Or that of a part that has no id yet, read in another notation.
            keep_early(tx, receipt)?;
            return Ok(Receipted::Repeated);
        }
        settled = settle_doubt(tx, receipt, &binds)?;
        if !settled.is_empty() {
            found = find_part(tx, receipt, &binds)?;
        }
    }
    let Some(found) = found else {
        keep_early(tx, receipt)?;
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

/// Whether a part to the recipient has one of the ids, and waits for no receipt any more.
fn is_known(tx: &Tx<'_>, receipt: &NewReceipt, binds: &[String]) -> Result<bool, StoreError> {
    let mut select = tx.prepare(
        "SELECT m.peer FROM parts p JOIN messages m ON m.row = p.message
         WHERE p.smsc_id = ?1 AND p.sim = ?2 AND p.awaits = 0",
    )?;
    for (id, bind) in every(&receipt.ids, binds) {
        let mut rows = select.query([id, bind])?;
        while let Some(row) = rows.next()? {
            if same_number(&row.get::<_, String>(0)?, &receipt.recipient) {
                return Ok(true);
            }
        }
    }
    Ok(false)
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
            if same_number(&row.get::<_, String>(0)?, recipient) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// An uncertain part of this account for this recipient, where nothing else can be meant: an SMSC
/// reports only on what it has taken, and its id is that of no part whose answer came.
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
        if same_number(&row.get::<_, String>(0)?, recipient) {
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
    let verdict = Conclusion::sent(Evidence::StatusReport, reference, detail);
    doubts::conclude(tx, doubt, &verdict, at)
}

/// A receipt that came before its part was uncertain: it settles that, where nothing else can be
/// meant. `to`: the part's recipient.
pub(super) fn settle_from_early(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    to: &str,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let binds = binds(tx, &doubt.carrier.to_string())?;
    let meant = only_doubt(tx, &binds, to)?;
    if meant.is_none_or(|meant| !meant.is(doubt)) {
        return Ok(Vec::new());
    }
    for (_, early) in early(tx, &binds, to, doubt.handed_at())? {
        // What came again of another part says nothing.
        if let Some(id) = early.ids.first()
            && !is_known(tx, &early, &binds)?
        {
            // Its part_sent adopts the receipts under this id.
            return conclude_from(tx, doubt, id, at);
        }
    }
    Ok(Vec::new())
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
    let given = receipt.ids.first();
    let mut nearly = None;
    for (id, bind) in every(&receipt.ids, binds) {
        let as_given = Some(id) == given;
        let mut rows = select.query(params![id, bind, oldest])?;
        while let Some(row) = rows.next()? {
            let found = Found {
                row: row.get(0)?,
                part: row.get(1)?,
                carrier: row.get::<_, Parsed<Carrier>>(2)?.0,
            };
            if same_number(&row.get::<_, String>(3)?, &receipt.recipient) {
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

/// Each id with each bind, the first id's first.
fn every<'a>(
    ids: &'a [String],
    binds: &'a [String],
) -> impl Iterator<Item = (&'a String, &'a String)> {
    ids.iter()
        .flat_map(move |id| binds.iter().map(move |bind| (id, bind)))
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

/// What two ways of writing one number have in common.
fn tail(number: &str) -> String {
    let skip = number.chars().count().saturating_sub(NATIONAL_DIGITS);
    number.chars().skip(skip).collect()
}

fn keep_early(tx: &Tx<'_>, receipt: &NewReceipt) -> Result<(), StoreError> {
    let mut ids = receipt.ids.iter();
    let Some(id) = ids.next() else {
        return Ok(());
    };
    tx.execute(
        "INSERT INTO early_receipts (uplink, smsc_id, other_id, third_id, recipient, tail, class,
             code, text, done_at, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            receipt.carrier,
            id,
            ids.next(),
            ids.next(),
            receipt.recipient,
            tail(&receipt.recipient),
            receipt.class,
            receipt.code,
            receipt.text,
            receipt.done_at,
            receipt.received_at
        ],
    )?;
    Ok(())
}

/// Receipts for a recipient that no part was found for, in the order in which they came.
fn early(
    tx: &Tx<'_>,
    binds: &[String],
    to: &str,
    since: Time,
) -> Result<Vec<(i64, NewReceipt)>, StoreError> {
    let mut select = tx.prepare(
        "SELECT * FROM early_receipts WHERE uplink = ?1 AND tail = ?2 AND received_at >= ?3",
    )?;
    let mut all = Vec::new();
    for bind in binds {
        let found = select.query_map(params![bind, tail(to), since], early_receipt)?;
        let found: Vec<_> = found.collect::<Result<_, _>>()?;
        all.extend(found);
    }
    all.sort_by_key(|(row, receipt)| (receipt.received_at, *row));
    Ok(all)
}

fn early_receipt(row: &Row<'_>) -> rusqlite::Result<(i64, NewReceipt)> {
    let ids = [
        Some(row.get("smsc_id")?),
        row.get("other_id")?,
        row.get("third_id")?,
    ];
    let receipt = NewReceipt {
        carrier: row.get::<_, Parsed<Carrier>>("uplink")?.0,
        ids: ids.into_iter().flatten().collect(),
        recipient: row.get("recipient")?,
        class: row.get("class")?,
        code: row.get("code")?,
        text: row.get("text")?,
        done_at: row.get("done_at")?,
        received_at: row.get("received_at")?,
    };
    Ok((row.get("row")?, receipt))
}

/// Looks for the parts of receipts that came before their `submit_sm_resp`, now that a part to
/// this recipient was sent. One of `message` is applied to that. What changed by it.
pub(super) fn adopt_early(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    (carrier, at): (&str, Time),
) -> Result<Vec<Settled>, StoreError> {
    let since = Time(at.0 - EARLY_MS);
    let binds = binds(tx, carrier)?;
    let mut changed = Vec::new();
    for (early_row, receipt) in early(tx, &binds, &message.to, since)? {
        let Some(found) = find_part(tx, &receipt, &binds)? else {
            continue;
        };
        tx.execute("DELETE FROM early_receipts WHERE row = ?1", [early_row])?;
        let (by, verdict) = (receipt.carrier.to_string(), verdict(&receipt));
        let mut other = None;
        if found.row != message.row {
            other = Outbound::load(tx, found.row)?;
        }
        let owner = other.as_mut().unwrap_or(message);
        if apply(tx, owner, found.part, &by, &verdict)? {
            changed.push(moved(owner, &found.carrier, &verdict));
        }
    }
    Ok(changed)
}
