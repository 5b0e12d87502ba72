//! Looks again at reports that were kept: what could have been theirs too may have been settled.

use super::doubts::Unsettled;
use super::fate::{apply, moved};
use super::finding::by_id;
use super::finding::by_number::About;
use super::kept::{receipts, status_reports as kept};
use super::owner::{claim, conclude_from, only_doubt, owner};
use super::settled::Settled;
use crate::StoreError;
use crate::machine::writer::Tx;
use crate::tables::accounts::binds;
use crate::tables::numbers::same_number;
use crate::tables::outbound::Outbound;
use model::{Carrier, Time};

/// What a report says that came before its part was in doubt, or when it may have been another's.
/// `message`: the part's.
pub(super) fn of_doubt(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    message: &mut Outbound,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    if doubt.carrier.uplink().is_some() {
        return of_uplink(tx, doubt, message, at);
    }
    status_reports(tx, &doubt.carrier, (&message.to, doubt.handed_at), at)
}

/// Looks once more for the parts of status reports for a recipient that came since then.
pub(super) fn status_reports(
    tx: &mut Tx<'_>,
    carrier: &Carrier,
    (to, since): (&str, Time),
    now: Time,
) -> Result<Vec<Settled>, StoreError> {
    let mut settled = Vec::new();
    for one in kept::since(tx, carrier, since)? {
        if !same_number(to, &one.recipient) {
            continue;
        }
        let about = About {
            carrier,
            mr: one.mr,
            recipient: &one.recipient,
            at: one.fate.at,
            kept: true,
        };
        let Some(owner) = owner(tx, &about)? else {
            continue;
        };
        let Some((found, of_doubt)) = claim(tx, owner, &about, now)? else {
            continue;
        };
        let Some(mut message) = Outbound::load_readable(tx, found.row)? else {
            continue;
        };
        let changed = apply(tx, &mut message, found.part, carrier, &one.fate)?;
        kept::forget(tx, one.row)?;
        if changed && of_doubt.is_empty() {
            settled.push(moved(&message, carrier, &one.fate));
        }
        settled.extend(of_doubt);
    }
    Ok(settled)
}

/// Looks again at what came for the recipient of a part that is in doubt, now that it is: it may be
/// that of a part whose answer came. What is no such part's settles the doubt where nothing else can
/// be meant.
fn of_uplink(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    message: &mut Outbound,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let since = doubt.handed_at.min(Time(at.0 - receipts::EARLY_MS));
    let binds = binds(tx, &doubt.carrier)?;
    let came = receipts::of_recipient(tx, &binds, &message.to, since)?;
    let mut settled = receipts::give(tx, message, &binds, came)?;
    let meant = only_doubt(tx, &binds, &message.to)?;
    if meant.is_none_or(|meant| !meant.is(doubt)) {
        return Ok(settled);
    }
    let mut came = receipts::of_recipient(tx, &binds, &message.to, doubt.handed_at)?;
    came.sort_by_key(|kept| (kept.fate.at, kept.row));
    for early in came {
        if let Some(id) = early.key.ids.first()
            && by_id::named(tx, &early.looked(), &binds)?.is_none()
        {
            // Its part_sent adopts the receipts under this id.
            settled.extend(conclude_from(tx, doubt, id, at)?);
            break;
        }
    }
    Ok(settled)
}
