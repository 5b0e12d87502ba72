//! What is asked only when nothing else is to do: registration, signal, operator, memory use, and
//! whether the modem still routes what arrives.

mod network;
mod poll;

pub(super) use poll::Poll;

use super::ask::Ask;
use super::modem::Modem;
use super::out::Consequence;
use crate::event::Event;
use crate::trouble::{Remedy, Trouble};
use at::commands::{
    CmeeRead, CnmiRead, CpinRead, CpmsRead, PinState, Registration, RegistrationDomain,
    RegistrationRead,
};
use at::{Command, Reply};
use network::Network;
use poll::routing_wanted;
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
/// Longer than modems wait for an acknowledgement (about 15 s), shorter than the time after which
/// a service centre delivers again: what it delivers to a modem that routes nothing is lost.
const MISSED_ACK: Duration = Duration::from_secs(16);
/// After a message the next one is given as soon as its outcome is known: leave it the time.
const QUIET: Duration = Duration::from_millis(500);

/// Queries that wait, and when the next are due.
#[derive(Debug)]
pub(super) struct Status {
    waiting: VecDeque<Poll>,
    read_at: Instant,
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
    /// What the network says.
    pub(super) network: Network,
}

impl Status {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            waiting: VecDeque::new(),
            read_at: now,
            recheck_at: now,
            recheck_soon: false,
            silent_at: None,
            search_at: now,
            searches: 0,
            quiet_until: now,
            network: Network::default(),
        }
    }

    /// Set-up is done: a first look at everything it left out.
    pub(super) fn start(&mut self, now: Instant) {
        let network = std::mem::take(&mut self.network);
        *self = Self {
            network,
            ..Self::new(now)
        };
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

impl Status {
    /// When the next query is due.
    pub(super) fn due(&self) -> Instant {
        let mut due = self.read_at.min(self.recheck_at);
        if !self.network.can_send() {
            due = due.min(self.search_at);
        }
        if let Some(at) = self.silent_at {
            due = due.min(at);
        }
        if !self.waiting.is_empty() {
            due = self.quiet_until;
        }
        due.max(self.quiet_until)
    }

    /// Registration was told, asked for or not.
    pub(super) fn registered(
        &mut self,
        domain: RegistrationDomain,
        stat: Registration,
        modem: &mut Modem,
    ) {
        if self.network.registered(domain, stat, modem) {
            self.searches = 0;
        }
    }

    /// Puts into the queue what has become due.
    fn fill(&mut self, now: Instant, modem: &Modem) {
        if !self.network.can_send() && self.search_at <= now {
            self.searches += 1;
            self.search_at = now + (SEARCH_STEP * self.searches).min(SEARCH_STEP_LIMIT);
            self.ask_registration();
        }
        if self.recheck_at <= now {
            self.recheck_at = now + modem.settings.recheck_every;
            if modem.capabilities.cnmi.is_some() {
                self.ask(Poll::Routing);
            }
            self.ask(Poll::Sim);
        }
        if self.read_at <= now {
            self.read_at = now + modem.settings.status_every;
            self.ask(Poll::Signal);
            self.ask(Poll::Operator);
            self.ask(Poll::Memory);
            self.ask_registration();
        }
    }

    /// Asks for what the modem is known to tell.
    fn ask_registration(&mut self) {
        for domain in self.network.domains().into_iter().flatten() {
            self.ask(Poll::Registration(domain));
        }
    }

    pub(super) fn begin(&mut self, now: Instant, modem: &Modem) -> Option<Ask<Poll>> {
        if now < self.quiet_until {
            return None;
        }
        self.fill(now, modem);
        while let Some(poll) = self.waiting.pop_front() {
            let ask = poll.ask(modem);
            if ask.is_some() {
                return ask;
            }
        }
        None
    }

    /// Sets `+CNMI` again, or `+CSCS`. Before the sweep for what was missed: what arrives after
    /// that is told.
    pub(super) fn route_again(&mut self, modem: &Modem) -> Option<Ask<Poll>> {
        let mut first = [Poll::Errors, Poll::RouteAgain, Poll::CharsetAgain].into_iter();
        first.find(|poll| self.take(*poll))?.ask(modem)
    }

    /// A modem under load is never idle, and may have stopped routing all the same: looked at when
    /// there is a reason, or when it is overdue.
    pub(super) fn recheck(&mut self, now: Instant, modem: &Modem) -> Option<Ask<Poll>> {
        if self.silent_at.is_some_and(|at| at <= now) {
            self.silent_at = None;
            self.recheck_soon = true;
        }
        let overdue = self.recheck_at + modem.settings.recheck_every <= now;
        if modem.capabilities.cnmi.is_none() || !(self.recheck_soon || overdue) {
            return None;
        }
        self.recheck_soon = false;
        if overdue {
            self.recheck_at = now + modem.settings.recheck_every;
        }
        Poll::Routing.ask(modem)
    }

    pub(super) fn done(&mut self, poll: Poll, reply: &Reply, modem: &mut Modem) {
        match poll {
            Poll::Registration(domain) => {
                if let Ok(status) = RegistrationRead(domain).answer(reply) {
                    modem.out.then(Consequence::Registered(domain, status.stat));
                }
            }
            Poll::Signal => network::tell_signal(reply, modem),
            Poll::Operator => self.network.take_operator(reply, modem),
            Poll::Memory => {
                if let Ok(memories) = CpmsRead.answer(reply) {
                    modem.out.then(Consequence::MemoriesRead(memories));
                }
            }
            Poll::Routing => self.take_routing(reply, modem),
            Poll::Sim => self.take_sim(reply, modem),
            Poll::Iccid(at) => self.take_iccid(at, reply, modem),
            Poll::Errors => {
                let plain = CmeeRead.answer(reply).is_ok_and(|codes| codes.mode == 0);
                modem.out.then(Consequence::ErrorCodesRead { plain });
            }
            Poll::OperatorFormat | Poll::RouteAgain | Poll::CharsetAgain => {}
        }
    }

    /// Reception can stop without a word (field notes A 14): what was missed is on the SIM.
    fn take_routing(&mut self, reply: &Reply, modem: &mut Modem) {
        let (Ok(read), Some(wanted)) = (CnmiRead.answer(reply), routing_wanted(modem)) else {
            return;
        };
        if (read.mt, read.ds) != (wanted.mt, wanted.ds) {
            modem.out.event(Event::Trouble {
                step: Remedy::SetAgain,
                reason: Trouble::RoutingLost,
            });
            self.ask(Poll::Errors);
            modem.out.then(Consequence::ArrivalsMissed);
        }
    }

    /// `+CNMI` is to be set again.
    pub(super) fn set_routing_again(&mut self) {
        self.ask(Poll::RouteAgain);
    }

    fn take_sim(&mut self, reply: &Reply, modem: &mut Modem) {
        match CpinRead.answer(reply) {
            Ok(PinState::Ready) => self.ask(Poll::Iccid(0)),
            Ok(PinState::NotReady) => {}
            _ => modem.out.then(Consequence::SimLost),
        }
    }

    fn take_iccid(&mut self, at: u8, reply: &Reply, modem: &mut Modem) {
        match modem.iccid_in(at, reply) {
            Some(iccid) if modem.iccid.as_ref() == Some(&iccid) => {}
            Some(_) => modem.out.then(Consequence::SimLost),
            None => self.ask(Poll::Iccid(at + 1)),
        }
    }
}
