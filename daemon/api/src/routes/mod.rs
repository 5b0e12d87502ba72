//! `/api/v1/routes`: which SIMs and uplinks a message may go by. The first that fits decides.

mod explain;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, ToAdmin, ToRead};
use super::json::Json;
use super::problem::Answer;
use super::query::NoQuery;
use gateway::changes::routes_document::RoutesJson;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get, put))
        .routes(routes!(explain::explain))
}

/// The routes, in their order.
///
/// They lead no message of a key with groups, which names its SIM or group: such a key is shown none.
#[utoipa::path(
    get, path = "/routes", operation_id = "get_routes", tag = "routes",
    responses((status = 200, description = "All routes; what was left out is filled in", body = RoutesJson))
)]
async fn get(caller: May<ToRead>, _: NoQuery) -> Answer<RoutesJson> {
    let routes = if caller.reach.is_all() {
        caller.gateway().routes().await?
    } else {
        Vec::new()
    };
    Ok(axum::Json(RoutesJson::from(routes)))
}

/// Replace all routes. They count at once, for what waits too.
///
/// Groups, keys and ICCIDs need not be known yet; uplinks must be.
#[utoipa::path(
    put, path = "/routes", operation_id = "put_routes", tag = "routes", request_body = RoutesJson,
    responses((status = 200, description = "The routes as they are now", body = RoutesJson))
)]
async fn put(
    caller: May<ToAdmin>,
    _: NoQuery,
    Json(wanted): Json<RoutesJson>,
) -> Answer<RoutesJson> {
    let routes = caller.gateway().set_routes(&caller, wanted).await?;
    Ok(axum::Json(RoutesJson::from(routes)))
}
