//! Five 74HC595 shift registers in a chain: forty outputs for four pins. An RP2040 has 30 pins, and
//! eight slots have 56 lines. Power has pins of its own, so that a chain that fails, or whose
//! firmware hangs while it shifts, cannot keep a modem on.

use core::cell::Cell;
use core::convert::Infallible;

use critical_section::Mutex;
use embassy_rp::Peri;
use embassy_rp::gpio::{AnyPin, Level, Output};
use embedded_hal::digital::{ErrorType, OutputPin};

/// What the outputs are to be. Bit `n` is output `n % 8` (QA to QH) of register `n / 8`.
static WANTED: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));

const REGISTERS: usize = 5;

/// The registers, from the one whose SER is the microcontroller's on.
#[derive(Clone, Copy)]
pub(crate) enum Register {
    Key,
    Reset,
    SimLow,
    SimHigh,
    Lamp,
}

/// One output.
pub(crate) struct Bit(u64);

impl Bit {
    pub(crate) fn new(register: Register, slot: usize) -> Self {
        Self(1 << (register as usize * 8 + slot))
    }
}

impl ErrorType for Bit {
    type Error = Infallible;
}

impl OutputPin for Bit {
    fn set_low(&mut self) -> Result<(), Infallible> {
        critical_section::with(|key| {
            let wanted = WANTED.borrow(key);
            wanted.set(wanted.get() & !self.0);
        });
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        critical_section::with(|key| {
            let wanted = WANTED.borrow(key);
            wanted.set(wanted.get() | self.0);
        });
        Ok(())
    }
}

/// The pins that the chain hangs on.
pub(crate) struct Chain {
    data: Output<'static>,
    clock: Output<'static>,
    latch: Output<'static>,
    enable: Output<'static>,
    shown: Option<u64>,
}

impl Chain {
    /// The outputs stay off (a resistor holds the enable high) until something is shown.
    pub(crate) fn new(
        data: Peri<'static, AnyPin>,
        clock: Peri<'static, AnyPin>,
        latch: Peri<'static, AnyPin>,
        enable: Peri<'static, AnyPin>,
    ) -> Self {
        Self {
            data: Output::new(data, Level::Low),
            clock: Output::new(clock, Level::Low),
            latch: Output::new(latch, Level::Low),
            enable: Output::new(enable, Level::High),
            shown: None,
        }
    }

    /// Brings what is wanted to the outputs, if it is not there. The last register comes first.
    pub(crate) fn show(&mut self) {
        let wanted = critical_section::with(|key| WANTED.borrow(key).get());
        if self.shown == Some(wanted) {
            return;
        }
        for bit in (0..REGISTERS * 8).rev() {
            self.data.set_level((wanted >> bit & 1 == 1).into());
            half_a_clock();
            self.clock.set_high();
            half_a_clock();
            self.clock.set_low();
        }
        self.latch.set_high();
        half_a_clock();
        self.latch.set_low();
        self.enable.set_low();
        self.shown = Some(wanted);
    }
}

/// 100 ns and more at 125 MHz: wires of a hand's length and 3.3 V are slow for a 74HC595.
fn half_a_clock() {
    cortex_m::asm::delay(13);
}
