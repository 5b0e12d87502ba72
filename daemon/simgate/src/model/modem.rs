//! Modems as the store remembers them.

use modem::Imei;

use super::{ModemKind, Time};

/// A modem that has been seen, plugged in or not.
#[derive(Clone, Debug)]
pub(crate) struct ModemRecord {
    pub(crate) imei: Imei,
    pub(crate) manufacturer: String,
    pub(crate) model: String,
    pub(crate) firmware: String,
    /// Name of the profile that drives it.
    pub(crate) profile: String,
    pub(crate) last_seen: Time,
    pub(crate) restarts: u32,
}

impl ModemRecord {
    pub(crate) fn kind(&self) -> ModemKind {
        ModemKind {
            manufacturer: self.manufacturer.clone(),
            model: self.model.clone(),
            firmware: self.firmware.clone(),
        }
    }
}
