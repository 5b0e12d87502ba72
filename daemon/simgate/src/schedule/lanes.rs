//! The part of the queue that is in memory: the head of each lane. The rest is in the store.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::model::{KeyId, Lane, Priority, Queued, RowId, Time};

/// The most messages of one lane in memory; what is beyond is read when the lane runs low.
pub(crate) const WINDOW: usize = 128;
const LOW: usize = 32;

/// How deep a lane is searched for a message that a free SIM may carry, so that one that has
/// to wait for another SIM holds up nobody.
const SKIP: usize = 16;

/// The heads of all lanes.
#[derive(Default)]
pub(crate) struct Lanes {
    heads: HashMap<Lane, Head>,
    /// Rows in memory or in a SIM's hands: a refill that was read earlier must not bring them
    /// back.
    held: HashSet<RowId>,
    /// When each key was last served, in turns: who waited longest goes first.
    served: HashMap<KeyId, u64>,
    turn: u64,
}

#[derive(Default)]
struct Head {
    window: VecDeque<Queued>,
    /// The store may hold more than the window.
    more: bool,
    /// A refill is being read.
    reading: bool,
}

impl Lanes {
    /// Takes a message just accepted, or only notes that its lane has more.
    pub(crate) fn accept(&mut self, queued: Queued) {
        let head = self.heads.entry(queued.lane.clone()).or_default();
        // Behind messages that are still in the store it must not overtake them.
        if head.more || head.reading || head.window.len() >= WINDOW {
            head.more = true;
        } else if self.held.insert(queued.row) {
            head.window.push_back(queued);
        }
    }

    /// Notes that the store has (or may have) messages of this lane that are not in memory.
    pub(crate) fn mark(&mut self, lane: Lane) {
        self.heads.entry(lane).or_default().more = true;
    }

    /// The lanes to read from the store now; each is given once until [`Lanes::refill`].
    pub(crate) fn take_reads(&mut self) -> Vec<Lane> {
        let low = |head: &Head| head.more && !head.reading && head.window.len() < LOW;
        let mut lanes = Vec::new();
        for (lane, head) in self.heads.iter_mut().filter(|(_, head)| low(head)) {
            head.reading = true;
            head.more = false;
            lanes.push(lane.clone());
        }
        lanes
    }

    /// Takes what the store holds of a lane, from its beginning; `whole` = there is no more.
    pub(crate) fn refill(&mut self, lane: &Lane, read: Vec<Queued>, whole: bool) {
        let head = self.heads.entry(lane.clone()).or_default();
        head.reading = false;
        head.more |= !whole;
        for queued in read {
            if self.held.insert(queued.row) {
                head.window.push_back(queued);
            }
        }
        head.window
            .make_contiguous()
            .sort_by_key(|queued| (queued.due_at, queued.row));
    }

    /// A refill that failed: to be read again.
    pub(crate) fn refill_failed(&mut self, lane: &Lane) {
        let head = self.heads.entry(lane.clone()).or_default();
        head.reading = false;
        head.more = true;
    }

    /// The messages that may go next, best first: by class, then by the key that waited longest.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = &Queued> {
        let mut order: Vec<(Priority, u64, &Lane, &Head)> = self
            .heads
            .iter()
            .filter(|(_, head)| !head.window.is_empty())
            .map(|(lane, head)| (lane.priority, self.last_served(lane.key), lane, head))
            .collect();
        order.sort_by_key(|(priority, served, lane, head)| {
            (
                *priority,
                *served,
                lane.key,
                head.window.front().map(|queued| queued.row),
            )
        });
        order
            .into_iter()
            .flat_map(|(_, _, _, head)| head.window.iter().take(SKIP))
    }

    /// Takes one out for a SIM. It stays held until [`Lanes::release`].
    pub(crate) fn take(&mut self, lane: &Lane, row: RowId) -> Option<Queued> {
        let window = &mut self.heads.get_mut(lane)?.window;
        let at = window.iter().position(|queued| queued.row == row)?;
        self.turn += 1;
        self.served.insert(lane.key, self.turn);
        window.remove(at)
    }

    /// The SIM is done with it. If it is queued again, [`Lanes::mark`] its lane.
    pub(crate) fn release(&mut self, row: RowId) {
        self.held.remove(&row);
    }

    /// Forgets messages whose time is over; the store expires their rows.
    pub(crate) fn drop_expired(&mut self, now: Time) {
        for head in self.heads.values_mut() {
            head.window.retain(|queued| {
                let alive = queued.expires_at > now;
                if !alive {
                    self.held.remove(&queued.row);
                }
                alive
            });
        }
        self.heads
            .retain(|_, head| head.more || head.reading || !head.window.is_empty());
    }

    /// No message is waiting, in memory or, as far as known, in the store.
    pub(crate) fn is_empty(&self) -> bool {
        self.heads
            .values()
            .all(|head| head.window.is_empty() && !head.more)
    }

    fn last_served(&self, key: KeyId) -> u64 {
        self.served.get(&key).copied().unwrap_or(0)
    }
}
