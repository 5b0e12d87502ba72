//! What a board says, for people.

use bank_wire::{Fault, PROTOCOL, Refusal};

/// What keeps a slot off.
pub(super) fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::Overcurrent => "its switch reported too much current",
        Fault::BeforePower => {
            "its switch reported a fault before it was switched on: a short circuit, or a broken wire"
        }
        Fault::Supply => "the supply of the bank broke down",
        Fault::Line => "one of its lines could not be set",
    }
}

/// Why a board has not done what it was asked.
pub(super) fn refusal(refusal: Refusal) -> String {
    match refusal {
        Refusal::Protocol { board } => format!(
            "the bank controller speaks version {board} of the protocol, and simgate version {PROTOCOL}: load the firmware \
             that belongs to this simgate"
        ),
        Refusal::NoHello => "the bank controller has just started anew".to_owned(),
        Refusal::Unknown => "the firmware of the bank controller is too old for this".to_owned(),
        Refusal::Stale => "the bank controller took it for a late repeat".to_owned(),
        Refusal::NoSlot => "the bank controller has no such slot".to_owned(),
        Refusal::NoSim => "the slot has no such SIM holder".to_owned(),
        Refusal::CannotDo => {
            "the bank controller has no line for that, or the slot's modules want none (power.module)".to_owned()
        }
        Refusal::NotOff => "the modem must be off, and have been off for some seconds".to_owned(),
        Refusal::NotOn => "the modem must be on".to_owned(),
        Refusal::Faulted(of) => format!(
            "a fault keeps the slot off: {}. Look at the modem and its wires, then clear the fault",
            fault(of)
        ),
        Refusal::FaultPersists => "the fault is still there".to_owned(),
        Refusal::OutOfRange => "a time is outside of what is safe".to_owned(),
        Refusal::WrongCode => "the code of the update is wrong or too old".to_owned(),
    }
}
