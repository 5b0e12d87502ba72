//! Routes as they are asked for and answered.
//!
//! They are not [`Route`], which the store keeps and the scheduler goes by: there a target is one of two things, and nothing
//! is left out. Here a target says which by its field, and what may be left out is optional.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use model::{Choice, FallBack, FallBackOn, Route, RouteMatch, Sims, Target};

/// All routes. The first whose `match` fits a message decides.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Routes)]
#[serde(deny_unknown_fields)]
pub struct RoutesJson {
    /// In their order: the first that fits decides.
    #[schema(max_items = 200)]
    pub items: Vec<RouteJson>,
}

/// One rule.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Route, example = json!({
    "name": "bulk to Viettel", "match": {"to_prefix": ["+8498"], "priority": ["bulk"]},
    "targets": [{"sims": {"group": "viettel"}, "strategy": "balance"}, {"uplink": "primary"}],
    "fall_back": {"after_wait_seconds": 60, "on": ["no-sim", "sim-failure", "quota"]}
}))]
pub struct RouteJson {
    /// No other route has it.
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$"
    )]
    pub name: String,
    /// Left out: fits every message.
    #[serde(rename = "match", default)]
    pub matches: RouteMatch,
    /// Tried in this order.
    #[schema(min_items = 1, max_items = 16)]
    pub targets: Vec<TargetJson>,
    #[serde(default)]
    pub fall_back: FallBackJson,
}

/// Where a message may go: `sims`, or an `uplink`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = RouteTarget)]
#[serde(deny_unknown_fields)]
pub struct TargetJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sims: Option<SimsJson>,
    /// How one of several free SIMs is chosen; `balance` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Choice>,
    /// Name of an uplink.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "primary")]
    pub uplink: Option<String>,
}

/// Those of a group, or one; all when both are left out.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = RouteSims)]
#[serde(deny_unknown_fields)]
pub struct SimsJson {
    /// SIMs of this group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "viettel")]
    pub group: Option<String>,
    /// This SIM alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[0-9]{18,20}$")]
    pub iccid: Option<String>,
}

/// When a message goes on to the next target.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = RouteFallBack)]
#[serde(deny_unknown_fields)]
pub struct FallBackJson {
    /// After it has waited for so many seconds; left out or null: never for that.
    #[schema(maximum = 86_400)]
    pub after_wait_seconds: Option<u32>,
    /// Left out: all three.
    pub on: Option<Vec<FallBackOn>>,
}

impl From<Vec<Route>> for RoutesJson {
    fn from(routes: Vec<Route>) -> Self {
        Self {
            items: routes.into_iter().map(RouteJson::from).collect(),
        }
    }
}

impl From<Route> for RouteJson {
    fn from(route: Route) -> Self {
        let Route {
            name,
            matches,
            targets,
            fall_back,
        } = route;
        Self {
            name,
            matches,
            targets: targets.into_iter().map(TargetJson::from).collect(),
            fall_back: fall_back.into(),
        }
    }
}

impl From<Target> for TargetJson {
    fn from(target: Target) -> Self {
        match target {
            Target::Sims { which, strategy } => Self {
                sims: Some(which.into()),
                strategy: Some(strategy),
                uplink: None,
            },
            Target::Uplink(name) => Self {
                sims: None,
                strategy: None,
                uplink: Some(name),
            },
        }
    }
}

impl From<Sims> for SimsJson {
    fn from(sims: Sims) -> Self {
        let (group, iccid) = match sims {
            Sims::All => (None, None),
            Sims::Group(name) => (Some(name), None),
            Sims::One(iccid) => (None, Some(iccid)),
        };
        Self { group, iccid }
    }
}

impl From<FallBack> for FallBackJson {
    fn from(fall_back: FallBack) -> Self {
        Self {
            after_wait_seconds: fall_back.after_wait_seconds,
            on: Some(fall_back.on),
        }
    }
}
