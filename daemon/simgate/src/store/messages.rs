//! Messages as they are read: one, lists of them, and their history.

use modem::Iccid;

use crate::model::{Direction, HistoryRow, Message, MessageId, RowId, State, Time};

use super::{Store, StoreError};

/// Which messages to list; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) direction: Option<Direction>,
    pub(crate) state: Option<State>,
    /// As [`Message::to`].
    pub(crate) to: Option<String>,
    /// As [`Message::from`].
    pub(crate) from: Option<String>,
    pub(crate) sim: Option<Iccid>,
    pub(crate) reference: Option<String>,
    /// Words of the text, in any order; the last letters of each may be missing.
    pub(crate) q: Option<String>,
    /// Created at or after.
    pub(crate) since: Option<Time>,
    /// Created before.
    pub(crate) until: Option<Time>,
}

impl Store {
    /// One message with its parts.
    pub(crate) async fn message(&self, _id: MessageId) -> Result<Option<Message>, StoreError> {
        Err(StoreError::Closed)
    }

    /// The messages of these rows that exist, with their parts, in the order asked for.
    pub(crate) async fn messages_at(&self, _rows: Vec<RowId>) -> Result<Vec<Message>, StoreError> {
        Err(StoreError::Closed)
    }

    /// Newest first, without parts, those before row `before`: a page stays what it is
    /// while new messages come.
    pub(crate) async fn messages(
        &self,
        _filter: Filter,
        _limit: usize,
        _before: Option<RowId>,
    ) -> Result<Vec<Message>, StoreError> {
        Err(StoreError::Closed)
    }

    /// Every step of a message, oldest first, beginning with `accepted` or `received`.
    pub(crate) async fn history(
        &self,
        _id: MessageId,
    ) -> Result<Option<Vec<HistoryRow>>, StoreError> {
        Err(StoreError::Closed)
    }
}
