//! Who changed what: append-only, each row bound to the one before by its hash.

use crate::model::{RowId, Time};

use super::{Store, StoreError};

/// A change to be remembered.
#[derive(Clone, Debug)]
pub(crate) struct NewAudit {
    pub(crate) at: Time,
    /// The key's or user's name.
    pub(crate) actor: String,
    /// The address it came from.
    pub(crate) from: Option<String>,
    /// What was done, to what. Never a secret, a message's text or a PIN.
    pub(crate) what: String,
}

/// A row of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuditRow {
    pub(crate) row: RowId,
    pub(crate) at: Time,
    pub(crate) actor: String,
    pub(crate) from: Option<String>,
    pub(crate) what: String,
    /// SHA-256 of this row and the hash before.
    pub(crate) hash: [u8; 32],
}

impl Store {
    /// Appends a row.
    pub(crate) async fn audit(&self, _entry: NewAudit) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }

    /// Newest first, those before row `before`.
    pub(crate) async fn audited(
        &self,
        _limit: usize,
        _before: Option<RowId>,
    ) -> Result<Vec<AuditRow>, StoreError> {
        Err(StoreError::Closed)
    }
}
