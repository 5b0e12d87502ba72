//! Inbound parts: known again when redelivered, joined when all are there.

use crate::model::{Content, InboundPart, MessageId, RawPart, Time};

use super::{Store, StoreError};

/// Reads stored parts, in the order of their sequence, as one message. Must not fail:
/// what cannot be decoded is given as octets.
pub(crate) type Join = fn(&[RawPart]) -> Content;

/// What became of an inbound part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// Stored before: acknowledge or delete it again, tell nobody.
    Duplicate,
    /// On disk, waiting for the other parts.
    Held { have: u16, total: u16 },
    /// This was the last one missing.
    Complete(MessageId),
}

impl Store {
    /// Commits a part; then it may be acknowledged to the network or deleted from the SIM.
    pub(crate) async fn receive(
        &self,
        _part: InboundPart,
        _join: Join,
    ) -> Result<Received, StoreError> {
        Err(StoreError::Closed)
    }

    /// Makes messages with `complete = false` of what has been waiting since before `before`.
    pub(crate) async fn release_incomplete(
        &self,
        _before: Time,
        _join: Join,
    ) -> Result<Vec<MessageId>, StoreError> {
        Err(StoreError::Closed)
    }

    /// When the oldest part that still waits for others came.
    pub(crate) async fn oldest_incomplete(&self) -> Result<Option<Time>, StoreError> {
        Err(StoreError::Closed)
    }
}
