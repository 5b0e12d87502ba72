//! A code that was sent, while nobody knows what the SIM made of it.
//!
//! Silence, a garbled answer, plain `ERROR` and a SIM that is busy or failing refuse nothing: the
//! tries that are left tell whether the SIM counted the code. Where they are as before, the PIN is
//! offered again, a few times.

use super::super::super::modem::Modem;
use super::super::super::state::State;
use super::super::super::step::Step;
use super::Pins;
use super::unlock::Asked;
use crate::event::Event;
use model::{Counted, Iccid, Lock, UnlockCode};
use std::time::{Duration, Instant};

/// Before the PIN is offered once more, by how often it was sent; then not any more. And before
/// tries that could be read before and cannot now are read again.
pub(super) const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
];

/// What was sent last.
#[derive(Debug)]
pub(super) struct Sent {
    sim: Option<Iccid>,
    code: UnlockCode,
    pub(super) of_person: bool,
    /// Tries that were left before.
    left: Option<u8>,
    /// How often it was sent with that many left.
    times: usize,
    /// Not to be sent again before.
    again_at: Option<Instant>,
    /// How often the tries could not be read since.
    looks: usize,
    /// The SIM has been in the modem ever since.
    unbroken: bool,
    /// The owner knows that nothing more is made of it.
    told: bool,
}

impl Sent {
    /// The SIM is gone. What one without an ICCID was given says nothing of the next.
    pub(super) fn left_alone(mut self) -> Option<Self> {
        self.unbroken = false;
        self.sim.is_some().then_some(self)
    }

    /// The modem or its port started anew: it may be another SIM, or a modem that works better now.
    pub(super) fn opened(mut self) -> Self {
        self.unbroken = false;
        self.times = 1;
        self.looks = 0;
        self.told = false;
        self
    }

    fn is(&self, iccid: Option<&Iccid>, code: &UnlockCode) -> bool {
        self.sim.as_ref() == iccid && self.code == *code
    }

    fn counted(&self, pins: &Pins) -> Counted {
        let opens = self.code.opens();
        if opens == Lock::Pin && pins.wants == Lock::Puk {
            // No try is left.
            return Counted::Yes;
        }
        let left = match opens {
            Lock::Puk => pins.tries.puk,
            _ => pins.tries.pin,
        };
        Counted::of(opens, self.left, left)
    }

    /// It was sent as often as it may be.
    fn is_spent(&self) -> bool {
        self.times > PAUSES.len()
    }

    /// When to look at the SIM once more, if at all.
    fn look_again(&mut self, now: Instant, counted: Counted, left: Option<u8>) -> Option<Instant> {
        match counted {
            Counted::No => self.again_at.filter(|at| now < *at),
            Counted::Unknown if self.left.is_some() && left.is_none() => {
                let pause = PAUSES.get(self.looks)?;
                self.looks += 1;
                Some(now + *pause)
            }
            Counted::Yes | Counted::Unknown => None,
        }
    }
}

impl Pins {
    /// The code goes out now.
    pub(super) fn send_now(&mut self, iccid: Option<&Iccid>, code: &UnlockCode, of_person: bool) {
        let left = self.left();
        let mut times = 1;
        if let Some(before) = self.sent.take() {
            if before.is(iccid, code) && before.left == left {
                times += before.times;
            } else if before.counted(self) == Counted::No && before.sim.as_ref() == iccid {
                self.untry(&before);
            }
        }
        self.sent = Some(Sent {
            sim: iccid.cloned(),
            code: code.clone(),
            of_person,
            left,
            times,
            again_at: None,
            looks: 0,
            unbroken: true,
            told: false,
        });
    }

    /// This SIM asks for nothing: no doubt is left.
    pub(in super::super) fn settle(&mut self, iccid: Option<&Iccid>) {
        if let Some(sent) = self.sent.take_if(|sent| sent.sim.as_ref() == iccid) {
            self.untry(&sent);
        }
    }

    fn untry(&mut self, sent: &Sent) {
        self.tried
            .retain(|(sim, code)| *sim != sent.sim || *code != sent.code);
    }

    /// Whether the SIM was given this code and has not counted it.
    pub(super) fn was_not_counted(&self, iccid: Option<&Iccid>, code: &UnlockCode) -> bool {
        let sent = self.sent.as_ref().filter(|sent| sent.is(iccid, code));
        sent.is_some_and(|sent| sent.counted(self) == Counted::No)
    }

    /// Whether a PIN without a clear answer may be offered once more.
    pub(super) fn may_send_again(&self, iccid: Option<&Iccid>, code: &UnlockCode) -> bool {
        let often = self.sent.as_ref().is_some_and(Sent::is_spent);
        !often && self.was_not_counted(iccid, code)
    }

    /// The modem did not say what the SIM made of the code: see what the SIM asks for now, and how
    /// many tries are left. `same_sim`: it cannot have been changed since.
    pub(in super::super) fn doubtful(&mut self, now: Instant, same_sim: bool) -> State {
        self.same_sim = same_sim;
        self.taken_at = None;
        if let Some(sent) = &mut self.sent {
            let pause = PAUSES.get(sent.times - 1);
            sent.again_at = pause.map(|pause| now + *pause);
        }
        State::Setup(Step::SimState)
    }

    /// What to do about a code without a clear answer, now that the tries are known; `None` when
    /// there is none, or nothing more is to be seen.
    pub(super) fn doubt_decide(&mut self, modem: &mut Modem) -> Option<State> {
        let mut sent = (self.sent).take_if(|sent| sent.sim == modem.iccid)?;
        let (counted, left) = (sent.counted(self), self.left());
        let again = sent.look_again(modem.now, counted, left);
        let by_itself = self.asked.is_none() && !sent.of_person;
        let done = counted == Counted::Unknown || sent.is_spent();
        let tell = by_itself && again.is_none() && done && !sent.told;
        sent.told |= tell;
        let puk_taken = sent.code.opens() == Lock::Puk && self.wants == Lock::Pin;
        self.sent = Some(sent);
        if counted == Counted::Yes {
            self.refused(self.tries.pin, modem);
            return None;
        }
        if puk_taken {
            self.sent_was_right();
            self.forget_proof();
        }
        if self.asked.as_ref().is_some_and(Asked::is_sent) {
            // Whoever asked is told that the modem did not say.
            self.give_up(modem);
            return Some(self.locked());
        }
        if tell {
            self.given = None;
            modem.out.event(Event::PinUnclear {
                tries_left: left,
                counted,
            });
        }
        let until = again.filter(|_| by_itself)?;
        let step = Step::SimState;
        Some(State::Waiting { step, until })
    }

    /// The SIM asks for nothing, or for what comes after it: the code that was sent last.
    pub(super) fn sent_was_right(&mut self) -> Option<UnlockCode> {
        let sent = self.sent.take_if(|sent| sent.unbroken)?;
        self.given = None;
        self.untry(&sent);
        match &sent.code {
            // The PIN is another one now: what it was not before, it may be.
            UnlockCode::Puk { .. } => self.tried.retain(|(sim, _)| *sim != sent.sim),
            UnlockCode::Pin(pin) if !sent.of_person => self.proved = Some(pin.clone()),
            UnlockCode::Pin(_) => {}
        }
        Some(sent.code)
    }
}
