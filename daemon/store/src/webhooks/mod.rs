//! Webhooks, and the queue of what is posted to them and to the `callback_url`s of messages.
//!
//! Events of messages come into the queue in the commit that makes them: changes by triggers, new
//! messages by [`told`]; the others by [`Webhooks::tell`]. Those about one thing wait for each other.

pub(crate) mod config;
pub(crate) mod listing;
mod queue;
mod tidy;
pub(crate) mod told;

pub use listing::{DeliveryFilter, ListedDelivery};
pub use queue::{DeliveryLine, DueDelivery, EventAbout, NewEvent, Tried};

use crate::machine::access::Access;

/// What is told to whom.
#[derive(Clone)]
pub struct Webhooks {
    file: Access,
}

impl Webhooks {
    pub(crate) fn new(file: Access) -> Self {
        Self { file }
    }
}
