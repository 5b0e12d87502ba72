//! The country whose national numbers are understood, as it is now: an admin may set another while the gateway runs.

use std::sync::{Arc, PoisonError, RwLock};

use super::number::Country;

/// A handle; clones share one country.
#[derive(Clone, Debug, Default)]
pub struct HomeCountry(Arc<RwLock<Option<Country>>>);

impl HomeCountry {
    pub(crate) fn get(&self) -> Option<Country> {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, country: Option<Country>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = country;
    }
}

impl From<Option<Country>> for HomeCountry {
    fn from(country: Option<Country>) -> Self {
        Self(Arc::new(RwLock::new(country)))
    }
}
