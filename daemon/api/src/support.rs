//! `/api/v1/support`: what someone who helps from afar wants to know, in one document. No texts,
//! PINs, keys or whole numbers.

use std::collections::{BTreeMap, HashMap};

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::{May, ToAdmin};
use super::modems::{IncidentJson, ModemJson};
use super::problem::Problem;
use super::query::NoQuery;
use super::sims::SimJson;
use super::{Api, health};
use gateway::mask;
use gateway::records::Records;
use gateway::{ModemView, SimView};
use gateway::{StoreError, clock};
use model::{Reach, Time};

/// Incidents shown, with dialogues of 8 KiB each at most: what a client still reads at once.
const INCIDENTS: usize = 200;
const DAY_MS: i64 = 86_400_000;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(support))
}

/// The gateway, without texts, PINs, keys and whole numbers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SupportDocument)]
pub struct SupportJson {
    /// When it was put together.
    #[schema(value_type = String, format = DateTime)]
    made_at: Time,
    /// Of the program.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// Null when no daemon ran; what is so at the moment is missing then.
    #[schema(required)]
    uptime_seconds: Option<u64>,
    /// As it runs, defaults and all.
    #[schema(value_type = Object)]
    config: serde_json::Value,
    /// Why it is not ready; empty when it is, null when no daemon ran.
    #[schema(required)]
    not_ready: Option<Vec<String>>,
    /// All that were ever seen.
    modems: Vec<ModemJson>,
    /// IMSIs and numbers masked to their last three digits.
    sims: Vec<SimJson>,
    /// Messages queued, by priority.
    queue_depth: BTreeMap<String, u64>,
    /// The newest 100,000 messages of both directions, by state, without those of self-tests.
    messages: BTreeMap<&'static str, u64>,
    /// The newest 200.
    incidents: Vec<IncidentJson>,
    /// The last AT lines of each modem, masked.
    traces: Vec<MaskedTrace>,
    /// In the text format of Prometheus; null when no daemon ran.
    #[schema(required)]
    metrics: Option<String>,
}

/// The last AT lines of a modem.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SupportTrace)]
struct MaskedTrace {
    /// Of the modem.
    imei: String,
    /// As in the dialogue of an incident.
    lines: Vec<String>,
}

/// What a person who helps wants to know.
///
/// Holds no texts, PINs, keys or whole numbers, so that it can be given away. `simgate
/// support-bundle` makes a file of it.
#[utoipa::path(
    get, path = "/support", operation_id = "get_support", tag = "health",
    responses((status = 200, description = "The gateway", body = SupportJson))
)]
async fn support(
    State(api): State<Api>,
    caller: May<ToAdmin>,
    _: NoQuery,
) -> Result<axum::Json<SupportJson>, Problem> {
    let gateway = api.gateway();
    let what = "saw the support document".to_owned();
    caller.audit(gateway.records(), what).await;
    let (modems, sims) = (gateway.modems().await?, gateway.sims().await?);
    let plugged = modems.iter().filter(|modem| modem.port.is_some());
    let traces = plugged.map(|modem| MaskedTrace {
        imei: modem.record.imei.to_string(),
        lines: lines(&gateway.dialogue(&modem.record.imei)),
    });
    let traces = traces.collect();
    let document = assemble(
        gateway.records(),
        gateway.configuration().clone(),
        modems,
        sims,
    )
    .await?;
    Ok(axum::Json(SupportJson {
        uptime_seconds: Some(api.uptime().as_secs()),
        not_ready: Some(gateway.readiness().await),
        traces,
        metrics: Some(health::render(&api).await?),
        ..document
    }))
}

/// The same from a data directory that no daemon serves.
pub async fn support_of_records(
    records: &Records,
    config: serde_json::Value,
) -> Result<SupportJson, StoreError> {
    let modems = records.modems().await?.into_iter().map(ModemView::absent);
    let now = clock::now();
    let midnight = Time(now.0 - now.0.rem_euclid(DAY_MS));
    let today: HashMap<_, _> = records.sim_totals(midnight).await?.into_iter().collect();
    let sims = records.sims().await?.into_iter().map(|record| {
        let totals = today.get(&record.iccid).copied().unwrap_or_default();
        SimView::absent(record, totals)
    });
    assemble(records, config, modems.collect(), sims.collect()).await
}

async fn assemble(
    records: &Records,
    mut config: serde_json::Value,
    modems: Vec<ModemView>,
    sims: Vec<SimView>,
) -> Result<SupportJson, StoreError> {
    let overview = records.overview().await?;
    let incidents = records
        .incidents(None, &Reach::All, INCIDENTS, None)
        .await?;
    mask::settings(&mut config);
    let depth = |(priority, count)| (format!("{priority:?}").to_lowercase(), count);
    let states = overview.newest.into_iter();
    Ok(SupportJson {
        made_at: clock::now(),
        version: env!("CARGO_PKG_VERSION"),
        uptime_seconds: None,
        config,
        not_ready: None,
        modems: modems.into_iter().map(ModemJson::from).collect(),
        sims: sims
            .into_iter()
            .map(|sim| SimJson::of(sim, &Reach::All).masked())
            .collect(),
        queue_depth: overview.queued.into_iter().map(depth).collect(),
        messages: states
            .map(|(state, count)| (state.as_str(), count))
            .collect(),
        incidents: incidents.into_iter().map(IncidentJson::from).collect(),
        traces: Vec::new(),
        metrics: None,
    })
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
