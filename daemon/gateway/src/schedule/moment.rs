//! One look at both clocks.

use tokio::time::Instant;

use super::dispatcher::Dispatcher;
use super::slot::Slot;
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

impl Dispatcher {
    /// To be called before anything is counted or chosen: when the clock was set, spans that run go
    /// on as they did, and what waits is read anew, by its new times.
    pub(super) fn look_at_clock(&mut self, moment: Moment) {
        let step = self.watch.look(moment.wall, moment.steady.into_std());
        let Some(step) = step else { return };
        for sim in self.slots.all_mut().filter_map(Slot::sim_mut) {
            sim.clock_set(step);
        }
        self.rerouted(step.to);
    }
}
