//! Status reports find their part.

mod orphans;
mod owner;

use model::{Carrier, Iccid, MessageId, PartState, Reason, RowId, State, Time};

use crate::StoreError;
use crate::columns::as_code;
use crate::evidence::Evidence;
use crate::evidence::doubts;
use crate::evidence::doubts::Settled;
use crate::machine::writer::{Need, Tx};
use crate::tables::history::Entry;
use crate::tables::outbound::Outbound;
use crate::tables::seen;
use crate::values::params;

use orphans::keep_orphan;
pub(crate) use orphans::{adopt_orphan, reconsider};
pub(crate) use owner::AGAIN_MS;
use owner::{About, Given, give, owner};

/// After the validity the SMSC may still report, and it rounds a long validity up to a day
/// (TS 23.040 §9.2.3.12.1).
pub(crate) const SLACK_MS: i64 = 24 * 3600 * 1000;
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

/// One SMS-STATUS-REPORT, ready to be committed.
#[derive(Clone, Debug)]
pub struct NewReport {
    pub iccid: Iccid,
    /// TP-MR of the submit.
    pub mr: u8,
    /// TP-RA as text: E.164 with `+`, national digits or a short code.
    pub recipient: String,
    /// TP-SCTS, when the SMSC took the part.
    pub smsc_time: Option<Time>,
    /// TP-DT.
    pub discharged_at: Option<Time>,
    /// TP-ST.
    pub tp_status: u8,
    pub class: ReportClass,
    /// What `tp_status` means, for people.
    pub text: String,
    pub received_at: Time,
    /// SHA-256 of what makes a redelivery known.
    pub fingerprint: [u8; 32],
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reported {
    /// It belongs to this part; `state` is the message's now, `changed` by this report or not.
    Matched {
        id: MessageId,
        row: RowId,
        part: u16,
        state: State,
        changed: bool,
        /// Messages that it settled: this one was uncertain, and others before it on its SIM.
        settled: Vec<Settled>,
    },
    /// No part waits for it. Kept: the `+CMGS` it belongs to may come within a minute.
    Unmatched,
    /// Stored before.
    Duplicate,
}

impl Evidence {
    /// Commits a report, matched to its part or not; then it may be acknowledged.
    pub async fn report(&self, report: NewReport) -> Result<Reported, StoreError> {
        self.file
            .write(Need::Arrival, move |tx| take(tx, &report))
            .await
    }
}

pub(crate) fn take(tx: &mut Tx<'_>, report: &NewReport) -> Result<Reported, StoreError> {
    if !seen::remember(tx, &report.fingerprint, report.received_at)? {
        return Ok(Reported::Duplicate);
    }
    let about = About {
        carrier: report.iccid.as_str(),
        mr: report.mr,
        recipient: &report.recipient,
        at: report.received_at,
        kept: false,
    };
    let Some(owner) = owner(tx, &about)? else {
        keep_orphan(tx, report)?;
        return Ok(Reported::Unmatched);
    };
    let given = give(
        tx,
        owner,
        &about,
        (&Verdict::of(report), report.received_at),
    )?;
    let Some(Given {
        message,
        part,
        changed,
        settled,
    }) = given
    else {
        keep_orphan(tx, report)?;
        return Ok(Reported::Unmatched);
    };
    let (id, row, state) = (message.id, message.row, message.state);
    Ok(Reported::Matched {
        id,
        row,
        part,
        state,
        changed,
        settled,
    })
}

/// What a report says, without what it was found by.
pub(crate) struct Verdict {
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

impl Verdict {
    fn of(report: &NewReport) -> Self {
        Self {
            class: report.class,
            tp_status: Some(report.tp_status),
            code: code(report.tp_status),
            text: report.text.clone(),
            discharged_at: report.discharged_at.unwrap_or(report.received_at),
            at: report.received_at,
        }
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

fn code(tp_status: u8) -> String {
    format!("tp-status-{tp_status}")
}

/// Writes a report to its part and rolls the message up; true when that gave it another state.
pub(crate) fn apply(
    tx: &mut Tx<'_>,
    message: &mut Outbound,
    part: u16,
    carrier: &str,
    verdict: &Verdict,
) -> Result<bool, StoreError> {
    let delivered = verdict.class == ReportClass::Delivered;
    let reason = verdict.reason();
    // TP-DT has whole seconds and the clock of the SMSC: never before it was sent.
    tx.execute(
        "UPDATE parts SET state = ?3, tp_status = ?4, awaits = ?5,
             delivered_at = max(?6, coalesce(sent_at, ?6)),
             reason_code = ?7, reason_detail = ?8
         WHERE message = ?1 AND seq = ?2",
        params![
            message.row,
            part,
            verdict.part_state(),
            verdict.tp_status,
            verdict.class == ReportClass::StillTrying,
            delivered.then_some(verdict.discharged_at),
            reason.as_ref().map(|reason| &reason.code),
            reason.as_ref().map(|reason| &reason.detail)
        ],
    )?;
    let entry = Entry {
        at: verdict.at,
        step: "report",
        part: Some(part),
        sim: Some(carrier),
        detail: Some(&match verdict.tp_status {
            Some(tp_status) => format!("TP-ST {tp_status}: {}", verdict.text),
            None => verdict.text.clone(),
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
pub(crate) fn moved(message: &Outbound, carrier: &Carrier, verdict: &Verdict) -> Settled {
    Settled {
        id: message.id,
        to: message.to.clone(),
        state: message.state,
        carrier: carrier.clone(),
        reason: verdict.reason(),
        again: None,
    }
}

/// Forgets reports that no part claimed.
pub(crate) fn prune(tx: &Tx<'_>, now: Time) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM orphans WHERE received_at < ?1",
        [now.0 - seen::KEPT_MS],
    )?;
    tx.execute(
        "DELETE FROM early_receipts WHERE received_at < ?1",
        [now.0 - seen::KEPT_MS],
    )?;
    doubts::prune_strays(tx, now)
}
