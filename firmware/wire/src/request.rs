//! What a host asks. A slot counts from 0 here, and from 1 on screens.

use serde::{Deserialize, Serialize};

/// What a host asks of a board. Variants are only ever appended: postcard numbers them by order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Who are you? Must come first, and again after each start of either side.
    Hello {
        /// The version that the host speaks.
        protocol: u16,
    },
    /// I am here: nothing else to ask. Feeds the watchdog, as any request does.
    Ping,
    /// How is the board?
    Bank,
    /// How is a slot?
    Slot {
        /// Which.
        slot: u8,
    },
    /// Switch a modem on or off. The reply comes at once; the slot then goes through its states.
    Power {
        /// Which slot.
        slot: u8,
        /// To what.
        to: Power,
    },
    /// Cut a modem's power, and give it back. The board does both, so that a host that dies in
    /// between leaves no modem dark.
    Cycle {
        /// Which slot.
        slot: u8,
        /// How long it is dark; never shorter than the slot's [`Timing::dark_ms`].
        dark_ms: u16,
    },
    /// Press PWRKEY of a running modem for [`Timing::key_on_ms`].
    Key {
        /// Which slot.
        slot: u8,
    },
    /// Pull RESET of a running modem for [`Timing::reset_ms`].
    Reset {
        /// Which slot.
        slot: u8,
    },
    /// Connect a modem that is off with another of its SIM holders.
    Sim {
        /// Which slot.
        slot: u8,
        /// Which holder, from 0 on.
        sim: u8,
    },
    /// A person has looked at the fault: forget it. The modem stays off.
    ClearFault {
        /// Which slot.
        slot: u8,
    },
    /// The pulses and pauses that a slot's modem wants, until the board restarts.
    Timing {
        /// Which slot.
        slot: u8,
        /// What it wants.
        timing: Timing,
    },
    /// What holds for the whole bank, until the board restarts.
    Limits(Limits),
    /// I want to load new firmware. The board answers with a code, and changes nothing.
    PrepareUpdate,
    /// Load new firmware: the code proves that the request is meant. All modems must be off.
    Update {
        /// From [`crate::Reply::UpdateCode`].
        code: u32,
    },
}

/// What to switch a modem's power to. Variants are only ever appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Power {
    /// On, when its turn has come.
    On,
    /// Off: by PWRKEY first where the slot's timing says so, then the power is cut.
    Off,
    /// Off at once, as for a modem that hangs.
    Cut,
}

/// What a modem wants of its power and keys, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// From power to PWRKEY, while the supply settles.
    pub settle_ms: u16,
    /// The press of PWRKEY that starts the modem; 0 where the modem starts by itself.
    pub key_on_ms: u16,
    /// From the release of PWRKEY (or from the settled supply) until the slot counts as on.
    pub boot_ms: u16,
    /// The press of PWRKEY that ends the modem; 0 where only the power does.
    pub key_off_ms: u16,
    /// From that press until the power is cut: the modem leaves the network and closes its files.
    pub farewell_ms: u16,
    /// The pull on RESET; 0 where the line is not connected.
    pub reset_ms: u16,
    /// How long the modem stays dark at least, so that its capacitors are empty.
    pub dark_ms: u16,
}

/// What holds for the whole bank, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Between the switching on of two modems, so that their inrush currents do not add up.
    pub stagger_ms: u16,
    /// Without a word of the host for so long, the lamps show it.
    pub silence_ms: u16,
}
