//! What an answer, or that there was none, makes of a part.

use super::doubts::counted;
use super::doubts::sent::{Sent, part_sent};
use super::doubts::{self, NewDoubt};
use super::settled::Settled;
use super::{misread, numbers, reconsider};
use crate::StoreError;
use crate::machine::writer::Tx;
use crate::tables::history::Entry;
use crate::tables::outbound::Outbound;
use crate::values::params;
use model::{HistoryStep, PartState, State, Time};

/// No modem's submit timer is longer.
const LONGEST_SUBMIT_MS: i64 = 10 * 60 * 1000;

/// A part was accepted; none where it was in another state.
pub(crate) fn accepted(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    told: &Sent<'_>,
    settled: &mut Vec<Settled>,
) -> Result<Option<State>, StoreError> {
    let believed = misread::believed(tx, told.carrier, told.reference)?;
    let sent = Sent {
        reference: &believed.reference,
        ..*told
    };
    let state = part_sent(tx, message, &sent, settled)?;
    settled.extend(believed.explain(tx, (message.row, sent.part), sent.carrier, sent.at)?);
    settled.extend(numbered(tx, message, &sent)?);
    Ok(state)
}

/// What the TP-MR of a part that was sent says about the uncertain ones before it.
fn numbered(
    tx: &mut Tx<'_>,
    message: &Outbound,
    sent: &Sent<'_>,
) -> Result<Vec<Settled>, StoreError> {
    let carrier = sent.carrier;
    if carrier.uplink().is_some() {
        return Ok(Vec::new());
    }
    if let Some(mr) = sent.reference.mr() {
        return numbers::accepted(tx, carrier, mr, None, sent.at);
    }
    // It has used a number up, and nobody knows which.
    counted::broken(tx, carrier)?;
    // Its report may have been first.
    let since = Time(sent.at.0 - LONGEST_SUBMIT_MS);
    reconsider::status_reports(tx, carrier, (&message.to, since), sent.at)
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
    let entry = Entry::of_part(HistoryStep::Uncertain, new.at, new.part, new.carrier);
    message.tell(tx, &entry.saying(&new.reason.told()))?;
    if let Some(doubt) = doubts::open(tx, message, new)? {
        // A report that overtook the answer may settle it at once.
        settled.extend(reconsider::of_doubt(tx, &doubt, message, new.at)?);
    }
    if let Some(now) = Outbound::load(tx, message.row)? {
        message.state = now.state;
    }
    Ok(true)
}
