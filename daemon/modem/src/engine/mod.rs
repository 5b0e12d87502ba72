//! The engine: one modem, from the first byte on its port to the last.
//!
//! Parts with state of their own do the work; none knows another. A part says which command it wants
//! written ([`Ask`]), gets the answer by the command's [`Purpose`], and says by a [`Consequence`] what
//! concerns others. The root hands these on. It keeps the [`State`] that says what may go out next,
//! and the order in which waiting work is picked ([`Engine::advance`]).

mod advance;
mod ask;
mod calls;
mod enter;
mod hear;
mod inbox;
mod link;
mod modem;
mod out;
mod prompt;
mod purpose;
mod raw;
mod recovery;
mod resync;
mod settle;
mod setup;
mod sim;
mod state;
mod status;
mod step;
mod submit;
mod urc;
mod ussd;

use crate::io::{Input, Output};
use crate::settings::Settings;
use crate::state::{DownReason, ModemState};
use ask::Ask;
use at::{Command, Request};
use calls::Calls;
use inbox::Inbox;
use link::Link;
use model::Iccid;
use modem::Modem;
use purpose::Purpose;
use raw::Raw;
use setup::Setup;
use state::State;
use status::Status;
use std::time::{Duration, Instant};
use submit::{Job, Submits};
use ussd::Ussd;

/// A wake-up is asked for this much ahead at least, so that no fault of ours can spin a core.
const SOONEST: Duration = Duration::from_millis(1);
/// And this much ahead when nothing is due at all.
const LATEST: Duration = Duration::from_hours(1);

/// One modem. Give it everything that happens with [`Engine::handle`], and after each call do what
/// [`Engine::poll`] says until it is empty.
///
/// Memory is bounded: what the modem says is cut at the dialogue's line length, receipts not yet
/// committed at [`inbox::MAX_RECEIPTS`], commands waiting from operators at [`raw::MAX_WAITING`].
#[derive(Debug)]
pub struct Engine {
    modem: Modem,
    state: State,
    /// The state that was last told to the owner.
    shown: Option<ModemState>,
    /// The wake-up that was last asked for.
    wake: Option<Instant>,
    link: Link,
    setup: Setup,
    submits: Submits,
    inbox: Inbox,
    status: Status,
    ussd: Ussd,
    raw: Raw,
    calls: Calls,
}

impl Engine {
    /// An engine whose port is not open yet.
    pub fn new(now: Instant, settings: Settings) -> Self {
        let mut engine = Self {
            modem: Modem::new(now, settings),
            state: State::Down {
                reason: DownReason::PortClosed,
                retry_at: None,
            },
            shown: None,
            wake: None,
            link: Link::default(),
            setup: Setup::default(),
            submits: Submits::default(),
            inbox: Inbox::new(now),
            status: Status::new(now),
            ussd: Ussd::default(),
            raw: Raw::default(),
            calls: Calls::default(),
        };
        engine.show();
        engine
    }

    /// Takes one input at time `now`. Drain [`Engine::poll`] before the next.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.modem.now = now;
        let running = self.state == State::Running;
        let ready = self.state() == ModemState::Ready;
        let modem = &mut self.modem;
        match input {
            Input::Opened => self.opened(now),
            Input::Bytes(bytes) => self.bytes(now, bytes),
            Input::Tick => self.wake = None,
            Input::Closed => self.closed(now),
            Input::Submit { job, pdu, more } => {
                self.submits.take(Job::new(job, pdu, more), ready, modem);
            }
            Input::Prepare { job, pdu, more } => {
                self.submits.take(Job::held(job, pdu, more), ready, modem);
            }
            Input::Release(job) => self.release(now, job),
            Input::Withdraw(job) => self.withdraw(now, job),
            Input::Committed(token) => self.inbox.committed(now, token),
            Input::NotCommitted(token) => self.inbox.not_committed(token, modem),
            Input::Ussd { id, code } => self.ussd.take(id, code, running, modem),
            Input::UssdCancel => self.ussd.cancel(modem),
            Input::Raw { id, command } => self.raw.take(id, command, running, modem),
            Input::Pin { sim, pin } => {
                let (state, iccid) = (&self.state, self.modem.iccid.as_ref());
                let state = self.setup.pins.given(state, iccid, (sim, pin));
                self.enter_if(state);
            }
            Input::Unlock { id, code, last_try } => {
                let pins = &mut self.setup.pins;
                let state = pins.unlock(&self.state, id, (code, last_try), modem);
                self.enter_if(state);
            }
            Input::LastReference(mr) => self.submits.remember(mr),
            Input::Sweep => self.inbox.sweep_at(now),
            Input::Adapt {
                sweep_every,
                keep_link,
            } => {
                self.modem.settings.sweep_every = sweep_every;
                self.modem.settings.keep_link = keep_link;
                self.inbox.sweep_at(now + sweep_every);
            }
            Input::Heard(urc) => self.urc(now, urc),
            Input::Restart(how) => self.restart(now, how),
        }
        self.settle(now);
        self.expire(now);
        self.advance(now);
        self.arm(now);
    }

    /// Whether [`Input::Pin`] would send this PIN to the SIM that is locked.
    pub fn would_try_pin(&self, sim: &Iccid, pin: &str) -> bool {
        let iccid = self.modem.iccid.as_ref();
        self.setup.pins.would_try(&self.state, iccid, (sim, pin))
    }

    /// Other settings, from the next opening of the port on.
    pub fn configure(&mut self, settings: Settings) {
        self.modem.settings = settings;
    }

    /// The next thing to do, in order; `None` until the next [`Engine::handle`].
    pub fn poll(&mut self) -> Option<Output> {
        self.modem.out.poll()
    }

    /// What the modem is doing, as last told by [`Event::State`](crate::Event::State).
    pub fn state(&self) -> ModemState {
        self.shown
            .unwrap_or(ModemState::Down(DownReason::PortClosed))
    }

    /// Writes a typed command.
    fn ask<C: Command>(&mut self, now: Instant, purpose: Purpose, command: &C) {
        self.send(now, purpose, command.request());
    }

    /// Writes a request and waits for its end.
    fn send(&mut self, now: Instant, purpose: Purpose, request: Request) {
        self.begin(now, Ask { purpose, request });
    }

    fn begin(&mut self, now: Instant, ask: Ask<Purpose>) {
        self.inbox.written();
        self.link.send(now, ask, &mut self.modem.out);
    }

    /// Writes bytes that no command accounts for.
    fn write(&mut self, bytes: Vec<u8>) {
        self.inbox.written();
        self.link.write(bytes, &mut self.modem.out);
    }

    /// Ends what has run out of time.
    fn expire(&mut self, now: Instant) {
        let over = |until: Option<Instant>| until.is_some_and(|until| until <= now);
        if over(self.link.quote_until()) {
            self.close_quote(now);
        }
        if over(self.link.due()) {
            self.flight_expired(now);
        }
        if over(self.state.until()) {
            self.state_expired(now);
        }
        self.calls.expire(&mut self.modem);
        self.ussd.expire(&mut self.modem);
    }

    /// Asks for the next wake-up, if it is not the one already asked for.
    fn arm(&mut self, now: Instant) {
        let flight = self.link.due();
        let paused = self.link.paused_until(now).filter(|_| flight.is_none());
        let mut next = [
            flight,
            self.link.quote_until(),
            self.state.until(),
            self.calls.until(),
            self.ussd.until(),
            paused,
        ]
        .into_iter()
        .flatten()
        .min();
        // With a command in flight nothing else can start, so its end is soon enough.
        if flight.is_none() && self.state == State::Running {
            let due = self.status.due().min(self.inbox.due(now, &self.modem));
            let due = paused.map_or(due, |until| due.max(until));
            next = Some(next.map_or(due, |next| next.min(due)));
        }
        // Whatever is due by now has been begun or must wait; never ask for a wake-up at once.
        let next = match next {
            Some(next) => next.max(now + SOONEST),
            // Replaces one that has passed, on which an owner would spin.
            None => self.wake.filter(|wake| *wake > now).unwrap_or(now + LATEST),
        };
        if self.wake != Some(next) {
            self.modem.out.put(Output::WakeAt(next));
        }
        self.wake = Some(next);
    }
}
