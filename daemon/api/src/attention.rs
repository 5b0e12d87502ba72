//! `/api/v1/attention` and `/api/v1/status`: what needs a person, and how things stand.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, ToRead};
use super::page::{Page, ShortPaging};
use super::problem::Answer;
use super::query::{NoQuery, Query};
use gateway::attention::Item;
use gateway::status::Status;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(status))
}

/// What needs a person, most harmful first.
///
/// It is looked for every ten seconds, and soon after something happens that may matter. The events
/// `attention.raised` and `attention.cleared` tell of the same. A key with groups is told of its groups'
/// SIMs and modems alone. A list of more than 1,000 is cut off behind the most harmful ones.
#[utoipa::path(
    get, path = "/attention", operation_id = "list_attention", tag = "attention", params(ShortPaging),
    responses((status = 200, description = "One page, most harmful first", body = Page<Item>))
)]
async fn list(caller: May<ToRead>, Query(paging): Query<ShortPaging>) -> Answer<Page<Item>> {
    Ok(paging.of(caller.gateway().attention().seen_with(&caller.reach)))
}

/// How things stand, in a sentence and its figures.
#[utoipa::path(
    get, path = "/status", operation_id = "get_status", tag = "attention",
    responses((status = 200, description = "How the gateway stands", body = Status))
)]
async fn status(caller: May<ToRead>, _: NoQuery) -> Answer<Status> {
    Ok(axum::Json(caller.gateway().status(&caller.reach).await?))
}
