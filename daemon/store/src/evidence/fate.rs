//! What a report says of its part, and what that does to the message.

use model::{Carrier, PartState, Reason, State, Time};

use super::report::{NewReport, ReportKey};
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
    /// What a report says.
    pub(crate) fn of(report: &NewReport) -> Self {
        let (tp_status, code) = match &report.key {
            ReportKey::Number(key) => (Some(key.tp_status), Self::code(key.tp_status)),
            ReportKey::Id(key) => (None, key.code.clone()),
        };
        Self {
            class: report.class,
            tp_status,
            code,
            text: report.text.clone(),
            discharged_at: report.discharged_at.unwrap_or(report.received_at),
            at: report.received_at,
        }
    }

    /// The name of a TP-ST.
    pub(crate) fn code(tp_status: u8) -> String {
        format!("tp-status-{tp_status}")
    }

    fn reason(&self) -> Option<Reason> {
        let reason = Reason::new(self.code.clone(), self.text.clone());
        (self.class != ReportClass::Delivered).then_some(reason)
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
    // TP-DT has whole seconds and the clock of the SMSC: never before it was sent.
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
            delivered.then_some(fate.discharged_at),
            reason.as_ref().map(|reason| &reason.code),
            reason.as_ref().map(|reason| &reason.detail)
        ],
    )?;
    let entry = Entry {
        at: fate.at,
        step: "report",
        part: Some(part),
        carrier: Some(by),
        detail: Some(&match fate.tp_status {
            Some(tp_status) => format!("TP-ST {tp_status}: {}", fate.text),
            None => fate.text.clone(),
        }),
    };
    message.tell(tx, &entry)?;
    // One that is waiting, failed or cancelled stays that, whatever became of some part.
    let settled = matches!(
        message.state,
        State::Sent | State::Delivered | State::Undelivered | State::Uncertain
    );
    Ok(settled && message.roll(tx)? != message.state)
}

/// What a report made of a message.
pub(crate) fn moved(message: &Outbound, carrier: &Carrier, fate: &Fate) -> Settled {
    Settled {
        id: message.id,
        to: message.to.clone(),
        state: message.state,
        carrier: carrier.clone(),
        reason: fate.reason(),
        again: None,
    }
}
