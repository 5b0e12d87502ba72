//! A SIM as the scheduler sees it: whether it may send now, and what it has in hand.

use std::collections::HashSet;
use std::time::Duration;

use model::{
    Carrier, ClockStep, Iccid, Priority, Queued, Reason, SimConfig, SimError, SimHealth, Time,
};
use serde::Serialize;
use tokio::time::Instant;

use super::awaiting::{Awaiting, recipient};
use super::breaker::{Breaker, Change, Fault, Phase};
use super::moment::Moment;
use super::pick::{Candidate, Rest, SimTraits};
use super::quota::{Meter, Used};
use super::silence::Silence;
use super::success::SuccessRates;
use super::why::{For, Waiting};
use super::window::Hours;
use crate::carriers::{History, JobId, LetOut, Modem, Outcome, Part, Parts};
use store::Step;

/// After this, an hour-old part counts half in [`Slot::candidate`]'s load.
const HALF_LIFE: Duration = Duration::from_hours(1);

/// How long a SIM that went away is waited for before a message falls back for that.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// Numbers in a row that a list may well have of which none exists.
const MOST_UNASSIGNED: usize = 3;

/// One SIM.
pub(super) struct Slot {
    /// The modem it sits in, while that is ready to send.
    pub(super) modem: Option<Modem>,
    /// Since when it has had none.
    pub(super) down_since: Option<Instant>,
    carrier: Carrier,
    pub(super) config: SimConfig,
    hours: Option<Hours>,
    meter: Meter,
    /// When the part at work was counted, and whether it is its message's first.
    counted: Option<(Time, bool)>,
    load: f64,
    load_at: Time,
    pub(super) success: SuccessRates,
    pub(super) last_turn: u64,
    /// End of the gap after its last submit.
    gap_until: Instant,
    /// Its modem takes nothing until then.
    rest_until: Instant,
    breaker: Breaker,
    /// What the store knows of the breaker, or will with the steps on their way.
    recorded: SimHealth,
    /// When it was last done with a part.
    done_at: Option<Time>,
    pub(super) awaiting: Awaiting,
    pub(super) silence: Silence,
    /// Recipients in a row whose number does not exist, as this SIM's modem says.
    unassigned: HashSet<u64>,
    pub(super) job: Option<Job>,
    /// A message between two of its parts, which lets what is more urgent go first. On disk it is
    /// `sending`, and none of its parts is.
    pub(super) parked: Vec<Job>,
}

/// How the SIM has done lately.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SimHealth)]
pub struct Health {
    /// 0 to 1, of the last 20 parts since it last rested. What a recipient or a message was
    /// refused for does not count, nor does a recipient that is refused again.
    pub success_rate: f64,
    /// Since it last sent one.
    pub consecutive_failures: u32,
    /// It rests until then.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub cooling_until: Option<Time>,
    pub breaker: Phase,
    /// The last failure that was taken for the SIM's.
    #[schema(required)]
    pub last_error: Option<SimError>,
}

impl Default for Health {
    fn default() -> Self {
        Self::of(&Breaker::default(), Time::ZERO)
    }
}

impl Health {
    /// Of a SIM that was not up in this run.
    pub fn remembered(health: &SimHealth, now: Time) -> Self {
        Self::of(&Breaker::restore(health), now)
    }

    fn of(breaker: &Breaker, now: Time) -> Self {
        Self {
            success_rate: breaker.success_rate(),
            consecutive_failures: breaker.failures(),
            cooling_until: breaker.resting_until(now),
            breaker: breaker.phase(now),
            last_error: breaker.last_error().cloned(),
        }
    }
}

/// A message in a SIM's hands.
pub(super) struct Job {
    pub(super) queued: Queued,
    pub(super) parts: Parts,
    /// 1-based: the part at work.
    pub(super) part: u16,
    /// Set while the modem has that.
    pub(super) on_air: Option<OnAir>,
}

/// A part that a modem has.
pub(super) struct OnAir {
    pub(super) id: JobId,
    /// Since when it has the part, or may send it.
    pub(super) since: Instant,
    /// Lets the PDU out, once its `sending` is on disk; none = it did. Dropped before that, it has
    /// the modem give the part up.
    pub(super) go: Option<LetOut>,
    /// What came of the part before it was let out.
    pub(super) early: Option<(Outcome, bool)>,
}

impl Job {
    pub(super) fn is_last(&self) -> bool {
        self.part >= self.parts.count()
    }

    pub(super) fn priority(&self) -> Priority {
        self.queued.lane.priority
    }

    /// Parts of it were sent since it was claimed.
    pub(super) fn has_begun(&self) -> bool {
        self.part > self.queued.next_part
    }

    /// Parts that are not sent yet, with the one at work.
    fn parts_left(&self) -> u32 {
        let sent = self.part.saturating_sub(1);
        self.parts.count().saturating_sub(sent).into()
    }

    /// The part at work; `more`: something follows at once.
    pub(super) fn part_at_work(&self, more: bool) -> Option<Part> {
        self.parts.part(self.part, more)
    }
}

impl Slot {
    /// A SIM with what it did before the gateway started.
    pub(super) fn new(iccid: &Iccid, config: SimConfig, history: &History, now: Time) -> Self {
        let mut slot = Self {
            modem: None,
            down_since: None,
            carrier: iccid.clone().into(),
            config: SimConfig::default(),
            hours: None,
            meter: Meter::restore(history, now),
            counted: None,
            load: 0.0,
            load_at: Time::ZERO,
            success: SuccessRates::default(),
            last_turn: 0,
            gap_until: Instant::now(),
            rest_until: Instant::now(),
            breaker: Breaker::restore(&history.health),
            recorded: SimHealth {
                last_submit: None,
                ..history.health.clone()
            },
            done_at: history.health.last_submit,
            awaiting: Awaiting::restore(&history.submits),
            silence: Silence::default(),
            unassigned: HashSet::new(),
            job: None,
            parked: Vec::new(),
        };
        slot.configure(config);
        if let Some(at) = history.last_submit().filter(|at| *at <= now) {
            slot.gap_until += slot.gap(1.0).saturating_sub(at.until(now));
        }
        slot
    }

    /// It has a modem and nothing in hand.
    pub(super) fn is_idle(&self) -> bool {
        self.modem.is_some() && self.job.is_none()
    }

    pub(super) fn configure(&mut self, config: SimConfig) {
        self.hours = config
            .window
            .as_ref()
            .and_then(|window| Hours::new(window).ok());
        self.config = config;
        // A gap that was made shorter holds from now on.
        self.gap_until = self.gap_until.min(Instant::now() + self.gap(1.0));
    }

    /// None when it is disabled, or has been away for so long that nothing waits for it.
    pub(super) fn candidate(&self, moment: Moment) -> Option<Candidate<'_>> {
        let up = self.modem.is_some();
        let lately = |since: Instant| moment.steady < since + GRACE;
        if !self.config.enabled || !(up || self.down_since.is_some_and(lately)) {
            return None;
        }
        let now = moment.wall;
        let free = up && self.job.is_none() && self.opens_at(moment).is_none();
        // Of those at work nothing more is asked: it would be, of each, for each message.
        let at_work = free || self.job.is_some() || !self.parked.is_empty();
        Some(Candidate {
            carrier: &self.carrier,
            groups: &self.config.groups,
            up,
            free,
            rest: if at_work { None } else { self.rest_of(now) },
            load: if free {
                self.load * self.decay(now)
            } else {
                0.0
            },
            last_turn: self.last_turn,
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
    pub(super) fn resumes(&self, moment: Moment) -> bool {
        self.is_idle() && !self.parked.is_empty() && self.pause(moment).is_none()
    }

    /// The end of its gap, or of what its modem needs.
    fn pause(&self, moment: Moment) -> Option<Instant> {
        let pause = self.gap_until.max(self.rest_until);
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
    pub(super) fn opens_at(&self, moment: Moment) -> Option<Instant> {
        let rest = self.rests_until(moment.wall);
        let rest = rest.map(|until| moment.steady + moment.wall.until(until));
        self.pause(moment).into_iter().chain(rest).max()
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
    pub(super) fn obstacle(&self, queued: &Queued, now: Time) -> Waiting {
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
    pub(super) fn look_again_at(&self, moment: Moment) -> Option<Instant> {
        if self.modem.is_none() {
            let gone_at = self.down_since.map(|since| since + GRACE);
            return gone_at.filter(|at| *at > moment.steady);
        }
        if !self.parked.is_empty() && self.job.is_none() {
            return self.pause(moment);
        }
        if !self.config.enabled || self.job.is_some() {
            return None;
        }
        self.opens_at(moment).or_else(|| {
            let span = Meter::next_span(&self.config.quota, moment.wall)?;
            Some(moment.steady + moment.wall.until(span))
        })
    }

    /// The clock was set: whatever runs goes on as it did.
    pub(super) fn clock_set(&mut self, step: ClockStep) {
        self.meter.clock_set(step);
        self.breaker.clock_set(step);
        self.awaiting.clock_set(step);
        self.load_at = step.past(self.load_at);
        self.done_at = self.done_at.map(|at| step.past(at));
        // Wherever its spans began, it counts in those that run now.
        self.counted = self.counted.map(|(_, first)| (step.to, first));
    }

    pub(super) fn exhausted(&self, now: Time) -> bool {
        self.meter
            .exhausted_until(&self.config.quota, now)
            .is_some()
    }

    /// Outside its hours, when they begin.
    pub(super) fn opens_again_at(&self, now: Time) -> Option<Time> {
        self.hours.as_ref()?.closed_until(now)
    }

    pub(super) fn used(&self, now: Time) -> Used {
        self.meter.used(&self.config.quota, now)
    }

    /// Counts a part that is about to go out.
    pub(super) fn count_submit(&mut self, first_part: bool, now: Time) {
        self.counted = Some((now, first_part));
        self.load = self.load * self.decay(now) + 1.0;
        self.load_at = now;
        self.meter.add(now, first_part);
    }

    /// It was refused, and so used nothing up: the store gives it back too.
    pub(super) fn give_back(&mut self) {
        if let Some((at, first_part)) = self.counted.take() {
            self.meter.take_back(at, first_part);
        }
    }

    /// It went out, or may have.
    pub(super) fn keep_count(&mut self) {
        self.counted = None;
    }

    /// Starts the gap after a submit; `jitter` (0 to 1) makes it up to a quarter longer.
    pub(super) fn start_gap(&mut self, jitter: f64) {
        self.gap_until = Instant::now() + self.gap(jitter);
    }

    fn gap(&self, jitter: f64) -> Duration {
        let gap = Duration::from_millis(self.config.min_gap_ms.into());
        gap.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0)
    }

    /// Leaves it alone: its modem takes nothing.
    pub(super) fn rest(&mut self, wait: Duration) {
        self.rest_until = Instant::now() + wait;
    }

    /// `+CMS ERROR: 1` again: whether so many recipients in a row got it that the modem is to be
    /// doubted, and not their numbers (field notes A 8).
    pub(super) fn unassigned(&mut self, recipient: u64) -> bool {
        if self.unassigned.len() <= MOST_UNASSIGNED {
            self.unassigned.insert(recipient);
        }
        self.unassigned.len() > MOST_UNASSIGNED
    }

    pub(super) fn succeeded(&mut self, recipient: u64) -> Change {
        self.unassigned.clear();
        self.breaker.succeeded(recipient)
    }

    /// A part failed, by no fault of its message.
    pub(super) fn failed(
        &mut self,
        fault: Fault,
        to: &str,
        error: Reason,
        when: (Time, f64),
    ) -> Change {
        self.success.add(to, false, when.0);
        self.breaker.failed(fault, recipient(to), error, when)
    }

    /// What it refused for this recipient, or has refused just now, another SIM refuses too. False
    /// where it is to be blamed all the same.
    pub(super) fn excuse(&mut self, to: &str) -> (bool, Change) {
        self.breaker.excuse(recipient(to))
    }

    /// What it was excused for another SIM has sent.
    pub(super) fn condemn(
        &mut self,
        fault: Fault,
        to: &str,
        error: Reason,
        when: (Time, f64),
    ) -> Change {
        self.breaker.condemn(fault, recipient(to), error, when)
    }

    /// It rests after failures.
    pub(super) fn is_cooling(&self, now: Time) -> bool {
        let until = self.breaker.resting_until(now);
        until.is_some_and(|until| until > now)
    }

    pub(super) fn phase(&self, now: Time) -> Phase {
        self.breaker.phase(now)
    }

    pub(super) fn health(&self, now: Time) -> Health {
        Health::of(&self.breaker, now)
    }

    /// An operator has seen to it. What the store knows is the operator's to change.
    pub(super) fn forgive(&mut self) -> Change {
        let was = std::mem::take(&mut self.breaker);
        self.recorded = SimHealth::default();
        if was.phase(Time::ZERO) == Phase::Closed {
            Change::None
        } else {
            Change::Closed
        }
    }

    /// What to write with an outcome, if that changed anything that must outlive a restart.
    pub(super) fn take_record(&mut self, iccid: &Iccid, now: Time) -> Option<Step> {
        self.done_at = Some(now);
        self.take_correction(iccid)
    }

    /// The same with another SIM's outcome.
    pub(super) fn take_correction(&mut self, iccid: &Iccid) -> Option<Step> {
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
