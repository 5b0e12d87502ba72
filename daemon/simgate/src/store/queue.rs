//! The queue as the scheduler sees it.

use crate::model::{Lane, MessageId, Priority, Queued, RowId, State, Time};

use super::{Store, StoreError};

/// What became of a cancellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancelled {
    Done,
    NotFound,
    /// Too late: it is in this state.
    Refused(State),
}

impl Store {
    /// The lanes in which something is `queued`, due or not.
    pub(crate) async fn lanes(&self) -> Result<Vec<Lane>, StoreError> {
        Err(StoreError::Closed)
    }

    /// The next `limit` messages of a lane that are due at `now`, in the order of
    /// (`due_at`, row), after the one given.
    pub(crate) async fn waiting(
        &self,
        _lane: &Lane,
        _after: Option<(Time, RowId)>,
        _now: Time,
        _limit: usize,
    ) -> Result<Vec<Queued>, StoreError> {
        Err(StoreError::Closed)
    }

    /// When the next message becomes due: the earliest `due_at` after `now` of those `queued`,
    /// or the earliest `send_at` of those `scheduled` (even one that is past: promote it).
    pub(crate) async fn next_due(&self, _now: Time) -> Result<Option<Time>, StoreError> {
        Err(StoreError::Closed)
    }

    /// The earliest end of a validity among those `queued` or `scheduled`.
    pub(crate) async fn next_expiry(&self) -> Result<Option<Time>, StoreError> {
        Err(StoreError::Closed)
    }

    /// Makes `queued` what was `scheduled` until `now`, a bounded number at a time
    /// ([`Store::next_due`] tells of the rest); the lanes that have more now.
    pub(crate) async fn promote(&self, _now: Time) -> Result<Vec<Lane>, StoreError> {
        Err(StoreError::Closed)
    }

    /// Cancels a message that is `scheduled` or `queued`.
    pub(crate) async fn cancel(&self, _id: MessageId, _now: Time) -> Result<Cancelled, StoreError> {
        Err(StoreError::Closed)
    }

    /// Expires at most `limit` messages whose validity ended before or at `now`.
    pub(crate) async fn expire(
        &self,
        _now: Time,
        _limit: usize,
    ) -> Result<Vec<(RowId, MessageId)>, StoreError> {
        Err(StoreError::Closed)
    }

    /// How many messages are `queued`, by priority. Kept in memory: costs nothing.
    pub(crate) fn queue_depth(&self) -> [(Priority, u64); 3] {
        Priority::ALL.map(|priority| (priority, 0))
    }
}
