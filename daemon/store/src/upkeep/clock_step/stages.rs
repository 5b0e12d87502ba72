//! What is to be moved, and how far that has come.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::evidence::Pages;
use model::{ClockStep, RowId, Time};

/// One thing after another: an error leaves the rest for another try, a restart goes on with it, and
/// nothing is moved twice, whatever states it goes through meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockMove {
    pub(super) step: ClockStep,
    /// Of the step, as messages say with which they were moved; 0 before it has begun.
    pub(super) number: i64,
    /// The latest message when the clock was set. Of those after it, some were on their way into the
    /// store, with times by the clock as it was.
    pub(super) last: RowId,
    stages: VecDeque<Stage>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// The step gets its number.
    Begin,
    /// Messages that wait, behind this one.
    Queued(Cursor),
    /// Messages that are on their way, or may get a report, from this place on.
    Reported(Place),
    /// Remembered answers after this row.
    Answers(i64),
    /// Fingerprints after this one.
    Seen([u8; 32]),
    /// What is not too much for one commit.
    Waits,
    /// Doubts, and reports that no part was found for.
    Evidence(Pages),
    /// The gateway's clock is to follow, if it did not before.
    Follow,
    /// Parts of this SIM before this time.
    Handed(String, i64),
    /// What was decided by the clock as it was, and written when it had been moved. With this commit
    /// all is over.
    Late,
}

impl ClockMove {
    pub fn new(step: ClockStep, last: RowId) -> Self {
        let waiting = || Stage::Queued(first(step));
        let messages = [waiting(), Stage::Reported(Place::first())];
        let remembered = [Stage::Answers(0), Stage::Seen([0; 32])];
        let mut stages = VecDeque::from([Stage::Begin]);
        if step.by() > 0 {
            stages.extend(messages.into_iter().chain(remembered));
            stages.push_back(Stage::Waits);
        } else {
            stages.push_back(Stage::Waits);
            stages.extend(messages.into_iter().chain(remembered));
        }
        // Messages once more: one that was with a carrier when the others were looked through may wait
        // again behind them. Of those that are out, only new ones can have been missed.
        stages.extend([
            Stage::Follow,
            waiting(),
            Stage::Reported(Place::after(last)),
        ]);
        if step.by() > 0 {
            stages.push_back(Stage::Handed(String::new(), 0));
        }
        stages.push_back(Stage::Late);
        Self {
            step,
            number: 0,
            last,
            stages,
        }
    }

    pub(super) fn stage(&self) -> Option<Stage> {
        self.stages.front().cloned()
    }

    /// The first stage goes on with this, or is over.
    pub(super) fn done(&mut self, next: Option<Stage>) {
        match (next, self.stages.front_mut()) {
            (Some(next), Some(first)) => *first = next,
            _ => drop(self.stages.pop_front()),
        }
    }

    /// What is left waits for the gateway's clock to follow.
    pub fn is_to_follow(&self) -> bool {
        self.stages.front() == Some(&Stage::Follow)
    }

    /// The gateway's clock has followed.
    pub fn followed(&mut self) {
        if self.is_to_follow() {
            self.stages.pop_front();
        }
    }

    pub fn is_over(&self) -> bool {
        self.stages.is_empty()
    }

    pub fn step(&self) -> ClockStep {
        self.step
    }

    /// It is the same move, and has come further.
    pub(super) fn is_beyond(&self, other: &Self) -> bool {
        let (left, others) = (self.stages.len(), other.stages.len());
        (self.step, self.number) == (other.step, other.number)
            && (left < others || left == others && self.stages != other.stages)
    }

    /// By which of the two clocks a message was accepted: in the middle between them, the nearer one.
    pub(super) fn middle(&self) -> Time {
        Time(i64::midpoint(self.step.from.0, self.step.to.0))
    }
}

/// The last message looked at, by the end of its validity and its row: the order is such that none
/// that was moved comes again.
pub(super) type Cursor = (i64, i64);

fn first(step: ClockStep) -> Cursor {
    if step.by() > 0 {
        (i64::MAX, i64::MAX)
    } else {
        (step.from.0, i64::MAX)
    }
}

/// What is looked through next: messages of this state after this row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(super) state: usize,
    pub(super) after: RowId,
    /// Where those that are out begin.
    pub(super) begin: RowId,
}

impl Place {
    pub(super) fn first() -> Self {
        Self::after(RowId(0))
    }

    /// All that are in hand, and those after this row that are out.
    pub(crate) fn after(begin: RowId) -> Self {
        Self {
            state: 0,
            after: RowId(0),
            begin,
        }
    }
}
