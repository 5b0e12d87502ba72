//! Deliveries that are stored and whose SMSC has no answer: the commit took longer than that may, or
//! the bind went down before it. They come again.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, SystemTime};

use smpp::{Arrival, DeliverSm};

/// Remembered after their commit; of more the oldest is forgotten, and would be stored twice.
const MOST: usize = 256;

/// What has to be delivered again.
pub(super) struct Overdue {
    response_timeout: Duration,
    /// Being stored, in the order in which they came.
    open: VecDeque<(u64, Arrival)>,
    /// Stored, but not answered.
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
    pub(super) fn take(&mut self, deliver: &DeliverSm, arrival: Arrival) -> bool {
        let hash = hash(deliver);
        if let Some(at) = self.late.iter().position(|late| *late == hash) {
            self.late.remove(at);
            return true;
        }
        let is_lost = |(open, first): &(u64, Arrival)| {
            let cut_off = first.bound_since != arrival.bound_since;
            *open == hash && (cut_off || self.is_late(*first))
        };
        self.open.iter().any(is_lost)
    }

    /// It is being stored from now on.
    pub(super) fn begin(&mut self, deliver: &DeliverSm, arrival: Arrival) {
        self.open.push_back((hash(deliver), arrival));
    }

    /// The first that is being stored is. `bound_since`: of the bind that is up now, if one is; no
    /// other takes the answer. Not `stored`: what comes again is the first for the store.
    pub(super) fn end(&mut self, bound_since: Option<SystemTime>, stored: bool) {
        let Some((hash, arrival)) = self.open.pop_front() else {
            return;
        };
        let unanswered = self.is_late(arrival) || bound_since != Some(arrival.bound_since);
        if stored && unanswered {
            if self.late.len() == MOST {
                self.late.pop_front();
            }
            self.late.push_back(hash);
        }
    }

    fn is_late(&self, arrival: Arrival) -> bool {
        arrival.since.elapsed() >= self.response_timeout
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
    use tokio::time::Instant;

    use super::*;

    #[test]
    fn only_what_was_not_answered_in_time_is_expected_again() {
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
            sequence: 1,
            counts_on: false,
        };
        let now = Instant::now();
        let long_ago = now.checked_sub(timeout).unwrap();
        overdue.begin(&message("quick"), arrival(now));
        assert!(!overdue.take(&message("quick"), arrival(now)));
        overdue.begin(&message("slow"), arrival(long_ago));
        // Again while the first is being stored still, and once after.
        assert!(overdue.take(&message("slow"), arrival(now)));
        overdue.end(Some(at), true);
        overdue.end(Some(at), true);
        assert!(!overdue.take(&message("quick"), arrival(now)));
        assert!(overdue.take(&message("slow"), arrival(now)));
        assert!(!overdue.take(&message("slow"), arrival(now)));
        // Its bind is gone, and so is its right to an answer.
        for bound_since in [None, Some(at + timeout)] {
            overdue.begin(&message("cut off"), arrival(now));
            overdue.end(bound_since, true);
            assert!(overdue.take(&message("cut off"), arrival(now)));
            assert!(!overdue.take(&message("cut off"), arrival(now)));
        }
        // What was not stored is new when it comes again.
        overdue.begin(&message("not stored"), arrival(long_ago));
        overdue.end(None, false);
        assert!(!overdue.take(&message("not stored"), arrival(now)));
    }
}
