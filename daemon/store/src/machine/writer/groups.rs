//! Which jobs share a commit.

#[cfg(test)]
mod tests;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::{Job, Need, Order, WriterThread};

/// Jobs in one transaction.
const GROUP: usize = 512;
/// The longest that arrivals wait for a job whose commit they can join.
const COMPANY: Duration = Duration::from_millis(50);

/// Lets jobs into a transaction that has begun: once, and again as long as that takes those who are in
/// it no longer than the newcomers' own commit would take.
#[derive(Default)]
pub(super) struct Joining {
    since: Option<Instant>,
}

impl Joining {
    /// `sync`: how long a commit takes.
    pub(super) fn goes_on(&mut self, sync: Duration) -> bool {
        let now = Instant::now();
        match self.since {
            None => self.since = Some(now),
            Some(since) => return now.duration_since(since) <= sync,
        }
        true
    }
}

impl WriterThread {
    /// Waits for a job and takes what else is there; no jobs = time to index, or to look for
    /// space, or to stop.
    pub(super) fn next_group(&self) -> Vec<Box<dyn Job>> {
        let mut jobs = Vec::new();
        let patience = self.keeper.as_ref();
        let patience = patience.and_then(|keeper| keeper.patience(self.unindexed));
        if self.wait(patience, &mut jobs) {
            self.take_waiting(&mut jobs);
            self.find_company(&mut jobs);
        }
        jobs
    }

    /// Waits for one job, for so long; false = none came.
    fn wait(&self, time: Option<Duration>, jobs: &mut Vec<Box<dyn Job>>) -> bool {
        let order = match time {
            None => self.inbox.recv().ok(),
            Some(time) => match self.inbox.recv_timeout(time) {
                Err(mpsc::RecvTimeoutError::Timeout) => return false,
                order => order.ok(),
            },
        };
        self.take(order, jobs)
    }

    /// False = it stops here; so it does when nobody can give more.
    fn take(&self, order: Option<Order>, jobs: &mut Vec<Box<dyn Job>>) -> bool {
        match order {
            Some(Order::Job(job)) => jobs.push(job),
            Some(Order::Stop) | None => self.stopping.set(true),
        }
        !self.stopping.get()
    }

    /// Takes what waits by now, as far as the group has room.
    pub(super) fn take_waiting(&self, jobs: &mut Vec<Box<dyn Job>>) {
        while jobs.len() < GROUP && !self.stopping.get() {
            let Ok(order) = self.inbox.try_recv() else {
                return;
            };
            self.take(Some(order), jobs);
        }
    }

    /// Arrivals wait a moment for a job that is in a hurry: on a slow disk it would else come to a
    /// commit that has just begun without it.
    fn find_company(&self, jobs: &mut Vec<Box<dyn Job>>) {
        let until = Instant::now() + COMPANY.min(2 * self.sync);
        while jobs.iter().all(|job| job.need() == Need::Arrival) && jobs.len() < GROUP {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || !self.wait(Some(left), jobs) {
                return;
            }
            self.take_waiting(jobs);
        }
    }
}
