//! Messages as people read them: one, lists, searches, conversations.

pub(crate) mod conversations;
pub(crate) mod history;
pub(crate) mod index;
pub(crate) mod listing;
pub(crate) mod messages;
pub(crate) mod overview;
pub(crate) mod reach;
pub(crate) mod replays;
pub(crate) mod standing;
pub(crate) mod summary;
pub(crate) mod waiting;

use crate::machine::access::Access;

/// Messages as they are shown.
#[derive(Clone)]
pub struct Reading {
    file: Access,
}

impl Reading {
    pub(crate) fn new(file: Access) -> Self {
        Self { file }
    }
}
