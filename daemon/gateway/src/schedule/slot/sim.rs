//! What only a SIM has: its modem, its quotas and hours, its gap, its breaker, and the reports that it
//! awaits.

use std::collections::HashSet;
use std::time::Duration;

use model::{ClockStep, Iccid, Queued, Reason, SimConfig, SimHealth, Time};
use tokio::time::Instant;

use super::GRACE;
use super::hand::{Hand, Job};
use crate::carriers::{History, Modem};
use crate::schedule::awaiting::{Awaiting, recipient};
use crate::schedule::breaker::{Breaker, BreakerChange, Fault, Phase};
use crate::schedule::health::Health;
use crate::schedule::moment::Moment;
use crate::schedule::pick::{Candidate, Rest, SimTraits};
use crate::schedule::quota::{Meter, Used};
use crate::schedule::silence::Silence;
use crate::schedule::success::SuccessRates;
use crate::schedule::why::{For, Waiting};
use crate::schedule::window::Hours;
use store::Step;

/// After this, an hour-old part counts half in [`Sim::candidate`]'s load.
const HALF_LIFE: Duration = Duration::from_hours(1);

/// Numbers in a row that a list may well have of which none exists.
const MOST_UNASSIGNED: usize = 3;

/// One SIM.
pub(in crate::schedule) struct Sim {
    /// The modem it sits in, while that is ready to send.
    pub(in crate::schedule) modem: Option<Modem>,
    pub(in crate::schedule) config: SimConfig,
    hours: Option<Hours>,
    meter: Meter,
    /// When the part at work was counted, and whether it is its message's first.
    counted: Option<(Time, bool)>,
    load: f64,
    load_at: Time,
    pub(in crate::schedule) success: SuccessRates,
    /// End of the gap after its last submit.
    gap_until: Instant,
    breaker: Breaker,
    /// What the store knows of the breaker, or will with the steps on their way.
    recorded: SimHealth,
    /// When it was last done with a part.
    done_at: Option<Time>,
    pub(in crate::schedule) awaiting: Awaiting,
    pub(in crate::schedule) silence: Silence,
    /// Recipients in a row whose number does not exist, as this SIM's modem says.
    unassigned: HashSet<u64>,
    /// A message between two of its parts, which lets what is more urgent go first. On disk it is
    /// `sending`, and none of its parts is.
    pub(in crate::schedule) parked: Vec<Job>,
}

impl Sim {
    /// A SIM with what it did before the gateway started.
    pub(in crate::schedule) fn new(config: SimConfig, history: &History, now: Time) -> Self {
        let mut sim = Self {
            modem: None,
            config: SimConfig::default(),
            hours: None,
            meter: Meter::restore(history, now),
            counted: None,
            load: 0.0,
            load_at: Time::ZERO,
            success: SuccessRates::default(),
            gap_until: Instant::now(),
            breaker: Breaker::restore(&history.health),
            recorded: SimHealth {
                last_submit: None,
                ..history.health.clone()
            },
            done_at: history.health.last_submit,
            awaiting: Awaiting::restore(&history.submits),
            silence: Silence::default(),
            unassigned: HashSet::new(),
            parked: Vec::new(),
        };
        sim.configure(config);
        if let Some(at) = history.last_submit().filter(|at| *at <= now) {
            sim.gap_until += sim.gap(1.0).saturating_sub(at.until(now));
        }
        sim
    }

    /// It has a modem and nothing in hand.
    pub(in crate::schedule) fn is_idle(&self, hand: &Hand) -> bool {
        self.modem.is_some() && hand.is_empty()
    }

    pub(in crate::schedule) fn configure(&mut self, config: SimConfig) {
        self.hours = config
            .window
            .as_ref()
            .and_then(|window| Hours::new(window).ok());
        self.config = config;
        // A gap that was made shorter holds from now on.
        self.gap_until = self.gap_until.min(Instant::now() + self.gap(1.0));
    }

    /// None when it is disabled, or has been away for so long that nothing waits for it.
    pub(in crate::schedule) fn candidate<'a>(
        &'a self,
        hand: &'a Hand,
        moment: Moment,
    ) -> Option<Candidate<'a>> {
        let up = self.modem.is_some();
        let lately = |since: Instant| moment.steady < since + GRACE;
        if !self.config.enabled || !(up || hand.down_since.is_some_and(lately)) {
            return None;
        }
        let now = moment.wall;
        let free = up && hand.is_empty() && self.opens_at(hand, moment).is_none();
        // Of those at work nothing more is asked: it would be, of each, for each message.
        let at_work = free || !hand.is_empty() || !self.parked.is_empty();
        Some(Candidate {
            carrier: &hand.carrier,
            groups: &self.config.groups,
            up,
            free,
            rest: if at_work { None } else { self.rest_of(now) },
            load: if free {
                self.load * self.decay(now)
            } else {
                0.0
            },
            last_turn: hand.last_turn,
            above: self.parked.last().map(Job::priority),
            room: if free {
                let room = self.meter.room(&self.config.quota, now);
                room.saturating_sub(self.promised())
            } else {
                0
            },
            counts_parts: self.config.quota.segments,
            sim: Some(SimTraits {
                awaiting: &self.awaiting,
                success: &self.success,
                config: &self.config,
            }),
            source: "",
        })
    }

    /// What the rest of a parked message will use of the quotas.
    fn promised(&self) -> u32 {
        if !self.config.quota.segments {
            return 0;
        }
        self.parked.iter().map(Job::parts_left).sum()
    }

    /// Whether its parked message may go on: what its quotas, its hours and the like had to say was
    /// said when it was begun.
    pub(in crate::schedule) fn resumes(&self, hand: &Hand, moment: Moment) -> bool {
        self.is_idle(hand) && !self.parked.is_empty() && self.pause(hand, moment).is_none()
    }

    /// The end of its gap, or of what its modem needs.
    fn pause(&self, hand: &Hand, moment: Moment) -> Option<Instant> {
        let pause = self.gap_until.max(hand.rest_until);
        Some(pause).filter(|until| *until > moment.steady)
    }

    /// Why no message should wait for it that could go elsewhere.
    fn rest_of(&self, now: Time) -> Option<Rest> {
        if self.is_cooling(now) {
            return Some(Rest::Cooling);
        }
        self.rests_until(now).map(|_| Rest::Quota)
    }

    /// When it may send again; none = now. Quotas aside from a used-up one are a matter of the
    /// message's length.
    fn opens_at(&self, hand: &Hand, moment: Moment) -> Option<Instant> {
        let rest = self.rests_until(moment.wall);
        let rest = rest.map(|until| moment.steady + moment.wall.until(until));
        self.pause(hand, moment).into_iter().chain(rest).max()
    }

    /// The same, gaps aside: while it rests no message should wait for it that could go
    /// elsewhere.
    fn rests_until(&self, now: Time) -> Option<Time> {
        [
            self.breaker.resting_until(now),
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

    /// What this message would wait for here.
    pub(in crate::schedule) fn obstacle(&self, queued: &Queued, now: Time) -> Waiting {
        let at = |what, until: Option<Time>| {
            let until = until.filter(|until| *until > now)?;
            Some(Waiting::new(what, Some(until)))
        };
        if !self.config.enabled {
            return Waiting::new(For::Disabled, None);
        }
        if self.modem.is_none() {
            return Waiting::new(For::Sim, None);
        }
        let hours = self.hours.as_ref();
        let quota = &self.config.quota;
        let needs = if quota.segments {
            queued.needs().parts.into()
        } else {
            1
        };
        let short = self.meter.room(quota, now) < needs;
        let rests = [
            at(For::Cooling, self.breaker.resting_until(now)),
            at(For::Quota, self.meter.exhausted_until(quota, now)),
            at(For::Window, hours.and_then(|hours| hours.closed_until(now))),
            at(For::Quota, Meter::next_span(quota, now).filter(|_| short)),
        ];
        let longest = rests.into_iter().flatten().max_by_key(|rest| rest.until);
        longest.unwrap_or_else(|| {
            let (to, parts) = (recipient(&queued.to), queued.needs().parts);
            let kept_away = queued.status_report && self.awaiting.would_mix_up(to, parts, now);
            Waiting::new(if kept_away { For::Report } else { For::Turn }, None)
        })
    }

    /// When to look again, while messages wait and this SIM is idle.
    pub(in crate::schedule) fn look_again_at(
        &self,
        hand: &Hand,
        moment: Moment,
    ) -> Option<Instant> {
        if self.modem.is_none() {
            let gone_at = hand.down_since.map(|since| since + GRACE);
            return gone_at.filter(|at| *at > moment.steady);
        }
        if !self.parked.is_empty() && hand.is_empty() {
            return self.pause(hand, moment);
        }
        if !self.config.enabled || !hand.is_empty() {
            return None;
        }
        self.opens_at(hand, moment).or_else(|| {
            let span = Meter::next_span(&self.config.quota, moment.wall)?;
            Some(moment.steady + moment.wall.until(span))
        })
    }

    /// The clock was set: whatever runs goes on as it did.
    pub(in crate::schedule) fn clock_set(&mut self, step: ClockStep) {
        self.meter.clock_set(step);
        self.breaker.clock_set(step);
        self.awaiting.clock_set(step);
        self.load_at = step.past(self.load_at);
        self.done_at = self.done_at.map(|at| step.past(at));
        // Wherever its spans began, it counts in those that run now.
        self.counted = self.counted.map(|(_, first)| (step.to, first));
    }

    pub(in crate::schedule) fn exhausted(&self, now: Time) -> bool {
        self.meter
            .exhausted_until(&self.config.quota, now)
            .is_some()
    }

    /// Outside its hours, when they begin.
    pub(in crate::schedule) fn opens_again_at(&self, now: Time) -> Option<Time> {
        self.hours.as_ref()?.closed_until(now)
    }

    pub(in crate::schedule) fn used(&self, now: Time) -> Used {
        self.meter.used(&self.config.quota, now)
    }

    /// Counts a part that is about to go out.
    pub(in crate::schedule) fn count_submit(&mut self, first_part: bool, now: Time) {
        self.counted = Some((now, first_part));
        self.load = self.load * self.decay(now) + 1.0;
        self.load_at = now;
        self.meter.add(now, first_part);
    }

    /// It was refused, and so used nothing up: the store gives it back too.
    pub(in crate::schedule) fn give_back(&mut self) {
        if let Some((at, first_part)) = self.counted.take() {
            self.meter.take_back(at, first_part);
        }
    }

    /// It went out, or may have.
    pub(in crate::schedule) fn keep_count(&mut self) {
        self.counted = None;
    }

    /// Starts the gap after a submit; `jitter` (0 to 1) makes it up to a quarter longer.
    pub(in crate::schedule) fn start_gap(&mut self, jitter: f64) {
        self.gap_until = Instant::now() + self.gap(jitter);
    }

    fn gap(&self, jitter: f64) -> Duration {
        let gap = Duration::from_millis(self.config.min_gap_ms.into());
        gap.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0)
    }

    /// `+CMS ERROR: 1` again: whether so many recipients in a row got it that the modem is to be
    /// doubted, and not their numbers (field notes A 8).
    pub(in crate::schedule) fn unassigned(&mut self, recipient: u64) -> bool {
        if self.unassigned.len() <= MOST_UNASSIGNED {
            self.unassigned.insert(recipient);
        }
        self.unassigned.len() > MOST_UNASSIGNED
    }

    pub(in crate::schedule) fn succeeded(&mut self, recipient: u64) -> BreakerChange {
        self.unassigned.clear();
        self.breaker.succeeded(recipient)
    }

    /// A part failed, by no fault of its message.
    pub(in crate::schedule) fn failed(
        &mut self,
        fault: Fault,
        to: &str,
        error: Reason,
        when: (Time, f64),
    ) -> BreakerChange {
        self.success.add(to, false, when.0);
        self.breaker.failed(fault, recipient(to), error, when)
    }

    /// What it refused for this recipient, or has refused just now, another SIM refuses too. False
    /// where it is to be blamed all the same.
    pub(in crate::schedule) fn excuse(&mut self, to: &str) -> (bool, BreakerChange) {
        self.breaker.excuse(recipient(to))
    }

    /// What it was excused for another SIM has sent.
    pub(in crate::schedule) fn condemn(
        &mut self,
        fault: Fault,
        to: &str,
        error: Reason,
        when: (Time, f64),
    ) -> BreakerChange {
        self.breaker.condemn(fault, recipient(to), error, when)
    }

    /// It rests after failures.
    pub(in crate::schedule) fn is_cooling(&self, now: Time) -> bool {
        let until = self.breaker.resting_until(now);
        until.is_some_and(|until| until > now)
    }

    pub(in crate::schedule) fn phase(&self, now: Time) -> Phase {
        self.breaker.phase(now)
    }

    pub(in crate::schedule) fn health(&self, now: Time) -> Health {
        Health::of(&self.breaker, now)
    }

    /// An operator has seen to it. What the store knows is the operator's to change.
    pub(in crate::schedule) fn forgive(&mut self) -> BreakerChange {
        let was = std::mem::take(&mut self.breaker);
        self.recorded = SimHealth::default();
        if was.phase(Time::ZERO) == Phase::Closed {
            BreakerChange::None
        } else {
            BreakerChange::Closed
        }
    }

    /// What to write with an outcome, if that changed anything that must outlive a restart.
    pub(in crate::schedule) fn take_record(&mut self, iccid: &Iccid, now: Time) -> Option<Step> {
        self.done_at = Some(now);
        self.take_correction(iccid)
    }

    /// The same with another SIM's outcome.
    pub(in crate::schedule) fn take_correction(&mut self, iccid: &Iccid) -> Option<Step> {
        let health = self.breaker.record();
        if health == self.recorded {
            return None;
        }
        self.recorded = health.clone();
        let last_submit = self.done_at;
        Some(Step::Health {
            iccid: iccid.clone(),
            health: Box::new(SimHealth {
                last_submit,
                ..health
            }),
        })
    }

    fn decay(&self, now: Time) -> f64 {
        0.5_f64.powf(self.load_at.until(now).as_secs_f64() / HALF_LIFE.as_secs_f64())
    }
}
