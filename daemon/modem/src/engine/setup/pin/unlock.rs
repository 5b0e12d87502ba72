//! Unlocking a SIM on a person's word: with the PIN, or with the PUK and a new PIN.
//!
//! A person may know what the SIM's row in the store cannot: the row is found by the ICCID, and
//! many modems hide that before the PIN (field notes A 40).

use super::super::super::modem::Modem;
use super::super::super::state::State;
use super::super::super::step::Step;
use super::Pins;
use crate::event::{Event, UnlockError};
use at::commands::PinTries;
use model::{Iccid, Lock, UnlockCode};

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

impl Pins {
    /// [`Input::Unlock`](crate::Input::Unlock)
    pub(in crate::engine) fn unlock(
        &mut self,
        state: &State,
        id: u64,
        (code, last_try): (UnlockCode, bool),
        modem: &mut Modem,
    ) -> Option<State> {
        let wanted = match state {
            State::Locked { what, .. } => Ok(*what),
            State::Running | State::NoSim { .. } | State::Down { .. } => {
                Err(UnlockError::NotLocked)
            }
            State::Setup(_) | State::Waiting { .. } | State::Resync { .. } => {
                Err(UnlockError::Busy)
            }
        };
        let error = match wanted {
            Ok(what) if what == code.opens() => None,
            Ok(Lock::Other) => Some(UnlockError::OtherLock),
            Ok(what) => Some(UnlockError::Wanted(what, self.tries)),
            Err(error) => Some(error),
        };
        if let Some(error) = error {
            let result = Err(error);
            modem.out.event(Event::Unlock { id, result });
            return None;
        }
        self.asked = Some(Asked {
            id,
            code,
            last_try,
            sent: false,
        });
        Some(State::Setup(Step::PinTries(0)))
    }

    /// Answers the request in hand.
    fn unlock_end(&mut self, result: Result<PinTries, UnlockError>, modem: &mut Modem) {
        if let Some(asked) = self.asked.take() {
            let id = asked.id;
            modem.out.event(Event::Unlock { id, result });
        }
    }

    /// What to do with the request in hand, now that the tries are known; `None` when there is
    /// none.
    pub(super) fn unlock_decide(&mut self, modem: &mut Modem) -> Option<State> {
        let (tries, wants) = (self.tries, self.wants);
        if std::mem::take(&mut self.opened) {
            self.unlock_end(Ok(tries), modem);
            return Some(State::Setup(Step::Iccid(0)));
        }
        let asked = self.asked.as_ref()?;
        let error = if asked.sent {
            UnlockError::Refused(tries)
        } else if asked.code.opens() != wants {
            UnlockError::Wanted(wants, tries)
        } else if let Some(error) = self.unlock_forbidden(asked, modem.iccid.as_ref()) {
            error
        } else {
            return Some(State::Setup(Step::Pin));
        };
        self.unlock_end(Err(error), modem);
        Some(self.locked())
    }

    fn unlock_forbidden(&self, asked: &Asked, iccid: Option<&Iccid>) -> Option<UnlockError> {
        if asked.last_try {
            return None;
        }
        let few = match self.left() {
            Some(left) => left < 2,
            // Ten tries are plenty for a person who reads the PUK from a card (TS 31.101 9.5.1).
            None => asked.code.opens() == Lock::Pin && self.was_any_tried(iccid, Lock::Pin),
        };
        if self.was_tried(iccid, &asked.code) && !self.was_not_counted(iccid, &asked.code) {
            Some(UnlockError::Known(self.tries))
        } else if few {
            Some(UnlockError::FewTries(self.tries))
        } else {
            None
        }
    }

    /// The SIM asks for nothing any more; where it was unlocked on a person's word, the tries that
    /// are left now are asked for. `code` is what it took.
    pub(super) fn unlocked(
        &mut self,
        code: Option<UnlockCode>,
        modem: &mut Modem,
    ) -> Option<State> {
        let asked = self.asked.as_ref()?;
        if !asked.sent {
            self.unlock_end(Err(UnlockError::NotLocked), modem);
            return None;
        }
        self.proved = code.map(UnlockCode::into_pin);
        self.opened = true;
        self.tries = PinTries::default();
        Some(State::Setup(Step::PinTries(0)))
    }

    /// Whatever became of the modem, the request is not left without an answer.
    pub(in crate::engine) fn give_up(&mut self, modem: &mut Modem) {
        self.unlock_end(Err(UnlockError::NoAnswer), modem);
    }

    /// The SIM has told who it is, and its owner knows it: the PIN that unlocked it is its own.
    pub(in super::super) fn tell_proved(&mut self, modem: &mut Modem) {
        if let (Some(pin), Some(iccid)) = (self.proved.take(), modem.iccid.clone()) {
            modem.out.event(Event::PinProved { iccid, pin });
        }
    }
}
