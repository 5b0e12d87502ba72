//! `/api/v1/sims`: SIMs by their ICCID.

mod view;

use axum::http::StatusCode;
use axum::response::Response;
use model::Iccid;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::changed;
use super::auth::{May, On, ToOperate, ToRead};
use super::json::Json;
use super::page::{Page, ShortPaging};
use super::problem::{Answer, Problem};
use super::query::Query;
use gateway::changes::SimPatch;
use gateway::{SimView, Unknown};
pub(crate) use view::SimJson;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, patch))
        .routes(routes!(reset_health))
        .routes(routes!(ussd))
}

/// List SIMs, those that are absent too.
#[utoipa::path(
    get, path = "/sims", operation_id = "list_sims", tag = "sims", params(ShortPaging),
    responses((status = 200, description = "One page, by their number", body = Page<SimJson>))
)]
async fn list(caller: May<ToRead>, Query(paging): Query<ShortPaging>) -> Answer<Page<SimJson>> {
    let sims = caller.gateway().sims().await?.into_iter();
    let sims = sims.filter(|sim| caller.reach.has_sim(&sim.record.iccid));
    Ok(paging.of(sims.map(|sim| shown(&caller, sim))))
}

/// One SIM.
#[utoipa::path(
    get, path = "/sims/{iccid}", operation_id = "get_sim", tag = "sims", params(("iccid" = String, Path)),
    responses(
        (status = 200, description = "The SIM", body = SimJson),
        (status = 404, description = "No such SIM"),
    )
)]
async fn get(On(caller, iccid): On<ToRead, Iccid>) -> Answer<SimJson> {
    caller.reaches_sim(&iccid)?;
    let view = caller.gateway().sim(&iccid).await?.ok_or(Unknown::Sim)?;
    Ok(axum::Json(shown(&caller, view)))
}

/// Change what is set for a SIM.
///
/// What is left out stays as it is; null clears. A SIM that was never seen can be given its PIN, label,
/// groups and quota ahead: it is `absent` until it comes. A `number` that another SIM has is refused: by it
/// `from` names a SIM. A number that was set is its SIM's until it is set anew or cleared; one that a card
/// tells is so only while that card is in a modem: when it comes back and another SIM was given its number, both
/// say so in `attention`. Clearing is refused where the card tells another SIM's.
#[utoipa::path(
    patch, path = "/sims/{iccid}", operation_id = "change_sim", tag = "sims", params(("iccid" = String, Path)),
    request_body = SimPatch,
    responses(
        (status = 200, description = "The SIM as it is now", body = SimJson),
        (status = 204, description = "Done; the key lacks the scope `read`, which shows the SIM"),
        (status = 404, description = "The SIM was never seen and nothing is set for it, or is not in the key's groups"),
    )
)]
async fn patch(
    On(caller, iccid): On<ToOperate, Iccid>,
    Json(patch): Json<SimPatch>,
) -> Result<Response, Problem> {
    let view = caller.gateway().change_sim(&caller, &iccid, patch).await?;
    Ok(now(&caller, view))
}

/// As the caller sees it.
fn shown<N>(caller: &May<N>, view: SimView) -> SimJson {
    let attention = caller.gateway().attention();
    let attention = attention.of_sim(&view.record.iccid, &caller.reach);
    SimJson::of(view, attention)
}

/// A SIM that was changed, as it is now.
fn now(caller: &May<ToOperate>, view: SimView) -> Response {
    changed(StatusCode::OK, caller.reads(), shown(caller, view))
}

/// Forget what a SIM failed, so that it sends again at once.
#[utoipa::path(
    post, path = "/sims/{iccid}/reset-health", operation_id = "reset_sim_health", tag = "sims", params(("iccid" = String, Path)),
    responses(
        (status = 200, description = "The SIM as it is now", body = SimJson),
        (status = 204, description = "Done; the key lacks the scope `read`, which shows the SIM"),
        (status = 404, description = "No such SIM"),
    )
)]
async fn reset_health(On(caller, iccid): On<ToOperate, Iccid>) -> Result<Response, Problem> {
    let view = caller.gateway().reset_health(&caller, &iccid).await?;
    Ok(now(&caller, view))
}

/// A USSD code, or an answer in an open session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UssdRequest {
    /// What a person would dial.
    #[schema(
        example = "*101#",
        min_length = 1,
        max_length = 182,
        pattern = "^[ !#-~]+$"
    )]
    code: String,
}

/// What the network answered.
#[derive(Debug, Serialize, ToSchema)]
struct UssdAnswer {
    /// What the network answered.
    reply: String,
    /// The network waits for another answer in this session.
    open: bool,
}

/// Run a USSD code on a SIM.
#[utoipa::path(
    post, path = "/sims/{iccid}/ussd", operation_id = "run_ussd", tag = "sims", params(("iccid" = String, Path)),
    request_body = UssdRequest,
    responses(
        (status = 200, description = "The network's answer", body = UssdAnswer),
        (status = 404, description = "No such SIM"),
        (status = 409, description = "The SIM cannot do it now"),
        (status = 502, description = "The modem or the network refused"),
        (status = 504, description = "No answer came in time"),
    )
)]
async fn ussd(
    On(caller, iccid): On<ToOperate, Iccid>,
    Json(UssdRequest { code }): Json<UssdRequest>,
) -> Answer<UssdAnswer> {
    let reply = caller.gateway().ussd(&caller, &iccid, code).await?;
    Ok(axum::Json(UssdAnswer {
        reply: reply.reply,
        open: reply.open,
    }))
}
