//! A bank of modems whose power a controller holds: a board on a serial line, or this machine's own GPIO lines.
//!
//! Slots count from 0 here and from 1 in the settings and on screens.

mod gpio;
mod keeper;
mod line;
mod peer;
mod serial;
mod state;
#[cfg(test)]
mod tests;
mod view;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bank_wire::{Power, Refusal, Reply, Request, SlotState, Timing};
use tokio::sync::{mpsc, oneshot, watch};

use super::{PowerError, Target};
use crate::ports::UsbPath;
use crate::settings::{PowerBackend, PowerSettings, SettingFault};
use gpio::Gpio;
use keeper::{Ask, keep};
use serial::Serial;
pub use state::{BankNow, BankState};
use state::{Plan, Shared};
pub use view::{BankBoardView, BankSlotView, BankStateName, BankView};

/// The most slots that a controller has.
pub const SLOTS: usize = 16;
/// Requests that wait; one more is refused as busy.
const WAITING: usize = 32;
/// How long a modem may take to be on again, beside its darkness: others may wait for their turn before it.
const RETURN: Duration = Duration::from_mins(1);

/// Why a controller has not done what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BankError {
    #[error("the bank controller cannot be used: {0}")]
    Away(String),
    #[error("the bank controller has too much to do")]
    Busy,
    #[error("{}", words::refusal(*.0))]
    Refused(Refusal),
}

/// A handle; clones share one controller.
#[derive(Clone, Debug)]
pub struct Bank {
    shared: Arc<Shared>,
    asks: mpsc::Sender<Ask>,
}

impl Bank {
    /// Begins to look for the controller, for as long as somebody has a handle.
    pub(super) fn start(settings: &PowerSettings) -> Self {
        let (asks, asked) = mpsc::channel(WAITING);
        let shared = Arc::new(Shared::new(plan(settings)));
        let keeper = Arc::clone(&shared);
        if settings.backend == PowerBackend::Gpio {
            tokio::spawn(keep(Gpio::new(settings), keeper, asked));
        } else {
            tokio::spawn(keep(Serial(settings.board.clone()), keeper, asked));
        }
        Self { shared, asks }
    }

    /// What is known, and what becomes known.
    pub fn now(&self) -> watch::Receiver<BankNow> {
        self.shared.now()
    }

    /// The modem of each slot as it is configured, by its place; empty where there is none.
    pub fn places(&self) -> &[String] {
        &self.shared.plan.places
    }

    /// A person has switched a slot off, and nothing but a person switches it on.
    pub fn is_kept_off(&self, slot: u8) -> bool {
        self.shared.is_kept_off(slot)
    }

    /// The slot of a modem, by its place on the USB or its port.
    pub fn slot(&self, port: &str, usb: Option<&UsbPath>) -> Option<u8> {
        let places = self.shared.plan.places.iter().zip(0..);
        let mut named = places.filter(|(place, _)| !place.is_empty());
        let is_there = |place: &str| place == port || usb.is_some_and(|usb| usb.device == place);
        named.find_map(|(place, slot)| is_there(place).then_some(slot))
    }

    /// Whether the ladder may cut the power there now.
    pub(super) fn reaches(&self, port: &str, usb: Option<&UsbPath>) -> bool {
        let slot = self.slot(port, usb);
        slot.is_some_and(|slot| self.shared.is_ready() && !self.shared.is_kept_off(slot))
    }

    pub(super) async fn cycle(&self, target: &Target) -> Result<(), PowerError> {
        let slot = self.slot(&target.port, target.usb.as_ref());
        let slot = slot.ok_or(PowerError::None)?;
        if self.shared.is_kept_off(slot) {
            let number = u32::from(slot) + 1;
            let why =
                format!("slot {number} of the bank is off, since a person has switched it off");
            return Err(PowerError::Failed(why));
        }
        let cycled = self.cycle_slot(slot).await;
        cycled.map_err(|error| PowerError::Failed(error.to_string()))
    }

    /// Cuts the power of a slot, gives it back, and waits until the slot is on. What the modem does then is another matter.
    async fn cycle_slot(&self, slot: u8) -> Result<(), BankError> {
        self.begin_cycle(slot).await?;
        let dark_ms = self.shared.plan.dark_ms;
        let mut now = self.shared.now();
        let over = now.wait_for(|now| {
            let state = now.slots.get(&slot).map(|status| status.state);
            now.state != BankState::Ready
                || matches!(state, None | Some(SlotState::On | SlotState::Fault(_)))
        });
        let longest = Duration::from_millis(dark_ms.into()) + RETURN;
        let Ok(Ok(now)) = tokio::time::timeout(longest, over).await else {
            return Err(BankError::Away(
                "the slot does not come on again".to_owned(),
            ));
        };
        match now.slots.get(&slot).map(|status| status.state) {
            Some(SlotState::Fault(fault)) => Err(BankError::Refused(Refusal::Faulted(fault))),
            Some(_) if now.state == BankState::Ready => Ok(()),
            _ => Err(BankError::Away(now.why.clone().unwrap_or_default())),
        }
    }

    /// Cuts the power of a slot, which comes back by itself.
    pub async fn begin_cycle(&self, slot: u8) -> Result<(), BankError> {
        let dark_ms = self.shared.plan.dark_ms;
        let done = self.ask(Request::Cycle { slot, dark_ms }).await;
        if done.is_ok() {
            self.shared.keep_off(slot, false);
        }
        done.map(|_| ())
    }

    /// What a person wants of a slot.
    pub async fn power(&self, slot: u8, to: Power) -> Result<(), BankError> {
        // First: a board that starts anew meanwhile must not switch it on again.
        let before = self.shared.is_kept_off(slot);
        self.shared.keep_off(slot, to != Power::On);
        let done = self.ask(Request::Power { slot, to }).await.map(|_| ());
        if done.is_err() {
            self.shared.keep_off(slot, before);
        }
        done
    }

    /// Asks the controller.
    pub async fn ask(&self, request: Request) -> Result<Reply, BankError> {
        let (answer, answered) = oneshot::channel();
        let ask = Ask { request, answer };
        self.asks.try_send(ask).map_err(|_| BankError::Busy)?;
        let lost = |_| BankError::Away("simgate stops".to_owned());
        answered.await.map_err(lost)?
    }
}

fn plan(settings: &PowerSettings) -> Plan {
    let off_ms = settings.off_seconds.saturating_mul(1_000);
    Plan {
        places: settings.slots.clone(),
        timing: timing(&settings.module).unwrap_or(bank_controller::USB),
        dark_ms: u16::try_from(off_ms).unwrap_or(u16::MAX),
    }
}

fn timing(module: &str) -> Option<Timing> {
    let mut known = bank_controller::MODULES.iter();
    known.find_map(|(name, timing)| (*name == module).then_some(*timing))
}

/// What is wrong with the settings of a bank.
pub fn check(settings: &PowerSettings, findings: &mut Vec<SettingFault>) {
    let mut wrong = |key: &str, detail: String| {
        findings.push(SettingFault::new(format!("power.{key}"), detail));
    };
    if timing(&settings.module).is_none() {
        let names: Vec<_> = bank_controller::MODULES
            .iter()
            .map(|(name, _)| *name)
            .collect();
        wrong("module", format!("must be one of {}", names.join(", ")));
    }
    let mut seen = BTreeSet::new();
    for place in settings.slots.iter().filter(|place| !place.is_empty()) {
        if !seen.insert(place) {
            wrong("slots", format!("{place:?} is on two slots"));
        }
    }
    let lists = [
        ("slots", &settings.slots),
        ("gpio_power", &settings.gpio_power),
        ("gpio_key", &settings.gpio_key),
        ("gpio_reset", &settings.gpio_reset),
    ];
    for (key, list) in lists {
        if list.len() > SLOTS {
            wrong(key, format!("must have {SLOTS} slots at most"));
        }
    }
    for (key, lines) in &lists[1..] {
        for line in lines.iter().filter(|line| !line.is_empty()) {
            if !gpio::is_line(line) {
                let detail = format!(
                    "{line:?} is neither a line such as \"gpiochip0/17\" nor the name of one"
                );
                wrong(key, detail);
            }
        }
    }
    match settings.backend {
        PowerBackend::Board if !settings.board.is_absolute() => {
            wrong(
                "board",
                "must be the absolute path of a serial port".to_owned(),
            );
        }
        PowerBackend::Gpio if settings.gpio_power.iter().all(String::is_empty) => {
            let detail = "must name a line, since power.backend is \"gpio\"";
            wrong("gpio_power", detail.to_owned());
        }
        _ => {}
    }
}
