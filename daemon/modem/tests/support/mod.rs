//! What the tests of the engine share: an origin of time, a modem of a few lines, and the loop
//! between the two in virtual time.
#![allow(dead_code, reason = "each test uses its part")]

pub(crate) mod render;
pub(crate) mod tiny;
pub(crate) mod transcript;

use modem::{Engine, Event, Input, Output, Settings};
use std::time::{Duration, Instant};
use tiny::Tiny;

/// Any origin will do: the engine only subtracts.
#[expect(
    clippy::disallowed_methods,
    reason = "the one clock of the tests, read once"
)]
pub(crate) fn origin() -> Instant {
    Instant::now()
}

/// An engine and a modem, with time between them that only moves when told to.
pub(crate) struct Bench {
    pub(crate) now: Instant,
    pub(crate) engine: Engine,
    pub(crate) modem: Tiny,
    pub(crate) events: Vec<Event>,
    wake: Option<Instant>,
    /// Ticks given so far.
    pub(crate) ticks: usize,
    /// Bytes written by the engine so far.
    pub(crate) written: usize,
}

impl Bench {
    pub(crate) fn new(modem: Tiny, settings: Settings) -> Self {
        let now = origin();
        let mut bench = Self {
            now,
            engine: Engine::new(now, settings),
            modem,
            events: Vec::new(),
            wake: None,
            ticks: 0,
            written: 0,
        };
        bench.drain();
        bench
    }

    /// Opened, set up, and idle.
    pub(crate) fn ready(modem: Tiny) -> Self {
        let mut bench = Self::new(modem, Settings::default());
        bench.give(Input::Opened);
        bench.run(Duration::from_secs(3));
        bench
    }

    pub(crate) fn give(&mut self, input: Input<'_>) {
        self.engine.handle(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            let mut said = Vec::new();
            while let Some(output) = self.engine.poll() {
                match output {
                    Output::Write(bytes) => {
                        self.written += bytes.len();
                        said.extend(self.modem.hear(self.now, &bytes));
                    }
                    Output::WakeAt(at) => self.wake = Some(at),
                    Output::Event(Event::Trace(_)) | Output::Reopen(_) => {}
                    Output::Event(event) => self.events.push(event),
                }
            }
            if said.is_empty() {
                return;
            }
            self.engine.handle(self.now, Input::Bytes(&said));
        }
    }

    /// What the modem says by itself.
    pub(crate) fn say(&mut self, bytes: &[u8]) {
        self.engine.handle(self.now, Input::Bytes(bytes));
        self.drain();
    }

    /// Lets `time` pass.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let wake = self.wake.filter(|wake| *wake <= end);
            let modem = self.modem.due().filter(|due| *due <= end);
            let Some(next) = wake.into_iter().chain(modem).min() else {
                break;
            };
            self.now = self.now.max(next);
            let said = self.modem.late(self.now);
            if !said.is_empty() {
                self.say(&said);
            }
            if self.wake.is_some_and(|wake| wake <= self.now) {
                self.wake = None;
                self.ticks += 1;
                assert!(self.ticks < 1_000_000, "the engine spins");
                self.give(Input::Tick);
            }
        }
        self.now = end;
    }

    /// The events since the last call.
    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
}
