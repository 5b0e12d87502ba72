//! What the tests of the engine share: an origin of time, a modem of a few lines, and the loop
//! between the two in virtual time.

pub(crate) mod faulty;
pub(crate) mod render;
pub(crate) mod tiny;
pub(crate) mod transcript;

use modem::{DownReason, Engine, Event, Input, JobId, Output, Received, Settings, Submitted};
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use tiny::Tiny;
use tpdu::PduHex;

/// "hellohello" from +27838890001, made by hand after TS 23.040 9.2.2.1.
pub(crate) const DELIVER: &str =
    "0791947122436587040B917238880900F10000628021320100230AE8329BFD4697D9EC37";

/// "hello" to +84912345678.
pub(crate) const PDU: &str = "0011000B914819325476F80000A705E8329BFD06";

#[expect(clippy::expect_used, reason = "a test helper")]
pub(crate) fn pdu() -> PduHex {
    PduHex::parse(PDU).expect("hex")
}

/// A message of which only the octets matter.
pub(crate) fn submit(job: u64, more: bool) -> Input<'static> {
    Input::Submit {
        job: JobId(job),
        pdu: pdu(),
        more,
    }
}

/// Any origin will do: the engine only subtracts. The same one in all tests of a program.
#[expect(
    clippy::disallowed_methods,
    reason = "the one clock of the tests, read once"
)]
pub(crate) fn origin() -> Instant {
    static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    *ORIGIN
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
    last_written: Vec<u8>,
    /// Everything the engine put out, traces too.
    pub(crate) outputs: usize,
    /// Why the port was to be opened again; it is not.
    pub(crate) reopens: Vec<DownReason>,
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
            last_written: Vec::new(),
            outputs: 0,
            reopens: Vec::new(),
        };
        bench.drain();
        bench
    }

    pub(crate) fn opened(modem: Tiny, settings: Settings) -> Self {
        let mut bench = Self::new(modem, settings);
        bench.give(Input::Opened);
        bench
    }

    /// Opened, set up, and idle.
    pub(crate) fn ready(modem: Tiny) -> Self {
        let mut bench = Self::opened(modem, Settings::default());
        bench.run(Duration::from_secs(3));
        bench
    }

    /// The same, and what was told so far does not matter.
    pub(crate) fn fresh(modem: Tiny) -> Self {
        let mut bench = Self::ready(modem);
        bench.take_events();
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
                self.outputs += 1;
                match output {
                    Output::Write(bytes) => {
                        self.written += bytes.len();
                        self.last_written.clone_from(&bytes);
                        said.extend(self.modem.hear(self.now, &bytes));
                    }
                    Output::WakeAt(at) => self.wake = Some(at),
                    Output::Event(Event::Trace(_)) => {}
                    Output::Reopen(reason) => self.reopens.push(reason),
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

    /// The last line that the engine wrote, without its end.
    pub(crate) fn last_written(&self) -> String {
        String::from_utf8_lossy(&self.last_written)
            .trim_end()
            .to_owned()
    }

    /// What was offered since the events were taken last; takes all events.
    pub(crate) fn received(&mut self) -> Vec<Received> {
        self.told(|event| match event {
            Event::Received(received) => Some(received),
            _ => None,
        })
    }

    /// What has become of submits, by job; takes all events too.
    pub(crate) fn outcomes(&mut self) -> Vec<(u64, Submitted)> {
        self.told(|event| match event {
            Event::Submitted { job, outcome, .. } => Some((job.0, outcome)),
            _ => None,
        })
    }

    /// The same, whichever job it was.
    pub(crate) fn ended(&mut self) -> Vec<Submitted> {
        let outcomes = self.outcomes().into_iter();
        outcomes.map(|(_, outcome)| outcome).collect()
    }

    fn told<T>(&mut self, of: impl Fn(Event) -> Option<T>) -> Vec<T> {
        self.take_events().into_iter().filter_map(of).collect()
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
