//! Which message goes through which SIM or uplink: a pure function.

use super::awaiting::{Awaiting, recipient};
use super::lanes::Lanes;
use super::router::{Goal, Plan, Router};
use super::success::SuccessRates;
use model::{Carrier, Choice, FallBackOn, Lane, Priority, Queued, RowId, Sender, SimConfig, Time};

/// A SIM or an uplink, as the choice sees it.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'a> {
    pub carrier: &'a Carrier,
    pub groups: &'a [String],
    /// It is registered, or bound. One that is not was a moment ago, and may come back.
    pub up: bool,
    /// It may send now: not on the air, within its gap, window and quotas.
    pub free: bool,
    /// It is between two parts of a message of this priority: only what is more urgent goes between.
    pub above: Option<Priority>,
    /// Why it can't be waited for; none = it is free, or at work, and so free soon.
    pub rest: Option<Rest>,
    /// Parts sent lately; what is long ago weighs less.
    pub load: f64,
    /// Turn of its last message; 0 = none yet.
    pub last_turn: u64,
    /// What its quotas leave, in parts or, if they count so, in messages.
    pub room: u32,
    pub counts_parts: bool,
    /// Of a SIM.
    pub sim: Option<SimTraits<'a>>,
    /// Source address of an uplink.
    pub source: &'a str,
}

/// What only SIMs have.
#[derive(Clone, Copy, Debug)]
pub(super) struct SimTraits<'a> {
    pub awaiting: &'a Awaiting,
    pub success: &'a SuccessRates,
    pub config: &'a SimConfig,
}

/// Why something that is up sends nothing for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// After failures.
    Cooling,
    /// A quota is used up, or it is outside its hours.
    Quota,
}

/// A message and what to send it through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    pub lane: Lane,
    pub row: RowId,
    pub carrier: Carrier,
}

/// All that a choice goes by beside the messages.
pub(super) struct Scene<'a> {
    pub candidates: Vec<Candidate<'a>>,
    pub router: &'a Router,
    /// The gateway has only just started: what is not up may be soon.
    pub settling: bool,
    pub now: Time,
}

/// The best waiting message that something free may carry, and the best carrier for it.
pub(super) fn pick(waiting: &Lanes, scene: &Scene<'_>) -> Option<Assignment> {
    if !scene.candidates.iter().any(|candidate| candidate.free) {
        return None;
    }
    waiting.lines().find_map(|line| {
        // All of a line need the same, so that one look tells of all: at the one that has waited
        // longest, which may go furthest. Only what a SIM's awaited reports keep apart may differ, and
        // which SIM is the cheapest for a number.
        let oldest = line.iter().min_by_key(|queued| queued.waits_since)?;
        if !scene.router.plan(oldest).goes_by_number() {
            scene.best(oldest, |_| true)?;
        }
        line.iter().find_map(|queued| {
            let carrier =
                scene.best(queued, |candidate| !mixes_up(candidate, queued, scene.now))?;
            Some(Assignment {
                lane: queued.lane.clone(),
                row: queued.row,
                carrier: carrier.clone(),
            })
        })
    })
}

impl Scene<'_> {
    /// What would carry this message now.
    pub(super) fn choose(&self, queued: &Queued) -> Option<Carrier> {
        let fits = |candidate: &Candidate<'_>| !mixes_up(candidate, queued, self.now);
        self.best(queued, fits).cloned()
    }

    /// Whether this one could.
    pub(super) fn is_able(&self, queued: &Queued, carrier: &Carrier) -> bool {
        let fits = |candidate: &Candidate<'_>| {
            candidate.carrier == carrier && !mixes_up(candidate, queued, self.now)
        };
        self.best(queued, fits).is_some()
    }

    /// The best that is free for a message and fits.
    fn best(&self, queued: &Queued, fits: impl Fn(&Candidate<'_>) -> bool) -> Option<&Carrier> {
        let plan = self.router.plan(queued);
        let reach = self.reach(&plan, queued);
        let able = self.candidates.iter();
        let able = able.filter(|candidate| candidate.is_free_for(queued));
        let ranked = able.filter_map(|candidate| {
            let rank = self.rank(&plan.goals[..reach], queued, candidate)?;
            let refused = queued.refused_by.as_ref() == Some(candidate.carrier);
            let able = has_room(candidate, queued)
                && fits(candidate)
                && !(refused && self.has_other(queued, candidate.carrier));
            able.then_some((rank, candidate))
        });
        let best = ranked.min_by(|(rank, one), (other_rank, other)| {
            let choice = match plan.goals.get(*rank) {
                Some(Goal::Sims { choice, .. }) => *choice,
                _ => Choice::Balance,
            };
            let order = match choice {
                Choice::RoundRobin => one.last_turn.cmp(&other.last_turn),
                _ => (self.burden(one, queued))
                    .total_cmp(&self.burden(other, queued))
                    .then(one.last_turn.cmp(&other.last_turn)),
            };
            rank.cmp(other_rank).then(order)
        });
        best.map(|(_, candidate)| candidate.carrier)
    }

    /// How many of its goals a message may go by: the first, and those that it has fallen back on.
    pub(super) fn reach(&self, plan: &Plan, queued: &Queued) -> usize {
        let goals = plan.goals.len();
        if queued.pinned.is_some() {
            return goals;
        }
        let passed = (0..goals.saturating_sub(1)).take_while(|at| self.passes(plan, *at, queued));
        goals.min(passed.count() + 1)
    }

    /// Where a message that this carrier takes has fallen back from, and why; none = it has not.
    pub(super) fn fell_back(&self, queued: &Queued, carrier: &Carrier) -> Option<String> {
        let plan = self.router.plan(queued);
        let mut all = self.candidates.iter();
        let candidate = all.find(|candidate| candidate.carrier == carrier)?;
        let has = |goal: &Goal| goal.has(carrier, candidate.groups);
        let rank = plan.goals.iter().position(has)?;
        let left = rank.checked_sub(1).filter(|_| queued.pinned.is_none())?;
        let why = self.passed_for(&plan, left, queued)?;
        Some(format!("from {}: {why}", plan.goals[left]))
    }

    /// Whether a message goes on from this goal to the next one.
    fn passes(&self, plan: &Plan, at: usize, queued: &Queued) -> bool {
        self.passed_for(plan, at, queued).is_some()
    }

    /// Why it does; none = it does not.
    fn passed_for(&self, plan: &Plan, at: usize, queued: &Queued) -> Option<&'static str> {
        let goal = plan.goals.get(at)?;
        if (plan.patience_ends(queued.waits_since, at)).is_some_and(|end| end <= self.now) {
            return Some("it has waited long enough");
        }
        let members = || {
            let all = self.candidates.iter();
            all.filter(|candidate| goal.has(candidate.carrier, candidate.groups))
        };
        let mut up = members().filter(|candidate| candidate.up).peekable();
        if up.peek().is_none() {
            let may_come = self.settling || members().next().is_some();
            return (!may_come && plan.falls_back_on(FallBackOn::NoSim))
                .then_some("nothing of it is there");
        }
        let mut why = Vec::new();
        for candidate in up {
            let refused = queued.refused_by.as_ref() == Some(candidate.carrier);
            let full = candidate.is_free_for(queued) && !has_room(candidate, queued);
            why.push(match candidate.rest {
                Some(Rest::Quota) => FallBackOn::Quota,
                None if full => FallBackOn::Quota,
                Some(Rest::Cooling) => FallBackOn::SimFailure,
                None if refused => FallBackOn::SimFailure,
                None => return None,
            });
        }
        let on = why.into_iter().find(|on| plan.falls_back_on(*on))?;
        Some(match on {
            FallBackOn::NoSim => "nothing of it is there",
            FallBackOn::SimFailure => "it has failed",
            FallBackOn::Quota => "its quotas are used up, or it is outside its hours",
        })
    }

    /// The place of the first of these goals that has this candidate, if the message may go by it.
    fn rank(&self, goals: &[Goal], queued: &Queued, candidate: &Candidate<'_>) -> Option<usize> {
        if let Some(pinned) = &queued.pinned {
            return (pinned == candidate.carrier).then_some(0);
        }
        let takes = |(rank, goal): (usize, &Goal)| {
            let takes = goal.has(candidate.carrier, candidate.groups)
                && self.prefers(goal, queued, candidate)
                && !self.is_left_behind(goals, rank, queued);
            takes.then_some(rank)
        };
        goals.iter().enumerate().find_map(takes)
    }

    /// Whether a message has been failed by this goal, or one behind it, and has waited so long that
    /// it went on: its SIMs must not hand it to each other while something else would take it.
    fn is_left_behind(&self, goals: &[Goal], rank: usize, queued: &Queued) -> bool {
        let Some(refused) = &queued.refused_by else {
            return false;
        };
        let in_goal = |goal: &Goal, carrier: &Carrier| {
            let mut all = self.candidates.iter();
            all.any(|other| other.carrier == carrier && goal.has(carrier, other.groups))
        };
        let Some(failed) = goals.iter().position(|goal| in_goal(goal, refused)) else {
            return false;
        };
        let later = goals.get(failed + 1..).unwrap_or_default();
        let plan = self.router.plan(queued);
        let ended = plan.patience_ends(queued.waits_since, failed);
        rank <= failed
            && ended.is_some_and(|end| end <= self.now)
            && self.candidates.iter().any(|other| {
                let has = |goal: &Goal| goal.has(other.carrier, other.groups);
                other.is_soon() && later.iter().any(has)
            })
    }

    /// Whether a goal's own choice leaves this candidate to the message.
    fn prefers(&self, goal: &Goal, queued: &Queued, candidate: &Candidate<'_>) -> bool {
        if let (Goal::AnyUplink, Sender::Name(name)) = (goal, &queued.lane.sender) {
            // An SMSC takes the senders that it was told of: the account's own comes first.
            let own = |other: &Candidate<'_>| other.source == name.as_str();
            return own(candidate) || !self.candidates.iter().any(own);
        }
        let Goal::Sims { choice, .. } = goal else {
            return true;
        };
        let mut others = self.candidates.iter().filter(|other| {
            let refused = queued.refused_by.as_ref() == Some(other.carrier);
            goal.has(other.carrier, other.groups) && other.is_soon() && !refused
        });
        match choice {
            Choice::Balance | Choice::RoundRobin => true,
            Choice::Sticky => match &queued.prefers {
                Some(last) => {
                    let is_last = |other: &Candidate<'_>| other.carrier.sim() == Some(last);
                    is_last(candidate) || !others.any(is_last)
                }
                None => true,
            },
            Choice::Cheapest => {
                let own = candidate.cost(&queued.to);
                others.all(|other| own <= other.cost(&queued.to))
            }
        }
    }

    /// Whether a message that this carrier has refused should be left to another one.
    pub(super) fn has_other(&self, queued: &Queued, carrier: &Carrier) -> bool {
        if queued.pinned.is_some() {
            return false;
        }
        let refused = Queued {
            refused_by: Some(carrier.clone()),
            ..queued.clone()
        };
        let plan = self.router.plan(&refused);
        let reach = self.reach(&plan, &refused);
        self.candidates.iter().any(|other| {
            let goals = &plan.goals[..reach];
            other.carrier != carrier
                && other.is_soon()
                && self.rank(goals, &refused, other).is_some()
        })
    }

    /// Whether a message that this carrier has failed, for the network's sake, has fallen back on
    /// something else that can take it.
    pub(super) fn falls_back(&self, queued: &Queued, carrier: &Carrier) -> bool {
        let plan = self.router.plan(queued);
        let reach = self.reach(&plan, queued);
        let later = plan.goals.get(1..reach).unwrap_or_default();
        queued.pinned.is_none()
            && self.candidates.iter().any(|other| {
                let has = |goal: &Goal| goal.has(other.carrier, other.groups);
                other.carrier != carrier && other.is_soon() && later.iter().any(has)
            })
    }

    /// When a message that waits falls back, if only for having waited, after now.
    pub(super) fn patience_ends(&self, queued: &Queued) -> Option<Time> {
        let plan = self.router.plan(queued);
        let last = plan.goals.len().saturating_sub(1);
        let mut ends = (0..last).filter_map(|at| plan.patience_ends(queued.waits_since, at));
        ends.find(|end| *end > self.now)
            .filter(|_| queued.pinned.is_none())
    }

    /// What it has done lately, and more of that where it fails.
    fn burden(&self, candidate: &Candidate<'_>, queued: &Queued) -> f64 {
        let rate = candidate
            .sim
            .map_or(1.0, |sim| sim.success.rate(&queued.to, self.now));
        (candidate.load + 1.0) / rate
    }
}

impl Candidate<'_> {
    fn is_free_for(&self, queued: &Queued) -> bool {
        let urgent = |than: Priority| queued.lane.priority < than;
        self.free && self.above.is_none_or(urgent)
    }

    fn is_soon(&self) -> bool {
        self.up && self.rest.is_none()
    }

    /// A SIM without a cost is taken for the dearest.
    fn cost(&self, to: &str) -> f64 {
        self.sim
            .and_then(|sim| sim.config.cost_to(to))
            .unwrap_or(f64::INFINITY)
    }
}

fn has_room(candidate: &Candidate<'_>, queued: &Queued) -> bool {
    candidate.room
        >= if candidate.counts_parts {
            u32::from(queued.needs().parts)
        } else {
            1
        }
}

fn mixes_up(candidate: &Candidate<'_>, queued: &Queued, now: Time) -> bool {
    queued.status_report
        && candidate.sim.is_some_and(|sim| {
            let (to, parts) = (recipient(&queued.to), queued.needs().parts);
            !sim.awaiting.is_empty() && sim.awaiting.would_mix_up(to, parts, now)
        })
}

#[cfg(test)]
mod tests;
