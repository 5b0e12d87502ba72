//! The lanes' windows are read from the store.

use std::sync::Arc;

use model::{Classifier, Lane, Time};
use store::{Scan, Scanned, StoreError, clock};
use tokio::time::Instant;

use super::{Dispatcher, RETRY};

impl Dispatcher {
    /// The routes have changed, the hours of one, or times in the store: whatever waits is read anew.
    pub(in crate::schedule) fn rerouted(&mut self, now: Time) {
        self.epoch += 1;
        self.reroute_at = self.router.changes_at(now);
        self.lanes.forget();
    }

    pub(super) fn read_lanes(&mut self) {
        if self.paused_until > Instant::now() {
            return;
        }
        let now = Instant::now();
        while let Some((_, row, lane)) = self.aside.pop_front_if(|(until, ..)| *until <= now) {
            self.lanes.release(row);
            self.lanes.mark_from(lane, Time::ZERO);
        }
        let wall = clock::now();
        let reads = self.lanes.take_reads(wall);
        if reads.is_empty() {
            return;
        }
        let (router, epoch) = (Arc::clone(&self.router), self.epoch);
        let classifier = Classifier::new(move |lane, to| router.classify(lane, to, wall));
        for (lane, scan) in reads {
            let store = self.store.clone();
            let classifier = classifier.clone();
            let scan = Scan { classifier, ..scan };
            self.reads.push(Box::pin(async move {
                let read = store.queue().scan(&lane, scan).await;
                (lane, epoch, read)
            }));
        }
    }

    pub(super) fn read(&mut self, lane: &Lane, epoch: u64, result: Result<Scanned, StoreError>) {
        if epoch != self.epoch {
            return;
        }
        match result {
            Ok(scanned) => self.lanes.refill(lane, scanned),
            // The clock's keeper has the lane looked at again.
            Err(error) if error.is_damage() => self.lanes.refill_damaged(lane),
            Err(error) => {
                if !error.is_told() {
                    tracing::error!(%error, "cannot read waiting messages; trying again");
                }
                self.lanes.refill_failed(lane);
                self.paused_until = Instant::now() + RETRY;
            }
        }
    }
}
