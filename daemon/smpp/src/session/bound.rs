//! The bound session: one loop over its connections, its owner and its timers.

use std::time::Duration;

use model::UplinkTrouble;
use rusmpp::Pdu;
use tokio::time::{Instant, sleep_until};

use super::codec::FrameError;
use super::conn::{Conn, Moved, keepalive_at, next_moved};
use super::deliveries::Deliveries;
use super::event::{Doubt, Event, Outcome};
use super::keepalive::Due;
use super::outbox::Outbox;
use super::shared::{Queued, Shared};
use super::window::{Pending, Window};
use super::{Settings, status};

/// Frames taken in one turn before timers and owner are looked at again.
const FRAMES_A_TURN: usize = 256;
/// How long answers may still come after the peer said `unbind`, or ours was sent.
const UNBINDING: Duration = Duration::from_secs(2);

/// How a bound session ended.
#[derive(Debug)]
pub(crate) enum End {
    Stopped,
    Lost(UplinkTrouble, String),
}

/// Where it is on its way to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// [`super::Link::stop`]: waits for what is in flight.
    Draining {
        until: Instant,
    },
    /// `unbind` was sent on all; so many answers are awaited.
    Unbinding {
        until: Instant,
        answers: usize,
    },
    /// The peer unbound.
    Unbound {
        until: Instant,
    },
}

/// Submits go to the first connection, deliveries come from the last; with a transceiver
/// these are the same.
pub(crate) struct Bound<'a> {
    pub(super) settings: &'a Settings,
    pub(super) shared: &'a Shared,
    pub(super) outbox: &'a mut Outbox,
    pub(super) conns: Vec<Conn>,
    pub(super) window: Window,
    pub(super) deliveries: Deliveries,
    pub(super) phase: Phase,
    doubt: Doubt,
}

impl<'a> Bound<'a> {
    pub(crate) fn new(
        settings: &'a Settings,
        shared: &'a Shared,
        outbox: &'a mut Outbox,
        conns: Vec<Conn>,
    ) -> Self {
        Self {
            settings,
            shared,
            outbox,
            conns,
            window: Window::new(settings.response_timeout),
            deliveries: Deliveries::default(),
            phase: Phase::Open,
            doubt: Doubt::ConnectionLost,
        }
    }

    pub(crate) async fn run(mut self, serial: &mut u64) -> End {
        let mut first = 0_usize;
        let end = loop {
            first = first.wrapping_add(1);
            let now = Instant::now();
            self.answer_deliveries(now);
            self.check_stop(now);
            self.write_queue(now);
            if let Some(end) = self.on_time(now) {
                break end;
            }
            self.outbox.hand_over(self.shared);
            self.choose_reading(now);
            let wake_at = self.wake_at(now);
            let moved = tokio::select! {
                moved = next_moved(&mut self.conns, first) => Some(moved),
                () = self.shared.wake.notified() => None,
                () = self.outbox.pump(self.shared) => None,
                () = sleep_until(wake_at) => None,
            };
            if let Some((index, moved)) = moved
                && let Some(end) = self.take(index, moved, serial)
            {
                break end;
            }
        };
        self.finish().await;
        end
    }

    /// The owner's answers, and ours for deliveries it did not answer in time: the peer
    /// has given up on those by then, and without this they would block reading for ever.
    fn answer_deliveries(&mut self, now: Instant) {
        let acks = self.shared.lock().take_acks();
        for (serial, ok) in acks {
            let status = if ok { status::ROK } else { status::RX_T_APPN };
            if let Some(unanswered) = self.deliveries.take(serial) {
                unanswered.answer(&mut self.conns, status);
            }
        }
        while let Some((serial, unanswered)) = self.deliveries.expire(now) {
            // It may not even have been handed over; the peer delivers it again.
            self.outbox.forget_delivery(serial);
            tracing::warn!("a delivery was not acknowledged in time");
            unanswered.answer(&mut self.conns, status::RX_T_APPN);
        }
    }

    /// Puts queued submits into the buffer; one flush sends them all.
    fn write_queue(&mut self, now: Instant) {
        let Some(conn) = self.conns.first_mut() else {
            return;
        };
        if self.phase != Phase::Open {
            return;
        }
        while conn.has_room() {
            let Some(Queued { submission, pdu }) = self.shared.lock().next_queued() else {
                return;
            };
            let (sequence, starts_at) = conn.request(pdu);
            self.window.insert(
                sequence,
                Pending {
                    submission,
                    starts_at,
                    sent_at: now,
                },
            );
        }
    }

    fn check_stop(&mut self, now: Instant) {
        let stopping = self.outbox.gone || self.shared.lock().stopping;
        if stopping && self.phase == Phase::Open {
            self.close_queue();
            self.phase = Phase::Draining {
                until: now + self.settings.response_timeout,
            };
        }
    }

    /// Takes no more submits; those not in the buffer yet were not sent.
    pub(super) fn close_queue(&mut self) {
        let queued = self.shared.lock().close();
        for Queued { submission, .. } in queued {
            self.answered(submission, Outcome::NotSent);
        }
    }

    pub(super) fn answered(&mut self, submission: u64, outcome: Outcome) {
        self.outbox.push(Event::Answered {
            submission,
            outcome,
        });
    }

    fn on_time(&mut self, now: Instant) -> Option<End> {
        while let Some(submission) = self.window.expire(now) {
            self.answered(
                submission,
                Outcome::Uncertain {
                    why: Doubt::NoAnswer,
                },
            );
        }
        for conn in &mut self.conns {
            match conn.keepalive.due(now) {
                Due::Nothing => {}
                Due::Send => {
                    let (sequence, _) = conn.request(Pdu::EnquireLink);
                    conn.keepalive.sent(sequence, now);
                }
                Due::Dead => {
                    let why = "enquire_link was not answered".to_owned();
                    return Some(End::Lost(UplinkTrouble::Silent, why));
                }
            }
        }
        self.next_phase(now)
    }

    fn next_phase(&mut self, now: Instant) -> Option<End> {
        let idle = self.window.is_empty();
        let flushed = self.conns.iter().all(Conn::is_flushed);
        match self.phase {
            Phase::Draining { until } if idle || until <= now => {
                for conn in &mut self.conns {
                    conn.request(Pdu::Unbind);
                }
                let until = now + UNBINDING.min(self.settings.response_timeout);
                self.phase = Phase::Unbinding {
                    until,
                    answers: self.conns.len(),
                };
                None
            }
            Phase::Unbinding { until, answers } if answers == 0 || until <= now => {
                Some(End::Stopped)
            }
            Phase::Unbound { until } if (idle && flushed) || until <= now => Some(self.unbound()),
            _ => None,
        }
    }

    /// The end after the peer's `unbind`; a stop may have been asked for as well.
    fn unbound(&self) -> End {
        if self.shared.lock().stopping {
            End::Stopped
        } else {
            End::Lost(UplinkTrouble::Closed, "the peer unbound".to_owned())
        }
    }

    fn choose_reading(&mut self, now: Instant) {
        let room = self.deliveries.has_room();
        let last = self.conns.len().saturating_sub(1);
        for (index, conn) in self.conns.iter_mut().enumerate() {
            if !conn.set_reading(room || index != last) && !room {
                conn.keepalive.excuse(now);
            }
        }
    }

    fn wake_at(&self, now: Instant) -> Instant {
        let phase = match self.phase {
            Phase::Open => None,
            Phase::Draining { until }
            | Phase::Unbinding { until, .. }
            | Phase::Unbound { until } => Some(until),
        };
        let pause = self.shared.lock().wake_at(now);
        [
            phase,
            self.deliveries.wake_at(),
            pause,
            self.window.wake_at(),
            keepalive_at(&self.conns),
        ]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(now + Duration::from_secs(1))
    }

    /// Takes what came and what else is there already.
    fn take(&mut self, index: usize, moved: Moved, serial: &mut u64) -> Option<End> {
        let now = Instant::now();
        let mut next = Some(moved);
        let mut left = FRAMES_A_TURN;
        while let Some(moved) = next {
            match moved {
                Moved::Flushed => return None,
                Moved::Frame(frame) => self.on_frame(index, &frame, now, serial),
                Moved::Closed => {
                    return Some(self.ended("the peer closed the connection".to_owned()));
                }
                Moved::Failed(err) => return Some(self.failed(index, &err)),
            }
            left -= 1;
            if left == 0 || !self.deliveries.has_room() {
                return None;
            }
            next = self.conns.get_mut(index)?.ready_frame();
        }
        None
    }

    fn failed(&mut self, index: usize, err: &FrameError) -> End {
        if let FrameError::Length { sequence, .. } = err {
            self.doubt = Doubt::Malformed;
            if let Some(conn) = self.conns.get_mut(index) {
                conn.respond(status::RINVCMDLEN, *sequence, Pdu::GenericNack);
            }
        }
        self.ended(err.to_string())
    }

    fn ended(&self, why: String) -> End {
        match self.phase {
            Phase::Unbinding { .. } | Phase::Draining { .. } => End::Stopped,
            Phase::Unbound { .. } => self.unbound(),
            Phase::Open => End::Lost(UplinkTrouble::Closed, why),
        }
    }

    /// Gives every submit its outcome and closes.
    async fn finish(mut self) {
        self.close_queue();
        let written = self.conns.first().map_or(0, Conn::written);
        let mut unsent = false;
        for Pending {
            submission,
            starts_at,
            ..
        } in self.window.drain()
        {
            let outcome = if starts_at >= written {
                unsent = true;
                Outcome::NotSent
            } else {
                Outcome::Uncertain { why: self.doubt }
            };
            self.answered(submission, outcome);
        }
        self.outbox.forget_deliveries();
        self.outbox.hand_over(self.shared);
        for (index, conn) in self.conns.into_iter().enumerate() {
            // Closing writes what is left in the buffer; dropping does not.
            if index > 0 || !unsent {
                conn.close().await;
            }
        }
    }
}
