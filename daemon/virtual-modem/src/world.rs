//! For tests: modems and network in virtual time, without ports and tasks.

use std::time::{Duration, Instant};

use crate::air::{AirEvent, AirEventKind, DeliverRecord, SubmitRecord};
use crate::clock::Clock;
use crate::identity::Identity;
use crate::modem::{CharsetName, Input, Output, Setup, Traits, VirtualModem};
use crate::network::{Injection, Network, NetworkOptions};
use crate::profile::{GENERIC, Profile};
use crate::sim::Sim;

/// "hello" to +84901234567, report asked for.
pub(crate) const PDU: &str = "0031000B914809214365F70000A705E8329BFD06";

/// 2026-11-22 10:00:00 UTC.
const START: Duration = Duration::from_hours(498_706);

pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) modems: Vec<VirtualModem>,
    pub(crate) network: Network,
    pub(crate) identities: Vec<Identity>,
    pub(crate) log: Vec<(usize, AirEvent)>,
    wakes: Vec<Option<Instant>>,
    said: Vec<Vec<u8>>,
    /// What the modems said on their second ports.
    said_on_second: Vec<Vec<u8>>,
    /// What the modems last wanted of words that nobody hears.
    pub(crate) keeps_unread: Vec<bool>,
    /// Modems that left their port, and for how long.
    pub(crate) vanished: Vec<Option<Duration>>,
}

pub(crate) struct Options {
    pub(crate) modems: usize,
    pub(crate) profile: &'static Profile,
    pub(crate) pin: Option<&'static str>,
    pub(crate) sim_slots: usize,
    pub(crate) network: NetworkOptions,
    pub(crate) refused_keep_reference: bool,
    pub(crate) hides_iccid: bool,
    pub(crate) charset: CharsetName,
    pub(crate) urc_port: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            modems: 1,
            profile: &GENERIC,
            pin: None,
            sim_slots: 10,
            network: NetworkOptions::default(),
            refused_keep_reference: false,
            hides_iccid: false,
            charset: CharsetName::default(),
            urc_port: 0,
        }
    }
}

impl World {
    pub(crate) fn new(options: Options) -> Self {
        let now = Instant::now();
        let clock = Clock::new(now, START);
        let identities: Vec<_> = (0..options.modems)
            .map(|slot| Identity::new(1, slot, options.profile.tac))
            .collect();
        let modem = |identity: &Identity| {
            let setup = Setup {
                profile: options.profile,
                imei: identity.imei.clone(),
                traits: Traits {
                    link_setup: Duration::from_secs(1),
                    refused_keep_reference: options.refused_keep_reference,
                    hides_iccid: options.hides_iccid,
                    charset: options.charset,
                    ports: 2,
                    urc_port: options.urc_port,
                    ..Traits::default()
                },
                seed: 1,
            };
            let sim = Sim::new(identity, options.sim_slots, options.pin);
            VirtualModem::new(now, clock, setup, Some(Box::new(sim)))
        };
        let mut world = Self {
            now,
            modems: identities.iter().map(modem).collect(),
            network: Network::new(
                clock,
                options.network,
                identities.iter().map(|identity| identity.msisdn.clone()),
            ),
            log: Vec::new(),
            wakes: vec![None; options.modems],
            said: vec![Vec::new(); options.modems],
            said_on_second: vec![Vec::new(); options.modems],
            keeps_unread: vec![false; options.modems],
            vanished: vec![None; options.modems],
            identities,
        };
        world.settle();
        world
    }

    /// The same with echo off, which most tests want.
    pub(crate) fn set_up(options: Options) -> Self {
        let mut world = Self::new(options);
        world.ask("ATE0");
        world
    }

    /// One generic modem.
    pub(crate) fn one() -> Self {
        Self::set_up(Options::default())
    }

    /// One modem of a make.
    pub(crate) fn of(make: &str) -> Self {
        Self::set_up(Options {
            profile: Profile::find(make).unwrap(),
            ..Options::default()
        })
    }

    pub(crate) fn handle(&mut self, slot: usize, input: Input<'_>) {
        self.modems[slot].handle(self.now, input);
        self.settle();
    }

    /// Writes to modem 0 and tells what it says at once.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> String {
        self.write_to(0, bytes)
    }

    pub(crate) fn write_to(&mut self, slot: usize, bytes: &[u8]) -> String {
        self.handle(slot, Input::Bytes(bytes));
        self.said(slot)
    }

    /// Writes a command line to modem 0; its answer without the blank lines.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.ask_of(0, line)
    }

    pub(crate) fn ask_of(&mut self, slot: usize, line: &str) -> String {
        lines(&self.write_to(slot, format!("{line}\r").as_bytes()))
    }

    /// Gives modem 0 a PDU to send; its answer after the air time.
    pub(crate) fn send(&mut self, pdu: &str) -> String {
        self.write(format!("AT+CMGS={}\r", pdu.len() / 2 - 1).as_bytes());
        assert!(
            self.wait_for(0, Duration::from_millis(5))
                .ends_with("\r\n> ")
        );
        let at_once = self.write(format!("{pdu}\x1a").as_bytes());
        lines(&(at_once + &self.wait_for(0, Duration::from_secs(3))))
    }

    /// Brings modem 0 to its prompt.
    pub(crate) fn begin(&mut self) {
        self.write(b"AT+CMGS=19\r");
        self.wait(Duration::from_secs(1));
    }

    /// Hands [`PDU`] over to modem 0; what that says at once.
    pub(crate) fn hand_over(&mut self) -> String {
        self.begin();
        self.write(format!("{PDU}\x1a").as_bytes())
    }

    /// What a modem has said since it was last asked.
    pub(crate) fn said(&mut self, slot: usize) -> String {
        text(&mut self.said[slot])
    }

    /// The same of its second port.
    pub(crate) fn said_on_second(&mut self, slot: usize) -> String {
        text(&mut self.said_on_second[slot])
    }

    /// Lets time pass and tells what modem 0 says meanwhile, blank lines left out.
    pub(crate) fn wait(&mut self, time: Duration) -> String {
        lines(&self.wait_for(0, time))
    }

    pub(crate) fn wait_for(&mut self, slot: usize, time: Duration) -> String {
        let end = self.now + time;
        while let Some(next) = self.next_at().filter(|next| *next <= end) {
            self.now = next.max(self.now);
            self.network.tick(self.now);
            for slot in 0..self.modems.len() {
                if self.wakes[slot].is_some_and(|at| at <= self.now) {
                    self.modems[slot].handle(self.now, Input::Tick);
                }
            }
            self.settle();
        }
        self.now = end;
        self.said(slot)
    }

    pub(crate) fn inject(&mut self, text: &str) -> usize {
        let injection = Injection {
            from: "+84901234567".to_owned(),
            text: text.to_owned(),
            parts: Vec::new(),
            reference: None,
        };
        let parts = self
            .network
            .inject(self.now, &self.identities[0].msisdn.clone(), &injection)
            .unwrap()
            .parts;
        self.settle();
        parts
    }

    /// A rule for modem 0.
    pub(crate) fn fault(&mut self, rule: &str) {
        let rule: crate::fault::FaultRule = serde_json::from_str(rule).unwrap();
        rule.check().unwrap();
        self.handle(0, Input::Fault(rule));
    }

    /// Power off and on again, and the time that a boot takes.
    pub(crate) fn power_cycle(&mut self) {
        self.handle(0, Input::PowerOff);
        self.handle(0, Input::PowerOn);
        self.wait(Duration::from_secs(10));
    }

    /// A restart by command, and the time that it takes.
    pub(crate) fn restart(&mut self) {
        self.ask("AT+CFUN=1,1");
        self.wait(Duration::from_secs(3));
        self.ask("ATE0");
    }

    /// What a modem hears of the network from now on.
    pub(crate) fn coverage(&mut self, slot: usize, network: bool, rssi: Option<u8>) {
        self.handle(slot, Input::Coverage { network, rssi });
    }

    /// A status report for the SIM of modem 0.
    pub(crate) fn report(&mut self, mr: u8, to: &str, st: u8) {
        self.network.report(self.now, 0, mr, to, st).unwrap();
        self.settle();
    }

    pub(crate) fn submits(&self) -> Vec<&SubmitRecord> {
        self.records(|event| match event {
            AirEventKind::Submit(record) => Some(record),
            _ => None,
        })
    }

    pub(crate) fn deliveries(&self) -> Vec<&DeliverRecord> {
        self.records(|event| match event {
            AirEventKind::Deliver(record) => Some(record),
            _ => None,
        })
    }

    fn records<T>(&self, record: fn(&AirEventKind) -> Option<&T>) -> Vec<&T> {
        let events = self.log.iter();
        events
            .filter_map(|(_, event)| record(&event.what))
            .collect()
    }

    /// How many submits the network took.
    pub(crate) fn accepted(&self) -> usize {
        let submits = self.submits();
        submits.iter().filter(|record| record.accepted).count()
    }

    /// How many deliveries modem 0 took.
    pub(crate) fn acknowledged(&self) -> usize {
        let deliveries = self.deliveries();
        deliveries
            .iter()
            .filter(|record| record.acknowledged)
            .count()
    }

    fn next_at(&self) -> Option<Instant> {
        self.wakes
            .iter()
            .flatten()
            .copied()
            .chain(self.network.next_at())
            .min()
    }

    /// Carries what modems and network say to each other until both are silent.
    fn settle(&mut self) {
        loop {
            let mut moved = false;
            for slot in 0..self.modems.len() {
                while let Some(output) = self.modems[slot].poll() {
                    moved = true;
                    match output {
                        Output::Write { port: 0, bytes } => self.said[slot].extend(bytes),
                        Output::Write { bytes, .. } => self.said_on_second[slot].extend(bytes),
                        Output::KeepUnread(keep) => self.keeps_unread[slot] = keep,
                        Output::WakeAt(at) => self.wakes[slot] = at,
                        Output::Uplink(uplink) => self.network.uplink(self.now, slot, uplink),
                        Output::Air(event) => self.log.push((slot, event)),
                        Output::Vanish(time) => self.vanished[slot] = Some(time),
                    }
                }
            }
            while let Some((slot, downlink)) = self.network.poll() {
                moved = true;
                self.modems[slot].handle(self.now, Input::Network(downlink));
            }
            if !moved {
                return;
            }
        }
    }
}

/// What was said, a character for each octet.
fn text(said: &mut Vec<u8>) -> String {
    said.drain(..).map(char::from).collect()
}

/// The lines of an answer, without the blank ones.
pub(crate) fn lines(answer: &str) -> String {
    answer
        .split("\r\n")
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("|")
}
