//! The SIM: whether it is there, locked or busy, and who it is.

use super::{BUSY_LIMIT, ERROR_LIMIT, Engine, Step, text};
use crate::engine::state::State;
use crate::event::Event;
use at::commands::{Cimi, Cnum, CpinRead, CscaRead, OwnNumbers, PinState};
use at::{Charset, CmeError, CmsError, Command, FinalCode, Reply, decode_text};
use model::{Lock, Msisdn};
use std::time::{Duration, Instant};

/// How soon a slot is looked at again for a SIM; a URC is faster where the modem has one.
pub(in crate::engine) const NO_SIM_RETRY: Duration = Duration::from_secs(20);

impl Engine {
    pub(super) fn take_card(&mut self, now: Instant, step: Step, reply: &Reply) -> State {
        let next = State::Setup(step.next());
        match step {
            Step::SimState => self.take_sim_state(now, reply),
            Step::EarlyIccid(at) => self.take_early_iccid(at, reply),
            Step::PinTries(at) => self.take_pin_tries(now, at, reply),
            Step::Pin => self.take_pin(now, reply),
            Step::Iccid(at) => self.take_iccid(at, reply),
            Step::Imsi => {
                self.setup.sim.imsi = text(Cimi.answer(reply)).parse().ok();
                next
            }
            Step::Charset(at) => self.take_charset(at, reply),
            Step::CharsetRead => self.take_charset_read(reply),
            Step::OwnNumber => {
                let numbers = Cnum.answer(reply).ok();
                self.setup.sim.number = numbers.and_then(|list| own_number(&list, self.charset));
                next
            }
            Step::ServiceCentre => {
                let centre = CscaRead.answer(reply).ok();
                let centre = centre.map(|centre| decode_text(&centre.address, self.charset));
                self.setup.sim.smsc = centre.filter(|address| !address.is_empty());
                self.event(Event::Sim(self.setup.sim.clone()));
                self.tell_proved();
                next
            }
            _ => next,
        }
    }

    fn take_sim_state(&mut self, now: Instant, reply: &Reply) -> State {
        let usable = State::Setup(Step::Iccid(0));
        let none = State::NoSim {
            until: now + NO_SIM_RETRY,
        };
        let again = |engine: &mut Self, otherwise| {
            engine.wait_or(now, Step::SimState, BUSY_LIMIT, otherwise)
        };
        match CpinRead.answer(reply) {
            // PIN2 guards the phonebook of fixed numbers, not messages.
            Ok(PinState::Ready | PinState::SimPin2 | PinState::SimPuk2) => self.code_not_wanted(),
            Ok(PinState::SimPin) => self.pin_wanted(now),
            Ok(PinState::SimPuk) => self.puk_wanted(),
            Ok(PinState::PhoneLock(_)) => State::Locked {
                what: Lock::Other,
                tries_left: None,
            },
            Ok(PinState::NotInserted) => none,
            Ok(PinState::NotReady | PinState::Other(_)) => again(self, none),
            Err(_) => match reply.end {
                FinalCode::Cme(CmeError(10)) | FinalCode::Cms(CmsError(310)) => none,
                FinalCode::Cme(CmeError(11)) | FinalCode::Cms(CmsError(311)) => {
                    self.pin_wanted(now)
                }
                FinalCode::Cme(CmeError(12)) | FinalCode::Cms(CmsError(316)) => self.puk_wanted(),
                // SIM failure and wrong SIM: so it is told while one starts, too.
                FinalCode::Cme(CmeError(13 | 15)) | FinalCode::Cms(CmsError(313 | 315)) => {
                    self.wait_or(now, Step::SimState, ERROR_LIMIT, none)
                }
                _ if !self.setup.online_tried => {
                    // Some answer anything with ERROR until the radio is on (field notes B.0).
                    self.setup.online_tried = true;
                    State::Setup(Step::Online)
                }
                _ => self.wait_or(now, Step::SimState, ERROR_LIMIT, usable),
            },
        }
    }

    fn take_early_iccid(&mut self, at: u8, reply: &Reply) -> State {
        match self.iccid_in(at, reply) {
            Some(iccid) => {
                self.iccid = Some(iccid.clone());
                self.setup.sim.iccid = Some(iccid);
                self.event(Event::Sim(self.setup.sim.clone()));
                State::Setup(Step::PinTries(0))
            }
            None => State::Setup(Step::EarlyIccid(at + 1)),
        }
    }

    fn take_iccid(&mut self, at: u8, reply: &Reply) -> State {
        match self.iccid_in(at, reply) {
            Some(iccid) => {
                if self.iccid.as_ref().is_some_and(|early| *early != iccid) {
                    // The SIM that told before the PIN who it is was another one.
                    self.pins.forget_proof();
                }
                self.iccid = Some(iccid.clone());
                self.setup.sim.iccid = Some(iccid);
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
        let plus = own.type_of_address == Some(145) && !number.starts_with('+');
        let plus = if plus { "+" } else { "" };
        format!("{plus}{number}").parse().ok()
    })
}
