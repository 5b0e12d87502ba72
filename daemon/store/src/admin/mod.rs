//! What operators set, and what they are told of SIMs, modems and uplinks.

pub(crate) mod attention;
pub(crate) mod audit;
mod audit_key;
pub(crate) mod country;
pub(crate) mod findings;
pub(crate) mod import;
pub(crate) mod incidents;
pub(crate) mod keys;
pub(crate) mod routes;
pub(crate) mod sessions;
pub(crate) mod sim_health;
pub(crate) mod sims;
pub(crate) mod suppressions;
pub(crate) mod templates;
pub(crate) mod uplinks;
pub(crate) mod users;

use std::sync::Arc;

use crate::machine::access::Access;

/// What operators set and are told.
#[derive(Clone)]
pub struct Admin {
    file: Access,
    keys: Arc<keys::Cache>,
}

impl Admin {
    pub(crate) fn new(file: Access) -> Self {
        Self {
            file,
            keys: Arc::default(),
        }
    }
}
