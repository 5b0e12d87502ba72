//! The network as the modems see it: a service centre that takes, reports, holds and delivers messages.

mod rules;
mod subscriber;
mod ussd;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tpdu::{
    Address, ConcatRef, Dcs, Deliver, EncodeError, MessageRef, MoTpdu, Pid, Status, StatusReport,
    Submit, TextError, TextOptions, Timestamp, UserData,
};

use crate::air::{Delivery, Downlink, Uplink, Verdict};
use crate::clock::Clock;
use crate::identity::mix;
use crate::modem::ZONE_QUARTERS;
use crate::sim::SMSC;

use self::rules::{Fate, Report};
pub use self::rules::{Outcomes, Refuse};
use self::subscriber::Subscriber;

/// How the network behaves.
#[derive(Debug, Clone)]
pub struct NetworkOptions {
    /// What becomes of submits to numbers outside the bank.
    pub outcomes: Outcomes,
    /// Whether numbers that end in `99` and four digits have a fate of their own; see `Outcomes`.
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

/// Something injected that cannot be a message.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum InjectError {
    /// No SIM of this bank has this number.
    #[error("no SIM with this number")]
    NoSuchSim,
    /// The originator is neither a number nor a name of up to 11 characters.
    #[error("originator: {0}")]
    Originator(EncodeError),
    /// The text has more parts than a message can have.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A part that the text does not have.
    #[error("part {0} is not one of the text's")]
    Part(usize),
    /// The TPDU cannot be written.
    #[error("encoding: {0}")]
    Encoding(EncodeError),
}

/// A message for a SIM, from outside the bank.
#[derive(Debug, Clone, Default)]
pub struct Injection {
    /// Number or name of the originator.
    pub from: String,
    /// The text, split when it is long.
    pub text: String,
    /// Which parts arrive, counted from 1, and in which order; all when empty.
    pub parts: Vec<usize>,
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
    due: BinaryHeap<Reverse<Due>>,
    order: u64,
    next_delivery: u64,
    next_concat: u16,
    /// Attempts to numbers whose rule depends on it.
    attempts: BTreeMap<String, u32>,
    /// Slots with an USSD menu open.
    ussd_open: BTreeSet<usize>,
    out: VecDeque<(usize, Downlink)>,
}

/// Something that the network does at its time.
#[derive(Debug, PartialEq, Eq)]
struct Due {
    at: Instant,
    order: u64,
    what: Event,
}

#[derive(Debug, PartialEq, Eq)]
enum Event {
    /// A TPDU for this SIM is there.
    Mt { msisdn: String, tpdu: Vec<u8> },
    /// A recipient answers.
    Reply {
        from: String,
        msisdn: String,
        text: String,
    },
    /// Try this SIM again.
    Retry { msisdn: String },
    /// USSD for a slot.
    Ussd { slot: usize, kind: u8, text: String },
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl Network {
    /// A network that knows the SIMs with these numbers.
    pub fn new(
        clock: Clock,
        options: NetworkOptions,
        msisdns: impl IntoIterator<Item = String>,
    ) -> Self {
        Self {
            rng: StdRng::seed_from_u64(mix(options.seed ^ 0x006e_6574)),
            clock,
            subscribers: msisdns
                .into_iter()
                .map(|msisdn| (msisdn, Subscriber::default()))
                .collect(),
            attached: BTreeMap::new(),
            due: BinaryHeap::new(),
            order: 0,
            next_delivery: 1,
            next_concat: 1,
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
                self.attached.insert(slot, msisdn.clone());
                self.subscribers
                    .entry(msisdn.clone())
                    .or_default()
                    .attach(slot);
                self.offer(&msisdn);
            }
            Uplink::Detach { msisdn } => {
                self.attached.remove(&slot);
                if let Some(subscriber) = self.subscribers.get_mut(&msisdn) {
                    subscriber.detach(slot);
                }
            }
            Uplink::Submit { smsc: _, tpdu } => self.submitted(now, slot, &tpdu),
            Uplink::Acknowledge { delivery, cause } => {
                self.acknowledged(now, slot, delivery, cause);
            }
            Uplink::MemoryAvailable => self.retry_slot(slot),
            Uplink::Ussd(code) => self.ussd(now, slot, &code),
            Uplink::UssdRelease => self.release_ussd(slot),
        }
    }

    /// Does what is due at `now`.
    pub fn tick(&mut self, now: Instant) {
        while self.due.peek().is_some_and(|Reverse(due)| due.at <= now) {
            let Some(Reverse(due)) = self.due.pop() else {
                return;
            };
            match due.what {
                Event::Mt { msisdn, tpdu } => self.enqueue(&msisdn, tpdu),
                Event::Reply { from, msisdn, text } => {
                    // What cannot be encoded is not answered; the texts are the operator's own.
                    let _ = self.inject(
                        now,
                        &msisdn,
                        &Injection {
                            from,
                            text,
                            parts: Vec::new(),
                        },
                    );
                }
                Event::Retry { msisdn } => self.offer(&msisdn),
                Event::Ussd { slot, kind, text } => {
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
        self.due.peek().map(|Reverse(due)| due.at)
    }

    /// The number of the SIM at `slot`, while it is attached.
    pub fn attached_at(&self, slot: usize) -> Option<&str> {
        self.attached.get(&slot).map(String::as_str)
    }

    /// Messages and reports that wait for the SIM of this number.
    pub fn waiting(&self, msisdn: &str) -> usize {
        self.subscribers.get(msisdn).map_or(0, Subscriber::waiting)
    }

    /// Sends a message to a SIM of the bank; tells how many parts it has.
    pub fn inject(
        &mut self,
        now: Instant,
        msisdn: &str,
        injection: &Injection,
    ) -> Result<usize, InjectError> {
        if !self.subscribers.contains_key(msisdn) {
            return Err(InjectError::NoSuchSim);
        }
        let oa: Address = injection.from.parse().map_err(InjectError::Originator)?;
        let plan = tpdu::plan(&injection.text, &TextOptions::default())?;
        self.next_concat = self.next_concat.wrapping_add(1);
        let [reference, _] = self.next_concat.to_le_bytes();
        let parts = plan.user_data(ConcatRef::Eight(reference));
        let order = if injection.parts.is_empty() {
            (1..=parts.len()).collect()
        } else {
            injection.parts.clone()
        };
        for number in &order {
            let ud = number
                .checked_sub(1)
                .and_then(|index| parts.get(index))
                .ok_or(InjectError::Part(*number))?;
            let message = self.deliver(now, oa.clone(), Pid::NORMAL, plan.dcs, ud.clone());
            let tpdu = message.encode().map_err(InjectError::Encoding)?;
            self.enqueue(msisdn, tpdu);
        }
        Ok(order.len())
    }

    /// Sends a status report to the SIM at `slot`.
    pub fn report(
        &mut self,
        now: Instant,
        slot: usize,
        mr: u8,
        to: &str,
        st: u8,
    ) -> Result<(), InjectError> {
        let msisdn = self
            .attached
            .get(&slot)
            .cloned()
            .ok_or(InjectError::NoSuchSim)?;
        let ra: Address = to.parse().map_err(InjectError::Originator)?;
        let tpdu = self
            .status_report(now, MessageRef(mr), ra, st)
            .encode()
            .map_err(InjectError::Encoding)?;
        self.enqueue(&msisdn, tpdu);
        Ok(())
    }

    fn submitted(&mut self, now: Instant, slot: usize, tpdu: &[u8]) {
        let verdict = match MoTpdu::decode(tpdu) {
            Ok(MoTpdu::Submit(submit)) => self.judge(now, slot, &submit),
            Ok(MoTpdu::Command(_)) => Verdict::Accepted,
            // 96: mandatory information element error (TS 24.011 clause 8.2.5.4).
            _ => Verdict::Refused(96),
        };
        self.out.push_back((slot, Downlink::Verdict(verdict)));
    }

    /// Decides what becomes of a submit, and sets in motion what follows from it.
    fn judge(&mut self, now: Instant, slot: usize, submit: &Submit) -> Verdict {
        let to = submit.da.to_string();
        let fate = if self.subscribers.contains_key(&to) {
            self.pass_on(now, slot, submit);
            Fate::default()
        } else {
            let attempts = self.attempts.get(&to).copied().unwrap_or(0);
            let ruled = if self.options.rules {
                rules::of_number(&to, attempts)
            } else {
                None
            };
            if ruled.is_some() {
                *self.attempts.entry(to.clone()).or_default() += 1;
            }
            match ruled {
                Some(fate) => fate,
                None => self.options.outcomes.draw(&mut self.rng),
            }
        };
        if fate.is_taken() && submit.srr {
            self.plan_reports(now, slot, submit, &fate);
        }
        if fate.is_taken() {
            self.plan_reply(now, slot, &to);
        }
        fate.verdict
    }

    /// A submit to a SIM of the bank arrives there.
    fn pass_on(&mut self, now: Instant, slot: usize, submit: &Submit) {
        let Some(oa) = self
            .attached
            .get(&slot)
            .and_then(|msisdn| msisdn.parse().ok())
        else {
            return;
        };
        let deliver = self.deliver(now, oa, submit.pid, submit.dcs, submit.ud.clone());
        let Ok(tpdu) = deliver.encode() else { return };
        self.at(
            now,
            Event::Mt {
                msisdn: submit.da.to_string(),
                tpdu,
            },
        );
    }

    fn deliver(&self, now: Instant, oa: Address, pid: Pid, dcs: Dcs, ud: UserData) -> Deliver {
        Deliver {
            mms: false,
            lp: false,
            rp: false,
            sri: false,
            oa,
            pid,
            dcs,
            scts: self.timestamp(now),
            ud,
        }
    }

    fn status_report(&self, now: Instant, mr: MessageRef, ra: Address, st: u8) -> StatusReport {
        StatusReport {
            mms: false,
            lp: false,
            srq: false,
            mr,
            ra,
            scts: self.timestamp(now),
            dt: self.timestamp(now),
            st: Status(st),
            pid: None,
            dcs: None,
            ud: None,
        }
    }

    fn plan_reports(&mut self, now: Instant, slot: usize, submit: &Submit, fate: &Fate) {
        let Some(msisdn) = self.attached.get(&slot).cloned() else {
            return;
        };
        for Report { after, st } in fate.reports(self.options.report_after) {
            let mut report = self.status_report(now, submit.mr, submit.da.clone(), st);
            report.dt = self.timestamp(now + after);
            if let Ok(tpdu) = report.encode() {
                self.at(
                    now + after,
                    Event::Mt {
                        msisdn: msisdn.clone(),
                        tpdu,
                    },
                );
            }
        }
        if fate.report_first {
            self.tick(now);
        }
    }

    fn plan_reply(&mut self, now: Instant, slot: usize, to: &str) {
        let (Some(replies), Some(msisdn)) = (&self.options.replies, self.attached.get(&slot))
        else {
            return;
        };
        if replies.texts.is_empty()
            || self.subscribers.contains_key(to)
            || !self.rng.random_bool(replies.share.clamp(0.0, 1.0))
        {
            return;
        }
        let text = replies.texts[self.rng.random_range(0..replies.texts.len())].clone();
        let (at, from, msisdn) = (now + replies.after, to.to_owned(), msisdn.clone());
        self.at(at, Event::Reply { from, msisdn, text });
    }

    fn at(&mut self, at: Instant, what: Event) {
        self.order += 1;
        self.due.push(Reverse(Due {
            at,
            order: self.order,
            what,
        }));
    }

    fn timestamp(&self, at: Instant) -> Timestamp {
        // Only a year beyond 2099 cannot be written; the epoch then stands for it.
        Timestamp::from_unix(self.clock.unix_seconds(at), ZONE_QUARTERS)
            .unwrap_or(Timestamp::from_octets([0; 7]))
    }

    fn enqueue(&mut self, msisdn: &str, tpdu: Vec<u8>) {
        let id = self.next_delivery;
        self.next_delivery += 1;
        if let Some(subscriber) = self.subscribers.get_mut(msisdn) {
            subscriber.enqueue(Delivery {
                id,
                attempt: 0,
                smsc: SMSC.to_owned(),
                tpdu,
            });
            self.offer(msisdn);
        }
    }

    /// Gives the SIM its oldest message, when it is there and has none in hand.
    fn offer(&mut self, msisdn: &str) {
        let Some(subscriber) = self.subscribers.get_mut(msisdn) else {
            return;
        };
        if let Some((slot, delivery)) = subscriber.offer() {
            self.out.push_back((slot, Downlink::Deliver(delivery)));
        }
    }

    fn retry_slot(&mut self, slot: usize) {
        if let Some(msisdn) = self.attached.get(&slot).cloned() {
            self.offer(&msisdn);
        }
    }

    fn acknowledged(&mut self, now: Instant, slot: usize, delivery: u64, cause: Option<u8>) {
        let Some(msisdn) = self.attached.get(&slot).cloned() else {
            return;
        };
        let Some(subscriber) = self.subscribers.get_mut(&msisdn) else {
            return;
        };
        if subscriber.settle(delivery, cause.is_none()) {
            self.offer(&msisdn);
        } else {
            self.at(now + self.options.redeliver_after, Event::Retry { msisdn });
        }
    }
}
