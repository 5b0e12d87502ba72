//! Routes: which SIMs and uplinks a message may go by, in which order.

use serde::{Deserialize, Serialize};

use super::{Priority, Window};

/// One rule. The first whose match fits a message decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Route {
    pub(crate) name: String,
    pub(crate) matches: RouteMatch,
    /// Tried in this order; never empty.
    pub(crate) targets: Vec<Target>,
    pub(crate) fall_back: FallBack,
}

/// An empty list fits everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RouteMatch {
    /// Beginnings of the recipient's number, with `+`.
    pub(crate) to_prefix: Vec<String>,
    pub(crate) priority: Vec<Priority>,
    /// Names of API keys.
    pub(crate) key: Vec<String>,
    /// Alphanumeric senders.
    pub(crate) sender: Vec<String>,
    /// The hours of the day in which the rule is there.
    pub(crate) hours: Option<Window>,
}

/// Where a message may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    Sims { which: Sims, strategy: Choice },
    Uplink(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sims {
    All,
    Group(String),
    /// By its ICCID.
    One(String),
}

/// How one of several free SIMs is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Choice {
    /// The one that sent least lately; one that fails to this network gets less.
    Balance,
    RoundRobin,
    /// The one that last talked to this recipient, as long as it can be waited for.
    Sticky,
    /// The one with the lowest cost for this prefix, as long as it can be waited for.
    Cheapest,
}

/// When a message goes on to the next target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FallBack {
    /// After it has waited for so long; none = never for that.
    pub(crate) after_wait_seconds: Option<u32>,
    pub(crate) on: Vec<FallBackOn>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FallBackOn {
    /// Nothing of the target can send: no SIM of it is registered, its uplink is not bound.
    NoSim,
    /// The target has failed the message, and has nothing else that could carry it.
    SimFailure,
    /// All SIMs of the target that are up have used up a quota, or are outside their hours.
    Quota,
}
