//! The circuit breaker of a SIM: when failures make it rest, and what lets it send again. Pure.
//!
//! closed → (failures) → open, for a time that grows → half-open: one message is the probe →
//! closed again, or open for longer. Only failures that may be the SIM's count: what a wrong
//! recipient or a malformed message gets refused never comes here, and a recipient that was
//! refused before is not counted again, so that one dead number that is retried for hours takes
//! no SIM away from the others (field notes A 21). What another SIM refuses too is taken back
//! ([`Breaker::excuse`]): it follows the message.

mod fault;

use std::collections::VecDeque;
use std::time::Duration;

use serde::Serialize;

use model::{Backoff, ClockStep, Reason, SimError, SimHealth, Time};

pub(super) use fault::Fault;

/// Results that the success rate is made of.
const RESULTS: u8 = 20;
/// It opens when more than half of [`RESULTS`] failed, in a row or not.
const MOST_FAILED: u32 = 10;
/// Successes in a row after which the next rest is a short one again.
const CURED: u8 = 5;
/// Recipients remembered for having failed; of older ones a failure counts again.
const CULPRITS: usize = 32;
/// Recipients in a row whose failures are taken back. Where not one of so many is taken, it may as
/// well be all the SIMs that fail.
const EXCUSED: usize = 3;

const SHORTEST_REST: Duration = Duration::from_secs(30);
/// With the longest jitter half an hour.
const LONGEST_REST: Duration = Duration::from_mins(24);
const LONGEST: Duration = Duration::from_mins(30);

/// What the SIM's circuit breaker lets through.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema, strum::IntoStaticStr,
)]
#[schema(as = SimBreaker)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Phase {
    /// Everything.
    #[default]
    Closed,
    /// Nothing, until `cooling_until`.
    Open,
    /// One message: if it is taken, it closes.
    HalfOpen,
}

impl Phase {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What a result did to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum BreakerChange {
    #[default]
    None,
    Opened(Time),
    Closed,
}

/// A SIM's breaker.
#[derive(Clone, Debug, Default)]
pub(super) struct Breaker {
    /// None = closed; past = half-open.
    open_until: Option<Time>,
    /// Openings without [`CURED`] successes between them: each rest is longer than the last.
    openings: u32,
    /// Successes since the last failure or opening.
    streak: u8,
    /// In a row, each with another recipient.
    failures: u32,
    results: Results,
    /// Recipients that failed, the latest last.
    culprits: VecDeque<Charge>,
    /// Recipients whose failures were taken back since the last success.
    excused: Vec<u64>,
    /// What opened it last, in this run.
    opening: Option<Opening>,
    last_error: Option<SimError>,
}

/// A failure that counts.
#[derive(Clone, Copy, Debug)]
struct Charge {
    /// A hash of it.
    recipient: u64,
    /// Results since, this one included.
    age: u8,
    /// No success since.
    in_row: bool,
}

/// How it was before it opened, and what has to hold for it to stay open.
#[derive(Clone, Copy, Debug)]
struct Opening {
    fault: Fault,
    /// Of the message that was the probe.
    probe: Option<u64>,
    open_until: Option<Time>,
}

/// The last results, the newest in the lowest bit; set = failed.
#[derive(Clone, Copy, Debug, Default)]
struct Results {
    failed: u32,
    count: u8,
}

impl Results {
    fn add(&mut self, failed: bool) {
        self.failed = (self.failed << 1 | u32::from(failed)) & ((1 << RESULTS) - 1);
        self.count = RESULTS.min(self.count + 1);
    }

    /// Takes one out: the newest has age 1.
    fn remove(&mut self, age: u8) {
        if (1..=self.count).contains(&age) {
            let newer = (1 << (age - 1)) - 1;
            self.failed = (self.failed >> 1 & !newer) | (self.failed & newer);
            self.count -= 1;
        }
    }

    fn success_rate(self) -> f64 {
        let failed = f64::from(self.failed.count_ones());
        if self.count == 0 {
            1.0
        } else {
            1.0 - failed / f64::from(self.count)
        }
    }

    fn are_bad(self) -> bool {
        self.count == RESULTS && self.failed.count_ones() > MOST_FAILED
    }
}

impl Breaker {
    /// As it was when it was last recorded.
    pub(super) fn restore(health: &SimHealth) -> Self {
        Self {
            open_until: health.open_until,
            openings: health.openings,
            streak: 0,
            failures: health.failures,
            results: Results {
                failed: health.results & ((1 << RESULTS) - 1),
                count: health.counted.min(RESULTS),
            },
            culprits: VecDeque::new(),
            excused: Vec::new(),
            opening: None,
            last_error: health.last_error.clone(),
        }
    }

    /// What must outlive a restart. A SIM without failures has nothing of the kind, so that
    /// its successes cost no write.
    pub(super) fn record(&self) -> SimHealth {
        SimHealth {
            open_until: self.open_until,
            openings: self.openings,
            failures: self.failures,
            results: self.results.failed,
            counted: if self.results.failed == 0 {
                0
            } else {
                self.results.count
            },
            last_error: self.last_error.clone(),
            last_submit: None,
        }
    }

    /// The clock was set: what is left of the rest stays.
    pub(super) fn clock_set(&mut self, step: ClockStep) {
        self.open_until = self.open_until.map(|until| step.due(until));
    }

    pub(super) fn phase(&self, now: Time) -> Phase {
        match self.open_until {
            None => Phase::Closed,
            Some(_) if self.resting_until(now).is_some() => Phase::Open,
            Some(_) => Phase::HalfOpen,
        }
    }

    /// The end of the rest, while it rests. An end that no rest could have means that the clock
    /// was set back.
    pub(super) fn resting_until(&self, now: Time) -> Option<Time> {
        self.open_until
            .filter(|until| *until > now && now.until(*until) <= LONGEST)
    }

    /// 0 to 1, of the last results since it closed.
    pub(super) fn success_rate(&self) -> f64 {
        self.results.success_rate()
    }

    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    pub(super) fn last_error(&self) -> Option<&SimError> {
        self.last_error.as_ref()
    }

    /// The network took a part for this recipient.
    pub(super) fn succeeded(&mut self, recipient: u64) -> BreakerChange {
        self.failures = 0;
        self.excused.clear();
        self.streak = CURED.min(self.streak + 1);
        if self.streak == CURED {
            self.openings = 0;
        }
        if self.open_until.take().is_some() {
            self.results = Results::default();
            self.culprits.clear();
            self.results.add(false);
            return BreakerChange::Closed;
        }
        self.culprits.retain(|known| known.recipient != recipient);
        for known in &mut self.culprits {
            known.in_row = false;
        }
        self.add_result(false);
        BreakerChange::None
    }

    /// A part for this recipient failed by no fault of the recipient's or the message's;
    /// `jitter` is from 0 to 1.
    pub(super) fn failed(
        &mut self,
        fault: Fault,
        recipient: u64,
        error: Reason,
        (now, jitter): (Time, f64),
    ) -> BreakerChange {
        self.last_error = Some(SimError {
            reason: error,
            at: now,
        });
        self.streak = 0;
        let is_new = self.charge(recipient);
        let probing = self.open_until.is_some();
        if probing || (is_new && self.has_failed_enough(fault)) || fault == Fault::Sim {
            self.opening = Some(Opening {
                fault,
                probe: probing.then_some(recipient),
                open_until: self.open_until,
            });
            self.openings = self.openings.saturating_add(1);
            let until = now.after(rest(self.openings, jitter));
            self.open_until = Some(until);
            return BreakerChange::Opened(until);
        }
        BreakerChange::None
    }

    /// Another SIM refuses this recipient's message too, which therefore is the cause: what it
    /// counted for here is taken back. False where too many in a row have been taken back.
    pub(super) fn excuse(&mut self, recipient: u64) -> (bool, BreakerChange) {
        if !self.excused.contains(&recipient) {
            if self.excused.len() >= EXCUSED {
                return (false, BreakerChange::None);
            }
            self.excused.push(recipient);
        }
        let at = (self.culprits.iter()).position(|known| known.recipient == recipient);
        let Some(charge) = at.and_then(|at| self.culprits.remove(at)) else {
            return (true, BreakerChange::None);
        };
        self.results.remove(charge.age);
        for known in &mut self.culprits {
            if known.age > charge.age {
                known.age -= 1;
            }
        }
        if charge.in_row {
            self.failures = self.failures.saturating_sub(1);
        }
        (true, self.reconsider(recipient))
    }

    /// What was refused here, and by others, was taken by another SIM: it was this one's failure.
    pub(super) fn condemn(
        &mut self,
        fault: Fault,
        recipient: u64,
        error: Reason,
        when: (Time, f64),
    ) -> BreakerChange {
        if self.open_until.is_some() {
            // It rests, or waits for a probe of its own.
            return BreakerChange::None;
        }
        self.excused.retain(|known| *known != recipient);
        self.failed(fault, recipient, error, when)
    }

    /// Closes it, if it would not have opened without this recipient.
    fn reconsider(&mut self, recipient: u64) -> BreakerChange {
        let stays = |opening: Opening| match opening.probe {
            Some(probe) => probe != recipient,
            None => opening.fault == Fault::Sim || self.has_failed_enough(opening.fault),
        };
        if self.open_until.is_none() || self.opening.is_none_or(stays) {
            return BreakerChange::None;
        }
        self.open_until = self.opening.take().and_then(|opening| opening.open_until);
        self.openings = self.openings.saturating_sub(1);
        if self.open_until.is_none() {
            BreakerChange::Closed
        } else {
            BreakerChange::None
        }
    }

    fn has_failed_enough(&self, fault: Fault) -> bool {
        self.failures >= fault.needed() || self.results.are_bad()
    }

    /// Counts a failure with a recipient that is not known for one; whether it is not.
    fn charge(&mut self, recipient: u64) -> bool {
        if (self.culprits.iter()).any(|known| known.recipient == recipient) {
            return false;
        }
        if self.culprits.len() == CULPRITS {
            self.culprits.pop_front();
        }
        self.add_result(true);
        self.failures = self.failures.saturating_add(1);
        self.culprits.push_back(Charge {
            recipient,
            age: 1,
            in_row: true,
        });
        true
    }

    fn add_result(&mut self, failed: bool) {
        self.results.add(failed);
        for known in &mut self.culprits {
            known.age = known.age.saturating_add(1);
        }
    }
}

/// How long the `openings`th rest is: 30 s, doubled up to half an hour; jitter, so that a bank
/// which failed together does not probe in step.
fn rest(openings: u32, jitter: f64) -> Duration {
    let backoff = Backoff {
        first: SHORTEST_REST,
        longest: LONGEST_REST,
    };
    backoff.spread(openings, jitter)
}

#[cfg(test)]
mod tests;
