//! Messages as people read them: one, lists, searches, conversations.

pub(crate) mod conversations;
pub(crate) mod index;
pub(crate) mod listing;
pub(crate) mod messages;
pub(crate) mod overview;
pub(crate) mod reach;
