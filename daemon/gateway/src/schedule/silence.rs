//! Notices when status reports that were asked for never come. Pure.

use std::time::Duration;

use model::Time;

/// Parts without one report in between, and how long that must have gone on: an operator may report
/// late, and recipients may be out of reach.
const PARTS: u32 = 20;
const SPAN: Duration = Duration::from_mins(10);

/// One SIM's.
#[derive(Clone, Debug, Default)]
pub(super) struct Silence {
    since: Option<Time>,
    parts: u32,
    is_told: bool,
}

impl Silence {
    /// A part went out for which a report is asked. How many had none, when that is to be told.
    pub(super) fn sent(&mut self, now: Time) -> Option<u32> {
        let since = *self.since.get_or_insert(now);
        self.parts = self.parts.saturating_add(1);
        if self.is_told || self.parts < PARTS || since.until(now) < SPAN {
            return None;
        }
        self.is_told = true;
        Some(self.parts)
    }

    pub(super) fn reported(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_once_until_a_report_comes() {
        let at = |minutes: i64| Time(minutes * 60_000);
        let mut silence = Silence::default();
        assert!((0..40).all(|_| silence.sent(at(0)).is_none()), "too soon");
        assert_eq!(silence.sent(at(10)), Some(41));
        assert_eq!(silence.sent(at(11)), None);
        silence.reported();
        assert!((0..19).all(|n| silence.sent(at(n + 20)).is_none()));
        assert_eq!(silence.sent(at(40)), Some(20));
    }
}
