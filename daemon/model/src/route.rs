//! Routes: which SIMs and uplinks a message may go by, in which order.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Lane, Priority, Window};

/// Which route leads a message: its place in the list, or none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RouteIndex(pub u16);

impl RouteIndex {
    /// No route's match fits: any SIM.
    pub const ANY: Self = Self(u16::MAX);
}

/// How the route of a message is found: whoever knows the routes gives this to who knows the
/// messages.
#[derive(Clone)]
pub struct Classifier(Arc<Classify>);

type Classify = dyn Fn(&Lane, &str) -> Class + Send + Sync;

/// What a classifier says of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    pub route: RouteIndex,
    /// The SIM that last talked to the recipient matters.
    pub sticky: bool,
}

impl Classifier {
    pub fn new(classify: impl Fn(&Lane, &str) -> Class + Send + Sync + 'static) -> Self {
        Self(Arc::new(classify))
    }

    pub fn class(&self, lane: &Lane, to: &str) -> Class {
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
pub struct Route {
    pub name: String,
    pub matches: RouteMatch,
    /// Tried in this order; never empty.
    pub targets: Vec<Target>,
    pub fall_back: FallBack,
}

/// What a message must be; what is left out or empty fits every one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RouteMatch {
    /// Beginnings of the recipient's number: `+` and digits, or digits for short codes.
    #[schema(max_items = 200, example = json!(["+8490"]))]
    pub to_prefix: Vec<String>,
    #[schema(max_items = 3)]
    pub priority: Vec<Priority>,
    /// Names of API keys.
    #[schema(max_items = 64, example = json!(["crm"]))]
    pub key: Vec<String>,
    /// Alphanumeric senders, as in the `from` of a message.
    #[schema(max_items = 64, example = json!(["ACME"]))]
    pub sender: Vec<String>,
    /// The hours of the day in which the rule is there.
    pub hours: Option<Window>,
}

/// Where a message may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Sims { which: Sims, strategy: Choice },
    Uplink(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sims {
    All,
    Group(String),
    /// By its ICCID.
    One(String),
}

/// How one of several free SIMs is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RouteStrategy)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
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
pub struct FallBack {
    /// After it has waited for so long; none = never for that.
    pub after_wait_seconds: Option<u32>,
    pub on: Vec<FallBackOn>,
}

/// For what a message goes on to the next target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RouteFallBackOn)]
#[serde(rename_all = "kebab-case")]
pub enum FallBackOn {
    /// Nothing of the target can send: no SIM of it is registered, its uplink is not bound.
    NoSim,
    /// The target has failed the message, and has nothing else that could carry it.
    SimFailure,
    /// All SIMs of the target that are up have used up a quota, or are outside their hours.
    Quota,
}
