//! The life of one message in a carrier's hands: claimed, part by part handed over, settled.

mod accepted;
mod end;
mod give;
mod refused;

use model::{Change, State};
use store::{Progress, clock};

use super::Dispatcher;
use crate::schedule::write::{Fate, Write};

impl Dispatcher {
    /// Steps are on disk: tell what became of the one message, start the other.
    pub(super) fn advanced(&mut self, write: Write, done: Progress) {
        if let Some((settled, steps)) = write.settled {
            let state = done.steps.get(..steps).and_then(|steps| steps.last());
            self.settled(settled, state.map(|step| step.state));
        }
        if let Some(row) = write.holds {
            self.lanes.release_withheld(row);
        }
        for settled in done.settled {
            self.doubt_settled(settled);
        }
        let Some(starts) = write.starts else { return };
        let begun = done.steps.last();
        if !begun.is_some_and(|step| step.applied) {
            return self.let_go(&starts, begun.map(|step| step.state));
        }
        self.lanes.claimed(starts.row);
        self.let_out(&starts);
    }

    fn settled(&mut self, settled: Fate, state: Option<State>) {
        if settled.over {
            self.lanes.release(settled.row);
        }
        if let Some((lane, due_at)) = settled.again {
            if due_at <= clock::now() {
                self.lanes.mark_from(lane, due_at);
            } else {
                self.due.notify_one();
            }
        }
        if let Some(state) = state.filter(|state| *state != State::Sending) {
            self.bus.message(&Change {
                number: Some(&settled.to),
                carrier: Some(&settled.carrier),
                reason: settled.reason.as_ref(),
                ..Change::of(settled.id, state)
            });
        }
    }
}
