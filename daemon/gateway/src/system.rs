//! What runs here: its room on the disk, its certificate, and what it keeps for how long.

use store::StoreError;

use crate::Gateway;
use crate::attention::Certificate;
use crate::settings::{BackupSettings, DefaultSettings, RetentionSettings};

/// What an admin looks up of the gateway itself.
#[derive(Clone, Debug)]
pub struct System {
    /// Octets of the database and its log.
    pub database_bytes: u64,
    /// Octets that are free on its disk, where that is told.
    pub free_bytes: Option<u64>,
    /// None: HTTP without TLS.
    pub certificate: Option<Certificate>,
    pub retention: RetentionSettings,
    pub backup: BackupSettings,
    pub defaults: DefaultSettings,
    /// The country of numbers without `+`, in two letters.
    pub country: Option<String>,
}

impl Gateway {
    /// The disk is looked at on a thread of its own.
    pub async fn system(&self) -> Result<System, StoreError> {
        let store = self.0.store.clone();
        let room = tokio::task::spawn_blocking(move || (store.size(), store.free_space()));
        let (database_bytes, free_bytes) = room.await.map_err(|_| StoreError::Closed)?;
        let settings = &self.0.settings;
        Ok(System {
            database_bytes,
            free_bytes,
            certificate: self.attention().certificate(),
            retention: settings.retention.clone(),
            backup: settings.backup.clone(),
            defaults: settings.defaults.clone(),
            country: self.defaults().country().map(|country| country.to_string()),
        })
    }
}
