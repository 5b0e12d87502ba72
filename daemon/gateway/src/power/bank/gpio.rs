//! Lines of this machine, by the kernel's GPIO character device: the board's own logic runs here.
//!
//! A line is `gpiochip0/17`, or the name that the kernel has for it. With `!` in front it is active while low.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

use bank_controller::{Controller, Identity, Lines};
use bank_wire::{Board, Reply, Request, ResetCause, SlotStatus};
use embedded_hal::digital::{Error, ErrorKind, ErrorType, InputPin, OutputPin, PinState};
use gpiocdev_embedded_hal as gpio;
use tokio::time::{Duration, Instant, sleep_until};

use super::SLOTS;
use super::peer::{Peer, PeerError, Way};
use crate::settings::PowerSettings;

/// An output, or nothing where a slot has no such line.
pub(super) struct Output {
    pin: Option<gpio::OutputPin>,
    inverted: bool,
}

/// No input is read: there is none.
pub(super) struct NoInput;

/// A line could not be set.
#[derive(Debug)]
pub(super) struct NotSet;

impl Error for NotSet {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl ErrorType for Output {
    type Error = NotSet;
}

impl Output {
    const NONE: Self = Self {
        pin: None,
        inverted: false,
    };

    /// Takes the line for this process, inactive.
    fn take(line: &str) -> Result<Self, String> {
        let name = Name::of(line).ok_or_else(|| format!("{line:?} names no line"))?;
        let off = level(PinState::Low, name.inverted);
        let pin = match name.line {
            Place::Offset(chip, offset) => {
                gpio::OutputPin::new(Path::new("/dev").join(chip), offset, off)
            }
            Place::Named(name) => gpio::OutputPin::from_name(name, off),
        };
        let failed = |error: &dyn Display| format!("the GPIO line {line} cannot be taken: {error}");
        Ok(Self {
            pin: Some(pin.map_err(|error| failed(&error))?),
            inverted: name.inverted,
        })
    }

    fn set(&mut self, state: PinState) -> Result<(), NotSet> {
        let Some(pin) = &mut self.pin else {
            return Ok(());
        };
        pin.set_state(level(state, self.inverted))
            .map_err(|_| NotSet)
    }
}

impl OutputPin for Output {
    fn set_low(&mut self) -> Result<(), NotSet> {
        self.set(PinState::Low)
    }

    fn set_high(&mut self) -> Result<(), NotSet> {
        self.set(PinState::High)
    }
}

impl ErrorType for NoInput {
    type Error = NotSet;
}

impl InputPin for NoInput {
    fn is_high(&mut self) -> Result<bool, NotSet> {
        Ok(true)
    }

    fn is_low(&mut self) -> Result<bool, NotSet> {
        Ok(false)
    }
}

fn level(state: PinState, inverted: bool) -> PinState {
    if inverted { !state } else { state }
}

/// How a line is named.
#[derive(Debug, PartialEq, Eq)]
struct Name<'a> {
    line: Place<'a>,
    inverted: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    Offset(&'a str, u32),
    Named(&'a str),
}

impl<'a> Name<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (inverted, text) = match text.strip_prefix('!') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let line = match text.split_once('/') {
            Some((chip, offset)) if chip.starts_with("gpiochip") => {
                Place::Offset(chip, offset.parse().ok()?)
            }
            Some(_) => return None,
            None if text.is_empty() => return None,
            None => Place::Named(text),
        };
        Some(Self { line, inverted })
    }
}

/// Whether a setting names a line.
pub(super) fn is_line(text: &str) -> bool {
    Name::of(text).is_some()
}

/// The way to the lines that are configured.
pub(super) struct Gpio {
    power: Vec<String>,
    key: Vec<String>,
    reset: Vec<String>,
}

impl Gpio {
    pub(super) fn new(settings: &PowerSettings) -> Self {
        Self {
            power: settings.gpio_power.clone(),
            key: settings.gpio_key.clone(),
            reset: settings.gpio_reset.clone(),
        }
    }

    fn lines(&self, slot: usize) -> Result<Lines<Output, NoInput>, String> {
        let take = |lines: &[String]| {
            let line = lines.get(slot).filter(|line| !line.is_empty());
            line.map(|line| Output::take(line)).transpose()
        };
        Ok(Lines {
            power: take(&self.power)?.unwrap_or(Output::NONE),
            key: take(&self.key)?,
            reset: take(&self.reset)?,
            sim: [None, None],
            lamp: None,
            fault: None,
        })
    }
}

impl Way for Gpio {
    type Peer = Own<Output, NoInput>;

    async fn open(&mut self) -> Result<Self::Peer, String> {
        let mut lines = Vec::with_capacity(SLOTS);
        for slot in 0..SLOTS {
            lines.push(self.lines(slot)?);
        }
        let lines: [_; SLOTS] = lines.try_into().map_err(|_| "a defect of simgate")?;
        Ok(Own::new(lines))
    }

    async fn close(&mut self, _: Self::Peer) {}
}

/// The board's logic with lines of our own.
pub(super) struct Own<O, I> {
    controller: Controller<O, I, SLOTS>,
    start: Instant,
    told: BTreeMap<u8, SlotStatus>,
}

impl<O: OutputPin, I: InputPin> Own<O, I> {
    fn new(lines: [Lines<O, I>; SLOTS]) -> Self {
        let identity = Identity {
            board: Board::Gpio,
            firmware: [0; 3],
            sims: 1,
            updates: false,
            reset: ResetCause::Other,
        };
        Self {
            controller: Controller::new(0, identity, lines, None),
            start: Instant::now(),
            told: BTreeMap::new(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A slot whose state was not told yet.
    fn changed(&mut self) -> Option<SlotStatus> {
        for slot in 0..u8::try_from(SLOTS).unwrap_or(u8::MAX) {
            let Some(status) = self.controller.status(slot) else {
                continue;
            };
            if self.told.insert(slot, status) != Some(status) {
                return Some(status);
            }
        }
        None
    }
}

impl<O: OutputPin + Send, I: InputPin + Send> Peer for Own<O, I> {
    async fn ask(&mut self, request: Request) -> Result<Reply, PeerError> {
        let now = self.now();
        self.controller.tick(now);
        let reply = self.controller.handle(now, request);
        self.controller.tick(now);
        Ok(reply)
    }

    async fn event(&mut self) -> Result<SlotStatus, PeerError> {
        loop {
            let next = self.controller.tick(self.now());
            if let Some(status) = self.changed() {
                return Ok(status);
            }
            sleep_until(self.start + Duration::from_millis(next)).await;
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    impl<O: OutputPin, I: InputPin> Own<O, I> {
        pub(crate) fn of(lines: [Lines<O, I>; SLOTS]) -> Self {
            Self::new(lines)
        }
    }

    #[test]
    fn a_line_is_named_by_its_chip_or_by_its_name() {
        let offset = |inverted| Name {
            line: Place::Offset("gpiochip0", 17),
            inverted,
        };
        assert_eq!(Name::of("gpiochip0/17"), Some(offset(false)));
        assert_eq!(Name::of("!gpiochip0/17"), Some(offset(true)));
        let named = Name {
            line: Place::Named("GPIO22"),
            inverted: false,
        };
        assert_eq!(Name::of("GPIO22"), Some(named));
        for bad in [
            "",
            "!",
            "gpiochip0/",
            "gpiochip0/x",
            "gpiochip0/-1",
            "../mem/1",
            "/17",
        ] {
            assert!(!is_line(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_line_that_is_not_there_is_named() {
        let why = Output::take("gpiochip4711/3").err().unwrap();
        assert!(why.contains("gpiochip4711/3"), "{why}");
    }

    #[test]
    fn an_inverted_line_is_low_while_active() {
        assert_eq!(level(PinState::High, true), PinState::Low);
        assert_eq!(level(PinState::Low, true), PinState::High);
        assert_eq!(level(PinState::High, false), PinState::High);
    }
}
