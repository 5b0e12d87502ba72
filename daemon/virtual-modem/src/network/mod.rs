//! The network as the modems see it: a service centre that takes, reports, holds and delivers messages.

mod agenda;
mod deliveries;
mod rules;
mod submits;
mod subscriber;
mod ussd;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::air::{Downlink, Uplink};
use crate::clock::Clock;
use crate::identity::mix;

use self::agenda::{Agenda, Planned};
pub use self::deliveries::{InjectError, Injected, Injection};
pub use self::rules::{Outcomes, Refuse};
use self::subscriber::Subscriber;

/// How the network behaves.
#[derive(Debug, Clone)]
pub struct NetworkOptions {
    /// What becomes of submits to numbers outside the bank.
    pub outcomes: Outcomes,
    /// Whether a recipient's last digits decide its fate; the table is in the program's `--help`.
    pub rules: bool,
    /// From the network's acceptance to the status report.
    pub report_after: Duration,
    /// How long the network waits before it tries a delivery again.
    pub redeliver_after: Duration,
    /// From an USSD string to its answer.
    pub ussd_after: Duration,
    /// Recipients outside the bank that answer.
    pub replies: Option<Replies>,
    /// Seed of what is random in it.
    pub seed: u64,
}

/// Recipients that answer by themselves.
#[derive(Debug, Clone)]
pub struct Replies {
    /// How many of the messages are answered, 0 to 1.
    pub share: f64,
    /// From the acceptance to the answer.
    pub after: Duration,
    /// What they say, chosen at random.
    pub texts: Vec<String>,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            outcomes: Outcomes::default(),
            rules: true,
            report_after: Duration::from_millis(500),
            redeliver_after: Duration::from_secs(10),
            ussd_after: Duration::from_millis(300),
            replies: None,
            seed: 0,
        }
    }
}

/// The network: a value like the modems, that takes what they say and the time.
#[derive(Debug)]
pub struct Network {
    options: NetworkOptions,
    clock: Clock,
    rng: StdRng,
    /// By MSISDN.
    subscribers: BTreeMap<String, Subscriber>,
    /// The number attached at each slot.
    attached: BTreeMap<usize, String>,
    agenda: Agenda,
    next_delivery: u64,
    next_injection: u64,
    next_concat: u8,
    /// Submits to numbers that have a rule.
    attempts: BTreeMap<String, u32>,
    /// Slots with an USSD menu open.
    ussd_open: BTreeSet<usize>,
    out: VecDeque<(usize, Downlink)>,
}

impl Network {
    /// A network that knows the SIMs with these numbers.
    pub fn new(
        clock: Clock,
        options: NetworkOptions,
        msisdns: impl IntoIterator<Item = String>,
    ) -> Self {
        Self {
            // Not the modems' sequence of the same seed.
            rng: StdRng::seed_from_u64(mix(!options.seed)),
            clock,
            subscribers: msisdns
                .into_iter()
                .map(|msisdn| (msisdn, Subscriber::default()))
                .collect(),
            attached: BTreeMap::new(),
            agenda: Agenda::default(),
            next_delivery: 1,
            next_injection: 1,
            next_concat: 0,
            attempts: BTreeMap::new(),
            ussd_open: BTreeSet::new(),
            out: VecDeque::new(),
            options,
        }
    }

    /// Takes what the modem at `slot` says. Drain [`Network::poll`] afterwards.
    pub fn uplink(&mut self, now: Instant, slot: usize, uplink: Uplink) {
        match uplink {
            Uplink::Attach { msisdn } => {
                self.subscribers
                    .entry(msisdn.clone())
                    .or_default()
                    .attach(slot);
                self.offer(&msisdn);
                self.attached.insert(slot, msisdn);
            }
            Uplink::Detach { msisdn } => {
                self.attached.remove(&slot);
                if let Some(subscriber) = self.subscribers.get_mut(&msisdn) {
                    subscriber.detach(slot);
                }
            }
            // There is one service centre, whatever it is called.
            Uplink::Submit { smsc: _, tpdu } => self.submitted(now, slot, &tpdu),
            Uplink::Acknowledge { delivery, cause } => {
                self.acknowledged(now, slot, delivery, cause.is_none());
            }
            Uplink::MemoryAvailable => {
                if let Some(msisdn) = self.attached.get(&slot).cloned() {
                    self.offer(&msisdn);
                }
            }
            Uplink::Ussd(code) => self.ussd(now, slot, &code),
            Uplink::UssdRelease => self.release_ussd(slot),
        }
    }

    /// Does what is due at `now`.
    pub fn tick(&mut self, now: Instant) {
        while let Some(event) = self.agenda.pop(now) {
            match event {
                Planned::Mt {
                    msisdn,
                    tpdu,
                    notify,
                } => self.enqueue(&msisdn, tpdu, notify),
                Planned::Reply { from, msisdn, text } => {
                    // What cannot be encoded is not answered; the texts are the operator's own.
                    let _ = self.inject(
                        now,
                        &msisdn,
                        &Injection {
                            from,
                            text,
                            parts: Vec::new(),
                            reference: None,
                        },
                    );
                }
                Planned::Retry { msisdn } => self.offer(&msisdn),
                Planned::Ussd { slot, kind, text } => {
                    self.out.push_back((slot, Downlink::Ussd { kind, text }));
                }
            }
        }
    }

    /// What the network says next, and to which slot.
    pub fn poll(&mut self) -> Option<(usize, Downlink)> {
        self.out.pop_front()
    }

    /// When [`Network::tick`] has something to do.
    pub fn next_at(&self) -> Option<Instant> {
        self.agenda.next_at()
    }

    /// The number of the SIM at `slot`, while it is attached.
    pub fn attached_at(&self, slot: usize) -> Option<&str> {
        self.attached.get(&slot).map(String::as_str)
    }

    /// Messages and reports that wait for the SIM of this number.
    pub fn waiting(&self, msisdn: &str) -> usize {
        self.subscribers.get(msisdn).map_or(0, Subscriber::waiting)
    }
}
