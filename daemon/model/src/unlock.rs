//! What a locked SIM is opened with.

use crate::{Lock, Pin, Puk};

/// What unlocks a SIM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnlockCode {
    /// The PIN.
    Pin(Pin),
    /// The PUK, which gives the SIM a new PIN.
    Puk {
        /// The PUK.
        puk: Puk,
        /// What the PIN is from then on.
        new_pin: Pin,
    },
}

impl UnlockCode {
    /// The lock that it is for.
    pub fn opens(&self) -> Lock {
        match self {
            Self::Pin(_) => Lock::Pin,
            Self::Puk { .. } => Lock::Puk,
        }
    }

    /// What the PIN is when it was right.
    pub fn into_pin(self) -> Pin {
        match self {
            Self::Pin(pin) | Self::Puk { new_pin: pin, .. } => pin,
        }
    }
}
