//! The PIN. A SIM locks itself after three wrong ones, and nobody can undo that from here.
//!
//! A PIN is sent once; if the SIM refuses it, never again to that SIM. With fewer than two tries
//! left it is not sent, and where the modem cannot tell the tries left, one PIN is tried at most.

use super::Engine;
use super::setup::Step;
use super::state::State;
use crate::event::Event;
use crate::identity::{Iccid, Pin};
use crate::state::Lock;
use at::commands::{Cpin, PinTries};
use at::{CmeError, Command, FinalCode, Reply, Request};
use std::time::{Duration, Instant};

/// After the right PIN the SIM may still ask for it for a moment.
const UNLOCK_WAIT: Duration = Duration::from_secs(15);

/// PINs given and PINs tried.
#[derive(Debug)]
pub(super) struct Pins {
    given: Option<Pin>,
    /// Sent to a SIM and not known to be right; `None` for a SIM whose ICCID is not readable.
    tried: Vec<(Option<Iccid>, Pin)>,
    wants: Lock,
    tries: PinTries,
    /// When a PIN was taken.
    taken_at: Option<Instant>,
    /// Tries that were left when the SIM was too busy to look at the PIN.
    busy_at: Option<u8>,
}

impl Pins {
    pub(super) fn new(given: Option<Pin>) -> Self {
        Self {
            given,
            tried: Vec::new(),
            wants: Lock::Pin,
            tries: PinTries::default(),
            taken_at: None,
            busy_at: None,
        }
    }

    /// The SIM asks for nothing: the PIN that was sent last was right.
    pub(super) fn unlocked(&mut self) {
        if self.taken_at.take().is_some() {
            self.tried.pop();
        }
        self.busy_at = None;
    }

    fn was_tried(&self, iccid: Option<&Iccid>, pin: Option<&Pin>) -> bool {
        self.tried.iter().any(|(at, tried)| {
            let same_sim = at.is_none() || iccid.is_none() || at.as_ref() == iccid;
            same_sim && pin.is_none_or(|pin| pin == tried)
        })
    }

    fn left(&self) -> Option<u8> {
        match self.wants {
            Lock::Puk => self.tries.puk,
            _ => self.tries.pin,
        }
    }
}

impl Engine {
    /// [`Input::Pin`](crate::Input::Pin)
    pub(super) fn pin_given(&mut self, _now: Instant, pin: &str) {
        let Ok(pin) = pin.parse() else {
            return;
        };
        self.pins.given = Some(pin);
        if matches!(
            self.state,
            State::Locked {
                what: Lock::Pin,
                ..
            }
        ) {
            self.enter(State::Setup(Step::PinTries(0)));
        }
    }

    /// The SIM asks for its PIN.
    pub(super) fn pin_wanted(&mut self, now: Instant) -> State {
        let locked = State::Locked {
            what: Lock::Pin,
            tries_left: None,
        };
        self.pins.wants = Lock::Pin;
        if self.pins.taken_at.is_some() {
            return self.wait_or(now, Step::SimState, UNLOCK_WAIT, locked);
        }
        // A SIM that was unlocked before asks again when its power was cut.
        self.booted();
        State::Setup(Step::EarlyIccid(0))
    }

    /// The SIM asks for its PUK, which is for people.
    pub(super) fn puk_wanted(&mut self) -> State {
        self.pins.wants = Lock::Puk;
        State::Setup(Step::EarlyIccid(0))
    }

    pub(super) fn take_pin_tries(&mut self, at: u8, reply: &Reply) -> State {
        let tries = self.profile.pin_tries.get(usize::from(at));
        match tries.and_then(|via| via.answer(reply).ok()) {
            Some(tries) => {
                self.pins.tries = tries;
                self.pin_decide()
            }
            None => State::Setup(Step::PinTries(at + 1)),
        }
    }

    /// Whether to try the PIN, now that all is known that the modem tells.
    pub(super) fn pin_decide(&mut self) -> State {
        let left = self.pins.left();
        let locked = State::Locked {
            what: self.pins.wants,
            tries_left: left,
        };
        let Some(pin) = self.pins.given.clone() else {
            return locked;
        };
        let iccid = self.setup_iccid().cloned();
        let iccid = iccid.as_ref();
        // A SIM that was too busy to look at it has not counted it.
        let not_looked_at = left.is_some() && self.pins.busy_at.take() == left;
        let may = match left {
            Some(left) => left >= 2 && (not_looked_at || !self.pins.was_tried(iccid, Some(&pin))),
            None => !self.pins.was_tried(iccid, None),
        };
        if may && self.pins.wants == Lock::Pin {
            State::Setup(Step::Pin)
        } else {
            locked
        }
    }

    /// The command with the PIN. From here on it counts as tried.
    pub(super) fn pin_request(&mut self) -> Option<Request> {
        let pin = self.pins.given.clone()?;
        let command = Cpin {
            pin: pin.as_str().parse().ok()?,
        };
        let iccid = self.setup_iccid().cloned();
        self.pins
            .tried
            .retain(|tried| *tried != (iccid.clone(), pin.clone()));
        self.pins.tried.push((iccid, pin));
        Some(command.request())
    }

    pub(super) fn take_pin(&mut self, now: Instant, reply: &Reply) -> State {
        match reply.end {
            FinalCode::Ok => {
                self.pins.taken_at = Some(now);
                State::Setup(Step::SimState)
            }
            FinalCode::Cme(CmeError(14))
                if self.pins.tries.pin.is_some() && self.pins.busy_at.is_none() =>
            {
                self.pins.busy_at = self.pins.tries.pin;
                let locked = State::Locked {
                    what: Lock::Pin,
                    tries_left: self.pins.tries.pin,
                };
                self.wait_or(now, Step::PinTries(0), UNLOCK_WAIT, locked)
            }
            _ => {
                let left = self.pins.tries.pin.map(|left| left.saturating_sub(1));
                self.pin_refused(left)
            }
        }
    }

    /// The PIN was wrong, or may have been counted as such.
    pub(super) fn pin_refused(&mut self, tries_left: Option<u8>) -> State {
        self.pins.tries.pin = tries_left;
        self.event(Event::PinRefused { tries_left });
        State::Locked {
            what: Lock::Pin,
            tries_left,
        }
    }
}
