//! Routes: which SIMs and uplinks a message may go by, in which order.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Lane, Priority, Window};

/// Which route leads a message: its place in the list, or none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RouteIndex(pub(crate) u16);

impl RouteIndex {
    /// No route's match fits: any SIM.
    pub(crate) const ANY: Self = Self(u16::MAX);
}

/// How the route of a message is found: whoever knows the routes gives this to who knows the
/// messages.
#[derive(Clone)]
pub(crate) struct Classifier(Arc<Classify>);

type Classify = dyn Fn(&Lane, &str) -> Class + Send + Sync;

/// What a classifier says of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Class {
    pub(crate) route: RouteIndex,
    /// The SIM that last talked to the recipient matters.
    pub(crate) sticky: bool,
}

impl Classifier {
    pub(crate) fn new(classify: impl Fn(&Lane, &str) -> Class + Send + Sync + 'static) -> Self {
        Self(Arc::new(classify))
    }

    pub(crate) fn class(&self, lane: &Lane, to: &str) -> Class {
        (self.0)(lane, to)
    }
}

impl Default for Classifier {
    fn default() -> Self {
        Self::new(|_, _| Class {
            route: RouteIndex::ANY,
            sticky: false,
        })
    }
}

impl fmt::Debug for Classifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Classifier")
    }
}

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
#[schema(as = RouteStrategy)]
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

/// For what a message goes on to the next target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RouteFallBackOn)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FallBackOn {
    /// Nothing of the target can send: no SIM of it is registered, its uplink is not bound.
    NoSim,
    /// The target has failed the message, and has nothing else that could carry it.
    SimFailure,
    /// All SIMs of the target that are up have used up a quota, or are outside their hours.
    Quota,
}
