//! Modems as the store remembers them.

use crate::Imei;

use super::{ModemKind, Time};

/// A modem that has been seen, plugged in or not.
#[derive(Clone, Debug)]
pub struct ModemRecord {
    pub imei: Imei,
    pub manufacturer: String,
    pub model: String,
    pub firmware: String,
    /// Name of the profile that drives it.
    pub profile: String,
    pub last_seen: Time,
    pub restarts: u32,
}

impl ModemRecord {
    pub fn kind(&self) -> ModemKind {
        ModemKind {
            manufacturer: self.manufacturer.clone(),
            model: self.model.clone(),
            firmware: self.firmware.clone(),
        }
    }
}
