//! One uplink's session, for whoever submits to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use modem::JobId;
use tokio::time::Instant;

use super::time;
use model::{Time, UplinkConfig, UplinkState, UplinkStatus};
use store::clock;

/// A session, and how its messages are written.
#[derive(Clone, Debug)]
pub struct Line {
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

    /// The scheduler leaves it alone until then.
    pub fn rests_until(&self, until: Time) {
        self.rests_until.store(until.0, Ordering::Relaxed);
    }

    pub fn config(&self) -> &UplinkConfig {
        &self.config
    }

    pub fn submit(&self, id: JobId, pdu: smpp::SubmitSm) -> Result<(), smpp::NotTaken> {
        self.link.submit(id.0, pdu)
    }

    pub fn is_bound(&self) -> bool {
        self.link.status().state == smpp::State::Bound
    }

    /// How many more it would take now.
    pub fn free(&self) -> usize {
        self.link.status().free
    }

    /// When its rate lets it take the next, where that holds it back.
    pub fn rate_lets_at(&self) -> Option<Instant> {
        self.link.status().rate_lets_at
    }

    pub fn window(&self) -> usize {
        self.link.status().window
    }

    pub fn status(&self) -> UplinkStatus {
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
