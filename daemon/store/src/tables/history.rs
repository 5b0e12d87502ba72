//! The history of a message: each step, as it is written.

use crate::StoreError;
use crate::machine::writer::Tx;
use crate::values::params;
use model::{Carrier, HistoryStep, RowId, Time};

/// A step to be written.
pub(crate) struct Entry<'a> {
    pub(crate) at: Time,
    pub(crate) step: HistoryStep,
    pub(crate) part: Option<u16>,
    pub(crate) carrier: Option<&'a Carrier>,
    pub(crate) detail: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// Of the message as a whole, with no more to tell.
    pub(crate) fn new(step: HistoryStep, at: Time) -> Self {
        Self {
            at,
            step,
            part: None,
            carrier: None,
            detail: None,
        }
    }

    /// Of a part, in the hands of a carrier.
    pub(crate) fn of_part(
        step: HistoryStep,
        at: Time,
        part: u16,
        carrier: impl Into<Option<&'a Carrier>>,
    ) -> Self {
        Self {
            part: Some(part),
            carrier: carrier.into(),
            ..Self::new(step, at)
        }
    }

    pub(crate) fn saying(self, detail: &'a str) -> Self {
        Self {
            detail: Some(detail),
            ..self
        }
    }
}

/// Appends a step to a message's history.
pub(crate) fn append(tx: &Tx<'_>, message: RowId, entry: &Entry<'_>) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO history (message, n, at, step, part, carrier, detail)
         VALUES (?1, (SELECT coalesce(max(n), 0) + 1 FROM history WHERE message = ?1),
             ?2, ?3, ?4, ?5, ?6)",
        params![
            message,
            entry.at,
            entry.step.as_str(),
            entry.part,
            entry.carrier,
            entry.detail
        ],
    )
}
