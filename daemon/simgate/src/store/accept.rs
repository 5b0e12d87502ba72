//! Admission: messages become durable here.

use crate::model::{KeyId, NewMessage, Queued, Time};

use super::{Store, StoreError};

/// The answer to remember under an `Idempotency-Key`, committed with what it tells of.
#[derive(Clone, Debug)]
pub(crate) struct NewReplay {
    pub(crate) key: KeyId,
    /// The `Idempotency-Key`.
    pub(crate) name: String,
    /// SHA-256 of the request: another request under the same name is a conflict.
    pub(crate) request: [u8; 32],
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) at: Time,
}

/// What an `Idempotency-Key` stands for already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Replayed {
    /// The same request was answered like this.
    Answer { status: u16, body: Vec<u8> },
    /// The name was used for another request.
    Conflict,
}

/// What became of an acceptance.
#[derive(Clone, Debug)]
pub(crate) enum Accepted {
    /// On disk. Those that are due now; scheduled ones are not among them.
    Stored(Vec<Queued>),
    /// The same request came before: nothing was stored, this was the answer.
    Replay { status: u16, body: Vec<u8> },
    /// The name was used for another request: nothing was stored.
    Conflict,
}

impl Store {
    /// Stores all of `messages` or none, and returns when they are on disk.
    pub(crate) async fn accept(
        &self,
        _messages: Vec<NewMessage>,
        _replay: Option<NewReplay>,
    ) -> Result<Accepted, StoreError> {
        Err(StoreError::Closed)
    }

    /// The answer given under this `Idempotency-Key` in the last 24 hours before `now`.
    pub(crate) async fn replay(
        &self,
        _key: KeyId,
        _name: &str,
        _request: [u8; 32],
        _now: Time,
    ) -> Result<Option<Replayed>, StoreError> {
        Err(StoreError::Closed)
    }
}
