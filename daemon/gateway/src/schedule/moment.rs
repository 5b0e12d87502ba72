//! One look at both clocks.

use tokio::time::Instant;

use model::Time;
use store::clock;

/// Now, by the clock on the wall and by the one that nobody sets. What is chosen and how long is
/// slept after it must go by the same look: between two looks a wait could end unseen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) wall: Time,
    pub(super) steady: Instant,
}

impl Moment {
    pub(super) fn now() -> Self {
        Self {
            wall: clock::now(),
            steady: Instant::now(),
        }
    }
}
