//! The network as the modems see it: a service centre that takes, reports, holds and delivers messages.

mod agenda;
mod deliveries;
mod rules;
mod submits;
mod subscriber;
mod ussd;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use clap::{ArgAction, Args};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::air::{Downlink, Uplink};
use crate::clock::Clock;
use crate::identity::mix;
use crate::values::{duration, share};

use self::agenda::{Agenda, Planned};
pub use self::deliveries::{InjectError, Injected, Injection};
pub use self::rules::{Outcomes, Refuse};
use self::subscriber::Subscriber;

/// How the network behaves.
#[derive(Debug, Clone, Args)]
pub struct NetworkOptions {
    /// From the network's acceptance to the status report
    #[arg(long, default_value = "500ms", value_parser = duration, value_name = "TIME")]
    pub report_after: Duration,
    /// How long the network waits before it tries a delivery again
    #[arg(long, default_value = "10s", value_parser = duration, value_name = "TIME")]
    pub redeliver_after: Duration,
    /// From an USSD string to its answer.
    #[arg(skip = USSD_AFTER)]
    pub ussd_after: Duration,
    /// What becomes of submits to numbers outside the bank.
    #[command(flatten)]
    pub outcomes: Outcomes,
    /// Numbers are only numbers: no recipient has a fate of its own
    #[arg(long = "no-rules", action = ArgAction::SetFalse)]
    pub rules: bool,
    /// Recipients outside the bank that answer.
    #[command(flatten)]
    pub replies: Replies,
    /// Seed of what is random in it.
    #[arg(skip)]
    pub seed: u64,
}

/// Recipients that answer by themselves.
#[derive(Debug, Clone, Args)]
pub struct Replies {
    /// Share of the messages that their recipients answer
    #[arg(long = "replies", default_value_t = 0.0, value_parser = share, value_name = "SHARE")]
    pub share: f64,
    /// From the network's acceptance to the recipient's answer
    #[arg(long = "reply-after", default_value = "3s", value_parser = duration, value_name = "TIME")]
    pub after: Duration,
    /// What they say, chosen at random.
    #[arg(skip = TEXTS.map(str::to_owned).to_vec())]
    pub texts: Vec<String>,
}

const USSD_AFTER: Duration = Duration::from_millis(300);
const TEXTS: [&str; 4] = [
    "OK, thank you",
    "Đã nhận, cảm ơn bạn",
    "STOP",
    "Who is this?",
];

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            outcomes: Outcomes::default(),
            rules: true,
            report_after: Duration::from_millis(500),
            redeliver_after: Duration::from_secs(10),
            ussd_after: USSD_AFTER,
            replies: Replies::default(),
            seed: 0,
        }
    }
}

impl Default for Replies {
    fn default() -> Self {
        Self {
            share: 0.0,
            after: Duration::from_secs(3),
            texts: TEXTS.map(str::to_owned).to_vec(),
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
