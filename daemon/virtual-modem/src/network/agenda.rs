//! What the network has yet to do, and when.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::time::Instant;

use super::subscriber::Notify;

/// Events in the order of their times; those of one time in the order in which they were entered.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    due: BinaryHeap<Reverse<Due>>,
    entered: u64,
}

/// Something that the network does at its time.
#[derive(Debug)]
pub(super) enum Planned {
    /// A TPDU for the SIM of this number is there; its sender may want to know when it has arrived.
    Mt {
        msisdn: String,
        tpdu: Vec<u8>,
        notify: Option<Box<Notify>>,
    },
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

#[derive(Debug)]
struct Due {
    at: Instant,
    entered: u64,
    what: Planned,
}

impl Agenda {
    pub(super) fn enter(&mut self, at: Instant, what: Planned) {
        self.entered += 1;
        let entered = self.entered;
        self.due.push(Reverse(Due { at, entered, what }));
    }

    pub(super) fn next_at(&self) -> Option<Instant> {
        self.due.peek().map(|Reverse(due)| due.at)
    }

    /// The next event whose time has come.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Planned> {
        self.next_at().filter(|at| *at <= now)?;
        self.due.pop().map(|Reverse(due)| due.what)
    }
}

impl Due {
    fn key(&self) -> (Instant, u64) {
        (self.at, self.entered)
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}
