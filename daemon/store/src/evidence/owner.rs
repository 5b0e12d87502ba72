//! Whose a report is. What keeps a conclusion from being false is told in `evidence`.

use super::doubts::settle::{Verdict, conclude};
use super::doubts::{Unsettled, strays, unsettled_of};
use super::fate::NewReport;
use super::finding::Found;
use super::finding::by_id::{self, ById, Looked, Named};
use super::finding::by_number::{self, About, ByNumber};
use super::kept;
use super::numbers::settle_numbered;
use super::reference::Reference;
use super::settled::Settled;
use crate::StoreError;
use crate::machine::writer::Tx;
use crate::tables::accounts::binds;
use crate::tables::numbers::same_number;
use crate::tables::seen;
use crate::values::params;
use model::{Carrier, ConcludedBy, Time};

/// What a search for a report's part comes to.
pub(super) enum Search {
    /// This part, and what the report has settled by being its.
    Found(Found, Vec<Settled>),
    /// The report came before.
    Repeated,
    Nobody,
}

/// The part of a status report.
pub(super) fn of_status_report(
    tx: &mut Tx<'_>,
    report: &NewReport,
    key: &ByNumber,
) -> Result<Search, StoreError> {
    if !seen::remember(tx, &key.fingerprint, report.received_at)? {
        return Ok(Search::Repeated);
    }
    let about = About {
        carrier: &key.iccid.clone().into(),
        mr: key.mr,
        recipient: &report.recipient,
        at: report.received_at,
        kept: false,
    };
    let found = match owner(tx, &about)? {
        Some(owner) => claim(tx, owner, &about, report.received_at)?,
        None => None,
    };
    Ok(found.map_or(Search::Nobody, |(found, settled)| {
        Search::Found(found, settled)
    }))
}

/// The part of a receipt.
pub(super) fn of_receipt(
    tx: &mut Tx<'_>,
    report: &NewReport,
    key: &ById,
) -> Result<Search, StoreError> {
    let binds = binds(tx, &key.carrier)?;
    let looked = Looked {
        key,
        recipient: &report.recipient,
        at: report.received_at,
    };
    if let Some(found) = by_id::part(tx, &looked, &binds)? {
        return Ok(Search::Found(found, Vec::new()));
    }
    match by_id::named(tx, &looked, &binds)? {
        Some(Named::Waits) => return Ok(Search::Nobody),
        Some(Named::Over) => {
            // Or it is that of a part that has no id yet.
            kept::keep(tx, report)?;
            return Ok(Search::Repeated);
        }
        None => {}
    }
    let settled = settle_doubt(tx, &looked, &binds)?;
    let found = if settled.is_empty() {
        None
    } else {
        by_id::part(tx, &looked, &binds)?
    };
    Ok(found.map_or(Search::Nobody, |found| Search::Found(found, settled)))
}

/// Why a part is taken for that of a status report.
pub(super) enum Owner {
    /// It has this number.
    Numbered(Found),
    /// It has none, and no other part can be meant.
    Unnumbered(Found),
    /// It is in doubt, and no other part can be meant.
    Doubtful(Unsettled),
}

/// The part that a status report is about; none where that is not certain.
pub(super) fn owner(tx: &Tx<'_>, about: &About<'_>) -> Result<Option<Owner>, StoreError> {
    if let Some(found) = by_number::numbered(tx, about)? {
        return Ok(Some(Owner::Numbered(found)));
    }
    let Some(one) = only_one(tx, about)? else {
        return Ok(None);
    };
    let unclear = strays::may_report(tx, about.carrier, about.recipient, about.at)?
        || by_number::is_unclear(tx, about)?;
    Ok((!unclear).then_some(one))
}

/// The one part to the recipient that was sent without a number or is in doubt.
fn only_one(tx: &Tx<'_>, about: &About<'_>) -> Result<Option<Owner>, StoreError> {
    let mut all = Vec::new();
    let Some(doubts) = unsettled_of(tx, about.carrier)? else {
        return Ok(None);
    };
    for (doubt, peer) in doubts {
        if same_number(&peer, about.recipient) && doubt.might_have(about.mr) {
            let began = doubt.handed_at;
            all.push((Owner::Doubtful(doubt), began));
        }
    }
    for (found, began) in by_number::unnumbered(tx, about)? {
        all.push((Owner::Unnumbered(found), began));
    }
    // No report comes before its part was handed over; but a clock that was set back says nothing
    // of the others, so that they are not left out for that.
    let one = (all.len() == 1).then(|| all.pop()).flatten();
    Ok(one.and_then(|(owner, began)| (began <= about.at).then_some(owner)))
}

/// Makes a part the report's, so that it has this number. None where nothing can be concluded from
/// it any more.
pub(super) fn claim(
    tx: &mut Tx<'_>,
    owner: Owner,
    about: &About<'_>,
    now: Time,
) -> Result<Option<(Found, Vec<Settled>)>, StoreError> {
    Ok(match owner {
        Owner::Numbered(found) => Some((found, Vec::new())),
        Owner::Unnumbered(found) => {
            let sql = "UPDATE parts SET mr = ?3 WHERE message = ?1 AND seq = ?2";
            tx.execute(sql, params![found.row, found.part, about.mr])?;
            Some((found, Vec::new()))
        }
        Owner::Doubtful(doubt) => {
            let settled = reported(tx, &doubt, about.mr, now)?;
            let found = Found {
                row: doubt.message,
                part: doubt.part,
                carrier: doubt.carrier,
            };
            (!settled.is_empty()).then_some((found, settled))
        }
    })
}

/// A status report says that the part went out with this TP-MR.
fn reported(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    mr: u8,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let detail = format!("a status report came with TP-MR {mr}");
    let verdict = Verdict::sent(ConcludedBy::StatusReport, Reference::Mr(mr), detail);
    settle_numbered(tx, doubt, &verdict, at)
}

/// An uncertain part of this account for this recipient, where nothing else can be meant: an SMSC
/// reports only on what it has taken, and no part whose answer came is named.
fn settle_doubt(
    tx: &mut Tx<'_>,
    looked: &Looked<'_>,
    binds: &[Carrier],
) -> Result<Vec<Settled>, StoreError> {
    let (Some(id), Some(doubt)) = (
        looked.key.ids.first(),
        only_doubt(tx, binds, looked.recipient)?,
    ) else {
        return Ok(Vec::new());
    };
    conclude_from(tx, &doubt, id, looked.at)
}

/// The one uncertain part of an account for a recipient, unless another one waits for its answer, was
/// sent without an id, or has gone out without its part telling of it.
pub(super) fn only_doubt(
    tx: &Tx<'_>,
    binds: &[Carrier],
    recipient: &str,
) -> Result<Option<Unsettled>, StoreError> {
    let mut mine = Vec::new();
    for bind in binds {
        let Some(all) = unsettled_of(tx, bind)? else {
            return Ok(None);
        };
        let all = all.into_iter();
        mine.extend(all.filter(|(_, peer)| same_number(peer, recipient)));
    }
    let (Some((doubt, _)), true) = (mine.pop(), mine.is_empty()) else {
        return Ok(None);
    };
    let mut unclear = by_id::is_in_flight(tx, binds, recipient)?;
    for bind in binds {
        unclear |= by_id::has_unnamed(tx, bind, recipient, doubt.handed_at)?
            || strays::may_report(tx, bind, recipient, doubt.handed_at)?;
    }
    Ok((!unclear).then_some(doubt))
}

/// A receipt under this id settles a doubt.
pub(super) fn conclude_from(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    id: &str,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let detail = format!("a receipt came with message_id {id}");
    let reference = Reference::Smsc(id.to_owned());
    let verdict = Verdict::sent(ConcludedBy::StatusReport, reference, detail);
    conclude(tx, doubt, &verdict, at)
}
