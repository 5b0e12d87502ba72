//! A part went out: it was accepted, or that was concluded.

use crate::StoreError;
use crate::evidence::kept::{receipts, status_reports};
use crate::evidence::reference::Reference;
use crate::evidence::settled::Settled;
use crate::machine::writer::Tx;
use crate::tables::history::Entry;
use crate::tables::outbound::Outbound;
use crate::tables::talks;
use crate::tables::tallies::{self, Tally};
use crate::values::params;
use model::{Carrier, HistoryStep, PartState, State, Time};

/// What an answer says of a part that was accepted.
pub(crate) struct Sent<'a> {
    pub(crate) part: u16,
    pub(crate) carrier: &'a Carrier,
    pub(crate) reference: &'a Reference,
    pub(crate) at: Time,
    pub(crate) last: bool,
}

/// The part went out; none where it was in another state. A report may have overtaken the answer:
/// what it makes of this message and of others is in `moved`, the state given is that before it.
pub(crate) fn part_sent(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    sent: &Sent<'_>,
    moved: &mut Vec<Settled>,
) -> Result<Option<State>, StoreError> {
    if !matches!(message.state, State::Sending | State::Uncertain)
        || !write_sent(tx, message, sent)?
    {
        return Ok(None);
    }
    tell_sent(tx, message, sent)?;
    if sent.last && sent.part < message.segments {
        // It came out shorter than it was planned to.
        let rest = "DELETE FROM parts WHERE message = ?1 AND seq > ?2";
        tx.execute(rest, params![message.row, sent.part])?;
    }
    let before = message.roll(tx, sent.at)?;
    let all_sent = before != message.state
        && matches!(
            message.state,
            State::Sent | State::Delivered | State::Undelivered
        );
    tx.execute(
        "UPDATE messages SET next_part = max(next_part, ?2), sent_at = ?3,
             waited = ?3 - shifted - max(created_at, coalesce(send_at, created_at))
         WHERE row = ?1",
        params![message.row, sent.part + 1, all_sent.then_some(sent.at)],
    )?;
    if all_sent {
        let tally = Tally {
            sent: 1,
            ..Tally::default()
        };
        tallies::add(tx, sent.carrier, sent.at, tally)?;
        if let Carrier::Sim(iccid) = sent.carrier {
            talks::talked(tx, &message.to, iccid)?;
        }
    }
    let state = message.state;
    adopt(tx, message, sent, moved)?;
    Ok(Some(state))
}

/// False where the part was in another state.
fn write_sent(tx: &Tx<'_>, message: &Outbound, sent: &Sent<'_>) -> Result<bool, StoreError> {
    let changed = tx.execute(
        "UPDATE parts SET state = ?3, mr = ?4, sent_at = ?5, carrier = ?6, awaits = ?7,
             smsc_id = ?10, reason_code = NULL, reason_detail = NULL
         WHERE message = ?1 AND seq = ?2 AND state IN (?8, ?9)",
        params![
            message.row,
            sent.part,
            PartState::Sent,
            sent.reference.mr(),
            sent.at,
            sent.carrier,
            message.status_report,
            PartState::Sending,
            PartState::Uncertain,
            sent.reference.smsc()
        ],
    )?;
    Ok(changed > 0)
}

fn tell_sent(tx: &Tx<'_>, message: &Outbound, sent: &Sent<'_>) -> Result<(), StoreError> {
    let detail = match sent.reference {
        Reference::Mr(mr) => Some(format!("TP-MR {mr}")),
        Reference::Smsc(id) => Some(format!("message_id {id}")),
        Reference::None => None,
    };
    let entry = Entry::of_part(HistoryStep::PartSent, sent.at, sent.part, sent.carrier);
    message.tell(
        tx,
        &Entry {
            detail: detail.as_deref(),
            ..entry
        },
    )
}

/// Looks among the reports that came before the answer.
fn adopt(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    sent: &Sent<'_>,
    moved: &mut Vec<Settled>,
) -> Result<(), StoreError> {
    match (sent.carrier, sent.reference) {
        (Carrier::Sim(iccid), Reference::Mr(mr)) if message.status_report => {
            let key = (iccid, *mr, sent.at);
            moved.extend(status_reports::adopt(tx, message, sent.part, key)?);
        }
        (Carrier::Uplink(_), _) => {
            let key = (sent.reference.smsc(), sent.carrier, sent.at);
            moved.extend(receipts::adopt(tx, message, key)?);
        }
        _ => {}
    }
    Ok(())
}
