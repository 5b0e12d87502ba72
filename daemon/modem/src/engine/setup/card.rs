//! The SIM: whether it is there, locked or busy, and who it is.

use super::super::modem::Modem;
use super::super::state::State;
use super::super::step::Step;
use super::charset::{take_charset, take_charset_read};
use super::{BUSY_LIMIT, ERROR_LIMIT, NO_SIM_RETRY, Setup, text};
use crate::event::Event;
use at::commands::{Cimi, Cnum, CpinRead, CscaRead, OwnNumbers, PinState};
use at::{Charset, CmeError, CmsError, Command, FinalCode, Reply, decode_text, with_plus};
use model::{Lock, Msisdn};
use std::time::Duration;

/// After the right PIN the SIM may still ask for it for a moment.
const UNLOCK_WAIT: Duration = Duration::from_secs(15);

impl Setup {
    pub(super) fn take_card(&mut self, step: Step, reply: &Reply, modem: &mut Modem) -> State {
        let next = State::Setup(step.next());
        match step {
            Step::SimState => self.take_sim_state(reply, modem),
            Step::EarlyIccid(at) => self.take_early_iccid(at, reply, modem),
            Step::PinTries(at) => {
                let via = modem.profile.pin_tries.get(usize::from(at));
                match via.and_then(|via| via.answer(reply).ok()) {
                    Some(tries) => self.pins.tries_are(tries, modem),
                    None => next,
                }
            }
            Step::Pin => self.pins.answered(reply, modem),
            Step::Iccid(at) => self.take_iccid(at, reply, modem),
            Step::Imsi => {
                self.found.sim.imsi = text(Cimi.answer(reply)).parse().ok();
                next
            }
            Step::Charset(at) => take_charset(at, reply, modem),
            Step::CharsetRead => take_charset_read(reply, modem),
            Step::OwnNumber => {
                let numbers = Cnum.answer(reply).ok();
                self.found.sim.number = numbers.and_then(|list| own_number(&list, modem.charset));
                next
            }
            Step::ServiceCentre => {
                let centre = CscaRead.answer(reply).ok();
                let centre = centre.map(|centre| decode_text(&centre.address, modem.charset));
                self.found.sim.smsc = centre.filter(|address| !address.is_empty());
                modem.out.event(Event::Sim(self.found.sim.clone()));
                self.pins.tell_proved(modem);
                next
            }
            _ => next,
        }
    }

    fn take_sim_state(&mut self, reply: &Reply, modem: &mut Modem) -> State {
        let usable = State::Setup(Step::Iccid(0));
        let none = State::NoSim {
            until: modem.now + NO_SIM_RETRY,
        };
        match CpinRead.answer(reply) {
            // PIN2 guards the phonebook of fixed numbers, not messages.
            Ok(PinState::Ready | PinState::SimPin2 | PinState::SimPuk2) => {
                self.pins.code_not_wanted(modem)
            }
            Ok(PinState::SimPin) => self.pin_wanted(modem),
            Ok(PinState::SimPuk) => self.pins.puk_wanted(modem),
            Ok(PinState::PhoneLock(_)) => State::Locked {
                what: Lock::Other,
                tries_left: None,
            },
            Ok(PinState::NotInserted) => none,
            Ok(PinState::NotReady | PinState::Other(_)) => {
                self.wait_or(modem.now, Step::SimState, BUSY_LIMIT, none)
            }
            Err(_) => match reply.end {
                FinalCode::Cme(CmeError(10)) | FinalCode::Cms(CmsError(310)) => none,
                FinalCode::Cme(CmeError(11)) | FinalCode::Cms(CmsError(311)) => {
                    self.pin_wanted(modem)
                }
                FinalCode::Cme(CmeError(12)) | FinalCode::Cms(CmsError(316)) => {
                    self.pins.puk_wanted(modem)
                }
                // SIM failure and wrong SIM: so it is told while one starts, too.
                FinalCode::Cme(CmeError(13 | 15)) | FinalCode::Cms(CmsError(313 | 315)) => {
                    self.wait_or(modem.now, Step::SimState, ERROR_LIMIT, none)
                }
                _ if !self.found.online_tried => {
                    // Some answer anything with ERROR until the radio is on (field notes B.0).
                    self.found.online_tried = true;
                    State::Setup(Step::Online)
                }
                _ => self.wait_or(modem.now, Step::SimState, ERROR_LIMIT, usable),
            },
        }
    }

    /// The SIM asks for its PIN.
    fn pin_wanted(&mut self, modem: &mut Modem) -> State {
        let step = Step::SimState;
        if self.pins.wants_pin()
            && let Some(until) = self.busy_until(modem.now, step, UNLOCK_WAIT)
        {
            return State::Waiting { step, until };
        }
        self.pins.pin_wanted(modem)
    }

    fn take_early_iccid(&mut self, at: u8, reply: &Reply, modem: &mut Modem) -> State {
        match modem.iccid_in(at, reply) {
            Some(iccid) => {
                modem.iccid = Some(iccid.clone());
                self.found.sim.iccid = Some(iccid);
                modem.out.event(Event::Sim(self.found.sim.clone()));
                State::Setup(Step::PinTries(0))
            }
            None => State::Setup(Step::EarlyIccid(at + 1)),
        }
    }

    fn take_iccid(&mut self, at: u8, reply: &Reply, modem: &mut Modem) -> State {
        match modem.iccid_in(at, reply) {
            Some(iccid) => {
                if modem.iccid.as_ref().is_some_and(|early| *early != iccid) {
                    // The SIM that told before the PIN who it is was another one.
                    self.pins.forget_proof();
                }
                modem.iccid = Some(iccid.clone());
                self.found.sim.iccid = Some(iccid);
                State::Setup(Step::Imsi)
            }
            None => State::Setup(Step::Iccid(at + 1)),
        }
    }
}

/// The first number that is one; with `+` when its type says international.
fn own_number(list: &OwnNumbers, charset: Charset) -> Option<Msisdn> {
    list.0.iter().find_map(|own| {
        let number = decode_text(&own.number, charset);
        with_plus(number, own.type_of_address).parse().ok()
    })
}
