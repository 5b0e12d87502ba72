//! Status reports find their part.

use modem::Iccid;

use crate::model::{MessageId, RowId, State, Time};

use super::{Store, StoreError};

/// What a TP-ST says of the part (TS 23.040 §9.2.3.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportClass {
    Delivered,
    /// Temporary error, the SMSC goes on trying: another report follows.
    StillTrying,
    Permanent,
    /// Temporary error, the SMSC tries no more.
    GaveUp,
}

/// One SMS-STATUS-REPORT, ready to be committed.
#[derive(Clone, Debug)]
pub(crate) struct NewReport {
    pub(crate) iccid: Iccid,
    /// TP-MR of the submit.
    pub(crate) mr: u8,
    /// TP-RA as text: E.164 with `+`, national digits or a short code.
    pub(crate) recipient: String,
    /// TP-SCTS, when the SMSC took the part.
    pub(crate) smsc_time: Option<Time>,
    /// TP-DT.
    pub(crate) discharged_at: Option<Time>,
    /// TP-ST.
    pub(crate) tp_status: u8,
    pub(crate) class: ReportClass,
    /// What `tp_status` means, for people.
    pub(crate) text: String,
    pub(crate) received_at: Time,
    /// SHA-256 of what makes a redelivery known.
    pub(crate) fingerprint: [u8; 32],
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reported {
    /// It belongs to this part; `state` is the message's now, `changed` by this report or not.
    Matched {
        id: MessageId,
        row: RowId,
        part: u16,
        state: State,
        changed: bool,
    },
    /// No part waits for it. Kept: the `+CMGS` it belongs to may come within a minute.
    Unmatched,
    /// Stored before.
    Duplicate,
}

impl Store {
    /// Commits a report, matched to its part or not; then it may be acknowledged.
    pub(crate) async fn report(&self, _report: NewReport) -> Result<Reported, StoreError> {
        Err(StoreError::Closed)
    }
}
