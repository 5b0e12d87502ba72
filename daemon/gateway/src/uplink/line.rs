//! One uplink's session, for whoever submits to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::outcome::not_taken;
use super::pieces::pieces;
use super::time;
use crate::carriers::{Carry, JobId, LetOut, NotTaken, Part, Parts, SessionState, UplinkSession};
use model::{Queued, Reason, ReasonCode, Time, UplinkConfig, UplinkState, UplinkStatus};
use store::clock;

/// A session, and how its messages are written.
#[derive(Clone, Debug)]
pub(super) struct Line {
    config: Arc<UplinkConfig>,
    link: smpp::Link,
    /// Until when the scheduler leaves it alone after failures, for people; 0 = it does not.
    rests_until: Arc<AtomicI64>,
}

impl Line {
    pub(super) fn new(config: Arc<UplinkConfig>, link: smpp::Link) -> Self {
        let rests_until = Arc::default();
        Self {
            config,
            link,
            rests_until,
        }
    }

    pub(super) fn is_bound(&self) -> bool {
        self.state().bound
    }

    pub(super) fn window(&self) -> usize {
        self.state().window
    }

    pub(super) fn status(&self) -> UplinkStatus {
        let status = self.link.status();
        let rests = Time(self.rests_until.load(Ordering::Relaxed));
        UplinkStatus {
            state: match status.state {
                smpp::State::Connecting | smpp::State::Binding => UplinkState::Connecting,
                smpp::State::Bound => UplinkState::Bound,
                smpp::State::Waiting { .. } => UplinkState::Waiting,
                smpp::State::Refused { .. } => UplinkState::Refused,
                smpp::State::Stopped => UplinkState::Stopped,
            },
            bound_since: status.bound_since.map(time),
            in_flight: status.in_flight,
            last_error: status.last_error,
            last_error_code: status.last_trouble,
            rests_until: [status.throttled_until.map(time), Some(rests)]
                .into_iter()
                .flatten()
                .filter(|until| *until > clock::now())
                .max(),
        }
    }

    pub(super) async fn stop(&self) {
        self.link.stop().await;
    }
}

impl Carry for Line {
    fn submit(&self, job: JobId, part: Part) -> Result<Option<LetOut>, NotTaken> {
        let Part::Submit(pdu) = part else {
            let detail = "a SIM's part does not fit an uplink";
            return Err(NotTaken::Unfit(Reason::new(ReasonCode::Encoding, detail)));
        };
        self.link.submit(job.0, pdu).map_err(not_taken)?;
        Ok(None)
    }
}

impl UplinkSession for Line {
    fn state(&self) -> SessionState {
        let status = self.link.status();
        SessionState {
            bound: status.state == smpp::State::Bound,
            window: status.window,
            free: status.free,
            rate_lets_at: status.rate_lets_at,
        }
    }

    fn parts(&self, message: &Queued, now: Time) -> Result<Parts, Reason> {
        pieces(message, &self.config, now).map(Parts::Submits)
    }

    fn source(&self) -> &str {
        &self.config.source_addr
    }

    fn rests_until(&self, until: Time) {
        self.rests_until.store(until.0, Ordering::Relaxed);
    }
}
