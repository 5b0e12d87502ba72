//! The lanes against a store that is a list, and against what should be picked if all of it
//! were in memory.

mod events;
mod picking;
mod reading;

use std::collections::BTreeMap;

use super::*;
use crate::schedule::awaiting::Awaiting;
use crate::schedule::fixture::{free, scene, sim, traits};
use crate::schedule::pick::{Candidate, SimTraits, pick};
use model::Carrier;

const NOW: Time = Time(1_000_000);

fn message(row: i64) -> Queued {
    Queued::sample(row)
}

/// What is queued, as the store has it, and the lanes that read it.
#[derive(Default)]
struct Queue {
    stored: BTreeMap<Place, Queued>,
    lanes: Lanes,
    /// Rows of the store that reads have looked at.
    looked_at: usize,
}

impl Queue {
    fn of(messages: impl IntoIterator<Item = Queued>) -> Self {
        let mut queue = Self::default();
        for message in messages {
            queue.lanes.mark_from(message.lane.clone(), BEGINNING.0);
            queue.stored.insert(message.place(), message);
        }
        queue
    }

    /// Accepted while the scheduler runs.
    fn accept(&mut self, message: Queued) {
        self.stored.insert(message.place(), message.clone());
        self.lanes.accept(message);
    }

    /// As `store::queue` does it, but a step at a time.
    fn scan(&mut self, lane: &Lane, mut scan: Scan) -> Scanned {
        let mut scanned = Scanned::default();
        let (after, now) = (scan.after.unwrap_or(BEGINNING), scan.now);
        let rows = self.stored.values().filter(|message| {
            message.lane == *lane && message.due_at <= now && message.place() > after
        });
        for (count, message) in rows.enumerate() {
            self.looked_at += 1;
            let (needs, place) = (message.needs(), message.place());
            if !scan.leaves_out(place, &mut scanned) && scan.takes(needs, place, &mut scanned) {
                scanned.found.push(message.clone());
            }
            if count == 300 || scanned.found.len() == scan.limit || scan.is_full() {
                scanned.end = Some(message.place());
                break;
            }
        }
        scanned
    }

    /// Reads until nothing more is wanted.
    fn read(&mut self, now: Time) {
        for _ in 0..10_000 {
            let reads = self.lanes.take_reads(now);
            if reads.is_empty() {
                return;
            }
            for (lane, scan) in reads {
                let scanned = self.scan(&lane, scan);
                self.lanes.refill(&lane, scanned);
            }
        }
        panic!("reads without end");
    }

    fn send_one(&mut self, sims: &[Candidate<'_>]) -> Option<i64> {
        self.read(NOW);
        let next = pick(&self.lanes, &scene(sims.to_vec(), NOW))?;
        let taken = self.lanes.take(&next.lane, next.row).unwrap();
        self.stored.remove(&taken.place());
        self.lanes.release(taken.row);
        Some(taken.row.0)
    }

    fn send_all(&mut self, sims: &[Candidate<'_>]) -> Vec<i64> {
        std::iter::from_fn(|| self.send_one(sims)).collect()
    }

    /// A SIM is done with a message.
    fn let_go(&mut self, taken: &Taken) {
        match taken.claim {
            Claim::Asked => {
                self.lanes.release(taken.one.row);
                let (lane, due_at) = (taken.one.lane.clone(), taken.one.due_at);
                self.lanes.mark_from(lane, due_at);
            }
            Claim::Committed | Claim::Answered => {
                self.lanes.claimed(taken.one.row);
                self.lanes.release(taken.one.row);
            }
        }
    }

    /// The claim is in the store.
    fn commit(&mut self, taken: &mut Taken) {
        if taken.claim == Claim::Asked {
            self.stored.remove(&taken.one.place());
            taken.claim = Claim::Committed;
        }
    }

    fn in_memory(&self) -> usize {
        let lines = self
            .lanes
            .heads
            .values()
            .flat_map(|head| head.lines.values());
        lines.map(|line| line.waiting.len()).sum()
    }
}

/// A message in a SIM's hands.
struct Taken {
    one: Queued,
    claim: Claim,
    /// Evidence has put it back.
    again: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Claim {
    Asked,
    Committed,
    Answered,
}

fn up<'a>(carrier: &'a Carrier, awaiting: &'a Awaiting) -> Candidate<'a> {
    Candidate {
        sim: Some(SimTraits {
            awaiting,
            ..traits()
        }),
        ..free(carrier)
    }
}
