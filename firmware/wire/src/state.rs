//! The states of a slot.

use serde::{Deserialize, Serialize};

/// How a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotStatus {
    /// Which.
    pub slot: u8,
    /// Its state.
    pub state: SlotState,
    /// Somebody wants its modem on: it will come on without another request.
    pub wanted: bool,
    /// The SIM holder that it is connected with.
    pub sim: u8,
    /// The slot's switch reports a fault at this moment.
    pub fault_input: bool,
}

/// What a slot is doing. Variants are only ever appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SlotState {
    /// Dark, for long enough to do anything.
    Off,
    /// Waits for its turn to be switched on.
    Waiting,
    /// Has power; the supply settles, PWRKEY is pressed, or the modem boots.
    Rising,
    /// On.
    On,
    /// On, and PWRKEY is pressed.
    Key,
    /// On, and RESET is pulled.
    Reset,
    /// Was told to end by PWRKEY; the power is cut soon.
    Falling,
    /// Dark, and not yet for long enough.
    Dark,
    /// Kept off.
    Fault(Fault),
}

/// What keeps a slot off. Variants are only ever appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// Its switch reported too much current, or too much heat, while the modem had power.
    Overcurrent,
    /// Its switch reported a fault before it was switched on: a short circuit, or a broken wire.
    BeforePower,
    /// The bank's supply broke down while the modem had power.
    Supply,
    /// A line of the slot could not be set.
    Line,
}
