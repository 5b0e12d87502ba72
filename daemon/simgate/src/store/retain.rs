//! Retention: what is over and old goes, in small steps.

use crate::model::Time;

use super::{Store, StoreError};

impl Store {
    /// Deletes at most `limit` finished messages created before `before`, with all that
    /// belongs to them, and what else has served its time at `now`. How many messages went:
    /// `limit` means that there may be more.
    pub(crate) async fn retain(
        &self,
        _before: Time,
        _now: Time,
        _limit: usize,
    ) -> Result<usize, StoreError> {
        Err(StoreError::Closed)
    }
}
