//! What happens to messages, for those who are told.

use crate::{Carrier, MessageId, Reason, State};

/// A message came into a state.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    pub id: MessageId,
    pub state: State,
    /// The other party's, where it is known.
    pub number: Option<&'a str>,
    pub carrier: Option<&'a Carrier>,
    pub reason: Option<&'a Reason>,
    /// It came in, and a self-test sent it.
    pub test: bool,
}

impl Change<'_> {
    /// Of which nothing more is to be told.
    pub fn of(id: MessageId, state: State) -> Self {
        Self {
            id,
            state,
            number: None,
            carrier: None,
            reason: None,
            test: false,
        }
    }
}
