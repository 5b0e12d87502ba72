//! Deliveries whose commit took longer than their answer may: the session has told the SMSC to
//! deliver them again, and they are stored all the same.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use smpp::{Arrival, DeliverSm};
use tokio::time::Instant;

/// Remembered after their commit; of more the oldest is forgotten, and would be stored twice.
const MOST: usize = 256;

/// What may be delivered again in the same session.
pub(super) struct Overdue {
    response_timeout: Duration,
    /// Being stored, in the order in which they came.
    open: VecDeque<(u64, Instant)>,
    /// Stored, but too late.
    late: VecDeque<u64>,
}

impl Overdue {
    pub(super) fn new(response_timeout: Duration) -> Self {
        Self {
            response_timeout,
            open: VecDeque::new(),
            late: VecDeque::new(),
        }
    }

    /// Whether this was delivered before and is expected again.
    pub(super) fn take(&mut self, deliver: &DeliverSm) -> bool {
        let hash = hash(deliver);
        if let Some(at) = self.late.iter().position(|late| *late == hash) {
            self.late.remove(at);
            return true;
        }
        let is_late = |(open, since): &(u64, Instant)| *open == hash && self.is_late(*since);
        self.open.iter().any(is_late)
    }

    /// It is being stored from now on.
    pub(super) fn begin(&mut self, deliver: &DeliverSm, arrival: Arrival) {
        self.open.push_back((hash(deliver), arrival.since));
    }

    /// The first that is being stored is.
    pub(super) fn end(&mut self) {
        let Some((hash, since)) = self.open.pop_front() else {
            return;
        };
        if self.is_late(since) {
            if self.late.len() == MOST {
                self.late.pop_front();
            }
            self.late.push_back(hash);
        }
    }

    fn is_late(&self, since: Instant) -> bool {
        since.elapsed() >= self.response_timeout
    }
}

fn hash(deliver: &DeliverSm) -> u64 {
    let mut hasher = DefaultHasher::new();
    deliver.source.addr.hash(&mut hasher);
    deliver.destination.addr.hash(&mut hasher);
    (deliver.esm_class, deliver.data_coding).hash(&mut hasher);
    deliver.short_message.hash(&mut hasher);
    deliver.message_payload.hash(&mut hasher);
    deliver.sar.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn only_what_was_answered_too_late_is_expected_again() {
        let timeout = Duration::from_secs(5);
        let mut overdue = Overdue::new(timeout);
        let message = |text: &str| DeliverSm {
            short_message: text.as_bytes().to_vec(),
            ..DeliverSm::default()
        };
        let at = SystemTime::now();
        let arrival = |since| Arrival {
            at,
            since,
            bound_since: at,
        };
        let now = Instant::now();
        let long_ago = now.checked_sub(timeout).unwrap();
        overdue.begin(&message("quick"), arrival(now));
        assert!(!overdue.take(&message("quick")));
        overdue.begin(&message("slow"), arrival(long_ago));
        // Again while the first is being stored still, and once after.
        assert!(overdue.take(&message("slow")));
        overdue.end();
        overdue.end();
        assert!(!overdue.take(&message("quick")));
        assert!(overdue.take(&message("slow")));
        assert!(!overdue.take(&message("slow")));
    }
}
