//! `/api/v1/support`: what someone who helps from afar wants to know, in one document. No texts,
//! PINs, keys or whole numbers.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::{May, ToAdmin};
use super::modems::{IncidentJson, ModemJson};
use super::problem::Answer;
use super::query::NoQuery;
use super::sims::SimJson;
use super::{Api, health};
use gateway::attention::{Item, SubjectKind};
use gateway::{Support, clock};
use model::{Imei, Time};

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
    /// What needs a person, without names and figures.
    attention: Vec<Item>,
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
async fn support(caller: May<ToAdmin>, _: NoQuery) -> Answer<SupportJson> {
    let support = caller.gateway().support(&caller).await?;
    Ok(axum::Json(SupportJson {
        uptime_seconds: Some(caller.api().uptime().as_secs()),
        metrics: Some(health::render(caller.api()).await?),
        ..SupportJson::from(support)
    }))
}

/// What is known of the gateway; what the server adds is missing.
impl From<Support> for SupportJson {
    fn from(support: Support) -> Self {
        let depth = |(priority, count)| (format!("{priority:?}").to_lowercase(), count);
        let newest = support.overview.newest.into_iter();
        let (sims, modems) = (support.sims.into_iter(), support.modems.into_iter());
        let attention = support.attention;
        let about = |kind, id: &str| {
            let its = attention.iter().filter(|item| item.is_about(kind, id));
            its.cloned().collect()
        };
        let modems = modems.map(|modem| {
            let its = about(SubjectKind::Modem, modem.record.imei.as_str());
            ModemJson::of(modem, its)
        });
        let sims = sims.map(|sim| {
            let its = about(SubjectKind::Sim, sim.record.iccid.as_str());
            SimJson::of(sim, its).masked()
        });
        let traces = support.traces.into_iter();
        Self {
            made_at: clock::now(),
            version: env!("CARGO_PKG_VERSION"),
            uptime_seconds: None,
            config: support.configuration,
            not_ready: support.not_ready,
            modems: modems.collect(),
            sims: sims.collect(),
            attention,
            queue_depth: support.overview.queued.into_iter().map(depth).collect(),
            messages: newest
                .map(|(state, count)| (state.as_str(), count))
                .collect(),
            incidents: support
                .incidents
                .into_iter()
                .map(IncidentJson::from)
                .collect(),
            traces: traces
                .map(|(imei, lines)| MaskedTrace::of(&imei, &lines))
                .collect(),
            metrics: None,
        }
    }
}

impl MaskedTrace {
    fn of(imei: &Imei, dialogue: &str) -> Self {
        Self {
            imei: imei.to_string(),
            lines: dialogue.lines().map(str::to_owned).collect(),
        }
    }
}
