//! The logic of a bank controller: what each line of each slot does, and when.
//!
//! The same code runs on the board and on a computer's own GPIO lines. It knows lines by the traits
//! of embedded-hal, reads no clock and never waits. Time is an argument: milliseconds of any clock
//! that never goes back. Whoever owns a [`Controller`] calls [`Controller::tick`] at the time that
//! the last call named, or earlier.
//!
//! What holds, whatever a host asks:
//!
//! - A slot gets power only when somebody asked for it since the start.
//! - Between the switching on of two modems there are [`bank_wire::Limits::stagger_ms`].
//! - A modem that lost its power stays dark for [`bank_wire::Timing::dark_ms`] at least.
//! - SIM lines change while the modem is off and has been dark for long enough.
//! - PWRKEY and RESET are active while the modem has power, and never both.
//! - After a fault the slot stays off until somebody clears the fault and asks for power again.
//! - A host that is silent changes no modem.

#![no_std]

mod controller;
mod lamp;
mod limits;
mod lines;
mod link;
mod modules;
mod slot;
mod update;

pub use controller::{Controller, Identity};
pub use limits::{DEFAULT_LIMITS, FAULT_HOLD_MS, SAMPLE_MS, SUPPLY_HOLD_MS};
pub use lines::Lines;
pub use link::Link;
pub use modules::{EC25, M95, MODULES, SIM800, SIM7000, USB};
