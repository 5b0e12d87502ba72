//! What is known of a bank, shared by its keeper and by who asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bank_wire::{BankStatus, Hello, SlotState, SlotStatus, Timing};
use model::Time;
use store::clock;
use tokio::sync::watch;

/// How a bank's controller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BankState {
    /// It is looked for: simgate has just started.
    Looking,
    /// It does as it is asked.
    Ready,
    /// It is not there, or gives no answer.
    Away,
    /// It speaks another version of the protocol.
    OtherVersion,
}

/// What was seen last.
#[derive(Clone, Debug)]
pub struct BankNow {
    pub state: BankState,
    /// What is wrong.
    pub why: Option<String>,
    pub since: Time,
    /// Who it is. What follows is as it was last, where the controller is away.
    pub hello: Option<Hello>,
    pub status: Option<BankStatus>,
    pub slots: BTreeMap<u8, SlotStatus>,
}

/// What is configured of each slot.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The modem of each slot, by its place; empty where there is none.
    pub(super) places: Vec<String>,
    pub(super) timing: Timing,
    pub(super) dark_ms: u16,
}

impl Plan {
    /// The slots that have a modem.
    pub(super) fn used(&self) -> impl Iterator<Item = u8> + '_ {
        let places = self.places.iter().zip(0..);
        places.filter_map(|(place, slot)| (!place.is_empty()).then_some(slot))
    }
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) plan: Plan,
    now: watch::Sender<BankNow>,
    /// What a person has switched off stays off until somebody switches it on.
    kept_off: Mutex<BTreeSet<u8>>,
}

impl Shared {
    pub(super) fn new(plan: Plan) -> Self {
        let now = BankNow {
            state: BankState::Looking,
            why: None,
            since: clock::now(),
            hello: None,
            status: None,
            slots: BTreeMap::new(),
        };
        Self {
            plan,
            now: watch::Sender::new(now),
            kept_off: Mutex::default(),
        }
    }

    pub(super) fn now(&self) -> watch::Receiver<BankNow> {
        self.now.subscribe()
    }

    pub(super) fn is_ready(&self) -> bool {
        self.now.borrow().state == BankState::Ready
    }

    pub(super) fn ready(&self, hello: Hello, status: BankStatus, slots: BTreeMap<u8, SlotStatus>) {
        self.now.send_replace(BankNow {
            state: BankState::Ready,
            why: None,
            since: clock::now(),
            hello: Some(hello),
            status: Some(status),
            slots,
        });
    }

    /// True when that is news.
    pub(super) fn lost(&self, state: BankState, why: &str) -> bool {
        self.now.send_if_modified(|now| {
            let known = now.state == state && now.why.as_deref() == Some(why);
            if now.state != state {
                now.since = clock::now();
            }
            now.state = state;
            now.why = Some(why.to_owned());
            !known
        })
    }

    pub(super) fn seen(&self, status: BankStatus) {
        self.now.send_modify(|now| now.status = Some(status));
    }

    /// A slot is so now; a fault that is new is given back.
    pub(super) fn slot_seen(&self, status: SlotStatus) -> Option<bank_wire::Fault> {
        let mut fault = None;
        self.now.send_if_modified(|now| {
            let before = now.slots.insert(status.slot, status);
            let before = before.map(|before| before.state);
            if let SlotState::Fault(of) = status.state
                && before != Some(status.state)
            {
                fault = Some(of);
            }
            before != Some(status.state)
        });
        fault
    }

    pub(super) fn keep_off(&self, slot: u8, off: bool) {
        if off {
            self.kept_off().insert(slot);
        } else {
            self.kept_off().remove(&slot);
        }
    }

    pub(super) fn is_kept_off(&self, slot: u8) -> bool {
        self.kept_off().contains(&slot)
    }

    fn kept_off(&self) -> MutexGuard<'_, BTreeSet<u8>> {
        self.kept_off.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
