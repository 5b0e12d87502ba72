//! Set-up: the commands from the first OK to a modem that sends and receives.
//!
//! Every command but `+CMGF=0` may be refused; what it would have told is then not known, and what
//! it would have set stays as it is. A SIM that is busy is waited for.

mod routing;
mod steps;

pub(super) use routing::RoutingChoice;
pub(super) use steps::Step;

use super::Engine;
use super::flight::Purpose;
use super::state::State;
use crate::event::{Event, Identity, Sim};
use crate::profile;
use crate::state::{ModemState, Reason};
use at::commands::{
    Ati, CfunRead, Cgmi, Cgmm, Cgmr, Cgsn, Cimi, CnmiRead, CnmiTest, Cnum, CpinRead, Cpms,
    CpmsTest, CscaRead, Csms, CsmsRead, RegistrationRead, Text,
};
use at::{CmeError, CmsError, Command, FinalCode, Reply};
use std::time::{Duration, Instant};

/// A busy SIM is asked again after 0.2 s, and each time 0.2 s later (field notes A 24).
const BUSY_STEP: Duration = Duration::from_millis(200);
/// But at least this often.
const BUSY_STEP_LIMIT: Duration = Duration::from_secs(3);
/// A SIM that is busy for longer will not be ready soon: go on without what it did not tell.
const BUSY_LIMIT: Duration = Duration::from_mins(1);
/// Plain `ERROR` says nothing; a modem that is still waking stops giving it within seconds.
const ERROR_LIMIT: Duration = Duration::from_secs(6);
/// Where every third command is not answered, the modem is not usable.
const MAX_SILENT: u8 = 6;
/// How soon a modem that refused PDU mode is tried again.
const REFUSED_RETRY: Duration = Duration::from_mins(1);
/// How soon a slot is looked at again for a SIM; a URC is faster where the modem has one.
const NO_SIM_RETRY: Duration = Duration::from_secs(20);

/// What set-up found out.
#[derive(Debug)]
pub(super) struct Found {
    identity: Identity,
    sim: Sim,
    /// The step that is being repeated, since when, and how often.
    busy: Option<(Step, Instant, u32)>,
    /// Commands that were not answered at all.
    silent: u8,
    online_tried: bool,
    /// Memories to choose, best first.
    memories: Vec<Cpms>,
    /// `+CNMI` settings, best first.
    pub(super) routing: Vec<RoutingChoice>,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            identity: Identity {
                imei: None,
                manufacturer: String::new(),
                model: String::new(),
                firmware: String::new(),
                profile: profile::GENERIC.name,
            },
            sim: Sim {
                iccid: None,
                imsi: None,
                number: None,
                smsc: None,
            },
            busy: None,
            silent: 0,
            online_tried: false,
            memories: Vec::new(),
            routing: Vec::new(),
        }
    }
}

impl Engine {
    /// Writes the command of `step`, or moves on where there is none.
    pub(super) fn setup_begin(&mut self, now: Instant, step: Step) {
        if step == Step::FIRST {
            self.setup = Found::default();
            self.capabilities = crate::event::Capabilities::default();
            self.submits.forget_modem();
            self.profile = &profile::GENERIC;
        }
        match self.step_request(step) {
            Some(request) => self.send(now, Purpose::Setup(step), request),
            None if step == Step::Done => self.setup_complete(now),
            None if step == Step::PinTries(0) || matches!(step, Step::PinTries(_)) => {
                let state = self.pin_decide();
                self.enter(state);
            }
            None => self.enter(State::Setup(step.past_list())),
        }
    }

    /// A command of set-up ended.
    pub(super) fn setup_done(&mut self, now: Instant, step: Step, reply: Option<&Reply>) {
        let Some(reply) = reply else {
            return self.setup_silent(now, step);
        };
        if step.touches_sim() && is_busy(&reply.end) {
            let next = self.setup_take(now, step, reply);
            let state = self.wait_or(now, step, BUSY_LIMIT, next);
            return self.enter(state);
        }
        let state = self.setup_take(now, step, reply);
        if !matches!(&state, State::Waiting { .. }) {
            self.setup.busy = None;
        }
        self.enter(state);
    }

    fn setup_silent(&mut self, now: Instant, step: Step) {
        self.setup.silent += 1;
        if self.setup.silent > MAX_SILENT {
            return self.give_up(now, Reason::NoReply);
        }
        let next = match step {
            Step::Pin => {
                // It may have been counted.
                let state = self.pin_refused(None);
                return self.enter(state);
            }
            Step::EchoAgain | Step::ErrorsAgain | Step::PduAgain => Step::FIRST,
            // The two that nothing works without.
            Step::PduMode | Step::SimState => step,
            _ => step.next(),
        };
        self.resync(now, next);
    }

    /// Repeats `step` a little later, or after `limit` goes on with `otherwise`.
    pub(super) fn wait_or(
        &mut self,
        now: Instant,
        step: Step,
        limit: Duration,
        otherwise: State,
    ) -> State {
        let (since, count) = match self.setup.busy {
            Some((same, since, count)) if same == step => (since, count + 1),
            _ => (now, 1),
        };
        if now.duration_since(since) >= limit {
            self.setup.busy = None;
            return otherwise;
        }
        self.setup.busy = Some((step, since, count));
        let until = now + (BUSY_STEP * count).min(BUSY_STEP_LIMIT);
        State::Waiting { step, until }
    }

    /// Takes the answer of a step; returns where to go on.
    fn setup_take(&mut self, now: Instant, step: Step, reply: &Reply) -> State {
        let next = State::Setup(step.next());
        match step {
            Step::EchoOff | Step::EchoAgain => {
                self.submits.echo_off(reply.end.is_ok());
                next
            }
            Step::PduAgain if !reply.end.is_ok() => State::Setup(Step::FIRST),
            Step::PduAgain => {
                self.idle.recheck_soon();
                State::Running
            }
            Step::Functionality => {
                if CfunRead.answer(reply).is_ok_and(|level| level.fun != 1) {
                    return State::Setup(Step::Online);
                }
                State::Setup(Step::Manufacturer)
            }
            Step::Online if self.setup.online_tried => State::Setup(Step::SimState),
            Step::Manufacturer => {
                self.setup.identity.manufacturer = text(Cgmi.answer(reply));
                next
            }
            Step::Model => {
                self.setup.identity.model = text(Cgmm.answer(reply));
                next
            }
            Step::Firmware => {
                self.setup.identity.firmware = text(Cgmr.answer(reply));
                next
            }
            Step::Serial => {
                let serial = text(Cgsn.answer(reply));
                self.setup.identity.imei = serial.lines().find_map(|line| line.parse().ok());
                if self.setup.identity.imei.is_none() {
                    return State::Setup(Step::About);
                }
                self.identified()
            }
            Step::About => {
                self.take_about(reply);
                self.identified()
            }
            Step::SimState => self.take_sim_state(now, reply),
            Step::EarlyIccid(at) => self.take_early_iccid(at, reply),
            Step::PinTries(at) => self.take_pin_tries(at, reply),
            Step::Pin => self.take_pin(now, reply),
            Step::Iccid(at) => self.take_iccid(at, reply),
            Step::Imsi => {
                self.setup.sim.imsi = text(Cimi.answer(reply)).parse().ok();
                next
            }
            Step::OwnNumber => {
                self.setup.sim.number = Cnum.answer(reply).ok().and_then(|list| own_number(&list));
                next
            }
            Step::ServiceCentre => {
                let centre = CscaRead.answer(reply).ok().map(|centre| centre.address);
                self.setup.sim.smsc = centre.filter(|address| !address.is_empty());
                self.event(Event::Sim(self.setup.sim.clone()));
                next
            }
            Step::PduMode if !reply.end.is_ok() => {
                let refused = State::Down {
                    reason: Reason::NoPduMode,
                    retry_at: Some(now + REFUSED_RETRY),
                };
                self.wait_or(now, step, ERROR_LIMIT, refused)
            }
            Step::Service => {
                if (Csms { service: 1 }).answer(reply).is_err() {
                    return next;
                }
                self.capabilities.csms = Some(1);
                State::Setup(Step::MemoryLists)
            }
            Step::ServiceRead => {
                let service = CsmsRead
                    .answer(reply)
                    .ok()
                    .and_then(|service| service.service);
                self.capabilities.csms = service;
                next
            }
            Step::MemoryLists => {
                let lists = CpmsTest.answer(reply).ok();
                self.setup.memories = self.memory_choices(lists.as_ref());
                next
            }
            Step::Memory(at) => self.take_memory(at, reply),
            Step::RoutingLists => {
                let listed = CnmiTest.answer(reply).ok();
                self.setup.routing = self.routing_choices(listed.as_ref());
                next
            }
            Step::Routing(at) => self.take_routing(at, reply),
            Step::RoutingRead(at) => self.take_routing_read(at, CnmiRead.answer(reply).ok()),
            Step::Registered(at) => {
                let domain = Step::domain(at);
                let status = domain.and_then(|domain| RegistrationRead(domain).answer(reply).ok());
                if let (Some(domain), Some(status)) = (domain, status) {
                    self.registered(domain, status.stat);
                }
                next
            }
            _ => next,
        }
    }

    fn take_about(&mut self, reply: &Reply) {
        let Ok(about) = Ati.answer(reply) else {
            return;
        };
        let identity = &mut self.setup.identity;
        identity.imei = about.imei.and_then(|imei| imei.parse().ok());
        for (field, value) in [
            (&mut identity.manufacturer, about.manufacturer),
            (&mut identity.model, about.model),
            (&mut identity.firmware, about.revision),
        ] {
            if field.is_empty() {
                *field = value.unwrap_or_default();
            }
        }
    }

    /// Chooses the profile and tells who the modem is.
    fn identified(&mut self) -> State {
        let identity = &mut self.setup.identity;
        self.profile = profile::choose(&identity.manufacturer, &identity.model, &identity.firmware);
        identity.profile = self.profile.name;
        self.ussd.forget_modem();
        self.storage.forget();
        self.event(Event::Identity(self.setup.identity.clone()));
        State::Setup(Step::Init(0))
    }

    fn take_sim_state(&mut self, now: Instant, reply: &Reply) -> State {
        use at::commands::PinState;
        let usable = State::Setup(Step::Iccid(0));
        let none = State::NoSim {
            until: now + NO_SIM_RETRY,
        };
        let again = |engine: &mut Self, otherwise| {
            engine.wait_or(now, Step::SimState, BUSY_LIMIT, otherwise)
        };
        match CpinRead.answer(reply) {
            // PIN2 guards the phonebook of fixed numbers, not messages.
            Ok(PinState::Ready | PinState::SimPin2 | PinState::SimPuk2) => {
                self.pins.unlocked();
                usable
            }
            Ok(PinState::SimPin) => self.pin_wanted(now),
            Ok(PinState::SimPuk) => self.puk_wanted(),
            Ok(PinState::PhoneLock(_)) => State::Locked {
                what: crate::state::Lock::Other,
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
                self.iccid = Some(iccid.clone());
                self.setup.sim.iccid = Some(iccid);
                State::Setup(Step::Imsi)
            }
            None => State::Setup(Step::Iccid(at + 1)),
        }
    }

    /// Everything is set: messages may come and go.
    fn setup_complete(&mut self, now: Instant) {
        self.event(Event::Capabilities(self.capabilities.clone()));
        self.inbox.sweep_at(now);
        self.idle.start(now);
        self.setup.silent = 0;
        self.enter(State::Running);
    }
}

impl Step {
    /// The state the owner sees during this step; `None` when the modem is as ready as it was.
    pub(super) fn shown(self) -> Option<ModemState> {
        Some(match self {
            Self::EchoAgain | Self::ErrorsAgain | Self::PduAgain => return None,
            Self::EchoOff | Self::ErrorCodes | Self::Functionality | Self::Online => {
                ModemState::Probing
            }
            Self::Manufacturer
            | Self::Model
            | Self::Firmware
            | Self::Serial
            | Self::About
            | Self::Init(_) => ModemState::Identifying,
            _ => ModemState::Starting,
        })
    }
}

/// What says that the SIM is there and only wants time.
fn is_busy(end: &FinalCode) -> bool {
    matches!(
        end,
        FinalCode::Cme(CmeError(14 | 515)) | FinalCode::Cms(CmsError(314 | 515 | 532))
    )
}

fn text(answer: Result<Text, at::Failure>) -> String {
    answer.map(|text| text.0).unwrap_or_default()
}

/// The first number that is one; with `+` when its type says international.
fn own_number(list: &at::commands::OwnNumbers) -> Option<crate::identity::Msisdn> {
    list.0.iter().find_map(|own| {
        let plus = own.type_of_address == Some(145) && !own.number.starts_with('+');
        let number = if plus {
            format!("+{}", own.number)
        } else {
            own.number.clone()
        };
        number.parse().ok()
    })
}
