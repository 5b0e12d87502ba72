//! A SIM as it is answered.

use std::collections::BTreeMap;

use modem::Registration;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::attention::AttentionJson;
use super::attention;
use gateway::mask;
use gateway::schedule::Phase;
use gateway::{SimState, SimView};
use model::{Quota, Reach, Reason, Time, Window};

/// A SIM: what it is, what is set for it, and what it does.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sim)]
pub(crate) struct SimJson {
    /// What it is known by (E.118).
    #[schema(example = "8984011234567890123")]
    iccid: String,
    /// Its subscription (TS 23.003 §2.2).
    #[schema(required)]
    imsi: Option<String>,
    /// Its own number: as set, or as the SIM says.
    #[schema(required)]
    number: Option<String>,
    /// The network it is registered in.
    #[schema(required)]
    operator: Option<String>,
    /// The operators' name for it.
    #[schema(required)]
    label: Option<String>,
    /// Groups that it is in; `from` and routes name them.
    groups: Vec<String>,
    /// False: it sends nothing.
    enabled: bool,
    /// Service centre.
    #[schema(required)]
    smsc: Option<String>,
    state: SimState,
    /// IMEI of the modem it is in.
    #[schema(required)]
    modem: Option<String>,
    #[schema(required)]
    signal: Option<SignalJson>,
    #[schema(required)]
    network: Option<NetworkJson>,
    quota: Quota,
    used: UsedJson,
    /// Least time between two messages.
    min_gap_ms: u32,
    #[schema(required)]
    window: Option<Window>,
    /// While the SIM is outside its window: when that begins again.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    opens_at: Option<Time>,
    /// Of a part, in the operator's own unit.
    #[schema(required)]
    cost: Option<f64>,
    /// Of a part, by beginnings of the recipient's number.
    #[schema(example = json!({"+8490": 0.5}))]
    prefix_costs: BTreeMap<String, f64>,
    health: HealthJson,
    /// Parts handed to the network since midnight UTC.
    sent_today: u64,
    /// Messages that failed on it since midnight UTC.
    failed_today: u64,
    /// Messages that it received since midnight UTC.
    received_today: u64,
    /// When it was last in a modem that answered; null for one that was set up ahead and has never been seen.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    last_seen: Option<Time>,
    /// What needs a person, such as a number that another SIM has too; empty while nothing does.
    attention: Vec<AttentionJson>,
}

/// How well the modem hears the network.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimSignal)]
struct SignalJson {
    /// -113 to -51; null when the modem does not know.
    #[schema(required)]
    rssi_dbm: Option<i16>,
    /// 0 to 5.
    bars: u8,
}

/// Where the SIM is registered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimNetwork)]
struct NetworkJson {
    /// Registration by `AT+CREG` (TS 27.007 §7.2): home, roaming, searching, denied and so on.
    registration: String,
    /// The network's name.
    #[schema(required)]
    operator: Option<String>,
    /// `GSM`, `UMTS`, `LTE`, …
    #[schema(required)]
    technology: Option<String>,
}

/// What the SIM has sent in the running minute, hour, UTC day and month, in the quota's unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimUsed)]
#[expect(clippy::struct_field_names, reason = "the names that the quota has")]
struct UsedJson {
    /// In this minute.
    per_minute: u32,
    /// In this UTC hour.
    per_hour: u32,
    /// In this UTC day.
    per_day: u32,
    /// In this UTC month.
    per_month: u32,
}

/// How the SIM has done lately.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimHealth)]
struct HealthJson {
    /// 0 to 1, of the last 20 parts since it last rested. What a recipient or a message was
    /// refused for does not count, nor does a recipient that is refused again.
    success_rate: f64,
    /// Since it last sent one.
    consecutive_failures: u32,
    /// It rests until then.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    cooling_until: Option<Time>,
    breaker: BreakerJson,
    /// The last failure that was taken for the SIM's.
    #[schema(required)]
    last_error: Option<ErrorJson>,
}

/// What the SIM's circuit breaker lets through.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimBreaker)]
#[serde(rename_all = "kebab-case")]
enum BreakerJson {
    /// Everything.
    Closed,
    /// Nothing, until `cooling_until`.
    Open,
    /// One message: if it is taken, it closes.
    HalfOpen,
}

/// A failure and when it was.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimError)]
struct ErrorJson {
    #[serde(flatten)]
    reason: Reason,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    at: Time,
}

impl SimJson {
    /// Without what names its subscriber.
    pub(crate) fn masked(self) -> Self {
        let number = |number: Option<String>| number.map(|number| mask::number(&number));
        let text = |text: String| mask::text(&text, &[]);
        Self {
            imsi: number(self.imsi),
            number: number(self.number),
            smsc: number(self.smsc),
            label: self.label.map(text),
            groups: self.groups.into_iter().map(text).collect(),
            ..self
        }
    }
}

impl SimJson {
    /// As it is answered to a caller of this reach.
    pub(crate) fn of(view: SimView, reach: &Reach) -> Self {
        let attention = attention::of(&view, reach);
        let SimView {
            record,
            state,
            modem,
            signal,
            registration,
            operator,
            used,
            health,
            today,
            opens_at,
            same_number: _,
        } = view;
        let number = record.number().map(str::to_owned);
        let config = record.config;
        let operator_name = operator.as_ref().map(|operator| operator.name.clone());
        Self {
            iccid: record.iccid.to_string(),
            imsi: record.imsi,
            number,
            operator: operator_name.clone(),
            label: config.label,
            groups: config.groups,
            enabled: config.enabled,
            smsc: record.smsc,
            state,
            modem: modem.map(|imei| imei.to_string()),
            signal: signal.map(|s| SignalJson {
                rssi_dbm: s.rssi_dbm,
                bars: s.bars,
            }),
            network: registration.map(|registration| NetworkJson {
                registration: name(registration),
                operator: operator_name,
                technology: operator
                    .and_then(|operator| operator.technology)
                    .map(str::to_owned),
            }),
            quota: config.quota,
            used: UsedJson {
                per_minute: used.minute,
                per_hour: used.hour,
                per_day: used.day,
                per_month: used.month,
            },
            min_gap_ms: config.min_gap_ms,
            window: config.window,
            opens_at,
            cost: config.cost,
            prefix_costs: config.prefix_costs,
            health: HealthJson {
                success_rate: health.success_rate,
                consecutive_failures: health.consecutive_failures,
                cooling_until: health.cooling_until,
                breaker: match health.breaker {
                    Phase::Closed => BreakerJson::Closed,
                    Phase::Open => BreakerJson::Open,
                    Phase::HalfOpen => BreakerJson::HalfOpen,
                },
                last_error: health.last_error.map(|error| ErrorJson {
                    reason: error.reason,
                    at: error.at,
                }),
            },
            sent_today: today.sent,
            failed_today: today.failed,
            received_today: today.received,
            last_seen: Some(record.last_seen).filter(|at| *at > Time::ZERO),
            attention,
        }
    }
}

/// TS 27.007 §7.2, `<stat>`.
fn name(registration: Registration) -> String {
    let name = match registration {
        Registration::NotRegistered => "not_registered",
        Registration::Home => "home",
        Registration::Searching => "searching",
        Registration::Denied => "denied",
        Registration::Unknown => "unknown",
        Registration::Roaming => "roaming",
        Registration::SmsOnlyHome => "sms_only_home",
        Registration::SmsOnlyRoaming => "sms_only_roaming",
        Registration::Other(stat) => return format!("stat_{stat}"),
    };
    name.to_owned()
}
