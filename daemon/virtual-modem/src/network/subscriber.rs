//! What the network keeps for one SIM: the messages that wait, one of them in delivery.

use std::collections::VecDeque;

use crate::air::Delivery;

/// Messages kept for one SIM; the oldest are given up beyond it, as a service centre's validity would have it.
const KEPT: usize = 100_000;

/// A SIM as the network knows it.
#[derive(Debug, Default)]
pub(super) struct Subscriber {
    slot: Option<usize>,
    waiting: VecDeque<Delivery>,
    in_delivery: bool,
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

    pub(super) fn enqueue(&mut self, delivery: Delivery) {
        if self.waiting.len() == KEPT {
            self.waiting.pop_front();
        }
        self.waiting.push_back(delivery);
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The oldest message and where to; it stays in the queue until it is acknowledged.
    pub(super) fn offer(&mut self) -> Option<(usize, Delivery)> {
        let slot = self.slot.filter(|_| !self.in_delivery)?;
        let delivery = self.waiting.front_mut()?;
        delivery.attempt += 1;
        self.in_delivery = true;
        Some((slot, delivery.clone()))
    }

    /// Ends a delivery; true when the next one may follow at once.
    pub(super) fn settle(&mut self, id: u64, acknowledged: bool) -> bool {
        if !self.in_delivery
            || self
                .waiting
                .front()
                .is_none_or(|delivery| delivery.id != id)
        {
            return true;
        }
        self.in_delivery = false;
        if acknowledged {
            self.waiting.pop_front();
        }
        acknowledged
    }
}
