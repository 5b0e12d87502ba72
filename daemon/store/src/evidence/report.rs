//! A carrier's report on a part: a SIM's status report, or an uplink's receipt.

use super::fate::{NewReport, ReportKey, apply};
use super::finding::Found;
use super::owner::{self, Search};
use super::settled::Settled;
use super::{Evidence, kept};
use crate::StoreError;
use crate::machine::writer::{Need, Tx};
use crate::tables::outbound::Outbound;
use model::{Carrier, MessageId, RowId, State};

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reported {
    /// It belongs to this part; `state` is the message's now, `changed` by this report or not.
    Matched {
        id: MessageId,
        row: RowId,
        part: u16,
        state: State,
        /// By which the part was sent: of a receipt, perhaps another uplink of its account.
        carrier: Carrier,
        changed: bool,
        /// Messages that it settled: this one was uncertain, and others before it on its SIM.
        settled: Vec<Settled>,
    },
    /// No part is known to be meant. Kept: the answer that names its part may come later.
    Unmatched,
    /// It came before, or more of it than is waited for.
    Repeated,
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
    let search = match &report.key {
        ReportKey::Number(key) => owner::of_status_report(tx, report, key)?,
        ReportKey::Id(key) => owner::of_receipt(tx, report, key)?,
    };
    let (found, settled) = match search {
        Search::Found(found, settled) => (found, settled),
        Search::Repeated => return Ok(Reported::Repeated),
        Search::Nobody => {
            kept::keep(tx, report)?;
            return Ok(Reported::Unmatched);
        }
    };
    let Found { row, part, carrier } = found;
    let Some(mut message) = Outbound::load(tx, row)? else {
        return Ok(Reported::Unmatched);
    };
    let changed = apply(tx, &mut message, part, &report.by(), &report.fate())?;
    Ok(Reported::Matched {
        id: message.id,
        row,
        part,
        state: message.state,
        carrier,
        changed,
        settled,
    })
}
