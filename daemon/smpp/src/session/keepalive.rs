//! When to send `enquire_link`, and when the peer is dead.

use std::time::Duration;

use tokio::time::Instant;

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    Send,
    Dead,
}

/// `enquire_link` at an interval, busy or not: a peer that accepts submits and no longer
/// answers is found too.
#[derive(Debug)]
pub(crate) struct Keepalive {
    interval: Duration,
    timeout: Duration,
    due_at: Instant,
    waiting: Option<(u32, Instant)>,
}

impl Keepalive {
    pub(crate) fn new(interval: Duration, timeout: Duration, now: Instant) -> Self {
        // At zero it would send without end.
        let interval = interval.max(Duration::from_millis(10));
        Self {
            interval,
            timeout,
            due_at: now + interval,
            waiting: None,
        }
    }

    pub(crate) fn due(&self, now: Instant) -> Due {
        match self.waiting {
            Some((_, until)) if until <= now => Due::Dead,
            None if self.due_at <= now => Due::Send,
            _ => Due::Nothing,
        }
    }

    pub(crate) fn wake_at(&self) -> Instant {
        self.waiting.map_or(self.due_at, |(_, until)| until)
    }

    pub(crate) fn sent(&mut self, sequence: u32, now: Instant) {
        self.due_at = now + self.interval;
        self.waiting = Some((sequence, now + self.timeout));
    }

    /// True when `sequence` was the one awaited.
    pub(crate) fn answered(&mut self, sequence: u32) -> bool {
        let ours = self.waiting.is_some_and(|(awaited, _)| awaited == sequence);
        if ours {
            self.waiting = None;
        }
        ours
    }

    /// Nothing is read at present, so an answer cannot be seen: that is not the peer's fault.
    pub(crate) fn excuse(&mut self, now: Instant) {
        if let Some((_, until)) = &mut self.waiting {
            *until = now + self.timeout;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sends_waits_and_gives_up() {
        let t0 = Instant::now();
        let second = Duration::from_secs(1);
        let mut keepalive = Keepalive::new(10 * second, 3 * second, t0);
        assert_eq!(keepalive.due(t0 + 9 * second), Due::Nothing);
        assert_eq!(keepalive.due(t0 + 10 * second), Due::Send);
        keepalive.sent(7, t0 + 10 * second);
        assert!(!keepalive.answered(6));
        assert_eq!(keepalive.due(t0 + 13 * second), Due::Dead);
        keepalive.excuse(t0 + 12 * second);
        assert_eq!(keepalive.due(t0 + 14 * second), Due::Nothing);
        assert!(keepalive.answered(7));
        assert_eq!(keepalive.wake_at(), t0 + 20 * second);
    }
}
