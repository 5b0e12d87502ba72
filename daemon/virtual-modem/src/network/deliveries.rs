//! From the network to the SIMs: messages from outside, their queue, and its acknowledgements.

use std::time::Instant;

use tpdu::{
    Address, ConcatRef, Dcs, Deliver, EncodeError, MessageRef, Pid, Status, StatusReport,
    TextError, TextOptions, Timestamp, UserData,
};

use crate::air::{Delivery, Downlink};
use crate::modem::ZONE_QUARTERS;
use crate::sim::SMSC;

use super::Network;
use super::agenda::Planned;
use super::subscriber::{Notify, Settled, Waiting};

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
    /// Reference that the parts share, so that those of another injection join them; the next one when left out.
    pub reference: Option<u8>,
}

/// A message that was injected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injected {
    /// Its deliveries carry it in the air log.
    pub id: u64,
    /// The number of the SIM that gets it.
    pub to: String,
    /// How many parts it has.
    pub parts: usize,
}

/// Where something for a SIM comes from.
enum Origin {
    Injection(u64),
    /// From the network or another SIM, which may want to know when it has arrived.
    Network(Option<Box<Notify>>),
}

impl Network {
    /// Sends a message to a SIM of the bank.
    pub fn inject(
        &mut self,
        now: Instant,
        msisdn: &str,
        injection: &Injection,
    ) -> Result<Injected, InjectError> {
        if !self.subscribers.contains_key(msisdn) {
            return Err(InjectError::NoSuchSim);
        }
        let oa: Address = injection.from.parse().map_err(InjectError::Originator)?;
        let plan = tpdu::plan(&injection.text, &TextOptions::default())?;
        let reference = injection.reference.unwrap_or_else(|| {
            self.next_concat = self.next_concat.wrapping_add(1);
            self.next_concat
        });
        let parts = plan.user_data(ConcatRef::Eight(reference));
        let all: Vec<usize> = (1..=parts.len()).collect();
        let wanted = if injection.parts.is_empty() {
            &all
        } else {
            &injection.parts
        };
        let id = self.next_injection;
        self.next_injection += 1;
        for number in wanted {
            let ud = number
                .checked_sub(1)
                .and_then(|index| parts.get(index))
                .ok_or(InjectError::Part(*number))?;
            let deliver = self.deliver(now, oa.clone(), (Pid::NORMAL, plan.dcs), ud.clone());
            let tpdu = deliver.encode().map_err(InjectError::Encoding)?;
            self.enqueue_as(msisdn, tpdu, Origin::Injection(id));
        }
        Ok(Injected {
            id,
            to: msisdn.to_owned(),
            parts: wanted.len(),
        })
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
        let report = self.status_report(now, MessageRef(mr), ra, Status(st));
        let tpdu = report.encode().map_err(InjectError::Encoding)?;
        self.enqueue_as(&msisdn, tpdu, Origin::Network(None));
        Ok(())
    }

    /// An SMS-DELIVER that the service centre took at `at`.
    pub(super) fn deliver(
        &self,
        at: Instant,
        oa: Address,
        (pid, dcs): (Pid, Dcs),
        ud: UserData,
    ) -> Deliver {
        let scts = self.timestamp(at);
        Deliver {
            mms: true,
            lp: false,
            rp: false,
            sri: false,
            oa,
            pid,
            dcs,
            scts,
            ud,
        }
    }

    /// An SMS-STATUS-REPORT on a message that the service centre took at `at`, and discharged there and then.
    pub(super) fn status_report(
        &self,
        at: Instant,
        mr: MessageRef,
        ra: Address,
        st: Status,
    ) -> StatusReport {
        let scts = self.timestamp(at);
        StatusReport {
            mms: true,
            lp: false,
            srq: false,
            mr,
            ra,
            scts,
            dt: scts,
            st,
            pid: None,
            dcs: None,
            ud: None,
        }
    }

    pub(super) fn timestamp(&self, at: Instant) -> Timestamp {
        // Only a year beyond 2099 cannot be written; zeros then stand for it.
        Timestamp::from_unix(self.clock.unix_seconds(at), ZONE_QUARTERS)
            .unwrap_or(Timestamp::from_octets([0; 7]))
    }

    pub(super) fn enqueue(&mut self, msisdn: &str, tpdu: Vec<u8>, notify: Option<Box<Notify>>) {
        self.enqueue_as(msisdn, tpdu, Origin::Network(notify));
    }

    fn enqueue_as(&mut self, msisdn: &str, tpdu: Vec<u8>, origin: Origin) {
        let (injection, notify) = match origin {
            Origin::Injection(id) => (Some(id), None),
            Origin::Network(notify) => (None, notify),
        };
        let id = self.next_delivery;
        self.next_delivery += 1;
        if let Some(subscriber) = self.subscribers.get_mut(msisdn) {
            let delivery = Delivery {
                id,
                attempt: 0,
                injection,
                smsc: SMSC.to_owned(),
                tpdu,
            };
            subscriber.enqueue(Waiting { delivery, notify });
            self.offer(msisdn);
        }
    }

    /// Gives the SIM its oldest message, when it is there and has none in hand.
    pub(super) fn offer(&mut self, msisdn: &str) {
        let Some(subscriber) = self.subscribers.get_mut(msisdn) else {
            return;
        };
        if let Some((slot, delivery)) = subscriber.offer() {
            self.out.push_back((slot, Downlink::Deliver(delivery)));
        }
    }

    pub(super) fn acknowledged(
        &mut self,
        now: Instant,
        slot: usize,
        delivery: u64,
        accepted: bool,
    ) {
        let Some(msisdn) = self.attached.get(&slot).cloned() else {
            return;
        };
        let Some(subscriber) = self.subscribers.get_mut(&msisdn) else {
            return;
        };
        match subscriber.settle(delivery, accepted) {
            Settled::Arrived(notify) => {
                if let Some(notify) = notify {
                    self.notify(now, *notify);
                }
                self.offer(&msisdn);
            }
            Settled::Refused => self.agenda.enter(
                now + self.options.redeliver_after,
                Planned::Retry { msisdn },
            ),
            Settled::Unknown => self.offer(&msisdn),
        }
    }

    /// A message between two SIMs has arrived: its sender gets the report.
    fn notify(&mut self, now: Instant, notify: Notify) {
        let Notify { msisdn, mut report } = notify;
        let at = now + self.options.report_after;
        report.dt = self.timestamp(now);
        if let Ok(tpdu) = report.encode() {
            self.agenda.enter(
                at,
                Planned::Mt {
                    msisdn,
                    tpdu,
                    notify: None,
                },
            );
        }
    }
}
