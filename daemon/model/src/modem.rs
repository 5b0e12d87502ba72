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
    /// One of a kind that does not matter.
    #[cfg(feature = "samples")]
    pub fn sample(imei: Imei, last_seen: Time) -> Self {
        Self {
            imei,
            manufacturer: "Maker".to_owned(),
            model: "M1".to_owned(),
            firmware: "1.0".to_owned(),
            profile: "generic".to_owned(),
            last_seen,
            restarts: 0,
        }
    }

    pub fn kind(&self) -> ModemKind {
        ModemKind {
            manufacturer: self.manufacturer.clone(),
            model: self.model.clone(),
            firmware: self.firmware.clone(),
        }
    }
}
