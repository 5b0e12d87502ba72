//! What has moved without a step of its own.

use model::{Carrier, Change, Lane, MessageId, Reason, State, Time};

/// A message that evidence or its policy has moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub id: MessageId,
    pub to: String,
    pub state: State,
    /// None where nobody knows what carried it.
    pub carrier: Option<Carrier>,
    pub reason: Option<Reason>,
    /// It waits again, in this lane and from this time on.
    pub again: Option<(Lane, Time)>,
}

impl Settled {
    /// As it is told.
    pub fn change(&self) -> Change<'_> {
        Change {
            number: Some(&self.to),
            carrier: self.carrier.as_ref(),
            reason: self.reason.as_ref(),
            ..Change::of(self.id, self.state)
        }
    }
}
