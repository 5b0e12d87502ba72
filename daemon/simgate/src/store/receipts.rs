//! Receipts of uplinks find their part (SMPP 3.4 §2.11, appendix B).

use rusqlite::params;

use super::columns::Parsed;
use super::doubts::{self, Settled, Unsettled, Verdict as Conclusion};
use super::outbound::Outbound;
use super::reports::{NATIONAL_DIGITS, ReportClass, Verdict, apply, same_number};
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
        self.write(Need::Progress, move |tx| take(tx, &receipt))
            .await
    }
}

fn take(tx: &mut Tx<'_>, receipt: &NewReceipt) -> Result<Receipted, StoreError> {
    let mut settled = Vec::new();
    let mut found = find_part(tx, receipt)?;
    if found.is_none() {
        if is_known(tx, receipt)? {
            // Or that of a part that has no id yet, read in another notation.
            keep_early(tx, receipt)?;
            return Ok(Receipted::Repeated);
        }
        settled = settle_doubt(tx, receipt)?;
        if !settled.is_empty() {
            found = find_part(tx, receipt)?;
        }
    }
    let Some((row, part, id)) = found else {
        keep_early(tx, receipt)?;
        return Ok(Receipted::Unmatched);
    };
    let Some(mut message) = Outbound::load(tx, row)? else {
        return Ok(Receipted::Unmatched);
    };
    let carrier = receipt.carrier.to_string();
    let changed = apply(tx, &mut message, part, &carrier, &verdict(receipt))?;
    let state = message.state;
    Ok(Receipted::Matched {
        id,
        state,
        changed,
        settled,
    })
}

/// Whether a part to the recipient has one of the ids, and waits for no receipt any more.
fn is_known(tx: &Tx<'_>, receipt: &NewReceipt) -> Result<bool, StoreError> {
    let mut select = tx.prepare(
        "SELECT m.peer FROM parts p JOIN messages m ON m.row = p.message
         WHERE p.smsc_id = ?1 AND p.sim = ?2 AND p.awaits = 0",
    )?;
    for id in &receipt.ids {
        let mut rows = select.query(params![id, receipt.carrier])?;
        while let Some(row) = rows.next()? {
            if same_number(&row.get::<_, String>(0)?, &receipt.recipient) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a part of this uplink to this recipient waits for its answer, and so for its id.
fn is_in_flight(tx: &Tx<'_>, carrier: &str, recipient: &str) -> Result<bool, StoreError> {
    let mut select = tx.prepare(
        "SELECT m.peer FROM messages m JOIN parts p ON p.message = m.row
         WHERE m.state = 2 AND p.state = ?1 AND p.sim = ?2",
    )?;
    let mut rows = select.query(params![PartState::Sending, carrier])?;
    while let Some(row) = rows.next()? {
        if same_number(&row.get::<_, String>(0)?, recipient) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// An uncertain part of this uplink for this recipient, where nothing else can be meant: an SMSC
/// reports only on what it has taken, and its id is that of no part whose answer came.
fn settle_doubt(tx: &mut Tx<'_>, receipt: &NewReceipt) -> Result<Vec<Settled>, StoreError> {
    let carrier = receipt.carrier.to_string();
    let (Some(id), Some(doubt)) = (
        receipt.ids.first(),
        only_doubt(tx, &carrier, &receipt.recipient)?,
    ) else {
        return Ok(Vec::new());
    };
    let settled = conclude_from(tx, &doubt, id, receipt.received_at)?;
    Ok(settled.into_iter().collect())
}

/// The one uncertain part of an uplink for a recipient, unless another one waits for its answer.
fn only_doubt(
    tx: &Tx<'_>,
    carrier: &str,
    recipient: &str,
) -> Result<Option<Unsettled>, StoreError> {
    let all = doubts::unsettled_of(tx, carrier)?;
    let mut mine = all
        .into_iter()
        .filter(|(_, peer)| same_number(peer, recipient));
    let (Some((doubt, _)), None) = (mine.next(), mine.next()) else {
        return Ok(None);
    };
    Ok((!is_in_flight(tx, carrier, recipient)?).then_some(doubt))
}

fn conclude_from(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    id: &str,
    at: Time,
) -> Result<Option<Settled>, StoreError> {
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
) -> Result<Option<Settled>, StoreError> {
    let carrier = doubt.carrier.to_string();
    let meant = only_doubt(tx, &carrier, to)?;
    if meant.is_none_or(|meant| !meant.is(doubt)) {
        return Ok(None);
    }
    for (_, early) in early(tx, &carrier, to, doubt.handed_at())? {
        // What came again of another part says nothing.
        if let Some(id) = early.ids.first()
            && !is_known(tx, &early)?
        {
            // Its part_sent adopts the receipts under this id.
            return conclude_from(tx, doubt, id, at);
        }
    }
    Ok(None)
}

/// The newest part of this uplink that awaits a receipt under one of the ids. Where only another
/// form of an id fits, the recipient must too, and no other part to it may still get the id as it
/// was given.
fn find_part(
    tx: &Tx<'_>,
    receipt: &NewReceipt,
) -> Result<Option<(RowId, u16, MessageId)>, StoreError> {
    let mut select = tx.prepare(
        "SELECT p.message, p.seq, m.id, m.peer FROM parts p JOIN messages m ON m.row = p.message
         WHERE p.smsc_id = ?1 AND p.awaits = 1 AND p.sim = ?2 AND m.expires_at >= ?3
         ORDER BY p.sent_at DESC, p.message DESC",
    )?;
    let oldest = receipt.received_at.0 - SLACK_MS;
    let mut nearly = None;
    for (form, id) in receipt.ids.iter().enumerate() {
        let mut rows = select.query(params![id, receipt.carrier, oldest])?;
        while let Some(row) = rows.next()? {
            let found = (row.get(0)?, row.get(1)?, row.get(2)?);
            if same_number(&row.get::<_, String>(3)?, &receipt.recipient) {
                let carrier = receipt.carrier.to_string();
                let unclear = form > 0 && is_in_flight(tx, &carrier, &receipt.recipient)?;
                return Ok((!unclear).then_some(found));
            }
            // SMSCs write recipients in ways of their own; the id as it was given is enough.
            if form == 0 {
                nearly.get_or_insert(found);
            }
        }
    }
    Ok(nearly)
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
    carrier: &str,
    to: &str,
    since: Time,
) -> Result<Vec<(i64, NewReceipt)>, StoreError> {
    let mut select = tx.prepare(
        "SELECT * FROM early_receipts WHERE uplink = ?1 AND tail = ?2 AND received_at >= ?3
         ORDER BY received_at, row",
    )?;
    let found = select.query_map(params![carrier, tail(to), since], |row| {
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
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Looks for the parts of receipts that came before their `submit_sm_resp`, now that a part to
/// this recipient was sent. One of `message` is applied to that.
pub(super) fn adopt_early(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    (carrier, at): (&str, Time),
) -> Result<(), StoreError> {
    let since = Time(at.0 - EARLY_MS);
    for (early_row, receipt) in early(tx, carrier, &message.to, since)? {
        let Some((row, part, _)) = find_part(tx, &receipt)? else {
            continue;
        };
        tx.execute("DELETE FROM early_receipts WHERE row = ?1", [early_row])?;
        if row == message.row {
            apply(tx, message, part, carrier, &verdict(&receipt))?;
        } else if let Some(mut other) = Outbound::load(tx, row)? {
            apply(tx, &mut other, part, carrier, &verdict(&receipt))?;
        }
    }
    Ok(())
}
