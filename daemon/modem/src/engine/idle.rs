//! What is asked only when nothing else is to do: registration, signal, operator, memory use, and
//! whether the modem still routes what arrives.

use super::Engine;
use super::flight::Purpose;
use super::setup::{RoutingChoice, Step};
use crate::event::{Event, Operator, Signal};
use crate::trouble::{Recovery, Trouble};
use at::commands::{
    AccessTechnology, Cnmi, CnmiRead, Cops, CopsFormat, CpinRead, CpmsRead, Csq, PinState,
    Registration, RegistrationDomain, RegistrationRead,
};
use at::{Command, Expects, Reply, Request, decode_text};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// While not registered: ask again after 5 s, 10 s, ... up to 30 s. A URC is faster.
const SEARCH_STEP: Duration = Duration::from_secs(5);
const SEARCH_STEP_LIMIT: Duration = Duration::from_secs(30);
/// The first look at whether routing stuck, after set-up.
const FIRST_RECHECK: Duration = Duration::from_secs(30);
/// A modem that has told of arrivals and then says nothing for this long may have gone deaf (field
/// notes A 14).
const SILENT: Duration = Duration::from_mins(1);
/// A switch is read in no time.
const ERRORS_WAIT: Duration = Duration::from_secs(5);
/// Longer than modems wait for an acknowledgement (about 15 s), shorter than the time after which
/// a service centre delivers again: what it delivers to a modem that routes nothing is lost.
const MISSED_ACK: Duration = Duration::from_secs(16);
/// After a message the next one is given as soon as its outcome is known: leave it the time.
const QUIET: Duration = Duration::from_millis(500);

/// One status query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Poll {
    Registration(RegistrationDomain),
    Signal,
    /// `AT+COPS=3,0`: names, not numbers.
    OperatorFormat,
    Operator,
    Memory,
    Routing,
    /// `AT+CMEE?`: whether what was set is forgotten altogether, so that the modem has started anew
    /// without a word and is in text mode as like as not.
    Errors,
    /// Sets `+CNMI` again.
    RouteAgain,
    /// Sets `+CSCS` again.
    CharsetAgain,
    Sim,
    /// The number of an ICCID command in the profile.
    Iccid(u8),
}

/// Queries that wait, and when the next are due.
#[derive(Debug)]
pub(super) struct Idle {
    waiting: VecDeque<Poll>,
    status_at: Instant,
    recheck_at: Instant,
    /// A recheck is wanted soon, but the time was not at hand when that was found out.
    recheck_soon: bool,
    /// Something arrived; when nothing follows until then, whether the modem still tells is
    /// looked at.
    silent_at: Option<Instant>,
    search_at: Instant,
    searches: u32,
    /// After a message another one often follows: no query before this.
    quiet_until: Instant,
}

/// What the network says.
#[derive(Debug, Default)]
pub(super) struct Network {
    circuit: Option<Registration>,
    eps: Option<Registration>,
    shown: Option<Registration>,
    operator: Option<Operator>,
}

impl Network {
    /// A modem that does not tell is taken to be registered: the submit will show.
    pub(super) fn can_send(&self) -> bool {
        self.overall().is_none_or(Registration::can_send)
    }

    fn overall(&self) -> Option<Registration> {
        let both = [self.circuit, self.eps].into_iter().flatten();
        both.clone()
            .find(|stat| stat.can_send())
            .or(self.circuit)
            .or(self.eps)
    }

    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

impl Idle {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            waiting: VecDeque::new(),
            status_at: now,
            recheck_at: now,
            recheck_soon: false,
            silent_at: None,
            search_at: now,
            searches: 0,
            quiet_until: now,
        }
    }

    /// Set-up is done: a first look at everything it left out.
    pub(super) fn start(&mut self, now: Instant) {
        *self = Self::new(now);
        self.search_at = now + SEARCH_STEP;
        self.recheck_at = now + FIRST_RECHECK;
        self.ask(Poll::OperatorFormat);
    }

    /// Each query waits once at most, so the queue has a bound.
    fn ask(&mut self, poll: Poll) {
        if !self.waiting.contains(&poll) {
            self.waiting.push_back(poll);
        }
    }

    /// Takes a query out of turn, if it waits.
    fn take(&mut self, poll: Poll) -> bool {
        let at = self.waiting.iter().position(|waiting| *waiting == poll);
        at.is_some_and(|at| self.waiting.remove(at).is_some())
    }

    /// A message has just gone out.
    pub(super) fn quiet(&mut self, now: Instant) {
        self.quiet_until = now + QUIET;
    }

    /// Something arrived: the modem tells what does.
    pub(super) fn arrived(&mut self, now: Instant) {
        self.silent_at = Some(now + SILENT);
    }

    pub(super) fn recheck_soon(&mut self) {
        self.recheck_soon = true;
    }

    /// The modem will notice a missed acknowledgement, and may stop routing only then.
    pub(super) fn recheck_after_missed_ack(&mut self, now: Instant) {
        self.recheck_at = self.recheck_at.min(now + MISSED_ACK);
    }

    pub(super) fn memory_soon(&mut self) {
        self.ask(Poll::Memory);
    }

    pub(super) fn check_sim(&mut self) {
        self.ask(Poll::Sim);
    }

    pub(super) fn charset_again(&mut self) {
        self.ask(Poll::CharsetAgain);
    }
}

impl Engine {
    /// When the next query is due.
    pub(super) fn idle_due(&self) -> Instant {
        let mut due = self.idle.status_at.min(self.idle.recheck_at);
        if !self.network.can_send() {
            due = due.min(self.idle.search_at);
        }
        if let Some(at) = self.idle.silent_at {
            due = due.min(at);
        }
        if !self.idle.waiting.is_empty() {
            due = self.idle.quiet_until;
        }
        due.max(self.idle.quiet_until)
    }

    /// Registration was told, asked for or not.
    pub(super) fn registered(&mut self, domain: RegistrationDomain, stat: Registration) {
        match domain {
            RegistrationDomain::Cs => self.network.circuit = Some(stat),
            RegistrationDomain::Eps => self.network.eps = Some(stat),
            RegistrationDomain::Ps | RegistrationDomain::FiveG => return,
        }
        let overall = self.network.overall();
        if overall != self.network.shown {
            self.network.shown = overall;
            self.idle.searches = 0;
            if let Some(stat) = overall {
                self.event(Event::Registration(stat));
            }
        }
        self.show();
    }

    /// Puts into the queue what has become due.
    fn idle_fill(&mut self, now: Instant) {
        if !self.network.can_send() && self.idle.search_at <= now {
            self.idle.searches += 1;
            self.idle.search_at = now + (SEARCH_STEP * self.idle.searches).min(SEARCH_STEP_LIMIT);
            self.ask_registration();
        }
        if self.idle.recheck_at <= now {
            self.idle.recheck_at = now + self.settings.recheck_every;
            if self.capabilities.cnmi.is_some() {
                self.idle.ask(Poll::Routing);
            }
            self.idle.ask(Poll::Sim);
        }
        if self.idle.status_at <= now {
            self.idle.status_at = now + self.settings.status_every;
            self.idle.ask(Poll::Signal);
            self.idle.ask(Poll::Operator);
            self.idle.ask(Poll::Memory);
            self.ask_registration();
        }
    }

    /// Asks for what the modem is known to tell.
    fn ask_registration(&mut self) {
        if self.network.circuit.is_some() {
            self.idle.ask(Poll::Registration(RegistrationDomain::Cs));
        }
        if self.network.eps.is_some() {
            self.idle.ask(Poll::Registration(RegistrationDomain::Eps));
        }
    }

    pub(super) fn idle_begin(&mut self, now: Instant) -> bool {
        if now < self.idle.quiet_until {
            return false;
        }
        self.idle_fill(now);
        while let Some(poll) = self.idle.waiting.pop_front() {
            if let Some(request) = self.poll_request(poll) {
                self.send(now, Purpose::Poll(poll), request);
                return true;
            }
        }
        false
    }

    /// Sets `+CNMI` again, or `+CSCS`. Before the sweep for what was missed: what arrives after
    /// that is told.
    pub(super) fn route_again_begin(&mut self, now: Instant) -> bool {
        let mut first = [Poll::Errors, Poll::RouteAgain, Poll::CharsetAgain].into_iter();
        let Some(poll) = first.find(|poll| self.idle.take(*poll)) else {
            return false;
        };
        let Some(request) = self.poll_request(poll) else {
            return false;
        };
        self.send(now, Purpose::Poll(poll), request);
        true
    }

    /// A modem under load is never idle, and may have stopped routing all the same: looked at when
    /// there is a reason, or when it is overdue.
    pub(super) fn recheck_begin(&mut self, now: Instant) -> bool {
        if self.idle.silent_at.is_some_and(|at| at <= now) {
            self.idle.silent_at = None;
            self.idle.recheck_soon = true;
        }
        let overdue = self.idle.recheck_at + self.settings.recheck_every <= now;
        if self.capabilities.cnmi.is_none() || !(self.idle.recheck_soon || overdue) {
            return false;
        }
        self.idle.recheck_soon = false;
        if overdue {
            self.idle.recheck_at = now + self.settings.recheck_every;
        }
        self.ask(now, Purpose::Poll(Poll::Routing), &CnmiRead);
        true
    }

    fn poll_request(&self, poll: Poll) -> Option<Request> {
        Some(match poll {
            Poll::Registration(domain) => RegistrationRead(domain).request(),
            Poll::Signal => Csq.request(),
            Poll::OperatorFormat => CopsFormat(0).request(),
            Poll::Operator => Cops.request(),
            Poll::Memory => CpmsRead.request(),
            Poll::Routing => CnmiRead.request(),
            Poll::Errors => Request {
                wire: b"AT+CMEE?\r".to_vec(),
                payload: None,
                expects: Expects::Line(&["+CMEE"]),
                deadline: ERRORS_WAIT,
            },
            Poll::RouteAgain => Cnmi(self.routing_wanted()?).request(),
            Poll::CharsetAgain => self.charset_again()?.request(),
            Poll::Sim => CpinRead.request(),
            Poll::Iccid(at) => self.profile.iccid.get(usize::from(at))?.request(),
        })
    }

    fn routing_wanted(&self) -> Option<RoutingChoice> {
        let [mode, mt, bm, ds, bfr] = self.capabilities.cnmi?;
        Some(RoutingChoice {
            mode,
            mt,
            bm,
            ds,
            bfr,
        })
    }

    pub(super) fn poll_done(&mut self, now: Instant, poll: Poll, reply: Option<&Reply>) {
        let Some(reply) = reply else {
            return;
        };
        match poll {
            Poll::Registration(domain) => {
                if let Ok(status) = RegistrationRead(domain).answer(reply) {
                    self.registered(domain, status.stat);
                }
            }
            Poll::Signal => {
                if let Ok(quality) = Csq.answer(reply) {
                    self.event(Event::Signal(signal(quality.dbm())));
                }
            }
            Poll::Operator => self.take_operator(reply),
            Poll::Memory => {
                if let Ok(memories) = CpmsRead.answer(reply) {
                    let first = memories.0.first().map_or("", |first| first.memory.as_str());
                    self.storage.is_selected(first);
                    if self.storage.should_be_looked_at(&memories) {
                        self.inbox.sweep_at(now);
                    }
                    self.memory_use(now, &memories);
                }
            }
            Poll::Routing => self.take_routing_now(now, reply),
            Poll::Sim => self.take_sim_now(now, reply),
            Poll::Iccid(at) => self.take_iccid_now(now, at, reply),
            Poll::Errors => self.take_errors_now(now, reply),
            Poll::OperatorFormat | Poll::RouteAgain | Poll::CharsetAgain => {}
        }
    }

    fn take_operator(&mut self, reply: &Reply) {
        let Ok(operator) = Cops.answer(reply) else {
            return;
        };
        let Some(name) = operator.name else {
            return;
        };
        let operator = Operator {
            name: decode_text(&name, self.charset),
            technology: operator.technology.and_then(technology),
        };
        if self.network.operator.as_ref() != Some(&operator) {
            self.network.operator = Some(operator.clone());
            self.event(Event::Operator(operator));
        }
    }

    /// Reception can stop without a word (field notes A 14): what was missed is on the SIM.
    fn take_routing_now(&mut self, now: Instant, reply: &Reply) {
        let (Ok(read), Some(wanted)) = (CnmiRead.answer(reply), self.routing_wanted()) else {
            return;
        };
        if (read.mt, read.ds) != (wanted.mt, wanted.ds) {
            self.event(Event::Trouble {
                step: Recovery::SetAgain,
                reason: Trouble::RoutingLost,
            });
            self.idle.ask(Poll::Errors);
            self.inbox.sweep_at(now);
        }
    }

    fn take_errors_now(&mut self, now: Instant, reply: &Reply) {
        let plain = |line: &String| line.strip_prefix("+CMEE:").map(str::trim) == Some("0");
        if self.boot.had_error_codes() && reply.lines.iter().any(plain) {
            self.started_anew(now);
        } else {
            self.idle.ask(Poll::RouteAgain);
        }
    }

    fn take_sim_now(&mut self, now: Instant, reply: &Reply) {
        match CpinRead.answer(reply) {
            Ok(PinState::Ready) => self.idle.ask(Poll::Iccid(0)),
            Ok(PinState::NotReady) => {}
            _ => self.sim_lost(now),
        }
    }

    fn take_iccid_now(&mut self, now: Instant, at: u8, reply: &Reply) {
        match self.iccid_in(at, reply) {
            Some(iccid) if self.iccid.as_ref() == Some(&iccid) => {}
            Some(_) => self.sim_lost(now),
            None => self.idle.ask(Poll::Iccid(at + 1)),
        }
    }

    /// The SIM is gone, or it is another one.
    fn sim_lost(&mut self, now: Instant) {
        self.abandon(now, &crate::submitted::Uncertainty::Rebooted);
        self.iccid = None;
        self.pins.forget_sim();
        self.resync(now, Step::SimState);
    }
}

fn signal(rssi_dbm: Option<i16>) -> Signal {
    let bars = match rssi_dbm {
        Some(dbm) if dbm >= -73 => 5,
        Some(dbm) if dbm >= -83 => 4,
        Some(dbm) if dbm >= -93 => 3,
        Some(dbm) if dbm >= -103 => 2,
        Some(dbm) if dbm >= -111 => 1,
        _ => 0,
    };
    Signal { rssi_dbm, bars }
}

fn technology(technology: AccessTechnology) -> Option<&'static str> {
    Some(match technology {
        AccessTechnology::Gsm => "GSM",
        AccessTechnology::Umts => "UMTS",
        AccessTechnology::Edge => "EDGE",
        AccessTechnology::Hspa => "HSPA",
        AccessTechnology::Lte => "LTE",
        AccessTechnology::EcGsmIot => "EC-GSM-IoT",
        AccessTechnology::NbIot => "NB-IoT",
        AccessTechnology::Nr => "NR",
        AccessTechnology::Other(_) => return None,
    })
}
