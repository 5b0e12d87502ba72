//! One modem as its DTE and the network see it: a value that takes bytes and time, and owns neither port nor clock.

mod basic;
mod dispatch;
mod dte;
mod entry;
mod identify;
mod phone;
mod receive;
mod registration;
mod security;
mod service;
mod settings;
mod stored;
mod submit;
mod text_mode;
mod ussd;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::air::{AirEvent, Downlink, Uplink};
use crate::clock::Clock;
use crate::command::Command;
use crate::fault::{FaultRule, Faults};
use crate::identity::mix;
use crate::profile::{Profile, Restart};
use crate::sim::{Lock, Sim};

use self::dte::Dte;
use self::entry::Entry;
use self::receive::Reception;
use self::registration::Radio;
pub(crate) use self::registration::ZONE_QUARTERS;
use self::settings::Settings;
use self::stored::Memories;
use self::submit::Submission;

/// What a modem is made of and how fast it is.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Its make.
    pub profile: &'static Profile,
    /// Its serial number, 15 digits.
    pub imei: String,
    /// How long a submit takes on the air, from Ctrl-Z to the network's answer.
    pub air_time: Duration,
    /// How far the air time strays, as a fraction of it each way.
    pub air_jitter: f64,
    /// Added to the air time of a submit for which the link is not open yet; `AT+CMMS` keeps it open.
    pub link_setup: Duration,
    /// From the command line to the prompt for a message text.
    pub prompt_delay: Duration,
    /// From a command line to its answer.
    pub answer_delay: Duration,
    /// How long the network waits for `AT+CNMA`.
    pub cnma_wait: Duration,
    /// Seed of what is random in it.
    pub seed: u64,
}

/// What happens to a modem.
#[derive(Debug)]
pub enum Input<'a> {
    /// The DTE wrote these bytes.
    Bytes(&'a [u8]),
    /// The time asked for with [`Output::WakeAt`] has come.
    Tick,
    /// The network says something to the SIM.
    Network(Downlink),
    /// Power comes on.
    PowerOn,
    /// Power goes.
    PowerOff,
    /// A SIM is put into the holder, or taken out when `None`.
    Sim(Option<Box<Sim>>),
    /// From now on this goes wrong.
    Fault(FaultRule),
    /// From now on nothing goes wrong.
    NoFaults,
    /// The radio conditions change.
    Coverage {
        /// Whether there is a network.
        network: bool,
        /// `<rssi>` of `AT+CSQ`, 0 to 31.
        rssi: Option<u8>,
    },
    /// A line that the modem says by itself.
    Urc(&'a str),
}

/// What a modem does.
#[derive(Debug)]
pub enum Output {
    /// Bytes for the DTE.
    Write(Vec<u8>),
    /// When it wants [`Input::Tick`]; the newest holds, `None` is never.
    WakeAt(Option<Instant>),
    /// It says this to the network.
    Uplink(Uplink),
    /// Something worth a line in the air log happened.
    Air(AirEvent),
    /// The port goes away as a USB device does; give it power again after this long.
    Vanish(Duration),
}

/// A modem with its SIM.
#[derive(Debug)]
pub struct VirtualModem {
    setup: Setup,
    clock: Clock,
    rng: StdRng,
    faults: Faults,
    sim: Option<Box<Sim>>,
    power: Power,
    dte: Dte,
    settings: Settings,
    memories: Memories,
    radio: Radio,
    reception: Reception,
    call: phone::Line,
    activity: Activity,
    /// The rest of the command line in work.
    commands: VecDeque<Command>,
    /// When noise is due next, for each line of the profile's.
    noise_at: Vec<Instant>,
    hushed: bool,
    wake: Option<Instant>,
    out: VecDeque<Output>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    Off,
    /// Silent until then; the start URCs follow.
    Starting(Instant),
    On,
}

/// What keeps the modem from taking the next command line.
#[derive(Debug)]
enum Activity {
    /// Nothing: it reads commands.
    Commands,
    /// The answer lies ready until then.
    Answering(Instant),
    /// The prompt comes then.
    Prompting(Instant, Entry),
    /// The prompt stands, the text is being taken.
    Entering(Entry),
    /// A submit is on the air until then.
    OnAir(Instant, Box<Submission>),
    /// The network has the submit and is about to answer.
    AwaitingVerdict(Box<Submission>),
}

impl VirtualModem {
    /// A modem that is on already, with `sim` ready unless it asks for a PIN.
    pub fn new(now: Instant, clock: Clock, setup: Setup, sim: Option<Box<Sim>>) -> Self {
        let profile = setup.profile;
        let mut modem = Self {
            rng: StdRng::seed_from_u64(mix(setup.seed)),
            clock,
            faults: Faults::default(),
            sim,
            power: Power::On,
            dte: Dte::default(),
            settings: Settings::new(profile),
            memories: Memories::new(profile),
            radio: Radio::default(),
            reception: Reception::default(),
            call: phone::Line::default(),
            activity: Activity::Commands,
            commands: VecDeque::new(),
            noise_at: profile
                .noise
                .iter()
                .map(|(period, _)| now + *period)
                .collect(),
            hushed: false,
            wake: None,
            out: VecDeque::new(),
            setup,
        };
        modem.seek_network();
        modem
    }

    /// Takes one input at time `now`. Drain [`VirtualModem::poll`] before the next.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Bytes(bytes) => {
                if self.power == Power::On {
                    self.dte.receive(bytes);
                }
            }
            Input::Tick => {}
            Input::Network(downlink) => self.downlink(now, downlink),
            Input::PowerOn => self.power_on(now),
            Input::PowerOff => self.power_off(),
            Input::Sim(sim) => self.change_sim(sim),
            Input::Fault(rule) => self.faults.add(rule),
            Input::NoFaults => self.faults.clear(),
            Input::Coverage { network, rssi } => self.coverage(network, rssi),
            Input::Urc(line) => self.urc(line),
        }
        self.advance(now);
        let wake = self.next_wake();
        if wake != self.wake {
            self.wake = wake;
            self.out.push_back(Output::WakeAt(wake));
        }
    }

    /// The next thing to do, oldest first.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// The SIM in the holder.
    pub fn sim(&self) -> Option<&Sim> {
        self.sim.as_deref()
    }

    /// Takes the SIM out of the holder. Drain [`VirtualModem::poll`] afterwards.
    pub fn take_sim(&mut self) -> Option<Box<Sim>> {
        self.leave_network();
        self.sim.take()
    }

    /// Does what is due, then reads what the DTE wrote as far as nothing keeps it waiting.
    fn advance(&mut self, now: Instant) {
        self.start_if_due(now);
        if self.power != Power::On {
            return;
        }
        self.reception_due(now);
        self.ring_due(now);
        self.noise_due(now);
        loop {
            while self.activity_due(now) {}
            if self.is_busy() || self.dte.is_idle() || self.power != Power::On {
                break;
            }
            self.dte_step(now);
        }
        self.dte.transmit(now, &mut self.out);
    }

    /// Ends the activity whose time has come; true when one ended.
    fn activity_due(&mut self, now: Instant) -> bool {
        match std::mem::replace(&mut self.activity, Activity::Commands) {
            Activity::Answering(at) if at <= now => self.dte.release_answer(),
            Activity::Prompting(at, entry) if at <= now => self.show_prompt(now, entry),
            Activity::OnAir(at, submission) if at <= now => self.reach_network(now, submission),
            other => {
                self.activity = other;
                return false;
            }
        }
        true
    }

    /// Whether the next octet of the DTE must wait.
    fn is_busy(&self) -> bool {
        !matches!(self.activity, Activity::Commands | Activity::Entering(_))
    }

    fn next_wake(&self) -> Option<Instant> {
        let activity = match &self.activity {
            Activity::Answering(at) | Activity::Prompting(at, _) | Activity::OnAir(at, _) => {
                Some(*at)
            }
            _ => None,
        };
        let start = match self.power {
            Power::Starting(at) => Some(at),
            Power::Off => return None,
            Power::On => None,
        };
        let noise = if self.hushed {
            None
        } else {
            self.noise_at.iter().min().copied()
        };
        let waits = [
            activity,
            start,
            noise,
            self.dte.next_at(),
            self.reception.next_at(),
            self.call.next_at(),
        ];
        waits.into_iter().flatten().min()
    }

    fn power_on(&mut self, now: Instant) {
        let (Restart::Silent(wait) | Restart::Vanish(wait)) = self.setup.profile.restart;
        let profile = self.setup.profile;
        self.dte = Dte::default();
        self.activity = Activity::Commands;
        self.settings = Settings::new(profile);
        self.hushed = false;
        self.noise_at = profile
            .noise
            .iter()
            .map(|(period, _)| now + wait + *period)
            .collect();
        // A port that came back has done its waiting before.
        let wait = if matches!(profile.restart, Restart::Vanish(_)) {
            Duration::ZERO
        } else {
            wait
        };
        self.power = Power::Starting(now + wait);
    }

    fn power_off(&mut self) {
        if let Some(sim) = &mut self.sim {
            sim.power_off();
        }
        self.leave_network();
        self.reception = Reception::default();
        self.call = phone::Line::default();
        self.commands.clear();
        // The network's word on a submit that it has is still to be logged.
        if !matches!(self.activity, Activity::AwaitingVerdict(_)) {
            self.activity = Activity::Commands;
        }
        self.power = Power::Off;
    }

    /// Off and on again, as `AT+CFUN=1,1` and some faults want it.
    fn restart(&mut self, now: Instant) {
        self.dte.transmit(now, &mut self.out);
        self.power_off();
        match self.setup.profile.restart {
            Restart::Silent(_) => self.power_on(now),
            Restart::Vanish(wait) => self.out.push_back(Output::Vanish(wait)),
        }
    }

    fn start_if_due(&mut self, now: Instant) {
        if !matches!(self.power, Power::Starting(at) if at <= now) {
            return;
        }
        self.power = Power::On;
        for line in self.setup.profile.start_urcs {
            self.urc(line);
        }
        self.seek_network();
        if self.is_ready() {
            self.say_ready();
        }
    }

    fn say_ready(&mut self) {
        for line in self.setup.profile.ready_urcs {
            self.urc(line);
        }
    }

    fn change_sim(&mut self, sim: Option<Box<Sim>>) {
        self.leave_network();
        self.sim = sim;
        self.seek_network();
    }

    /// Whether there is a SIM that asks for no PIN.
    fn is_ready(&self) -> bool {
        self.sim
            .as_ref()
            .is_some_and(|sim| sim.lock() == Lock::Ready)
    }

    fn noise_due(&mut self, now: Instant) {
        if self.hushed {
            return;
        }
        let profile = self.setup.profile;
        for (index, (period, line)) in profile.noise.iter().enumerate() {
            if self.noise_at[index] <= now {
                self.noise_at[index] = now + *period;
                self.urc(line);
            }
        }
    }

    fn uplink(&mut self, uplink: Uplink) {
        self.out.push_back(Output::Uplink(uplink));
    }

    fn log(&mut self, event: AirEvent) {
        self.out.push_back(Output::Air(event));
    }
}
