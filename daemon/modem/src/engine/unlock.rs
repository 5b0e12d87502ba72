//! Unlocking a SIM on a person's word: with the PIN, or with the PUK and a new PIN.
//!
//! A person may know what the SIM's row in the store cannot: the row is found by the ICCID, and
//! many modems hide that before the PIN (field notes A 40).

use super::Engine;
use super::setup::Step;
use super::state::State;
use crate::event::{Event, UnlockError};
use at::commands::PinTries;
use model::{Lock, UnlockCode};

/// A request in hand.
#[derive(Debug)]
pub(super) struct Asked {
    id: u64,
    code: UnlockCode,
    last_try: bool,
    sent: bool,
}

impl Asked {
    /// Whether its code was written to the modem.
    pub(super) fn is_sent(&self) -> bool {
        self.sent
    }

    /// The code, which is written to the modem now.
    pub(super) fn send(&mut self) -> UnlockCode {
        self.sent = true;
        self.code.clone()
    }
}

impl Engine {
    /// [`Input::Unlock`](crate::Input::Unlock)
    pub(super) fn unlock_ask(&mut self, id: u64, code: UnlockCode, last_try: bool) {
        let wanted = match &self.state {
            State::Locked { what, .. } => Ok(*what),
            State::Running | State::NoSim { .. } | State::Down { .. } => {
                Err(UnlockError::NotLocked)
            }
            State::Setup(_) | State::Waiting { .. } | State::Resync(_) => Err(UnlockError::Busy),
        };
        let error = match wanted {
            Ok(what) if what == code.opens() => None,
            Ok(Lock::Other) => Some(UnlockError::OtherLock),
            Ok(what) => Some(UnlockError::Wanted(what, self.pins.tries)),
            Err(error) => Some(error),
        };
        if let Some(error) = error {
            return self.event(Event::Unlock {
                id,
                result: Err(error),
            });
        }
        self.pins.asked = Some(Asked {
            id,
            code,
            last_try,
            sent: false,
        });
        self.enter(State::Setup(Step::PinTries(0)));
    }

    /// Answers the request in hand.
    fn unlock_end(&mut self, result: Result<PinTries, UnlockError>) {
        if let Some(asked) = self.pins.asked.take() {
            let id = asked.id;
            self.event(Event::Unlock { id, result });
        }
    }

    /// What to do with the request in hand, now that the tries are known; `None` when there is
    /// none. `wants`: what the SIM asks for.
    pub(super) fn unlock_decide(&mut self, wants: Lock) -> Option<State> {
        let tries = self.pins.tries;
        if std::mem::take(&mut self.pins.opened) {
            self.unlock_end(Ok(tries));
            return Some(State::Setup(Step::Iccid(0)));
        }
        let asked = self.pins.asked.as_ref()?;
        let error = if asked.sent {
            UnlockError::Refused(tries)
        } else if asked.code.opens() != wants {
            UnlockError::Wanted(wants, tries)
        } else if let Some(error) = self.unlock_forbidden(asked) {
            error
        } else {
            return Some(State::Setup(Step::Pin));
        };
        self.unlock_end(Err(error));
        Some(self.locked())
    }

    fn unlock_forbidden(&self, asked: &Asked) -> Option<UnlockError> {
        if asked.last_try {
            return None;
        }
        let (pins, iccid) = (&self.pins, self.iccid.as_ref());
        let few = match pins.left() {
            Some(left) => left < 2,
            // Ten tries are plenty for a person who reads the PUK from a card (TS 31.101 9.5.1).
            None => asked.code.opens() == Lock::Pin && pins.was_any_tried(iccid, Lock::Pin),
        };
        if pins.was_tried(iccid, &asked.code) && !pins.was_not_counted(iccid, &asked.code) {
            Some(UnlockError::Known(pins.tries))
        } else if few {
            Some(UnlockError::FewTries(pins.tries))
        } else {
            None
        }
    }

    /// The SIM asks for nothing any more; where it was unlocked on a person's word, the tries that
    /// are left now are asked for. `code` is what it took.
    pub(super) fn unlock_opened(&mut self, code: Option<UnlockCode>) -> Option<State> {
        let asked = self.pins.asked.as_ref()?;
        if !asked.sent {
            self.unlock_end(Err(UnlockError::NotLocked));
            return None;
        }
        self.pins.proved = code.map(UnlockCode::into_pin);
        self.pins.opened = true;
        self.pins.tries = PinTries::default();
        Some(State::Setup(Step::PinTries(0)))
    }

    /// Whatever became of the modem, the request is not left without an answer.
    pub(super) fn unlock_given_up(&mut self) {
        self.unlock_end(Err(UnlockError::NoAnswer));
    }

    /// The SIM has told who it is, and its owner knows it: the PIN that unlocked it is its own.
    pub(super) fn tell_proved(&mut self) {
        if let (Some(pin), Some(iccid)) = (self.pins.proved.take(), self.iccid.clone()) {
            self.event(Event::PinProved { iccid, pin });
        }
    }
}
