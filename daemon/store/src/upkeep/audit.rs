//! Retention of the audit: the oldest rows go, and the chain stays one that can be looked through.

use std::time::Duration;

use crate::machine::writer::{Need, Tx};
use crate::tables::audit::{self, NewAudit};
use crate::upkeep::Upkeep;
use crate::{StoreError, rows};
use model::Time;

/// Nothing goes before the oldest row is so much older than need be: each time a row tells of it.
const AT_LEAST: Duration = Duration::from_hours(24);

impl Upkeep {
    /// Forgets at most `limit` of the oldest rows of the audit that are from before `before`; how many
    /// went. A row that is appended tells of it.
    pub async fn forget_audit(
        &self,
        before: Time,
        now: Time,
        limit: usize,
    ) -> Result<usize, StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| forget(tx, before, now, limit))
            .await
    }
}

fn forget(tx: &Tx<'_>, before: Time, now: Time, limit: usize) -> Result<usize, StoreError> {
    let due = Time(before.0 - i64::try_from(AT_LEAST.as_millis()).unwrap_or(i64::MAX));
    if !audit::begins_before(tx, due)? {
        return Ok(0);
    }
    let (gone, upto) = audit::forget(tx, before, rows(limit))?;
    if gone > 0 {
        let entry = NewAudit {
            at: now,
            actor: "retention".to_owned(),
            from: None,
            what: format!("forgot the rows of the audit up to {}", upto.0),
        };
        audit::append(tx, &entry)?;
    }
    Ok(gone)
}
