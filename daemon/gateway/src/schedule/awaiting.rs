//! Parts of a SIM whose status report is still to come, so far as the next TP-MR could be
//! taken for theirs. Pure.
//!
//! TP-MR is one octet (TS 23.040 §9.2.3.6): 256 submits later it comes again. A report is
//! matched by SIM, TP-MR and recipient, so a second part is mistaken for the first only if it
//! has the same recipient too. To stop a SIM at 200 unreported parts (field notes A 8) would
//! make a SIM idle whose operator reports slowly or never, for recipients that no report could
//! mix up. What is kept apart is exactly what could be mixed up: a message for which a report
//! is asked is not given to a SIM that awaits a report of the same recipient with one of the
//! numbers it is about to give out. That ends by itself:
//! - the report comes, or
//! - other submits of the SIM pass those numbers by, or
//! - [`HELD`] is over: who has not been reached by then has the phone off, and will get, and
//!   report, all that waits for it together; or the operator reports nothing.
//!
//! Until then another SIM may carry the message, and this one carries everything else.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::carriers::HELD;
use model::{ClockStep, Time};
use store::Submits;

/// Parts remembered: four rounds of TP-MR. The oldest is forgotten beyond that: some three
/// submits a second of one SIM for [`HELD`], which no network takes.
const MOST: usize = 1024;
/// Numbers that may go by without an acceptance: refused submits use one each.
const MARGIN: u16 = 16;

/// The parts of one SIM.
#[derive(Clone, Debug, Default)]
pub(super) struct Awaiting {
    /// In the order in which they were sent: recipient, TP-MR, when.
    parts: VecDeque<(u64, u8, Time)>,
    /// How many of them each recipient has.
    recipients: HashMap<u64, u16>,
    last: Option<u8>,
}

/// A recipient as reports name it: modems and SMSCs drop and add country codes, so that only
/// the last digits tell. Two numbers with one key are taken for one, which costs a wait.
pub(super) fn recipient(number: &str) -> u64 {
    let tail = number.len().saturating_sub(8);
    let tail = number.get(tail..).unwrap_or(number);
    let mut hasher = DefaultHasher::new();
    tail.hash(&mut hasher);
    hasher.finish()
}

impl Awaiting {
    pub(super) fn restore(submits: &Submits) -> Self {
        let mut awaiting = Self::default();
        for part in &submits.awaited {
            awaiting.add(recipient(&part.to), part.mr, part.sent_at);
        }
        awaiting.last = submits.last_mr.or(awaiting.last);
        awaiting
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The network gave this number to a part; `to` is the recipient if it will be reported.
    pub(super) fn submitted(&mut self, mr: u8, to: Option<u64>, now: Time) {
        self.last = Some(mr);
        if let Some(to) = to {
            self.add(to, mr, now);
        }
    }

    /// Its report came.
    pub(super) fn reported(&mut self, to: u64, mr: u8) {
        let mut found = self.parts.iter().enumerate().rev();
        let at = found
            .find_map(|(at, (other, number, _))| (*other == to && *number == mr).then_some(at));
        if let Some(at) = at {
            self.forget(at);
        }
    }

    /// The clock was set: what was sent so long ago still was.
    pub(super) fn clock_set(&mut self, step: ClockStep) {
        for (_, _, sent_at) in &mut self.parts {
            *sent_at = step.past(*sent_at);
        }
    }

    /// Whether a message of so many parts for this recipient could get a number under which
    /// one is still awaited.
    pub(super) fn would_mix_up(&self, to: u64, parts: u16, now: Time) -> bool {
        let Some(last) = self.last.filter(|_| self.recipients.contains_key(&to)) else {
            return false;
        };
        self.parts.iter().any(|(other, mr, sent_at)| {
            // The number given last comes again after all others.
            let ahead = u16::from(mr.wrapping_sub(last).wrapping_sub(1)) + 1;
            *other == to && ahead <= MARGIN.saturating_add(parts) && is_fresh(*sent_at, now)
        })
    }

    fn add(&mut self, to: u64, mr: u8, now: Time) {
        self.last = Some(mr);
        let stale = |(_, _, sent_at): &(u64, u8, Time)| !is_fresh(*sent_at, now);
        while self.parts.len() >= MOST || self.parts.front().is_some_and(stale) {
            self.forget(0);
        }
        self.parts.push_back((to, mr, now));
        *self.recipients.entry(to).or_default() += 1;
    }

    fn forget(&mut self, at: usize) {
        let Some((to, ..)) = self.parts.remove(at) else {
            return;
        };
        if let Some(count) = self.recipients.get_mut(&to) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.recipients.remove(&to);
            }
        }
    }
}

/// After a step of the clock backwards nothing is.
fn is_fresh(sent_at: Time, now: Time) -> bool {
    sent_at <= now && sent_at.until(now) < HELD
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Time = Time(1_795_305_600_000);

    /// One part for each recipient given, in order, with numbers from 0 on.
    fn after(recipients: impl IntoIterator<Item = u64>) -> Awaiting {
        let mut awaiting = Awaiting::default();
        for (mr, to) in (0..=255_u8).cycle().zip(recipients) {
            awaiting.submitted(mr, Some(to), T0);
        }
        awaiting
    }

    #[test]
    fn field_notes_a_8_a_recipient_waits_only_when_its_number_comes_round() {
        let others = |n: u64| 1000..1000 + n;
        assert!(!after([7]).would_mix_up(7, 1, T0));
        assert!(!after([7].into_iter().chain(others(200))).would_mix_up(7, 1, T0));
        let nearly_round = after([7].into_iter().chain(others(245)));
        assert!(nearly_round.would_mix_up(7, 1, T0));
        assert!(!nearly_round.would_mix_up(8, 1, T0), "nobody else waits");
        let past = after([7].into_iter().chain(others(260)));
        assert!(!past.would_mix_up(7, 1, T0), "other submits have passed it");
        // A long message needs more numbers.
        let early = after([7].into_iter().chain(others(230)));
        assert!(!early.would_mix_up(7, 1, T0));
        assert!(early.would_mix_up(7, 20, T0));
    }

    #[test]
    fn the_report_or_the_time_ends_the_wait() {
        let mut awaiting = after([7].into_iter().chain(1000..1250));
        assert!(awaiting.would_mix_up(7, 1, T0));
        assert!(!awaiting.would_mix_up(7, 1, T0.after(HELD)));
        awaiting.reported(7, 1);
        assert!(awaiting.would_mix_up(7, 1, T0), "that was another part");
        awaiting.reported(7, 0);
        assert!(!awaiting.would_mix_up(7, 1, T0));
    }

    #[test]
    fn a_sim_without_any_reports_is_bounded_and_never_stops() {
        let mut awaiting = after((0..3000).map(|n| n + 10_000));
        assert_eq!(awaiting.parts.len(), MOST);
        assert_eq!(awaiting.recipients.len(), MOST);
        assert!((0..9000).all(|to| !awaiting.would_mix_up(to, 1, T0)));
        awaiting.submitted(1, Some(1), T0.after(HELD));
        assert_eq!(awaiting.parts.len(), 1, "what is old is forgotten");
    }

    #[test]
    fn numbers_are_known_by_their_last_digits() {
        assert_eq!(recipient("+84901234567"), recipient("0901234567"));
        assert_ne!(recipient("+84901234567"), recipient("+84901234568"));
        assert_ne!(recipient("1414"), recipient("1415"));
        recipient("Đặt bàn");
    }
}
