//! A bank as people see it. Slots and SIM holders count from 1 here.

use bank_wire::{Board, Capabilities, ResetCause, SlotState, SlotStatus};
use model::{Imei, Time};
use serde::Serialize;
use utoipa::ToSchema;

use super::Bank;
use super::state::{BankNow, BankState};
use super::words;

/// How a bank's controller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BankState)]
#[serde(rename_all = "snake_case")]
pub enum BankStateName {
    /// None is configured (`[power] backend`).
    None,
    /// The gateway has just started.
    Looking,
    /// It does as it is asked.
    Ready,
    /// It is not there, or gives no answer. The modems are as they were.
    Away,
    /// It speaks another version of the protocol.
    OtherVersion,
}

/// The controller of a bank, and its slots.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Bank)]
pub struct BankView {
    pub state: BankStateName,
    /// What is wrong, for people.
    #[schema(required)]
    pub detail: Option<String>,
    /// Since when it is so.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub since: Option<Time>,
    /// The controller, as it was seen last.
    #[schema(required)]
    pub board: Option<BankBoardView>,
    /// By their number. Empty until the controller was found.
    pub slots: Vec<BankSlotView>,
}

/// The controller of a bank.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = BankBoard)]
pub struct BankBoardView {
    /// `rp2040_eight`: the board with eight slots. `gpio`: lines of this machine.
    #[schema(example = "rp2040_eight")]
    pub kind: &'static str,
    /// The version of its firmware; null for lines of this machine.
    #[schema(required, example = "0.1.0")]
    pub firmware: Option<String>,
    /// How many SIM holders each slot has.
    pub sims: u8,
    /// What it can do: `power`, `key` (press PWRKEY), `reset`, `sim` (choose a SIM holder), `led`, `fault` (hear of too much
    /// current), `supply` (hear that the supply breaks down), `update`.
    #[schema(example = json!(["power", "key", "reset", "sim"]))]
    pub capabilities: Vec<&'static str>,
    /// Since it started.
    #[schema(required)]
    pub uptime_seconds: Option<u32>,
    /// Why it started: `power`, `pin`, `watchdog` (its firmware hung) or `other`.
    #[schema(required, example = "power")]
    pub started_by: Option<&'static str>,
    /// The supply of the bank is as it should be, or nobody measures it.
    #[schema(required)]
    pub supply_good: Option<bool>,
    /// Frames that the board could not read.
    #[schema(required)]
    pub bad_frames: Option<u32>,
}

/// A place for a modem.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = BankSlot)]
pub struct BankSlotView {
    /// From 1 on.
    pub slot: u8,
    /// The modem that is configured for it (`[power] slots`), by its place on the USB or its port.
    #[schema(required, example = "1-1.4")]
    pub place: Option<String>,
    /// The modem that is there now.
    #[schema(required, value_type = Option<String>)]
    pub imei: Option<Imei>,
    /// `off`, `waiting` (for its turn), `rising`, `on`, `key` (PWRKEY is pressed), `reset`, `falling`, `dark` (off, not yet for
    /// long enough) or `fault`.
    #[schema(example = "on")]
    pub state: &'static str,
    /// What keeps it off, for people.
    #[schema(required)]
    pub fault: Option<&'static str>,
    /// It comes on, or is on.
    pub wanted: bool,
    /// A person has switched it off, and nothing but a person, or a restart of simgate, switches it on.
    pub kept_off: bool,
    /// The SIM holder that it is connected with, from 1 on.
    pub sim: u8,
}

impl BankView {
    pub fn none() -> Self {
        Self {
            state: BankStateName::None,
            detail: None,
            since: None,
            board: None,
            slots: Vec::new(),
        }
    }
}

impl Bank {
    /// `modem`: which one is at a place now.
    pub fn view(&self, modem: impl Fn(&str) -> Option<Imei>) -> BankView {
        let now = self.now().borrow().clone();
        let slot = |status: &SlotStatus| {
            let place = self.places().get(usize::from(status.slot));
            let place = place.filter(|place| !place.is_empty()).cloned();
            BankSlotView {
                slot: status.slot.saturating_add(1),
                imei: place.as_deref().and_then(&modem),
                place,
                state: state(status.state),
                fault: match status.state {
                    SlotState::Fault(fault) => Some(words::fault(fault)),
                    _ => None,
                },
                wanted: status.wanted,
                kept_off: self.is_kept_off(status.slot),
                sim: status.sim.saturating_add(1),
            }
        };
        BankView {
            state: match now.state {
                BankState::Looking => BankStateName::Looking,
                BankState::Ready => BankStateName::Ready,
                BankState::Away => BankStateName::Away,
                BankState::OtherVersion => BankStateName::OtherVersion,
            },
            since: Some(now.since),
            board: board(&now),
            slots: now.slots.values().map(slot).collect(),
            detail: now.why,
        }
    }
}

fn board(now: &BankNow) -> Option<BankBoardView> {
    let hello = now.hello?;
    let is_gpio = hello.board == Board::Gpio;
    let [major, minor, patch] = hello.firmware;
    Some(BankBoardView {
        kind: match hello.board {
            Board::Rp2040Eight => "rp2040_eight",
            Board::Gpio => "gpio",
        },
        firmware: (!is_gpio).then(|| format!("{major}.{minor}.{patch}")),
        sims: hello.sims,
        capabilities: capabilities(hello.capabilities),
        uptime_seconds: now.status.map(|status| status.uptime_s),
        started_by: now.status.map(|status| match status.reset {
            ResetCause::Power => "power",
            ResetCause::Pin => "pin",
            ResetCause::Watchdog => "watchdog",
            ResetCause::Other => "other",
        }),
        supply_good: now.status.map(|status| status.supply_good),
        bad_frames: now.status.map(|status| status.bad_frames),
    })
}

fn capabilities(of: Capabilities) -> Vec<&'static str> {
    let all = [
        (Capabilities::POWER, "power"),
        (Capabilities::KEY, "key"),
        (Capabilities::RESET, "reset"),
        (Capabilities::SIM, "sim"),
        (Capabilities::LED, "led"),
        (Capabilities::FAULT, "fault"),
        (Capabilities::SUPPLY, "supply"),
        (Capabilities::UPDATE, "update"),
    ];
    let had = all.into_iter().filter(|(one, _)| of.has(*one));
    had.map(|(_, name)| name).collect()
}

fn state(state: SlotState) -> &'static str {
    match state {
        SlotState::Off => "off",
        SlotState::Waiting => "waiting",
        SlotState::Rising => "rising",
        SlotState::On => "on",
        SlotState::Key => "key",
        SlotState::Reset => "reset",
        SlotState::Falling => "falling",
        SlotState::Dark => "dark",
        SlotState::Fault(_) => "fault",
    }
}
