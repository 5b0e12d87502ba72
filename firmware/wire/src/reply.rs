//! What a board answers.

use serde::{Deserialize, Serialize};

use crate::{Fault, Limits, SlotStatus};

/// What a board answers. Variants are only ever appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// To [`crate::Request::Hello`].
    Hello(Hello),
    /// Done, or begun: the slot's state tells how far it is.
    Done,
    /// To [`crate::Request::Bank`].
    Bank(BankStatus),
    /// To [`crate::Request::Slot`].
    Slot(SlotStatus),
    /// To [`crate::Request::PrepareUpdate`].
    UpdateCode(u32),
    /// Nothing was done.
    Refused(Refusal),
}

/// Who a board is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version that the board speaks.
    pub protocol: u16,
    /// What it is.
    pub board: Board,
    /// The version of its firmware: major, minor, patch.
    pub firmware: [u8; 3],
    /// How many modems it has.
    pub slots: u8,
    /// How many SIM holders each modem has.
    pub sims: u8,
    /// What it can do.
    pub capabilities: Capabilities,
}

/// A kind of board. Variants are only ever appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Board {
    /// The reference board: an RP2040 with eight slots.
    Rp2040Eight,
    /// GPIO lines of the host itself.
    Gpio,
}

/// What a board can do: one bit each, and none is ever used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities(pub u32);

impl Capabilities {
    /// It switches power.
    pub const POWER: Self = Self(1);
    /// It presses PWRKEY.
    pub const KEY: Self = Self(1 << 1);
    /// It pulls RESET.
    pub const RESET: Self = Self(1 << 2);
    /// It chooses among SIM holders.
    pub const SIM: Self = Self(1 << 3);
    /// It has a lamp for each slot.
    pub const LED: Self = Self(1 << 4);
    /// It hears when a slot's switch reports too much current.
    pub const FAULT: Self = Self(1 << 5);
    /// It hears when the bank's supply breaks down.
    pub const SUPPLY: Self = Self(1 << 6);
    /// It can be told to load new firmware.
    pub const UPDATE: Self = Self(1 << 7);

    /// All of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` are among these.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// How the board is. Of each mask, bit 0 is slot 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankStatus {
    /// Seconds since the board started: a smaller number than before tells of a restart.
    pub uptime_s: u32,
    /// Why it started.
    pub reset: ResetCause,
    /// Modems whose power is on.
    pub powered: u16,
    /// Modems that are kept off by a fault.
    pub faulted: u16,
    /// The supply of the bank is as it should be, or nobody measures it.
    pub supply_good: bool,
    /// Times that the board found the host silent.
    pub silences: u16,
    /// Frames that could not be read.
    pub bad_frames: u32,
    /// The limits in force.
    pub limits: Limits,
}

/// Why a board started. Variants are only ever appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResetCause {
    /// Power came, or came back after it was too low: the chip cannot tell one from the other.
    Power,
    /// Somebody pulled the board's own reset.
    Pin,
    /// Its firmware hung, and the hardware watchdog bit.
    Watchdog,
    /// None of these.
    Other,
}

/// Why nothing was done. Variants are only ever appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The host speaks another version; this is the board's. The same octets in each version.
    Protocol {
        /// The board's version.
        board: u16,
    },
    /// No [`crate::Request::Hello`] came since the board started, or the last one was refused.
    NoHello,
    /// The board's firmware is older than this request.
    Unknown,
    /// The number is older than the last one: a late repeat.
    Stale,
    /// There is no such slot.
    NoSlot,
    /// There is no such SIM holder.
    NoSim,
    /// The board, or this slot, has no line for it.
    CannotDo,
    /// The modem must be off, and dark for long enough.
    NotOff,
    /// The modem must be on.
    NotOn,
    /// A fault keeps the slot off until somebody clears it.
    Faulted(Fault),
    /// The fault is still there.
    FaultPersists,
    /// A number is outside of what is safe.
    OutOfRange,
    /// The code of the update is not the one that was given, or it is too old.
    WrongCode,
}
