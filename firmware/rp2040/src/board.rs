//! The board's pins as the controller's lines.

use core::cell::RefCell;
use core::convert::Infallible;

use bank_controller::{Controller, Identity, Lines, Link};
use bank_wire::{Board as Kind, Frame, ResetCause};
use embassy_rp::Peri;
use embassy_rp::gpio::{AnyPin, Input, Level, Output, Pull};
use embassy_rp::watchdog::Watchdog;
use embassy_time::Instant;
use embedded_hal::digital::{ErrorType, OutputPin};

use crate::chain::{Bit, Chain, Register};

pub(crate) const SLOTS: usize = 8;

/// The pins, by what they are for.
pub(crate) struct Pins {
    /// Of each slot, power and fault.
    pub(crate) slots: [(Peri<'static, AnyPin>, Peri<'static, AnyPin>); SLOTS],
    pub(crate) data: Peri<'static, AnyPin>,
    pub(crate) clock: Peri<'static, AnyPin>,
    pub(crate) latch: Peri<'static, AnyPin>,
    pub(crate) enable: Peri<'static, AnyPin>,
    pub(crate) supply: Peri<'static, AnyPin>,
}

/// A line: a pin, or an output of the chain.
pub(crate) enum Line {
    Pin(Output<'static>),
    Bit(Bit),
}

impl ErrorType for Line {
    type Error = Infallible;
}

impl OutputPin for Line {
    fn set_low(&mut self) -> Result<(), Infallible> {
        match self {
            Self::Pin(pin) => OutputPin::set_low(pin),
            Self::Bit(bit) => bit.set_low(),
        }
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        match self {
            Self::Pin(pin) => OutputPin::set_high(pin),
            Self::Bit(bit) => bit.set_high(),
        }
    }
}

struct Inside {
    controller: Controller<Line, Input<'static>, SLOTS>,
    chain: Chain,
}

/// The bank, for all tasks: they run on one executor, and none holds it while it waits.
pub(crate) struct Board(RefCell<Inside>);

impl Board {
    /// Switches everything off.
    pub(crate) fn new(reset: ResetCause, pins: Pins) -> Self {
        let chain = Chain::new(pins.data, pins.clock, pins.latch, pins.enable);
        let mut slot = 0;
        let lines = pins.slots.map(|(power, fault)| {
            let bit = |register| Some(Line::Bit(Bit::new(register, slot)));
            let lines = Lines {
                power: Line::Pin(Output::new(power, Level::Low)),
                key: bit(Register::Key),
                reset: bit(Register::Reset),
                sim: [bit(Register::SimLow), bit(Register::SimHigh)],
                lamp: bit(Register::Lamp),
                fault: Some(Input::new(fault, Pull::Up)),
            };
            slot += 1;
            lines
        });
        let identity = Identity {
            board: Kind::Rp2040Eight,
            firmware: version(),
            sims: 4,
            updates: true,
            reset,
        };
        let supply = Some(Input::new(pins.supply, Pull::Up));
        let controller = Controller::new(now(), identity, lines, supply);
        let mut inside = Inside { controller, chain };
        inside.chain.show();
        Self(RefCell::new(inside))
    }

    /// Does what is due, and gives the time.
    pub(crate) fn tick(&self) -> u64 {
        let inside = &mut *self.0.borrow_mut();
        let now = now();
        inside.controller.tick(now);
        inside.chain.show();
        now
    }

    /// Takes one octet of a host, and gives the reply to what it ends.
    pub(crate) fn feed(&self, link: &mut Link<SLOTS>, octet: u8) -> Option<Frame> {
        let inside = &mut *self.0.borrow_mut();
        let reply = link.feed(now(), octet, &mut inside.controller);
        inside.chain.show();
        reply
    }

    /// What a host is to be told.
    pub(crate) fn event(&self, link: &mut Link<SLOTS>) -> Option<Frame> {
        link.event(&self.0.borrow().controller)
    }

    pub(crate) fn update_is_due(&self) -> bool {
        self.0.borrow().controller.update_is_due()
    }
}

fn now() -> u64 {
    Instant::now().as_millis()
}

/// The version of this crate, which cargo gives as text.
fn version() -> [u8; 3] {
    let part = |text: &str| {
        text.bytes()
            .fold(0_u8, |sum, digit| sum * 10 + (digit - b'0'))
    };
    [
        part(env!("CARGO_PKG_VERSION_MAJOR")),
        part(env!("CARGO_PKG_VERSION_MINOR")),
        part(env!("CARGO_PKG_VERSION_PATCH")),
    ]
}

/// RP2040 datasheet 4.7.6 (REASON) and 2.10.9 (CHIP_RESET). A brown-out looks like power that came.
pub(crate) fn reset_cause(watchdog: &mut Watchdog) -> ResetCause {
    if watchdog.reset_reason().is_some() {
        return ResetCause::Watchdog;
    }
    let chip = embassy_rp::pac::VREG_AND_CHIP_RESET.chip_reset().read();
    if chip.had_por() {
        ResetCause::Power
    } else if chip.had_run() {
        ResetCause::Pin
    } else {
        ResetCause::Other
    }
}
