//! SMPP uplinks at work.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{UplinkConfig, UplinkName, UplinkStatus};

/// The uplinks there are; clones share them.
#[derive(Clone, Default)]
pub(crate) struct Uplinks(Arc<Mutex<HashMap<UplinkName, UplinkConfig>>>);

impl Uplinks {
    /// An uplink was configured, or is gone.
    pub(crate) async fn set(&self, name: &UplinkName, config: Option<UplinkConfig>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match config {
            Some(config) => known.insert(name.clone(), config),
            None => known.remove(name),
        };
    }

    /// None when there is no such uplink.
    pub(crate) fn status(&self, _name: &UplinkName) -> Option<UplinkStatus> {
        None
    }
}
