//! A SIM as it is answered.

use std::collections::BTreeMap;

use modem::Registration;
use serde::Serialize;
use utoipa::ToSchema;

use gateway::attention::Item;
use gateway::mask;
use gateway::schedule::{Health, InHand, Used};
use gateway::{SimState, SimView};
use model::{OptOutWords, Quota, SimConfig, Time, Window};

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
    used: Used,
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
    /// Which messages to it ask for no more messages; null: those that the configuration says.
    #[schema(required)]
    opt_out: Option<OptOutWords>,
    health: Health,
    /// What it sends at the moment.
    #[schema(required)]
    sending: Option<InHand>,
    /// Messages of which the network took every part since midnight UTC.
    sent_today: u64,
    /// Messages that failed on it since midnight UTC.
    failed_today: u64,
    /// Messages that it received since midnight UTC.
    received_today: u64,
    /// What the parts cost that it was given since midnight UTC, in the operator's own unit, as it was set then; null where no cost
    /// is set.
    #[schema(required)]
    cost_today: Option<f64>,
    /// When it was last in a modem that answered; null for one that was set up ahead and has never been seen.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    last_seen: Option<Time>,
    /// What needs a person, such as a number that another SIM has too; empty while nothing does.
    attention: Vec<Item>,
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
            attention: self.attention.iter().map(Item::masked).collect(),
            groups: self.groups.into_iter().map(text).collect(),
            ..self
        }
    }
}

impl SimJson {
    /// `attention`: what about it needs a person.
    pub(crate) fn of(view: SimView, attention: Vec<Item>) -> Self {
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
            sending,
            opens_at,
            same_number: _,
        } = view;
        let number = record.number().map(str::to_owned);
        let config = record.config;
        let cost_today = cost_today(&config, today.cost);
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
            used,
            min_gap_ms: config.min_gap_ms,
            window: config.window,
            opens_at,
            cost_today,
            cost: config.cost,
            prefix_costs: config.prefix_costs,
            opt_out: config.opt_out,
            health,
            sending,
            sent_today: today.sent,
            failed_today: today.failed,
            received_today: today.received,
            last_seen: Some(record.last_seen).filter(|at| *at > Time::ZERO),
            attention,
        }
    }
}

/// Sums of fractions are not exact: what is beyond the sixth place is noise.
fn cost_today(config: &SimConfig, sum: f64) -> Option<f64> {
    let is_set = config.cost.is_some() || !config.prefix_costs.is_empty();
    let rounded = (sum * 1e6).round() / 1e6;
    (is_set || rounded > 0.0).then_some(rounded.max(0.0))
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
