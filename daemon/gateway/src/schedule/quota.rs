//! How much a SIM has sent in the running minute, hour, day and month.

use crate::carriers::History;
use model::{ClockStep, Quota, Span, Time};
use serde::Serialize;

/// What the SIM has sent in the running minute, hour, UTC day and month, in the quota's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SimUsed)]
pub struct Used {
    /// In this minute.
    #[serde(rename = "per_minute")]
    pub minute: u32,
    /// In this UTC hour.
    #[serde(rename = "per_hour")]
    pub hour: u32,
    /// In this UTC day.
    #[serde(rename = "per_day")]
    pub day: u32,
    /// In this UTC month.
    #[serde(rename = "per_month")]
    pub month: u32,
}

/// A SIM's meter. It is filled from the store at start, so quotas hold across restarts.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    spans: [Count; 4],
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    since: Time,
    parts: u32,
    messages: u32,
}

impl Meter {
    pub(super) fn restore(history: &History, now: Time) -> Self {
        let mut meter = Self::default();
        for part in &history.hour {
            meter.add(part.at, part.first);
        }
        for (span, count) in [(Span::Day, history.day), (Span::Month, history.month)] {
            meter.spans[span as usize] = Count {
                since: span.start(now),
                parts: u32::try_from(count.parts).unwrap_or(u32::MAX),
                messages: u32::try_from(count.messages).unwrap_or(u32::MAX),
            };
        }
        meter
    }

    /// What was counted in the spans that run counts in those that run by the new clock: a clock that
    /// is set frees no quota, and one that was ahead for a while locks none.
    pub(super) fn clock_set(&mut self, step: ClockStep) {
        for (span, count) in Span::ALL.into_iter().zip(&mut self.spans) {
            if count.since == span.start(step.from) {
                count.since = span.start(step.to);
            } else if count.since > span.start(step.to) {
                // It was over by the old clock, and would not begin by the new one for a while.
                *count = Count {
                    since: span.start(step.to),
                    parts: 0,
                    messages: 0,
                };
            }
        }
    }

    /// Counts a part sent at `at`, the first of its message or a later one.
    pub(super) fn add(&mut self, at: Time, first: bool) {
        for (span, count) in Span::ALL.into_iter().zip(&mut self.spans) {
            let since = span.start(at);
            if since > count.since {
                *count = Count {
                    since,
                    parts: 0,
                    messages: 0,
                };
            }
            if since == count.since {
                count.parts = count.parts.saturating_add(1);
                count.messages = count.messages.saturating_add(first.into());
            }
        }
    }

    /// Takes off what [`Meter::add`] counted, as far as the spans still run in which it was.
    pub(super) fn take_back(&mut self, at: Time, first: bool) {
        for (span, count) in Span::ALL.into_iter().zip(&mut self.spans) {
            if span.start(at) == count.since {
                count.parts = count.parts.saturating_sub(1);
                count.messages = count.messages.saturating_sub(first.into());
            }
        }
    }

    pub(super) fn used(&self, quota: &Quota, now: Time) -> Used {
        let [minute, hour, day, month] = Span::ALL.map(|span| self.count(span, quota, now));
        Used {
            minute,
            hour,
            day,
            month,
        }
    }

    /// How much more the quota allows now. A span in which nothing was sent takes any amount:
    /// a message of more parts than the whole quota could never be sent otherwise.
    pub(super) fn room(&self, quota: &Quota, now: Time) -> u32 {
        self.limits(quota, now)
            .map(|(_, limit, used)| match (limit, used) {
                (0, _) => 0,
                (_, 0) => u32::MAX,
                _ => limit.saturating_sub(used),
            })
            .min()
            .unwrap_or(u32::MAX)
    }

    /// When a used-up quota opens again; none while there is room.
    pub(super) fn exhausted_until(&self, quota: &Quota, now: Time) -> Option<Time> {
        self.limits(quota, now)
            .filter(|(_, limit, used)| used >= limit)
            .map(|(span, _, _)| span.end(now))
            .max()
    }

    /// When the next of the limited spans begins anew.
    pub(super) fn next_span(quota: &Quota, now: Time) -> Option<Time> {
        Self::default()
            .limits(quota, now)
            .map(|(span, _, _)| span.end(now))
            .min()
    }

    /// Limited spans with their limits and what is used of them.
    fn limits<'a>(
        &'a self,
        quota: &'a Quota,
        now: Time,
    ) -> impl Iterator<Item = (Span, u32, u32)> + 'a {
        let limits = [
            quota.per_minute,
            quota.per_hour,
            quota.per_day,
            quota.per_month,
        ];
        Span::ALL
            .into_iter()
            .zip(limits)
            .filter_map(move |(span, limit)| Some((span, limit?, self.count(span, quota, now))))
    }

    fn count(&self, span: Span, quota: &Quota, now: Time) -> u32 {
        let count = self.spans[span as usize];
        match count.since == span.start(now) {
            true if quota.segments => count.parts,
            true => count.messages,
            false => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::{SentCount, SentPart};

    fn at(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    fn quota(set: impl FnOnce(&mut Quota)) -> Quota {
        let mut quota = Quota::default();
        set(&mut quota);
        quota
    }

    #[test]
    fn a_full_minute_opens_again_with_the_next_one() {
        let quota = quota(|quota| quota.per_minute = Some(2));
        let mut meter = Meter::default();
        meter.add(at("2026-11-22T10:00:05Z"), true);
        assert_eq!(meter.room(&quota, at("2026-11-22T10:00:05Z")), 1);
        meter.add(at("2026-11-22T10:00:06Z"), true);
        let until = meter.exhausted_until(&quota, at("2026-11-22T10:00:07Z"));
        assert_eq!(until, Some(at("2026-11-22T10:01:00Z")));
        let next = at("2026-11-22T10:01:00Z");
        assert_eq!(meter.exhausted_until(&quota, next), None);
    }

    #[test]
    fn the_longest_wait_decides() {
        let quota = Quota {
            per_minute: Some(1),
            per_month: Some(1),
            ..Quota::default()
        };
        let mut meter = Meter::default();
        meter.add(at("2026-12-31T23:59:00Z"), true);
        let until = meter.exhausted_until(&quota, at("2026-12-31T23:59:30Z"));
        assert_eq!(until, Some(at("2027-01-01T00:00:00Z")));
    }

    #[test]
    fn an_unused_span_takes_more_than_its_quota_at_once() {
        let quota = quota(|quota| quota.per_minute = Some(3));
        let mut meter = Meter::default();
        let now = at("2026-11-22T10:00:00Z");
        assert_eq!(meter.room(&quota, now), u32::MAX);
        (0..5).for_each(|part| meter.add(now, part == 0));
        assert_eq!(meter.room(&quota, now), 0);
    }

    #[test]
    fn sends_from_before_a_restart_count() {
        let count = |n| SentCount {
            messages: n,
            parts: n,
        };
        let history = History {
            hour: vec![SentPart {
                at: at("2026-11-22T10:00:00Z"),
                first: true,
            }],
            day: count(2),
            month: count(3),
            ..History::default()
        };
        let now = at("2026-11-22T10:00:30Z");
        let used = Meter::restore(&history, now).used(&Quota::default(), now);
        let counts = [used.minute, used.hour, used.day, used.month];
        assert_eq!(counts, [1, 1, 2, 3]);
    }

    #[test]
    fn counts_parts_or_messages_as_the_quota_says() {
        let now = at("2026-11-22T10:00:00Z");
        let mut meter = Meter::default();
        (0..3).for_each(|part| meter.add(now, part == 0));
        assert_eq!(meter.used(&Quota::default(), now).day, 3);
        let of_messages = quota(|quota| quota.segments = false);
        assert_eq!(meter.used(&of_messages, now).day, 1);
    }

    #[test]
    fn a_clock_that_is_set_frees_no_quota() {
        let quota = Quota {
            per_minute: Some(1),
            per_hour: Some(2),
            per_day: Some(3),
            per_month: Some(4),
            ..Quota::default()
        };
        let from = at("2026-11-22T10:30:10Z");
        for to in [
            "2026-11-22T09:00:10Z",
            "2026-11-20T10:30:10Z",
            "2026-10-20T10:30:10Z",
            "2026-11-22T11:00:10Z",
            "2026-11-24T10:30:10Z",
            "2027-01-24T10:30:10Z",
        ] {
            let (mut meter, to) = (Meter::default(), at(to));
            for _ in 0..4 {
                meter.add(at("2026-11-22T10:30:05Z"), true);
            }
            meter.clock_set(ClockStep { from, to });
            let used = meter.used(&quota, to);
            let counts = [used.minute, used.hour, used.day, used.month];
            assert_eq!(counts, [4; 4], "{to}");
            // It opens as any month does.
            let until = meter.exhausted_until(&quota, to).unwrap();
            assert_eq!(until, Span::Month.end(to));
            assert_eq!(meter.exhausted_until(&quota, until), None);
        }
    }

    #[test]
    fn what_is_over_by_both_clocks_is_not_counted_again() {
        let mut meter = Meter::default();
        meter.add(at("2026-11-20T10:00:05Z"), true);
        let from = at("2026-11-22T10:00:00Z");
        let to = at("2026-11-24T10:00:00Z");
        meter.clock_set(ClockStep { from, to });
        let used = meter.used(&Quota::default(), to);
        assert_eq!((used.day, used.month), (0, 1));
    }

    #[test]
    fn a_quota_of_zero_sends_nothing() {
        let quota = quota(|quota| quota.per_day = Some(0));
        assert_eq!(Meter::default().room(&quota, at("2026-11-22T10:00:00Z")), 0);
    }
}
