//! One modem as its DTE and the network see it: a value that takes bytes and time, and owns neither port nor clock.

mod answer;
mod basic;
mod dispatch;
mod dte;
mod entry;
mod identify;
mod line;
mod misbehave;
mod octets;
mod phone;
mod power;
mod receive;
mod registration;
mod security;
mod service;
mod settings;
mod stored;
mod submit;
mod text_mode;
mod traits;
mod ussd;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::air::{AirEvent, Downlink, Uplink};
use crate::clock::Clock;
use crate::command::Instruction;
use crate::fault::{FaultRule, Faults};
use crate::identity::mix;
use crate::profile::Profile;
use crate::sim::{Lock, Sim};

use self::dte::Dte;
use self::entry::Entry;
use self::line::Line;
use self::misbehave::Trouble;
use self::power::Power;
use self::receive::Reception;
use self::registration::Radio;
pub(crate) use self::registration::ZONE_QUARTERS;
pub use self::settings::CharsetName;
use self::settings::Settings;
use self::stored::Memories;
use self::submit::Submission;
pub use self::traits::Traits;

/// What a modem is made of.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Its make.
    pub profile: &'static Profile,
    /// Its serial number, 15 digits.
    pub imei: String,
    /// How it is otherwise.
    pub traits: Traits,
    /// Seed of what is random in it.
    pub seed: u64,
}

/// What happens to a modem.
#[derive(Debug)]
pub enum Input<'a> {
    /// The DTE wrote these bytes to its first port.
    Bytes(&'a [u8]),
    /// The DTE wrote these bytes to the port of this number, from 0.
    BytesAt(usize, &'a [u8]),
    /// Nobody has a port open any more.
    PortClosed,
    /// A port was opened, and none was open before.
    PortOpened,
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
    /// The SIM asks for its PIN again, which becomes this one when one is given.
    LockSim(Option<&'a str>),
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
    Write {
        /// The port, from 0.
        port: usize,
        /// In one write.
        bytes: Vec<u8>,
    },
    /// Whether what is written while no port is open is kept for whoever opens it next.
    KeepUnread(bool),
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
    trouble: Trouble,
    /// A submit that the network has or is about to have, and whose answer the DTE will never see.
    orphan: Option<Box<Submission>>,
    /// The rest of the command line in work.
    commands: VecDeque<Instruction>,
    /// When noise is due next, for each line of the profile's.
    noise_at: Vec<Instant>,
    hushed: bool,
    wake: Option<Instant>,
    out: VecDeque<Output>,
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
            dte: Dte::new(Line::new(setup.traits.ports, setup.traits.urc_port)),
            settings: Settings {
                charset: setup.traits.charset.charset(),
                ..Settings::new(profile)
            },
            memories: Memories::new(profile),
            radio: Radio::default(),
            reception: Reception::default(),
            call: phone::Line::default(),
            activity: Activity::Commands,
            trouble: Trouble::default(),
            orphan: None,
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
            Input::Bytes(bytes) => self.hear(now, 0, bytes),
            Input::BytesAt(port, bytes) => self.hear(now, port, bytes),
            Input::PortClosed => self.port_closed(),
            Input::PortOpened => self.port_opened(),
            Input::Tick => {}
            Input::Network(downlink) => self.downlink(now, downlink),
            Input::PowerOn => self.power_on(now),
            Input::PowerOff => self.power_off(),
            Input::Sim(sim) => self.change_sim(sim),
            Input::LockSim(pin) => self.lock_sim(pin),
            Input::Fault(rule) => self.take_rule(now, rule),
            Input::NoFaults => self.end_faults(),
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
        let mut sim = self.sim.take()?;
        sim.power_off();
        Some(sim)
    }

    fn hear(&mut self, now: Instant, port: usize, bytes: &[u8]) {
        if !self.is_running() || self.trouble.is_deaf(now) {
            return;
        }
        if self.trouble.is_hung() {
            self.overhear(now, port, bytes);
        } else if !self.gives_up(now) {
            self.dte.line.receive(now, port, bytes);
        }
    }

    /// Does what is due, then reads what the DTE wrote as far as nothing keeps it waiting.
    fn advance(&mut self, now: Instant) {
        self.start_if_due(now);
        if !self.is_running() {
            return;
        }
        self.reception_due(now);
        self.dte.line.arrive(now);
        if self.trouble_due(now) {
            self.dte.line.transmit(now, &mut self.out);
            return;
        }
        self.ring_due(now);
        self.noise_due(now);
        self.work(now);
        self.dte.line.transmit(now, &mut self.out);
    }

    /// Goes on with the activity and with what the DTE wrote, up to where time or a hang stops it.
    fn work(&mut self, now: Instant) {
        loop {
            while !self.trouble.is_hung() && self.activity_due(now) {}
            let entering = matches!(self.activity, Activity::Entering(_));
            if self.trouble.is_hung()
                || self.is_busy()
                || self.dte.line.is_idle(entering)
                || !self.is_running()
            {
                return;
            }
            self.dte_step(now);
        }
    }

    /// Ends the activity whose time has come; true when one ended.
    fn activity_due(&mut self, now: Instant) -> bool {
        match std::mem::replace(&mut self.activity, Activity::Commands) {
            Activity::Answering(at) if at <= now => {
                self.dte.release_answer();
                self.trouble.answered(now, self.dte.fault.as_ref());
            }
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
        let line = self.dte.line.next_at();
        match self.power {
            Power::Off => return None,
            Power::Starting(at) => return Some(at),
            Power::On => {}
        }
        let trouble = [self.trouble.next_at(), line, self.reception.next_at()];
        if self.trouble.is_hung() {
            return trouble.into_iter().flatten().min();
        }
        let activity = match &self.activity {
            Activity::Answering(at) | Activity::Prompting(at, _) | Activity::OnAir(at, _) => {
                Some(*at)
            }
            _ => None,
        };
        let noise = if self.hushed {
            None
        } else {
            self.noise_at.iter().min().copied()
        };
        let waits = [activity, noise, self.call.next_at()];
        waits.into_iter().chain(trouble).flatten().min()
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

    fn lock_sim(&mut self, pin: Option<&str>) {
        let Some(sim) = &mut self.sim else { return };
        sim.ask_pin_again(pin);
        self.leave_network();
        self.urc("+CPIN: SIM PIN");
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
