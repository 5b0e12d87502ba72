//! What is by the new clock already while the rest is moved.

use model::{ClockStep, Time};

/// A step, and the times that whatever was written since has.
#[derive(Clone, Copy)]
pub(super) struct Since {
    pub(super) step: ClockStep,
    /// From `step.to` on, until this.
    pub(super) until: Time,
}

impl Since {
    /// `now`: the gateway's clock. Back, that has followed, and there are older times behind it; among
    /// those that it has shown again, an old one that stays only looks younger. Ahead, there are none.
    pub(super) fn of(step: ClockStep, now: Time) -> Self {
        let until = if step.by() > 0 { Time(i64::MAX) } else { now };
        Self { step, until }
    }

    /// It is a time by the new clock.
    pub(super) fn has(self, at: Time) -> bool {
        at >= self.step.to && at <= self.until
    }
}
