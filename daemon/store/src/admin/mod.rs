//! What operators set, and what they are told of SIMs, modems and uplinks.

pub(crate) mod callbacks;
pub(crate) mod findings;
pub(crate) mod incidents;
pub(crate) mod keys;
pub(crate) mod routes;
pub(crate) mod sim_health;
pub(crate) mod sims;
pub(crate) mod uplinks;
