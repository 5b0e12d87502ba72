//! `POST /api/v1/routes/explain`: where a message would go, and why. Sends nothing.

use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::{May, ToSend};
use crate::json::Json;
use crate::problem::{Answer, Kind, Problem};
use crate::query::NoQuery;
use gateway::changes::routes_document::FallBackJson;
use gateway::messages::single::SingleDraft;
use gateway::schedule::{CarrierView, Explanation, For, Obstacle, TargetView};
use gateway::{Gateway, Wait};
use model::{Carrier, Time};

/// Where a message would go that came now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RouteExplanation)]
pub(super) struct ExplanationJson {
    /// Name of the route that leads it; null when its `from` names a SIM, a group or an uplink, or no route's match fits. Without a route it goes by any SIM, or, with a name as its sender, by any uplink.
    #[schema(required)]
    route: Option<String>,
    /// In the order in which they are tried.
    targets: Vec<TargetJson>,
    fall_back: FallBackJson,
    /// What would carry it at once.
    #[schema(required, example = "sim:8984011234567890123")]
    next: Option<String>,
    /// What it would wait for, where nothing would carry it at once.
    #[schema(required)]
    waiting_for: Option<Wait>,
}

/// One target of the route.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedTarget)]
struct TargetJson {
    /// `sims`, `sims:group:<name>`, `sim:<iccid>`, `uplink:<name>` or `uplinks`.
    target: String,
    /// It is the first one, or the message has fallen back as far as this.
    reached: bool,
    /// Each SIM or uplink of the target.
    carriers: Vec<CarrierJson>,
}

/// A SIM or an uplink of a target.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedCarrier)]
struct CarrierJson {
    /// `sim:<iccid>` or `uplink:<name>`.
    #[schema(example = "sim:8984011234567890123")]
    carrier: String,
    /// It may carry the message at once. Of several the target's strategy chooses `next`.
    eligible: bool,
    /// What the message would wait for there; `turn`: only until others have had theirs.
    why: For,
    /// The same in words, with the SIM's label.
    sentence: String,
    /// When that ends, where the clock ends it.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    until: Option<Time>,
}

/// Show where a message would go, and why; sends nothing.
#[utoipa::path(
    post, path = "/routes/explain", operation_id = "explain_route", tag = "routes", request_body = SingleDraft,
    responses((status = 200, description = "Its route, targets, and what would carry it", body = ExplanationJson))
)]
pub(super) async fn explain(
    caller: May<ToSend>,
    _: NoQuery,
    Json(SingleDraft(draft)): Json<SingleDraft>,
) -> Answer<ExplanationJson> {
    let message = caller.gateway().prepare(&caller.key, draft).await?;
    match caller.gateway().explain_route(message).await? {
        Some(explanation) => Ok(axum::Json(shown(caller.gateway(), explanation))),
        None => Err(Problem::new(
            Kind::Unavailable,
            "The gateway is stopping; ask again when it runs.",
        )),
    }
}

fn shown(gateway: &Gateway, explanation: Explanation) -> ExplanationJson {
    let wait = explanation.waiting.map(|obstacle| gateway.worded(obstacle));
    let targets = explanation.targets.into_iter();
    ExplanationJson {
        route: explanation.route,
        targets: targets.map(|target| target_json(gateway, target)).collect(),
        fall_back: explanation.fall_back.into(),
        next: explanation.next.as_ref().map(Carrier::route),
        waiting_for: wait,
    }
}

fn target_json(gateway: &Gateway, target: TargetView) -> TargetJson {
    let carriers = target.carriers.into_iter();
    TargetJson {
        target: target.what,
        reached: target.reached,
        carriers: carriers.map(|view| carrier_json(gateway, &view)).collect(),
    }
}

fn carrier_json(gateway: &Gateway, view: &CarrierView) -> CarrierJson {
    let wait = gateway.worded(Obstacle {
        waiting: view.waiting,
        carrier: Some(view.carrier.clone()),
    });
    CarrierJson {
        carrier: view.carrier.route(),
        eligible: view.eligible,
        why: wait.code,
        sentence: wait.sentence,
        until: wait.until,
    }
}
