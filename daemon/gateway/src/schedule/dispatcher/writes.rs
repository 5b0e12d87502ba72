//! What the dispatcher has written, and what follows where that fails.

use std::time::Duration;

use model::{Queued, State, Time};
use store::{Progress, StoreError};
use tokio::time::Instant;

use super::{Dispatcher, RETRY};
use crate::schedule::slot::{Job, Slot};
use crate::schedule::write::{Hold, Write};

/// How long a message rests whose rows are damaged, so that those behind it get their turn. At
/// two claims a second no more than 1200 rest at once.
const ASIDE: Duration = Duration::from_mins(10);

impl Dispatcher {
    pub(in crate::schedule) fn write(&mut self, write: Write) {
        if let Some(write) = self.in_order.admit(write) {
            self.write_after(Duration::ZERO, write);
        }
    }

    /// Hands what is admitted to the store.
    pub(super) fn write_after(&mut self, wait: Duration, write: Write) {
        let store = self.store.clone();
        self.writes.push(Box::pin(async move {
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            let result = store.queue().advance(write.steps.clone()).await;
            (write, result)
        }));
    }

    pub(super) fn written(&mut self, write: Write, result: Result<Progress, StoreError>) {
        if let Err(error) = &result
            && !error.is_damage()
            && write.must_be_written()
        {
            // What went on the air is known only here until it is written.
            if !error.is_told() {
                tracing::error!(%error, "cannot record what was sent; trying again");
            }
            return self.write_after(RETRY, write);
        }
        self.in_order.end(&write);
        match result {
            Ok(done) => self.advanced(write, done),
            Err(error) if error.is_damage() => self.damaged(write),
            Err(error) => {
                if !error.is_told() {
                    tracing::error!(%error, "cannot claim a message; sending rests for a moment");
                }
                self.rest_from_claims();
                if let Some(starts) = write.starts {
                    self.give_back(&starts);
                }
            }
        }
        while let Some(next) = self.in_order.take_next() {
            self.write_after(Duration::ZERO, next);
        }
    }

    /// The store took nothing: neither would it the next claim.
    pub(in crate::schedule) fn rest_from_claims(&mut self) {
        self.paused_until = Instant::now() + RETRY;
    }

    /// The rows that these steps need are on a page that is lost. A message that cannot be claimed
    /// goes aside; what was sent stays `sending` on the disk, from which a start makes `uncertain`.
    fn damaged(&mut self, write: Write) {
        self.paused_until = Instant::now() + RETRY;
        if let Some(row) = write.holds {
            self.lanes.release_withheld(row);
        }
        let (settles, starts) = write.split();
        if let Some(starts) = starts {
            if let Some(queued) = self.take_back(&starts) {
                // Its row stays held, so that no refill brings it back.
                let until = Instant::now() + ASIDE;
                self.aside.push_back((until, queued.row, queued.lane));
            }
            if let Some(settles) = settles {
                // Before what waits behind it.
                self.in_order.begin(&settles);
                self.write_after(Duration::ZERO, settles);
            }
        } else if let Some((settled, _)) = settles.and_then(|write| write.settled) {
            let (message, carrier) = (settled.id, settled.carrier);
            tracing::error!(%message, %carrier, "what became of it cannot be recorded");
        }
    }

    /// Takes a message out of its carrier's hands that was cancelled or expired in the meantime, or of
    /// which another part is next than the one in hand: that is read anew.
    pub(in crate::schedule) fn let_go(&mut self, starts: &Hold, state: Option<State>) {
        if let Some(queued) = self.take_back(starts) {
            self.lanes.release(queued.row);
            if state == Some(State::Queued) {
                self.lanes.mark_from(queued.lane, Time::ZERO);
            }
        }
    }

    /// Takes a message that could not be claimed out of its carrier's hands.
    fn give_back(&mut self, starts: &Hold) {
        let slot = self.slots.get_mut(&starts.carrier);
        if let Some((hand, sim)) = slot.and_then(Slot::as_sim_mut)
            && hand.job(starts.row).is_some_and(Job::has_begun)
        {
            // On disk it is still between two parts. Its modem is not kept at the prompt.
            sim.parked.extend(hand.take(starts.row));
            return self.keep_parked(&starts.carrier);
        }
        if let Some(queued) = self.take_back(starts) {
            self.lanes.release(queued.row);
            self.lanes.mark_from(queued.lane, queued.due_at);
        }
    }

    fn take_back(&mut self, starts: &Hold) -> Option<Queued> {
        Some(self.slots.take(starts)?.queued)
    }
}
