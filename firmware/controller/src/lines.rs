//! The lines of one slot.

use embedded_hal::digital::{InputPin, OutputPin};

/// The lines of one slot. High is active: each drives a transistor, or a switch's enable. What a
/// board lacks is `None`.
#[derive(Debug)]
pub struct Lines<O, I> {
    /// Enables the slot's power switch.
    pub power: O,
    /// Pulls PWRKEY down by a transistor.
    pub key: Option<O>,
    /// Pulls RESET down by a transistor.
    pub reset: Option<O>,
    /// Chooses the SIM holder, least significant bit first.
    pub sim: [Option<O>; 2],
    /// The slot's lamp.
    pub lamp: Option<O>,
    /// Low while the power switch reports a fault: such outputs are open-drain.
    pub fault: Option<I>,
}

/// A line could not be set. On a microcontroller this never happens, on a computer's GPIO it may.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineFailed;

pub(crate) fn set<O: OutputPin>(line: &mut O, active: bool) -> Result<(), LineFailed> {
    line.set_state(active.into()).map_err(|_| LineFailed)
}

/// Sets a line that a board may lack.
pub(crate) fn set_some<O: OutputPin>(line: &mut Option<O>, active: bool) -> Result<(), LineFailed> {
    line.as_mut().map_or(Ok(()), |line| set(line, active))
}

/// Whether a line that is low on trouble is so. One that cannot be read is trouble.
pub(crate) fn is_low<I: InputPin>(line: &mut Option<I>) -> bool {
    line.as_mut()
        .is_some_and(|line| line.is_low().unwrap_or(true))
}
