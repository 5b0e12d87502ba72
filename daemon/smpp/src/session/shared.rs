//! What the handle and the task share.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use model::UplinkTrouble;
use rusmpp::pdus;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::event::{NotTaken, State, Status};
use super::pace::{Rate, Throttle};

/// A submit that was taken and is not in the connection's buffer yet.
pub(crate) struct Queued {
    pub(crate) submission: u64,
    pub(crate) pdu: pdus::SubmitSm,
}

pub(crate) struct Shared {
    inner: Mutex<Inner>,
    /// Tells the task to look: queue, acknowledgements, stop.
    pub(crate) wake: Notify,
    /// Tells [`super::Link::stop`] that the task is through.
    pub(crate) ended: Notify,
}

pub(crate) struct Inner {
    pub(crate) state: State,
    pub(crate) bound_since: Option<SystemTime>,
    pub(crate) last_error: Option<(UplinkTrouble, String)>,
    /// Submits are taken: bound, and neither side is unbinding.
    pub(crate) accepting: bool,
    pub(crate) stopping: bool,
    pub(crate) ended: bool,
    window: usize,
    /// Taken, and the outcome not handed over yet. Bounds the queue, the window on the wire
    /// and the outcomes that wait for the owner.
    taken: usize,
    /// At most `window`, as each is in `taken`.
    queue: VecDeque<Queued>,
    rate: Option<Rate>,
    throttle: Throttle,
    /// Somebody was turned away and has to hear when there is room again.
    turned_away: bool,
    /// Answers by the owner. At most one for each `deliver_sm` handed over, as an `Ack`
    /// cannot be copied; emptied at each turn of the task.
    acks: Vec<(u64, bool)>,
}

impl Shared {
    pub(crate) fn new(window: usize, rate: Option<u32>) -> Self {
        let inner = Inner {
            state: State::Connecting,
            bound_since: None,
            last_error: None,
            accepting: false,
            stopping: false,
            ended: false,
            window,
            taken: 0,
            queue: VecDeque::new(),
            rate: rate.map(|per_second| Rate::new(per_second, Instant::now())),
            throttle: Throttle::default(),
            turned_away: false,
            acks: Vec::new(),
        };
        Self {
            inner: Mutex::new(inner),
            wake: Notify::new(),
            ended: Notify::new(),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics with the lock held; should it, the values are still sound.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn request_stop(&self) {
        self.lock().stopping = true;
        self.wake.notify_one();
    }
}

impl Inner {
    pub(crate) fn take(&mut self, queued: Queued, now: Instant) -> Result<(), NotTaken> {
        if self.stopping {
            return Err(NotTaken::Stopping);
        }
        if !self.accepting {
            return Err(NotTaken::NotBound);
        }
        let refused = if self.throttle.until(now).is_some() {
            Some(NotTaken::Paused)
        } else if self.taken >= self.window {
            Some(NotTaken::WindowFull)
        } else {
            // Last, as it uses a token up.
            let within = self.rate.as_mut().is_none_or(|rate| rate.take(now));
            (!within).then_some(NotTaken::Paused)
        };
        if let Some(why) = refused {
            self.turned_away = true;
            return Err(why);
        }
        self.taken += 1;
        self.queue.push_back(queued);
        Ok(())
    }

    pub(crate) fn next_queued(&mut self) -> Option<Queued> {
        self.queue.pop_front()
    }

    /// Takes no more and gives back what was not put into the connection's buffer.
    pub(crate) fn close(&mut self) -> VecDeque<Queued> {
        self.accepting = false;
        std::mem::take(&mut self.queue)
    }

    /// One outcome was handed over.
    pub(crate) fn release(&mut self) {
        self.taken = self.taken.saturating_sub(1);
    }

    pub(crate) fn accepted(&mut self) {
        self.throttle.accepted();
    }

    /// The SMSC throttled a submit. Should a pause begin, gives back what was not written.
    pub(crate) fn throttled(&mut self, sent_at: Instant, now: Instant) -> VecDeque<Queued> {
        if self.throttle.throttled(sent_at, now) {
            // Also without a submit turned away, the owner sees the pause and its end.
            self.turned_away = true;
            return std::mem::take(&mut self.queue);
        }
        VecDeque::new()
    }

    /// True, once, when somebody was turned away and would be taken now.
    pub(crate) fn look_again(&mut self, now: Instant) -> bool {
        let open = self.turned_away
            && self.accepting
            && self.taken < self.window
            && self.paused_until(now).is_none();
        if open {
            self.turned_away = false;
        }
        open
    }

    /// When to look whether a pause is over, if somebody waits for that.
    pub(crate) fn wake_at(&self, now: Instant) -> Option<Instant> {
        self.paused_until(now)
            .filter(|_| self.turned_away && self.accepting)
    }

    fn paused_until(&self, now: Instant) -> Option<Instant> {
        let rate = self
            .rate
            .as_ref()
            .map(Rate::ready_at)
            .filter(|at| *at > now);
        self.throttle.until(now).max(rate)
    }

    pub(crate) fn acknowledge(&mut self, ack: u64, ok: bool) {
        if self.accepting || matches!(self.state, State::Bound) {
            self.acks.push((ack, ok));
        }
    }

    pub(crate) fn take_acks(&mut self) -> Vec<(u64, bool)> {
        std::mem::take(&mut self.acks)
    }

    pub(crate) fn status(&self, now: Instant) -> Status {
        let throttled = self.throttle.until(now);
        let open = self.accepting && !self.stopping && throttled.is_none();
        let room = self.window.saturating_sub(self.taken);
        let rate = self.rate.as_ref();
        let rate = rate.map_or(usize::MAX, |rate| rate.available(now));
        Status {
            state: self.state,
            bound_since: self.bound_since,
            in_flight: self.taken,
            window: self.window,
            free: if open { room.min(rate) } else { 0 },
            rate_lets_at: (self.rate.as_ref())
                .map(Rate::ready_at)
                .filter(|at| *at > now),
            throttled_until: throttled.map(|until| SystemTime::now() + (until - now)),
            last_error: self.last_error.as_ref().map(|(_, why)| why.clone()),
            last_trouble: self.last_error.as_ref().map(|(trouble, _)| *trouble),
        }
    }
}
