//! The PIN. A SIM locks itself after three wrong ones, and nobody can undo that from here.
//!
//! What a SIM has refused is never sent to it again, and with fewer than two tries left nothing is
//! sent. Where the modem cannot tell the tries left, one PIN is tried at most. Only a person who
//! asks for it ([`unlock`](super::unlock)) may go further.

use super::Engine;
use super::setup::Step;
use super::state::State;
use super::unlock::Asked;
use crate::event::Event;
use crate::identity::{Iccid, Pin, UnlockCode};
use crate::state::Lock;
use at::commands::{Cpin, CpinUnblock, PinTries};
use at::{CmeError, Command, FinalCode, Reply, Request};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// After the right PIN the SIM may still ask for it for a moment.
const UNLOCK_WAIT: Duration = Duration::from_secs(15);
/// Refused codes that are remembered; beyond it the oldest might be tried once more.
const MAX_TRIED: usize = 64;

/// PINs given and PINs tried.
#[derive(Debug)]
pub(super) struct Pins {
    /// The PIN that the owner has for the SIM of this ICCID.
    given: Option<(Iccid, Pin)>,
    /// Sent to a SIM and not known to be right; `None` for a SIM whose ICCID is not readable.
    tried: VecDeque<(Option<Iccid>, UnlockCode)>,
    wants: Lock,
    pub(super) tries: PinTries,
    /// When a code was taken.
    taken_at: Option<Instant>,
    /// Tries that were left when the SIM was too busy to look at the PIN.
    busy_at: Option<u8>,
    /// A code was refused: whether the SIM asks for another one now is being looked at.
    refused: bool,
    /// What a person asked for.
    pub(super) asked: Option<Asked>,
    /// A person's code was right, and the tries that are left now are being asked for.
    pub(super) opened: bool,
    /// The PIN that unlocked the SIM in the modem, to be told once it is known which SIM that is.
    pub(super) proved: Option<Pin>,
}

impl Pins {
    pub(super) fn new() -> Self {
        Self {
            given: None,
            tried: VecDeque::new(),
            wants: Lock::Pin,
            tries: PinTries::default(),
            taken_at: None,
            busy_at: None,
            refused: false,
            asked: None,
            opened: false,
            proved: None,
        }
    }

    /// Another SIM may be in the modem: what one that tells no ICCID refused says nothing of this
    /// one, and nothing was proved.
    pub(super) fn forget_sim(&mut self) {
        self.tried.retain(|(sim, _)| sim.is_some());
        self.refused = false;
        self.taken_at = None;
        self.busy_at = None;
        self.forget_proof();
    }

    pub(super) fn forget_proof(&mut self) {
        self.opened = false;
        self.proved = None;
    }

    pub(super) fn was_tried(&self, iccid: Option<&Iccid>, code: &UnlockCode) -> bool {
        self.tried_on(iccid).any(|tried| tried == code)
    }

    pub(super) fn was_any_tried(&self, iccid: Option<&Iccid>, opens: Lock) -> bool {
        self.tried_on(iccid).any(|tried| tried.opens() == opens)
    }

    fn tried_on(&self, iccid: Option<&Iccid>) -> impl Iterator<Item = &UnlockCode> {
        let same =
            move |at: &Option<Iccid>| at.is_none() || iccid.is_none() || at.as_ref() == iccid;
        self.tried
            .iter()
            .filter(move |(at, _)| same(at))
            .map(|(_, code)| code)
    }

    fn try_now(&mut self, iccid: Option<Iccid>, code: UnlockCode) {
        let entry = (iccid, code);
        self.tried.retain(|tried| *tried != entry);
        if self.tried.len() == MAX_TRIED {
            self.tried.pop_front();
        }
        self.tried.push_back(entry);
    }

    /// Tries left of what the SIM asks for.
    pub(super) fn left(&self) -> Option<u8> {
        match self.wants {
            Lock::Puk => self.tries.puk,
            _ => self.tries.pin,
        }
    }

    /// One try less of what was sent.
    fn counted(&mut self) {
        let tries = match self.wants {
            Lock::Puk => &mut self.tries.puk,
            _ => &mut self.tries.pin,
        };
        *tries = tries.map(|left| left.saturating_sub(1));
    }

    /// Whether the given PIN may be sent to this SIM without a person's word.
    fn may_try(&self, iccid: Option<&Iccid>) -> bool {
        let Some((sim, pin)) = &self.given else {
            return false;
        };
        if iccid != Some(sim) || self.wants != Lock::Pin {
            return false;
        }
        let left = self.left();
        // A SIM that was too busy to look at it has not counted it.
        let not_looked_at = left.is_some() && self.busy_at == left;
        let code = UnlockCode::Pin(pin.clone());
        match left {
            Some(left) => left >= 2 && (not_looked_at || !self.was_tried(iccid, &code)),
            None => !self.was_any_tried(iccid, Lock::Pin),
        }
    }
}

impl Engine {
    /// [`Input::Pin`](crate::Input::Pin)
    pub(super) fn pin_given(&mut self, sim: &Iccid, pin: &str) {
        let Ok(pin) = pin.parse() else {
            return;
        };
        self.pins.given = Some((sim.clone(), pin));
        let locked = matches!(
            self.state,
            State::Locked {
                what: Lock::Pin,
                ..
            }
        );
        if locked && self.pins.may_try(self.iccid.as_ref()) {
            self.enter(State::Setup(Step::PinTries(0)));
        }
    }

    /// The SIM asks for its PIN.
    pub(super) fn pin_wanted(&mut self, now: Instant) -> State {
        self.pins.wants = Lock::Pin;
        if self.pins.taken_at.is_some() {
            let locked = State::Locked {
                what: Lock::Pin,
                tries_left: None,
            };
            return self.wait_or(now, Step::SimState, UNLOCK_WAIT, locked);
        }
        self.code_wanted()
    }

    /// The SIM asks for its PUK, which is for people.
    pub(super) fn puk_wanted(&mut self) -> State {
        self.pins.wants = Lock::Puk;
        self.code_wanted()
    }

    fn code_wanted(&mut self) -> State {
        if std::mem::take(&mut self.pins.refused) {
            return State::Setup(Step::PinTries(0));
        }
        if self.pins.wants == Lock::Pin {
            // A SIM that was unlocked before asks again when its power was cut.
            self.booted();
        }
        self.iccid = None;
        State::Setup(Step::EarlyIccid(0))
    }

    /// The SIM asks for nothing: the code that was sent last was right.
    pub(super) fn code_not_wanted(&mut self) -> State {
        let usable = State::Setup(Step::Iccid(0));
        self.pins.busy_at = None;
        self.pins.refused = false;
        let taken = self.pins.taken_at.take().is_some();
        let code = if taken {
            self.pins.tried.pop_back()
        } else {
            None
        };
        if let Some((sim, UnlockCode::Puk { .. })) = &code {
            // The PIN is another one now: what it was not before, it may be.
            self.pins.tried.retain(|(at, _)| at != sim);
            // And the one that was kept for this SIM is none of its own any more.
            self.pins.given = None;
        }
        self.unlock_opened(code.map(|(_, code)| code))
            .unwrap_or(usable)
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

    /// Whether to try a code, now that all is known that the modem tells.
    pub(super) fn pin_decide(&mut self) -> State {
        if let Some(state) = self.unlock_decide(self.pins.wants) {
            return state;
        }
        let may = self.pins.may_try(self.iccid.as_ref());
        self.pins.busy_at = None;
        if may {
            State::Setup(Step::Pin)
        } else {
            self.locked()
        }
    }

    /// Locked, with what is known of the tries.
    pub(super) fn locked(&self) -> State {
        State::Locked {
            what: self.pins.wants,
            tries_left: self.pins.left(),
        }
    }

    /// The command with the code. From here on it counts as tried.
    pub(super) fn pin_request(&mut self) -> Option<Request> {
        let code = match &mut self.pins.asked {
            Some(asked) => asked.send(),
            None => UnlockCode::Pin(self.pins.given.as_ref()?.1.clone()),
        };
        let request = match &code {
            UnlockCode::Pin(pin) => Cpin {
                pin: pin.as_str().parse().ok()?,
            }
            .request(),
            UnlockCode::Puk { puk, new_pin } => CpinUnblock {
                puk: puk.as_str().parse().ok()?,
                new_pin: new_pin.as_str().parse().ok()?,
            }
            .request(),
        };
        self.pins.try_now(self.iccid.clone(), code);
        Some(request)
    }

    pub(super) fn take_pin(&mut self, now: Instant, reply: &Reply) -> State {
        match reply.end {
            FinalCode::Ok => {
                self.pins.taken_at = Some(now);
                State::Setup(Step::SimState)
            }
            FinalCode::Cme(CmeError(14))
                if self.pins.asked.is_none()
                    && self.pins.tries.pin.is_some()
                    && self.pins.busy_at.is_none() =>
            {
                self.pins.busy_at = self.pins.tries.pin;
                let locked = self.locked();
                self.wait_or(now, Step::PinTries(0), UNLOCK_WAIT, locked)
            }
            _ => {
                self.pin_refused();
                // After the last try it asks for something else.
                self.pins.refused = true;
                State::Setup(Step::SimState)
            }
        }
    }

    /// The code was wrong, or may have been counted as such.
    fn pin_refused(&mut self) {
        self.pins.counted();
        if self.pins.asked.is_none() {
            let tries_left = self.pins.tries.pin;
            self.event(Event::PinRefused { tries_left });
        }
    }

    /// The modem did not answer it.
    pub(super) fn pin_silent(&mut self) -> State {
        self.pin_refused();
        self.pins.tries = PinTries::default();
        self.locked()
    }
}
