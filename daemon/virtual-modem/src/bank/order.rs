//! What the task of the network is told: it carries out what is given to it on the network.

use std::time::Instant;

use crate::network::Network;

/// Carried out by the task that owns the network.
pub(super) type NetworkOrder = Box<dyn FnOnce(&mut Network, Instant) + Send>;
