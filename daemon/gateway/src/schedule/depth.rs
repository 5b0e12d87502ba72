//! Tells how many messages wait, when that changed, at most once a second.

use std::time::Duration;

use tokio::time::Instant;

use crate::events::{Bus, QueueDepth, Subject};
use model::Priority;

const PAUSE: Duration = Duration::from_secs(1);

type Depth = [(Priority, u64); 3];

/// What was told last, and when.
#[derive(Default)]
pub(super) struct Teller {
    told: Option<(Depth, Instant)>,
}

impl Teller {
    /// Tells it if it is news and time; otherwise, if it is news, says when it will be time.
    pub(super) fn tell(&mut self, depth: Depth, bus: &Bus) -> Option<Instant> {
        let now = Instant::now();
        match self.told {
            Some((told, _)) if told == depth => None,
            Some((_, at)) if now < at + PAUSE => Some(at + PAUSE),
            _ => {
                self.told = Some((depth, now));
                publish(depth, bus);
                None
            }
        }
    }
}

fn publish(depth: Depth, bus: &Bus) {
    let count = |wanted| {
        depth
            .iter()
            .find(|(priority, _)| *priority == wanted)
            .map_or(0, |(_, n)| *n)
    };
    let [otp, normal, bulk] = Priority::ALL.map(count);
    bus.tell(
        "queue.depth",
        Subject::Gateway,
        QueueDepth { otp, normal, bulk },
    );
}
