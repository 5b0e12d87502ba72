//! Requests without an answer.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

/// How many timed-out requests are remembered for a late answer. The oldest is forgotten
/// first: its answer is then only logged.
const LATE_MAX: usize = 1000;

/// One request that went to the connection.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) submission: u64,
    /// Where in the stream of octets the PDU starts.
    pub(crate) starts_at: u64,
    pub(crate) sent_at: Instant,
}

/// Requests by sequence number. As many as the owner lets in; the session lets in its window.
#[derive(Debug)]
pub(crate) struct Window {
    timeout: Duration,
    pending: HashMap<u32, Pending>,
    /// When each ends, first first. Absolute: nothing prolongs it.
    deadlines: BTreeSet<(Instant, u32)>,
    late: HashMap<u32, u64>,
    late_order: VecDeque<u32>,
}

impl Window {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            pending: HashMap::new(),
            deadlines: BTreeSet::new(),
            late: HashMap::new(),
            late_order: VecDeque::new(),
        }
    }

    pub(crate) fn insert(&mut self, sequence: u32, pending: Pending) {
        self.deadlines
            .insert((pending.sent_at + self.timeout, sequence));
        self.pending.insert(sequence, pending);
    }

    pub(crate) fn take(&mut self, sequence: u32) -> Option<Pending> {
        let pending = self.pending.remove(&sequence)?;
        self.deadlines
            .remove(&(pending.sent_at + self.timeout, sequence));
        Some(pending)
    }

    /// The next request whose time is up; it is remembered for a late answer.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<u64> {
        let (_, sequence) = *self.deadlines.first().filter(|(until, _)| *until <= now)?;
        let submission = self.take(sequence)?.submission;
        if self.late_order.len() == LATE_MAX
            && let Some(oldest) = self.late_order.pop_front()
        {
            self.late.remove(&oldest);
        }
        self.late.insert(sequence, submission);
        self.late_order.push_back(sequence);
        Some(submission)
    }

    pub(crate) fn take_late(&mut self, sequence: u32) -> Option<u64> {
        let submission = self.late.remove(&sequence)?;
        self.late_order.retain(|late| *late != sequence);
        Some(submission)
    }

    pub(crate) fn wake_at(&self) -> Option<Instant> {
        self.deadlines.first().map(|(until, _)| *until)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// All that are left, in the order they were sent.
    pub(crate) fn drain(&mut self) -> Vec<Pending> {
        self.deadlines.clear();
        let mut left: Vec<_> = self.pending.drain().map(|(_, pending)| pending).collect();
        left.sort_by_key(|pending| pending.starts_at);
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_answer_is_known_once_and_not_for_ever() {
        let t0 = Instant::now();
        let mut window = Window::new(Duration::from_secs(1));
        for sequence in 1..=1001 {
            let submission = u64::from(sequence) + 5000;
            window.insert(
                sequence,
                Pending {
                    submission,
                    starts_at: 0,
                    sent_at: t0,
                },
            );
        }
        assert_eq!(window.expire(t0), None);
        let end = t0 + Duration::from_secs(1);
        while window.expire(end).is_some() {}
        assert!(window.is_empty() && window.wake_at().is_none());
        assert_eq!(window.take_late(1), None, "the oldest was forgotten");
        assert_eq!(window.take_late(2), Some(5002));
        assert_eq!(window.take_late(2), None);
    }
}
