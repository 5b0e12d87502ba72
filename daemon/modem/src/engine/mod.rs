//! The engine: one modem, from the first byte on its port to the last.
//!
//! Each file holds one concern as an `impl Engine` block. What they share is the one command in
//! flight ([`flight`]), the [`State`](state::State) that says what may go out next, and the order
//! in which waiting work is picked ([`Engine::advance`]).

mod boot;
mod calls;
mod flight;
mod held;
mod idle;
mod inbox;
mod late;
mod listing;
mod pace;
mod pin;
mod raw;
mod restart;
mod resync;
mod setup;
mod sim;
mod state;
mod storage;
mod submit;
mod trace;
mod unlock;
mod urc;
mod ussd;

use crate::event::{Capabilities, Event};
use crate::io::{Input, Output};
use crate::profile::{GENERIC, Profile};
use crate::settings::Settings;
use crate::state::{ModemState, Reason};
use at::{Charset, Dialogue};
use flight::Flight;
use model::Iccid;
use state::State;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use submit::Job;

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
    settings: Settings,
    profile: &'static Profile,
    dialogue: Dialogue,
    state: State,
    /// The state that was last told to the owner.
    shown: Option<ModemState>,
    out: VecDeque<Output>,
    /// The command that waits for its final code.
    flight: Option<Flight>,
    /// When a quoted string that is not closed is taken to have ended.
    quote_until: Option<Instant>,
    /// The wake-up that was last asked for.
    wake: Option<Instant>,
    /// Until then the modem may be on the air or booting: silence is no failure.
    patience: Option<Instant>,
    /// Commands of running operation that were not answered, one after the other.
    failures: u8,
    capabilities: Capabilities,
    iccid: Option<Iccid>,
    /// The character set of the modem's strings.
    charset: Charset,
    /// Which of those that set-up asks for it is, if any.
    charset_choice: Option<u8>,
    setup: setup::Found,
    pins: pin::Pins,
    boot: boot::Boot,
    submits: submit::Submits,
    inbox: inbox::Inbox,
    storage: storage::Memories,
    network: idle::Network,
    idle: idle::Idle,
    ussd: ussd::Ussd,
    raw: raw::Waiting,
    calls: calls::Calls,
    chatter: trace::Chatter,
    pace: pace::Pace,
}

impl Engine {
    /// An engine whose port is not open yet.
    pub fn new(now: Instant, settings: Settings) -> Self {
        let mut engine = Self {
            profile: &GENERIC,
            dialogue: Dialogue::new(),
            state: State::Down {
                reason: Reason::PortClosed,
                retry_at: None,
            },
            shown: None,
            out: VecDeque::new(),
            flight: None,
            quote_until: None,
            wake: None,
            patience: None,
            failures: 0,
            capabilities: Capabilities::default(),
            iccid: None,
            charset: Charset::default(),
            charset_choice: None,
            setup: setup::Found::default(),
            pins: pin::Pins::new(),
            boot: boot::Boot::default(),
            submits: submit::Submits::default(),
            inbox: inbox::Inbox::new(now),
            storage: storage::Memories::default(),
            network: idle::Network::default(),
            idle: idle::Idle::new(now),
            ussd: ussd::Ussd::default(),
            raw: raw::Waiting::default(),
            calls: calls::Calls::default(),
            chatter: trace::Chatter::default(),
            pace: pace::Pace::default(),
            settings,
        };
        engine.show();
        engine
    }

    /// Takes one input at time `now`. Drain [`Engine::poll`] before the next.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Opened => self.opened(now),
            Input::Bytes(bytes) => self.bytes(now, bytes),
            Input::Tick => self.wake = None,
            Input::Closed => self.closed(now),
            Input::Submit { job, pdu, more } => self.submit(Job::new(job, pdu, more)),
            Input::Prepare { job, pdu, more } => self.submit(Job::held(job, pdu, more)),
            Input::Release(job) => self.release(now, job),
            Input::Withdraw(job) => self.withdraw(now, job),
            Input::Committed(token) => self.committed(now, token),
            Input::NotCommitted(token) => self.not_committed(now, token),
            Input::Ussd { id, code } => self.ussd_ask(id, code),
            Input::UssdCancel => self.ussd_cancel(),
            Input::Raw { id, command } => self.raw_ask(id, command),
            Input::Pin { sim, pin } => self.pin_given(sim, pin),
            Input::Unlock { id, code, last_try } => self.unlock_ask(id, code, last_try),
            Input::LastReference(mr) => self.submits.remember(mr),
            Input::Sweep => self.inbox.sweep_at(now),
            Input::Adapt {
                sweep_every,
                keep_link,
            } => {
                self.settings.sweep_every = sweep_every;
                self.settings.keep_link = keep_link;
                self.inbox.sweep_at(now + sweep_every);
            }
            Input::Heard(urc) => self.urc(now, urc),
            Input::Restart(how) => self.restart(now, how),
        }
        self.expire(now);
        self.advance(now);
        self.arm(now);
    }

    /// Other settings, from the next opening of the port on.
    pub fn configure(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// The next thing to do, in order; `None` until the next [`Engine::handle`].
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// What the modem is doing, as last told by [`Event::State`].
    pub fn state(&self) -> ModemState {
        self.shown.unwrap_or(ModemState::Down(Reason::PortClosed))
    }

    fn event(&mut self, event: Event) {
        self.out.push_back(Output::Event(event));
    }

    /// Ends what has run out of time.
    fn expire(&mut self, now: Instant) {
        if self.quote_until.is_some_and(|until| until <= now) {
            self.close_quote(now);
        }
        if self
            .flight
            .as_ref()
            .is_some_and(|flight| flight.due() <= now)
        {
            self.flight_expired(now);
        }
        if self.state.until().is_some_and(|until| until <= now) {
            self.state_expired(now);
        }
        self.calls_expire(now);
        self.ussd_expire(now);
    }

    /// Starts the next command when none is in flight.
    ///
    /// The order is the engine's whole policy: the network waits for acknowledgements; then comes
    /// the next message; reading what arrived and serving operators goes between two messages, a
    /// few commands at a time; polls only when nothing else is to do.
    fn advance(&mut self, now: Instant) {
        self.pace.forget_in_time(now);
        if self.pace.must_wait(now) {
            return;
        }
        // Steps without a command lead to others; each goes forward, so this ends.
        while self.flight.is_none()
            && let State::Setup(step) = self.state
        {
            self.setup_begin(now, step);
        }
        if self.flight.is_some() || self.state != State::Running {
            return;
        }
        let _ = self.again_begin(now)
            || self.condemned_begin(now)
            || self.acknowledge_begin(now)
            || self.errand_begin(now)
            || self.submit_begin(now)
            || self.idle_begin(now);
    }

    /// Work that goes between two messages: bounded while a message waits, so that neither
    /// starves the other.
    fn errand_begin(&mut self, now: Instant) -> bool {
        if self.submits.is_waiting() && !self.submits.may_run_errand() {
            return false;
        }
        let begun = self.route_again_begin(now)
            || self.ussd_begin(now)
            || self.raw_begin(now)
            || self.inbox_begin(now)
            || self.recheck_begin(now);
        if begun {
            self.submits.count_errand();
        }
        begun
    }

    /// Asks for the next wake-up, if it is not the one already asked for.
    fn arm(&mut self, now: Instant) {
        let flight = self.flight.as_ref().map(Flight::due);
        let paused = self
            .pace
            .until()
            .filter(|until| now < *until && flight.is_none());
        let mut next = [
            flight,
            self.quote_until,
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
            let due = self.idle_due().min(self.inbox_due(now));
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
            self.out.push_back(Output::WakeAt(next));
        }
        self.wake = Some(next);
    }
}
