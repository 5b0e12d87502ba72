//! What a new TP-MR of a SIM says about its parts in doubt.

use super::count::{Between, Gap};
use super::doubts::counted::{self, Count};
use super::doubts::settle::{Verdict, conclude};
use super::doubts::{Unsettled, unsettled};
use super::reference::Reference;
use super::settled::Settled;
use super::{misread, reconsider};
use crate::StoreError;
use crate::machine::select::Select as _;
use crate::machine::writer::Tx;
use crate::values::{params, readable};
use model::{Carrier, ConcludedBy, Time};

/// A submit was accepted with this TP-MR: `one` that was in doubt, or else the latest.
pub(crate) fn accepted(
    tx: &mut Tx<'_>,
    carrier: &Carrier,
    mr: u8,
    one: Option<&Unsettled>,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    if one.is_some_and(|one| !one.countable) {
        // Later numbers have come, or the count was broken: this one is no news.
        return Ok(Vec::new());
    }
    let mut count = counted::read(tx, carrier)?;
    let before = one.map_or(i64::MAX, |one| one.row);
    let Some(older) = older(tx, carrier, before)? else {
        counted::broken(tx, carrier)?;
        return Ok(Vec::new());
    };
    let mut settled = Vec::new();
    if let Some(after) = one.map_or(count.mr, |one| one.after_mr) {
        let between = Between {
            after,
            next: mr,
            refused: one.map_or(count.refused, |one| one.refused_before),
            uncertain: u32::try_from(older.len()).unwrap_or(u32::MAX),
        };
        if !between.follows() {
            counted::broken(tx, carrier)?;
            return misread::take_back(tx, carrier, between, at);
        }
        let by_network = one.map_or(count.refused_by_network, |_| 0);
        count.learn(between, by_network);
        settled = judge(tx, (between, count), &older, at)?;
    }
    if !older.is_empty() {
        counted::passed(tx, carrier, before)?;
    }
    let left = one.map_or(0, |one| count.refused.saturating_sub(one.refused_before));
    if let Some(one) = one {
        counted::pass(tx, mr, one)?;
    }
    counted::put(tx, carrier, &count.from(mr, left))?;
    Ok(settled)
}

/// Concludes what the numbers prove.
fn judge(
    tx: &mut Tx<'_>,
    (between, count): (Between, Count),
    older: &[Unsettled],
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let gap = between.gap();
    let (after, next) = (between.after, between.next);
    let mut settled = Vec::new();
    for doubt in older {
        let verdict = match gap {
            Gap::NoneUsed => Verdict::not_sent(
                ConcludedBy::NextReference,
                format!("TP-MR {next} followed {after}: no number was used in between"),
            ),
            // Where a refused submit may take a number too, and where the modem said that it had
            // tried, a number does not prove that the network took the message.
            Gap::AllUsed if count.proves_acceptance() && !doubt.numbered => {
                // Below 256, since the numbers add up.
                let ahead = u8::try_from(doubt.ahead).unwrap_or(u8::MAX);
                let mr = after.wrapping_add(1).wrapping_add(ahead);
                Verdict::sent(
                    ConcludedBy::NextReference,
                    Reference::Mr(mr),
                    format!("TP-MR {next} followed {after}: {mr} was used in between"),
                )
            }
            Gap::AllUsed | Gap::Unclear => continue,
        };
        settled.extend(conclude(tx, doubt, &verdict, at)?);
    }
    Ok(settled)
}

/// The parts in doubt that come before `row` in their SIM's count. None where one of them makes no sense: then
/// nothing can be counted.
fn older(tx: &Tx<'_>, carrier: &Carrier, row: i64) -> Result<Option<Vec<Unsettled>>, StoreError> {
    let sql = "SELECT * FROM doubts
        WHERE carrier = ?1 AND (conclusion = 0 OR conclusion = 4) AND countable = 1 AND row < ?2
        ORDER BY row";
    let found = tx.all(sql, params![carrier, row], |row| readable(unsettled(row)))?;
    Ok(found.into_iter().collect())
}

/// Concludes that a part went out, and what its TP-MR says about those before it.
pub(super) fn settle_numbered(
    tx: &mut Tx<'_>,
    doubt: &Unsettled,
    verdict: &Verdict,
    at: Time,
) -> Result<Vec<Settled>, StoreError> {
    let mut settled = conclude(tx, doubt, verdict, at)?;
    let carrier = &doubt.carrier;
    match (verdict.reference.mr(), settled.first()) {
        (Some(mr), _) => {
            settled.extend(accepted(tx, carrier, mr, Some(doubt), at)?);
        }
        (None, Some(first)) if doubt.carrier.uplink().is_none() => {
            let to = first.to.clone();
            if doubt.countable {
                // It has used a number up, and nobody knows which.
                counted::broken(tx, carrier)?;
            }
            // Its report may have been first.
            settled.extend(reconsider::status_reports(
                tx,
                carrier,
                (&to, doubt.handed_at),
                at,
            )?);
        }
        (None, _) => {}
    }
    Ok(settled)
}
