//! SIMs: what is known of them and what the operator set.

use std::collections::BTreeMap;

use crate::Iccid;
use serde::{Deserialize, Serialize};

use super::{OptOutWords, Reason, Time};

/// The PIN was given to the SIM, and what became of it is not known yet. Kept before it is sent, so
/// that a daemon that ends in between does not send a wrong one twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinSent {
    /// Tries left before, where the modem told.
    pub left: Option<u8>,
}

/// A SIM as the store remembers it, in a modem or not.
#[derive(Clone, Debug)]
pub struct SimRecord {
    pub iccid: Iccid,
    pub imsi: Option<String>,
    /// MSISDN, as the card itself tells it.
    pub told: Option<String>,
    pub smsc: Option<String>,
    pub last_seen: Time,
    pub config: SimConfig,
}

impl SimRecord {
    /// MSISDN, as the operator set it or else as the card tells it.
    pub fn number(&self) -> Option<&str> {
        self.config.number.as_deref().or(self.told.as_deref())
    }
}

/// What operators change while the gateway runs; kept as JSON in the SIM's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SimConfig {
    pub label: Option<String>,
    pub groups: Vec<String>,
    pub enabled: bool,
    /// Never shown, never logged.
    pub pin: Option<String>,
    /// The SIM has refused `pin`: it is never tried again, not after a restart either.
    pub pin_refused: bool,
    /// It said so, or used a try. Earlier versions took silence for a refusal too.
    pub pin_refusal_seen: bool,
    pub pin_sent: Option<PinSent>,
    /// Overrides the number that the SIM gives.
    pub number: Option<String>,
    pub quota: Quota,
    /// Least time from one submit's end to the next one's start.
    pub min_gap_ms: u32,
    pub window: Option<Window>,
    /// Cost of a part, in the operator's own unit.
    pub cost: Option<f64>,
    /// Costs of a part by beginnings of the recipient's number, with `+`. The longest that fits
    /// counts, and `cost` where none does.
    pub prefix_costs: BTreeMap<String, f64>,
    /// Which messages to it ask for no more messages; none: those that the configuration says.
    pub opt_out: Option<OptOutWords>,
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
            opt_out: None,
        }
    }
}

impl SimConfig {
    /// Cost of a part to this number: that of its longest known beginning, or the general one.
    pub fn cost_to(&self, to: &str) -> Option<f64> {
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
pub struct Quota {
    /// A minute; null: no limit.
    pub per_minute: Option<u32>,
    /// A UTC hour; null: no limit.
    pub per_hour: Option<u32>,
    /// A UTC day; null: no limit.
    pub per_day: Option<u32>,
    /// A UTC month; null: no limit.
    pub per_month: Option<u32>,
    /// Count parts (true, as operators bill) or whole messages.
    pub segments: bool,
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
pub struct Window {
    /// `HH:MM`, inclusive.
    pub from: String,
    /// `HH:MM`, exclusive; before `from` = over midnight.
    pub to: String,
    /// An IANA name such as `Asia/Ho_Chi_Minh`.
    pub timezone: String,
}

/// What is remembered of a SIM's failures, so that its breaker and its gap hold over restarts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SimHealth {
    /// The breaker opened until then; past = it waits for its probe.
    pub open_until: Option<Time>,
    pub openings: u32,
    /// In a row.
    pub failures: u32,
    /// The last results as bits, the newest lowest, set = failed; and how many there are.
    pub results: u32,
    pub counted: u8,
    pub last_error: Option<SimError>,
    /// When a submit last ended: the gap is counted from it.
    pub last_submit: Option<Time>,
}

/// A failure and when it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SimError {
    #[serde(flatten)]
    pub reason: Reason,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
}

/// Counts since an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SimTotals {
    pub sent: u64,
    pub failed: u64,
    pub received: u64,
    /// Of the parts handed over, as it was set then.
    pub cost: f64,
}
