//! What a report says of its part, and what that does to the message.

use model::{Carrier, HistoryStep, PartState, Reason, ReasonFamily, State, Time};

use super::finding::by_id::ById;
use super::finding::by_number::ByNumber;
use super::settled::Settled;
use crate::StoreError;
use crate::columns::as_code;
use crate::machine::writer::Tx;
use crate::tables::history::Entry;
use crate::tables::outbound::Outbound;
use crate::values::params;

/// What a TP-ST says of the part (TS 23.040 §9.2.3.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportClass {
    Delivered,
    /// Temporary error, the SMSC goes on trying: another report follows.
    StillTrying,
    Permanent,
    /// Temporary error, the SMSC tries no more.
    GaveUp,
}

as_code!(ReportClass { Delivered = 0, StillTrying = 1, Permanent = 2, GaveUp = 3 });

/// A report, ready to be committed.
#[derive(Clone, Debug)]
pub struct NewReport {
    pub key: ReportKey,
    /// Whom the part went to, as the report says: E.164 with `+`, national digits or a short code.
    pub recipient: String,
    pub class: ReportClass,
    /// What it means, for people.
    pub text: String,
    /// When the part was discharged, where that is told.
    pub discharged_at: Option<Time>,
    pub received_at: Time,
}

/// What a report finds its part by, beside the recipient.
#[derive(Clone, Debug)]
pub enum ReportKey {
    /// A status report: by SIM and TP-MR.
    Number(ByNumber),
    /// A receipt: by account and `message_id`.
    Id(ById),
}

impl NewReport {
    /// What it says, without what it finds its part by.
    pub(super) fn fate(&self) -> Fate {
        let (tp_status, code) = match &self.key {
            ReportKey::Number(key) => (Some(key.tp_status), Fate::code(key.tp_status)),
            ReportKey::Id(key) => (None, key.code.clone()),
        };
        Fate {
            class: self.class,
            tp_status,
            code,
            text: self.text.clone(),
            discharged_at: self.discharged_at.unwrap_or(self.received_at),
            at: self.received_at,
        }
    }

    /// What brought it.
    pub(super) fn by(&self) -> Carrier {
        match &self.key {
            ReportKey::Number(key) => key.iccid.clone().into(),
            ReportKey::Id(key) => key.carrier.clone(),
        }
    }
}

/// What a report says, without what it was found by.
pub(crate) struct Fate {
    pub(crate) class: ReportClass,
    /// TP-ST; none of a receipt.
    pub(crate) tp_status: Option<u8>,
    /// What it is by name, unless it was delivered.
    pub(crate) code: String,
    pub(crate) text: String,
    /// When the recipient got it.
    pub(crate) discharged_at: Time,
    pub(crate) at: Time,
}

impl Fate {
    /// The name of a TP-ST.
    pub(crate) fn code(tp_status: u8) -> String {
        ReasonFamily::TpStatus.code(tp_status)
    }

    fn told(&self) -> Reason {
        Reason::read(&self.code, &self.text)
    }

    fn reason(&self) -> Option<Reason> {
        (self.class != ReportClass::Delivered).then(|| self.told())
    }

    fn part_state(&self) -> PartState {
        match self.class {
            ReportClass::Delivered => PartState::Delivered,
            ReportClass::StillTrying => PartState::Sent,
            ReportClass::Permanent | ReportClass::GaveUp => PartState::Undelivered,
        }
    }
}

/// Writes a report to its part and rolls the message up; true when that gave it another state.
pub(crate) fn apply(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    part: u16,
    by: &Carrier,
    fate: &Fate,
) -> Result<bool, StoreError> {
    let delivered = fate.class == ReportClass::Delivered;
    let reason = fate.reason();
    // TP-DT has whole seconds and the clock of the SMSC, which may be hours off: never before it was sent,
    // and not after it was told.
    let delivered_at = delivered.then_some(fate.discharged_at.min(fate.at));
    tx.execute(
        "UPDATE parts SET state = ?3, tp_status = ?4, awaits = ?5,
             delivered_at = max(?6, coalesce(sent_at, ?6)),
             reason_code = ?7, reason_detail = ?8
         WHERE message = ?1 AND seq = ?2",
        params![
            message.row,
            part,
            fate.part_state(),
            fate.tp_status,
            fate.class == ReportClass::StillTrying,
            delivered_at,
            reason.as_ref().map(|reason| &reason.code),
            reason.as_ref().map(|reason| &reason.detail)
        ],
    )?;
    let detail = fate.told().told();
    let entry = Entry::of_part(HistoryStep::Report, fate.at, part, by);
    message.tell(tx, &entry.saying(&detail))?;
    // One that is waiting, failed or cancelled stays that, whatever became of some part.
    let settled = matches!(
        message.state,
        State::Sent | State::Delivered | State::Undelivered | State::Uncertain
    );
    Ok(settled && message.roll(tx, fate.at)? != message.state)
}

/// What a report made of a message.
pub(crate) fn moved(message: &Outbound, carrier: &Carrier, fate: &Fate) -> Settled {
    Settled {
        id: message.id,
        to: message.to.clone(),
        state: message.state,
        carrier: Some(carrier.clone()),
        reason: fate.reason(),
        again: None,
    }
}
