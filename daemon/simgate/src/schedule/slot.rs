//! A SIM as the scheduler sees it: whether it may send now, and what it has in hand.

use std::time::Duration;

use modem::{Iccid, JobId};
use tokio::time::Instant;
use tpdu::PduHex;

use super::outcome::cooling;
use super::pick::Candidate;
use super::quota::{Meter, Used};
use super::window::Hours;
use crate::model::{Queued, SimConfig, Time};
use crate::modems::ModemHandle;

/// After this, an hour-old part counts half in [`Slot::candidate`]'s load.
const HALF_LIFE: Duration = Duration::from_hours(1);

/// Of the success rate: a new result weighs a twentieth.
const RESULT_WEIGHT: f64 = 0.05;

/// One SIM.
pub(super) struct Slot {
    /// The modem it sits in, while that is ready to send.
    pub(super) modem: Option<ModemHandle>,
    pub(super) config: SimConfig,
    hours: Option<Hours>,
    meter: Meter,
    load: f64,
    load_at: Time,
    pub(super) last_turn: u64,
    /// End of the gap after its last submit.
    gap_until: Instant,
    pub(super) health: Health,
    pub(super) job: Option<Job>,
}

/// How the SIM has done lately.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Health {
    /// 0 to 1, of the last parts, newer ones weigh more.
    pub(crate) success_rate: f64,
    pub(crate) consecutive_failures: u32,
    pub(crate) cooling_until: Option<Time>,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            success_rate: 1.0,
            consecutive_failures: 0,
            cooling_until: None,
        }
    }
}

/// A message in a SIM's hands.
pub(super) struct Job {
    pub(super) queued: Queued,
    pub(super) parts: Vec<PduHex>,
    /// 1-based: the part at work.
    pub(super) part: u16,
    /// Set while the modem has it: since when, and by what name.
    pub(super) on_air: Option<(JobId, Instant)>,
}

impl Job {
    pub(super) fn is_last(&self) -> bool {
        usize::from(self.part) >= self.parts.len()
    }

    pub(super) fn pdu(&self) -> Option<PduHex> {
        self.parts
            .get(usize::from(self.part.checked_sub(1)?))
            .cloned()
    }
}

impl Slot {
    pub(super) fn new(config: SimConfig, meter: Meter) -> Self {
        let hours = config
            .window
            .as_ref()
            .and_then(|window| Hours::new(window).ok());
        Self {
            modem: None,
            config,
            hours,
            meter,
            load: 0.0,
            load_at: Time::ZERO,
            last_turn: 0,
            gap_until: Instant::now(),
            health: Health::default(),
            job: None,
        }
    }

    pub(super) fn configure(&mut self, config: SimConfig) {
        self.hours = config
            .window
            .as_ref()
            .and_then(|window| Hours::new(window).ok());
        self.config = config;
    }

    pub(super) fn candidate<'a>(&'a self, iccid: &'a Iccid, now: Time) -> Option<Candidate<'a>> {
        if self.modem.is_none() || !self.config.enabled {
            return None;
        }
        Some(Candidate {
            iccid,
            groups: &self.config.groups,
            free: self.job.is_none() && self.opens_at(now).is_none(),
            load: self.load * self.decay(now),
            last_turn: self.last_turn,
            room: self.meter.room(&self.config.quota, now),
            counts_parts: self.config.quota.segments,
        })
    }

    /// When it may send again; none = now. Quotas aside from a used-up one are a matter of the
    /// message's length.
    pub(super) fn opens_at(&self, now: Time) -> Option<Time> {
        [
            // By the clock that nobody sets.
            Some(now.after(self.gap_until.saturating_duration_since(Instant::now()))),
            self.health.cooling_until,
            self.meter.exhausted_until(&self.config.quota, now),
            self.hours
                .as_ref()
                .and_then(|hours| hours.closed_until(now)),
        ]
        .into_iter()
        .flatten()
        .filter(|until| *until > now)
        .max()
    }

    /// When to look again, while messages wait and this SIM is idle.
    pub(super) fn look_again_at(&self, now: Time) -> Option<Time> {
        if self.modem.is_none() || !self.config.enabled || self.job.is_some() {
            return None;
        }
        self.opens_at(now)
            .or_else(|| Meter::next_span(&self.config.quota, now))
    }

    /// The clock may have been set back since the last look.
    pub(super) fn follow_clock(&mut self, now: Time) {
        self.meter.follow_clock(now);
        self.load_at = self.load_at.min(now);
        let longest = now.after(cooling(u32::MAX));
        let cooling = self.health.cooling_until.as_mut();
        if let Some(until) = cooling.filter(|until| **until > longest) {
            *until = longest;
        }
    }

    pub(super) fn exhausted(&self, now: Time) -> bool {
        self.meter
            .exhausted_until(&self.config.quota, now)
            .is_some()
    }

    pub(super) fn used(&self, now: Time) -> Used {
        self.meter.used(&self.config.quota, now)
    }

    /// Counts a part that is about to go out: an attempt uses the quota up, sent or not.
    pub(super) fn count_submit(&mut self, first_part: bool, now: Time) {
        self.load = self.load * self.decay(now) + 1.0;
        self.load_at = now;
        self.meter.add(now, first_part);
    }

    /// Starts the gap after a submit; `jitter` (0 to 1) makes it up to a quarter longer.
    pub(super) fn start_gap(&mut self, jitter: f64) {
        let gap = Duration::from_millis(self.config.min_gap_ms.into());
        self.gap_until = Instant::now() + gap.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0);
    }

    pub(super) fn succeeded(&mut self) {
        self.health.consecutive_failures = 0;
        self.health.cooling_until = None;
        self.weigh(1.0);
    }

    pub(super) fn failed(&mut self, cool: bool, now: Time) {
        self.health.consecutive_failures = self.health.consecutive_failures.saturating_add(1);
        self.weigh(0.0);
        if cool {
            self.health.cooling_until = Some(now.after(cooling(self.health.consecutive_failures)));
        }
    }

    fn weigh(&mut self, result: f64) {
        self.health.success_rate += (result - self.health.success_rate) * RESULT_WEIGHT;
    }

    fn decay(&self, now: Time) -> f64 {
        0.5_f64.powf(self.load_at.until(now).as_secs_f64() / HALF_LIFE.as_secs_f64())
    }
}
