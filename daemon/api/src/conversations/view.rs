//! Conversations as they are shown.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::messages::view::MessageView;
use crate::page::{Cursor, Listing};
use gateway::records::{Conversation, Work};
use model::Time;

/// All messages to and from one number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conversation)]
pub(super) struct ConversationView {
    /// The other party.
    #[schema(example = "+84901234567")]
    number: String,
    /// The newest message, of either direction.
    last: MessageView,
    /// Messages in it, without those of self-tests.
    count: u64,
    #[serde(flatten)]
    work: WorkView,
    /// Messages that came in and that the user has not read, at most 100. Null for a key: keys have no
    /// read marks.
    #[schema(required)]
    unread: Option<u64>,
}

impl From<Conversation> for ConversationView {
    fn from(row: Conversation) -> Self {
        Self {
            number: row.number,
            last: MessageView::listed(row.last),
            count: row.count,
            work: row.work.into(),
            unread: row.unread,
        }
    }
}

/// How a conversation stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConversationWork)]
pub(super) struct WorkView {
    state: StateView,
    /// Name of the user who looks after it; null: nobody.
    #[schema(required, example = "anna")]
    assigned: Option<String>,
    /// Give it with a change: one that somebody else has made stale is refused.
    #[schema(example = "3-18842")]
    version: String,
}

impl From<Work> for WorkView {
    fn from(work: Work) -> Self {
        Self {
            state: if work.done {
                StateView::Done
            } else {
                StateView::Open
            },
            assigned: work.assigned,
            version: work.seen.to_string(),
        }
    }
}

/// Whether somebody has to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ConversationState)]
#[serde(rename_all = "snake_case")]
pub(super) enum StateView {
    /// As each is at first, and again when a message comes in.
    Open,
    /// Nobody has to answer any more.
    Done,
}

/// A conversation: how it stands, and one page of its messages, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConversationThread)]
pub(super) struct ThreadView {
    /// The other party.
    #[schema(example = "+84901234567")]
    pub(super) number: String,
    #[serde(flatten)]
    pub(super) work: WorkView,
    /// Messages that came in and that the user has not read, at most 100. Null for a key: keys have no
    /// read marks.
    #[schema(required)]
    pub(super) unread: Option<u64>,
    /// Without the messages' parts.
    pub(super) items: Vec<MessageView>,
    /// Give it as `cursor` for the next page; null on the last one.
    #[schema(required)]
    pub(super) next_cursor: Option<Cursor>,
    /// The answer may lack messages that are newer than this, because they are not indexed yet;
    /// null when it lacks none.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub(super) indexed_until: Option<Time>,
}

impl ThreadView {
    pub(super) fn of(
        number: String,
        (work, unread): (Work, Option<u64>),
        messages: Listing<MessageView>,
    ) -> Self {
        Self {
            number,
            work: work.into(),
            unread,
            items: messages.items,
            next_cursor: messages.next_cursor,
            indexed_until: messages.indexed_until,
        }
    }
}
