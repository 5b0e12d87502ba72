//! The PIN. A SIM locks itself after three wrong ones, and nobody can undo that from here.
//!
//! What a SIM has refused is never sent to it again, and with fewer than two tries left nothing is
//! sent. Where the modem cannot tell the tries left, one PIN is tried at most. Only a person who
//! asks for it ([`unlock`]) may go further. An answer that does not say what the SIM
//! made of the code is no refusal ([`doubt`]).

mod doubt;
mod unlock;

use super::super::modem::Modem;
use super::super::out::Consequence;
use super::super::state::State;
use super::super::step::Step;
use super::NO_SIM_RETRY;
use crate::event::Event;
use at::commands::{Cpin, CpinUnblock, PinTries};
use at::{CmeError, Command, FinalCode, Reply, Request};
use doubt::{PAUSES, Sent};
use model::{Iccid, Lock, Pin, UnlockCode};
use std::collections::VecDeque;
use std::time::Instant;
use unlock::Asked;

/// Incorrect password (TS 27.007 9.2.1): the only answer that says that the SIM refused a code.
const INCORRECT: u16 = 16;
/// Some answer so where a person's code was wrong: the last PIN, or a PUK.
const PUK_REQUIRED: u16 = 12;
/// SIM not inserted.
const NOT_INSERTED: u16 = 10;
/// Refused codes that are remembered; beyond it the oldest might be tried once more.
const MAX_TRIED: usize = 64;

/// PINs given and PINs tried.
#[derive(Debug)]
pub(in crate::engine) struct Pins {
    /// What the owner has for the SIM that is locked.
    given: Option<Given>,
    /// Sent to a SIM and not known to be right; `None` for a SIM whose ICCID is not readable.
    tried: VecDeque<(Option<Iccid>, UnlockCode)>,
    /// Sent last, and what the SIM made of it is not known.
    sent: Option<Sent>,
    wants: Lock,
    tries: PinTries,
    /// When a code was taken.
    taken_at: Option<Instant>,
    /// A code was just answered: what the same SIM asks for now is being looked at.
    same_sim: bool,
    /// What a person asked for.
    asked: Option<Asked>,
    /// A person's code was right, and the tries that are left now are being asked for.
    opened: bool,
    /// The PIN that unlocked the SIM in the modem, to be told once it is known which SIM that is.
    proved: Option<Pin>,
}

/// A PIN of the owner.
#[derive(Debug)]
struct Given {
    sim: Iccid,
    pin: Pin,
    /// Tries left as the owner was told them, and may have noted down before it gave the PIN.
    left: Option<u8>,
    /// How often the tries could not be read since.
    looks: usize,
}

impl Default for Pins {
    fn default() -> Self {
        Self {
            given: None,
            tried: VecDeque::new(),
            sent: None,
            wants: Lock::Pin,
            tries: PinTries::default(),
            taken_at: None,
            same_sim: false,
            asked: None,
            opened: false,
            proved: None,
        }
    }
}

impl Pins {
    /// Another SIM may be in the modem: what one that tells no ICCID refused says nothing of this
    /// one, and nothing was proved.
    pub(in super::super) fn forget_sim(&mut self) {
        self.tried.retain(|(sim, _)| sim.is_some());
        self.sent = self.sent.take().and_then(Sent::left_alone);
        self.given = None;
        self.same_sim = false;
        self.taken_at = None;
        self.forget_proof();
    }

    /// The port was opened: which SIM is in the modem is not known.
    pub(super) fn opened(&mut self) {
        self.sent = self.sent.take().map(Sent::opened);
        self.given = None;
        self.same_sim = false;
        self.taken_at = None;
    }

    pub(super) fn forget_proof(&mut self) {
        self.opened = false;
        self.proved = None;
    }

    fn was_tried(&self, iccid: Option<&Iccid>, code: &UnlockCode) -> bool {
        self.tried_on(iccid).any(|tried| tried == code)
    }

    fn was_any_tried(&self, iccid: Option<&Iccid>, opens: Lock) -> bool {
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
    fn left(&self) -> Option<u8> {
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

    /// Whether a PIN of the owner may be sent to this SIM without a person's word.
    fn may_try(&self, given: &Given, iccid: Option<&Iccid>) -> bool {
        let left = self.left();
        if iccid != Some(&given.sim) || self.wants != Lock::Pin || left != given.left {
            return false;
        }
        let code = UnlockCode::Pin(given.pin.clone());
        if self.may_send_again(iccid, &code) {
            return left.is_some_and(|left| left >= 2);
        }
        match left {
            Some(left) => left >= 2 && !self.was_tried(iccid, &code),
            None => !self.was_any_tried(iccid, Lock::Pin),
        }
    }

    /// They cannot be read.
    pub(super) fn forget_tries(&mut self) {
        self.tries = PinTries::default();
    }

    /// Whether [`Input::Pin`](crate::Input::Pin) would send this PIN to the SIM that is locked.
    pub(in crate::engine) fn would_try(
        &self,
        state: &State,
        iccid: Option<&Iccid>,
        (sim, pin): (&Iccid, &str),
    ) -> bool {
        let given = Given::of_owner(state, sim, pin);
        given.is_some_and(|given| self.may_try(&given, iccid))
    }

    /// [`Input::Pin`](crate::Input::Pin). Where to go on, if it is taken.
    pub(in crate::engine) fn given(
        &mut self,
        state: &State,
        iccid: Option<&Iccid>,
        (sim, pin): (&Iccid, &str),
    ) -> Option<State> {
        let given = Given::of_owner(state, sim, pin);
        self.given = Some(given.filter(|given| self.may_try(given, iccid))?);
        Some(State::Setup(Step::PinTries(0)))
    }

    /// The SIM asks for its PIN. Whether it has just taken a code, and may only need time.
    pub(super) fn wants_pin(&mut self) -> bool {
        self.wants = Lock::Pin;
        self.taken_at.is_some()
    }

    /// The SIM asks for its PIN, and not only for a moment.
    pub(super) fn pin_wanted(&mut self, modem: &mut Modem) -> State {
        if self.wants_pin() {
            return self.doubtful(modem.now, true);
        }
        self.code_wanted(modem)
    }

    /// The SIM asks for its PUK, which is for people.
    pub(super) fn puk_wanted(&mut self, modem: &mut Modem) -> State {
        self.wants = Lock::Puk;
        self.code_wanted(modem)
    }

    fn code_wanted(&mut self, modem: &mut Modem) -> State {
        self.taken_at = None;
        if std::mem::take(&mut self.same_sim) {
            return State::Setup(Step::PinTries(0));
        }
        if self.wants == Lock::Pin {
            // A SIM that was unlocked before asks again when its power was cut.
            modem.out.then(Consequence::Booted);
        }
        modem.iccid = None;
        State::Setup(Step::EarlyIccid(0))
    }

    /// The SIM asks for nothing: the code that was sent last was right.
    pub(super) fn code_not_wanted(&mut self, modem: &mut Modem) -> State {
        let usable = State::Setup(Step::Iccid(0));
        self.taken_at = None;
        self.same_sim = false;
        let code = self.sent_was_right();
        self.unlocked(code, modem).unwrap_or(usable)
    }

    /// The tries that are left.
    pub(super) fn tries_are(&mut self, tries: PinTries, modem: &mut Modem) -> State {
        self.tries = tries;
        self.decide(modem)
    }

    /// Whether to try a code, now that all is known that the modem tells.
    pub(super) fn decide(&mut self, modem: &mut Modem) -> State {
        if let Some(state) = self.doubt_decide(modem) {
            return state;
        }
        if let Some(state) = self.unlock_decide(modem) {
            return state;
        }
        if let Some(until) = self.tries_lost(modem.now) {
            let step = Step::SimState;
            return State::Waiting { step, until };
        }
        // Where it is not sent, the owner gives it anew when it has seen the tries.
        self.given = (self.given.take()).filter(|given| self.may_try(given, modem.iccid.as_ref()));
        if self.given.is_none() {
            return self.locked();
        }
        State::Setup(Step::Pin)
    }

    /// When to read the tries again, which could be read when the PIN was given.
    fn tries_lost(&mut self, now: Instant) -> Option<Instant> {
        let lost = self.left().is_none();
        let given = self.given.as_mut()?;
        let pause = PAUSES
            .get(given.looks)
            .filter(|_| lost && given.left.is_some())?;
        given.looks += 1;
        Some(now + *pause)
    }

    /// Locked, with what is known of the tries.
    fn locked(&self) -> State {
        State::Locked {
            what: self.wants,
            tries_left: self.left(),
        }
    }

    /// The command with the code. From here on it counts as tried.
    pub(super) fn request(&mut self, iccid: Option<&Iccid>) -> Option<Request> {
        let of_person = self.asked.is_some();
        let code = match &mut self.asked {
            Some(asked) => asked.send(),
            None => UnlockCode::Pin(self.given.as_ref()?.pin.clone()),
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
        self.send_now(iccid, &code, of_person);
        self.try_now(iccid.cloned(), code);
        Some(request)
    }

    /// The command with the code was answered.
    pub(super) fn answered(&mut self, reply: &Reply, modem: &mut Modem) -> State {
        match reply.end {
            FinalCode::Ok => {
                self.taken_at = Some(modem.now);
                State::Setup(Step::SimState)
            }
            FinalCode::Cme(CmeError(code))
                if code == INCORRECT || code == PUK_REQUIRED && self.asked.is_some() =>
            {
                self.counted();
                self.refused(self.left(), modem);
                // After the last try it asks for something else.
                self.same_sim = true;
                State::Setup(Step::SimState)
            }
            FinalCode::Cme(CmeError(NOT_INSERTED)) => State::NoSim {
                until: modem.now + NO_SIM_RETRY,
            },
            _ => self.doubtful(modem.now, true),
        }
    }

    /// The code was wrong.
    fn refused(&mut self, tries_left: Option<u8>, modem: &mut Modem) {
        let sent = self.sent.take();
        if sent.is_some_and(|sent| !sent.of_person) {
            self.given = None;
            modem.out.event(Event::PinRefused { tries_left });
        }
    }
}

impl Given {
    /// What the owner gives for the SIM that is locked.
    fn of_owner(state: &State, sim: &Iccid, pin: &str) -> Option<Self> {
        let State::Locked {
            what: Lock::Pin,
            tries_left: left,
        } = state
        else {
            return None;
        };
        Some(Self {
            sim: sim.clone(),
            pin: pin.parse().ok()?,
            left: *left,
            looks: 0,
        })
    }
}
