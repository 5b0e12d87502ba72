//! The two ways in which a report names its part.

pub(crate) mod by_id;
pub(crate) mod by_number;

use model::{Carrier, RowId};

/// After the validity the SMSC may still report, and it rounds a long validity up to a day
/// (TS 23.040 §9.2.3.12.1).
pub(crate) const SLACK_MS: i64 = 24 * 3600 * 1000;

/// A part that a report is about.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) row: RowId,
    pub(crate) part: u16,
    /// By which it was sent.
    pub(crate) carrier: Carrier,
}
