//! Which SIMs and uplinks a message may go by, as the routes say. Pure.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use model::{
    Carrier, Choice, Class, FallBack, FallBackOn, Iccid, KeyId, Lane, Queued, Route, RouteIndex,
    Sender, Sims, Target, Time, UplinkName,
};

use super::window::Hours;
use crate::settings::Strategy;

/// A place a message may go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    Sims {
        which: Which,
        choice: Choice,
    },
    Uplink(UplinkName),
    /// Whatever uplink there is.
    AnyUplink,
}

/// SIMs of a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    All,
    Group(String),
    One(Iccid),
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sims { which, .. } => match which {
                Which::All => f.write_str("sims"),
                Which::Group(name) => write!(f, "sims:group:{name}"),
                Which::One(iccid) => write!(f, "sim:{iccid}"),
            },
            Self::Uplink(name) => write!(f, "uplink:{name}"),
            Self::AnyUplink => f.write_str("uplinks"),
        }
    }
}

impl Goal {
    pub fn has(&self, carrier: &Carrier, groups: &[String]) -> bool {
        match (self, carrier) {
            (Self::Sims { which, .. }, Carrier::Sim(iccid)) => match which {
                Which::All => true,
                Which::Group(name) => groups.contains(name),
                Which::One(one) => one == iccid,
            },
            (Self::Uplink(name), Carrier::Uplink(other)) => name == other,
            (Self::AnyUplink, Carrier::Uplink(_)) => true,
            _ => false,
        }
    }

    /// The SIM or uplink that it is, where it is one.
    pub fn named(&self) -> Option<Carrier> {
        match self {
            Self::Sims {
                which: Which::One(iccid),
                ..
            } => Some(Carrier::Sim(iccid.clone())),
            Self::Uplink(name) => Some(Carrier::Uplink(name.clone())),
            Self::Sims { .. } | Self::AnyUplink => None,
        }
    }

    fn is_uplink(&self) -> bool {
        !matches!(self, Self::Sims { .. })
    }
}

/// Goals in the order in which they are tried, and when the next one is.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Of the route; none where no route leads the message.
    pub name: Option<String>,
    /// Empty when nothing could carry it: a name as its sender, and no uplink in its route.
    pub goals: Vec<Goal>,
    pub fall_back: FallBack,
}

impl Plan {
    fn only(goal: Goal) -> Self {
        Self {
            name: None,
            goals: vec![goal],
            fall_back: FallBack::default(),
        }
    }

    pub fn falls_back_on(&self, on: FallBackOn) -> bool {
        self.fall_back.on.contains(&on)
    }

    /// Whether messages with the same needs may go by different SIMs for their recipients' sake.
    pub fn goes_by_number(&self) -> bool {
        let cheapest = |goal: &Goal| {
            matches!(
                goal,
                Goal::Sims {
                    choice: Choice::Cheapest,
                    ..
                }
            )
        };
        self.goals.iter().any(cheapest)
    }

    /// When a message that has waited since then goes on for that alone,
    /// from the goal at this place.
    pub fn patience_ends(&self, waits_since: Time, at: usize) -> Option<Time> {
        let seconds = u64::from(self.fall_back.after_wait_seconds?);
        let times = u64::try_from(at).unwrap_or(u64::MAX).saturating_add(1);
        Some(waits_since.after(Duration::from_secs(seconds.saturating_mul(times))))
    }
}

/// The routes, ready to be asked.
#[derive(Clone, Debug)]
pub struct Router {
    rules: Vec<Rule>,
    keys: HashMap<KeyId, String>,
    any_sim: Plan,
    any_uplink: Plan,
}

#[derive(Clone, Debug)]
struct Rule {
    route: Route,
    hours: Option<Hours>,
    plan: Plan,
    /// The same for a message that SIMs cannot carry.
    uplinks: Plan,
    sticky: bool,
}

impl Router {
    /// `keys`: names of the API keys. `strategy`: for messages that no route leads.
    pub fn new(routes: Vec<Route>, keys: HashMap<KeyId, String>, strategy: Strategy) -> Self {
        let choice = match strategy {
            Strategy::Balance => Choice::Balance,
            Strategy::RoundRobin => Choice::RoundRobin,
        };
        Self {
            rules: routes.into_iter().map(Rule::new).collect(),
            keys,
            any_sim: Plan::only(Goal::Sims {
                which: Which::All,
                choice,
            }),
            any_uplink: Plan::only(Goal::AnyUplink),
        }
    }

    /// Which route leads messages of this lane to this recipient.
    pub fn classify(&self, lane: &Lane, to: &str, now: Time) -> Class {
        let named = matches!(lane.sender, Sender::Any | Sender::Name(_));
        let rules = self.rules.iter().enumerate();
        let found = rules
            .filter(|_| named)
            .find(|(_, rule)| rule.fits(lane, self.keys.get(&lane.key), to, now));
        Class {
            route: found.map_or(RouteIndex::ANY, |(at, _)| {
                RouteIndex(u16::try_from(at).unwrap_or(u16::MAX))
            }),
            sticky: found.is_some_and(|(_, rule)| rule.sticky),
        }
    }

    /// What a message may go by, parts that bind it to one carrier aside.
    pub fn plan(&self, queued: &Queued) -> std::borrow::Cow<'_, Plan> {
        use std::borrow::Cow::{Borrowed, Owned};
        let rule = self.rules.get(usize::from(queued.route.0));
        let explicit = |which| {
            Owned(Plan::only(Goal::Sims {
                which,
                choice: self.any_choice(),
            }))
        };
        match (&queued.lane.sender, rule) {
            (Sender::Sim(iccid), _) => explicit(Which::One(iccid.clone())),
            (Sender::Group(name), _) => explicit(Which::Group(name.clone())),
            (Sender::Uplink(name), _) => Owned(Plan::only(Goal::Uplink(name.clone()))),
            (Sender::Any, Some(rule)) => Borrowed(&rule.plan),
            (Sender::Any, None) => Borrowed(&self.any_sim),
            (Sender::Name(_), Some(rule)) => Borrowed(&rule.uplinks),
            (Sender::Name(_), None) => Borrowed(&self.any_uplink),
        }
    }

    /// When a rule comes or goes by the hours of the day.
    pub fn changes_at(&self, now: Time) -> Option<Time> {
        let hours = self.rules.iter().filter_map(|rule| rule.hours.as_ref());
        hours.filter_map(|hours| hours.changes_at(now)).min()
    }

    /// Whether a key that was made lately matters, and is not known here.
    pub fn lacks(&self, key: KeyId) -> bool {
        !self.keys.contains_key(&key)
            && (self.rules.iter()).any(|rule| !rule.route.matches.key.is_empty())
    }

    fn any_choice(&self) -> Choice {
        match self.any_sim.goals.first() {
            Some(Goal::Sims { choice, .. }) => *choice,
            _ => Choice::Balance,
        }
    }
}

impl Rule {
    fn new(route: Route) -> Self {
        let goals: Vec<Goal> = route.targets.iter().filter_map(goal).collect();
        let plan = |goals| Plan {
            name: Some(route.name.clone()),
            goals,
            fall_back: route.fall_back.clone(),
        };
        let uplinks = goals.iter().filter(|goal| goal.is_uplink());
        let sticky = |goal: &Goal| {
            let choice = Choice::Sticky;
            matches!(goal, Goal::Sims { choice: other, .. } if *other == choice)
        };
        Self {
            hours: (route.matches.hours.as_ref()).and_then(|window| Hours::new(window).ok()),
            uplinks: plan(uplinks.cloned().collect()),
            sticky: goals.iter().any(sticky),
            plan: plan(goals),
            route,
        }
    }

    fn fits(&self, lane: &Lane, key: Option<&String>, to: &str, now: Time) -> bool {
        let matches = &self.route.matches;
        let prefix = |prefix: &String| to.starts_with(prefix.as_str());
        let sender = match &lane.sender {
            Sender::Name(name) => matches.sender.is_empty() || matches.sender.contains(name),
            _ => matches.sender.is_empty(),
        };
        sender
            && (matches.to_prefix.is_empty() || matches.to_prefix.iter().any(prefix))
            && (matches.priority.is_empty() || matches.priority.contains(&lane.priority))
            && (matches.key.is_empty() || key.is_some_and(|key| matches.key.contains(key)))
            && (self.hours.as_ref()).is_none_or(|hours| hours.closed_until(now).is_none())
    }
}

/// None for what the API would not have taken.
fn goal(target: &Target) -> Option<Goal> {
    Some(match target {
        Target::Sims { which, strategy } => Goal::Sims {
            which: match which {
                Sims::All => Which::All,
                Sims::Group(name) => Which::Group(name.clone()),
                Sims::One(iccid) => Which::One(iccid.parse().ok()?),
            },
            choice: *strategy,
        },
        Target::Uplink(name) => Goal::Uplink(name.parse().ok()?),
    })
}

#[cfg(test)]
mod tests;
