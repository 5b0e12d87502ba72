//! Messages by the other party, both directions together.

use crate::model::{Message, RowId};

use super::{Store, StoreError};

/// All messages to and from one number.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) number: String,
    pub(crate) last: Message,
    pub(crate) count: u64,
}

impl Store {
    /// The conversations whose last message is before row `before`, latest first.
    pub(crate) async fn conversations(
        &self,
        _limit: usize,
        _before: Option<RowId>,
    ) -> Result<Vec<Conversation>, StoreError> {
        Err(StoreError::Closed)
    }

    /// The messages of one conversation, newest first, without parts.
    pub(crate) async fn conversation(
        &self,
        _number: &str,
        _limit: usize,
        _before: Option<RowId>,
    ) -> Result<Vec<Message>, StoreError> {
        Err(StoreError::Closed)
    }
}
