//! What the network keeps for one SIM: the messages that wait, one of them in delivery.

use std::collections::VecDeque;

use tpdu::StatusReport;

use crate::air::Delivery;

/// Messages kept for one SIM; the oldest are given up beyond it, as a service centre's validity would have it.
const KEPT: usize = 100_000;

/// A SIM as the network knows it.
#[derive(Debug, Default)]
pub(super) struct Subscriber {
    slot: Option<usize>,
    waiting: VecDeque<Waiting>,
    in_delivery: bool,
}

/// A message that waits, and who wants to know when it has arrived.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) delivery: Delivery,
    pub(super) notify: Option<Box<Notify>>,
}

/// The sender's number and the status report for it, but for TP-DT.
#[derive(Debug)]
pub(super) struct Notify {
    pub(super) msisdn: String,
    pub(super) report: StatusReport,
}

/// What became of an acknowledgement.
#[derive(Debug)]
pub(super) enum Settled {
    /// The message has arrived; the next one may follow at once.
    Arrived(Option<Box<Notify>>),
    /// It must be tried again.
    Refused,
    /// It belongs to no delivery that is open.
    Unknown,
}

impl Subscriber {
    pub(super) fn attach(&mut self, slot: usize) {
        self.slot = Some(slot);
        self.in_delivery = false;
    }

    pub(super) fn detach(&mut self, slot: usize) {
        if self.slot == Some(slot) {
            self.slot = None;
            self.in_delivery = false;
        }
    }

    pub(super) fn enqueue(&mut self, message: Waiting) {
        if self.waiting.len() == KEPT {
            self.waiting.pop_front();
        }
        self.waiting.push_back(message);
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The oldest message and where to; it stays in the queue until it is acknowledged.
    pub(super) fn offer(&mut self) -> Option<(usize, Delivery)> {
        let slot = self.slot.filter(|_| !self.in_delivery)?;
        let Waiting { delivery, .. } = self.waiting.front_mut()?;
        delivery.attempt += 1;
        self.in_delivery = true;
        Some((slot, delivery.clone()))
    }

    /// Ends a delivery.
    pub(super) fn settle(&mut self, id: u64, acknowledged: bool) -> Settled {
        let open = self.in_delivery
            && self
                .waiting
                .front()
                .is_some_and(|waiting| waiting.delivery.id == id);
        if !open {
            return Settled::Unknown;
        }
        self.in_delivery = false;
        if !acknowledged {
            return Settled::Refused;
        }
        Settled::Arrived(self.waiting.pop_front().and_then(|waiting| waiting.notify))
    }
}
