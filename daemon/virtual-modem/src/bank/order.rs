//! What the tasks of the bank are told: each carries out what is given to it on what it owns.

use std::time::Instant;

use crate::network::Network;

use super::station::Station;

/// Orders that wait for a modem; whoever gives more waits, and what the network has is lost on the air.
pub(super) const MAILBOX: usize = 256;

/// Carried out by the task that owns a modem.
pub(super) type Order = Box<dyn FnOnce(&mut Station) + Send>;

/// Carried out by the task that owns the network.
pub(super) type NetworkOrder = Box<dyn FnOnce(&mut Network, Instant) + Send>;
