//! SIMs: what is known of them and what the operator set.

use std::collections::BTreeMap;

use modem::Iccid;
use serde::{Deserialize, Serialize};

use super::{PinSent, Reason, Time};

/// A SIM as the store remembers it, in a modem or not.
#[derive(Clone, Debug)]
pub(crate) struct SimRecord {
    pub(crate) iccid: Iccid,
    pub(crate) imsi: Option<String>,
    /// MSISDN, as the card itself tells it.
    pub(crate) told: Option<String>,
    pub(crate) smsc: Option<String>,
    pub(crate) last_seen: Time,
    pub(crate) config: SimConfig,
}

impl SimRecord {
    /// MSISDN, as the operator set it or else as the card tells it.
    pub(crate) fn number(&self) -> Option<&str> {
        self.config.number.as_deref().or(self.told.as_deref())
    }
}

/// What operators change while the gateway runs; kept as JSON in the SIM's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SimConfig {
    pub(crate) label: Option<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) enabled: bool,
    /// Never shown, never logged.
    pub(crate) pin: Option<String>,
    /// The SIM has refused `pin`: it is never tried again, not after a restart either.
    pub(crate) pin_refused: bool,
    /// It said so, or used a try. Earlier versions took silence for a refusal too.
    pub(crate) pin_refusal_seen: bool,
    pub(crate) pin_sent: Option<PinSent>,
    /// Overrides the number that the SIM gives.
    pub(crate) number: Option<String>,
    pub(crate) quota: Quota,
    /// Least time from one submit's end to the next one's start.
    pub(crate) min_gap_ms: u32,
    pub(crate) window: Option<Window>,
    /// Cost of a part, in the operator's own unit.
    pub(crate) cost: Option<f64>,
    /// Costs of a part by beginnings of the recipient's number, with `+`. The longest that fits
    /// counts, and `cost` where none does.
    pub(crate) prefix_costs: BTreeMap<String, f64>,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            label: None,
            groups: Vec::new(),
            enabled: true,
            pin: None,
            pin_refused: false,
            pin_refusal_seen: false,
            pin_sent: None,
            number: None,
            quota: Quota::default(),
            min_gap_ms: 0,
            window: None,
            cost: None,
            prefix_costs: BTreeMap::new(),
        }
    }
}

impl SimConfig {
    /// Cost of a part to this number: that of its longest known beginning, or the general one.
    pub(crate) fn cost_to(&self, to: &str) -> Option<f64> {
        let known =
            (self.prefix_costs.iter()).filter(|(prefix, _)| to.starts_with(prefix.as_str()));
        let longest = known.max_by_key(|(prefix, _)| prefix.len());
        longest.map(|(_, cost)| *cost).or(self.cost)
    }
}

/// The most a SIM sends in a running minute and hour, and in a UTC day and month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SimQuota)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Quota {
    /// A minute; null: no limit.
    pub(crate) per_minute: Option<u32>,
    /// A UTC hour; null: no limit.
    pub(crate) per_hour: Option<u32>,
    /// A UTC day; null: no limit.
    pub(crate) per_day: Option<u32>,
    /// A UTC month; null: no limit.
    pub(crate) per_month: Option<u32>,
    /// Count parts (true, as operators bill) or whole messages.
    pub(crate) segments: bool,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            per_minute: None,
            per_hour: None,
            per_day: None,
            per_month: None,
            segments: true,
        }
    }
}

/// The hours of the day in which a SIM sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = SimWindow)]
#[serde(deny_unknown_fields)]
pub(crate) struct Window {
    /// `HH:MM`, inclusive.
    pub(crate) from: String,
    /// `HH:MM`, exclusive; before `from` = over midnight.
    pub(crate) to: String,
    /// An IANA name such as `Asia/Ho_Chi_Minh`.
    pub(crate) timezone: String,
}

/// What is remembered of a SIM's failures, so that its breaker and its gap hold over restarts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SimHealth {
    /// The breaker opened until then; past = it waits for its probe.
    pub(crate) open_until: Option<Time>,
    pub(crate) openings: u32,
    /// In a row.
    pub(crate) failures: u32,
    /// The last results as bits, the newest lowest, set = failed; and how many there are.
    pub(crate) results: u32,
    pub(crate) counted: u8,
    pub(crate) last_error: Option<SimError>,
    /// When a submit last ended: the gap is counted from it.
    pub(crate) last_submit: Option<Time>,
}

/// An error that was taken for the SIM's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SimError {
    pub(crate) reason: Reason,
    pub(crate) at: Time,
}

/// Counts since an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SimTotals {
    pub(crate) sent: u64,
    pub(crate) failed: u64,
    pub(crate) received: u64,
}
