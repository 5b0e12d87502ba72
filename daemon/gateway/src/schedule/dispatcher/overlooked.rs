//! Messages that wait in the store, and that no lane knows of though it has looked there. There are to
//! be none: this looks for them once in a while, puts back what it finds, and says so.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

use super::{Dispatcher, Pending};
use crate::schedule::moment::Moment;
use model::{Place, Queued};
use store::clock;

/// Between two checks, each of which reads what waits in memory once more.
const CALM: Duration = Duration::from_mins(5);
/// Before the second look at what was found: what is told while a check runs is in a lane by then.
const SECOND: Duration = Duration::from_mins(1);
/// What became due since may be on its way into its lane.
const SETTLED: Duration = Duration::from_mins(1);

/// The check, and what it found.
pub(super) struct Overlooked {
    check_at: Instant,
    /// Found by the last check: what the next one finds again is astray.
    suspects: HashSet<Place>,
    checks: Pending<Vec<Queued>>,
}

impl Overlooked {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            check_at: now + CALM,
            suspects: HashSet::new(),
            checks: FuturesUnordered::new(),
        }
    }

    /// What a check found; none while none is on its way.
    pub(super) async fn next(&mut self) -> Option<Vec<Queued>> {
        self.checks.next().await
    }
}

impl Dispatcher {
    /// Looks in the store for messages that were overlooked, if it is time.
    pub(super) fn check_lanes(&mut self, moment: Moment) {
        if moment.steady < self.overlooked.check_at || !self.overlooked.checks.is_empty() {
            return;
        }
        self.overlooked.check_at = moment.steady + CALM;
        let scans = self.lanes.checks(moment.wall.before(SETTLED));
        let store = self.store.clone();
        self.overlooked.checks.push(Box::pin(async move {
            let mut found = Vec::new();
            for (lane, scan) in scans {
                // A disk that fails is told of by those who need it.
                let scanned = store.queue().scan(&lane, scan).await.unwrap_or_default();
                found.extend(scanned.found);
            }
            found
        }));
    }

    /// Puts back what was found a second time.
    pub(super) fn checked(&mut self, mut found: Vec<Queued>) {
        let now = clock::now();
        found.retain(|queued| queued.expires_at > now && self.lanes.is_whole(&queued.lane));
        let before = std::mem::take(&mut self.overlooked.suspects);
        for queued in found {
            let place = queued.place();
            if before.contains(&place) {
                tracing::warn!(id = %queued.id, "a message that waits was in no lane; it is put back");
                self.lanes.mark_from(queued.lane, queued.due_at);
            } else {
                self.overlooked.suspects.insert(place);
                self.overlooked.check_at = Instant::now() + SECOND;
            }
        }
    }
}
