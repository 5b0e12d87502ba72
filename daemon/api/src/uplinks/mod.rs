//! `/api/v1/uplinks`: SMPP uplinks by their name.

mod view;

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::put_status;
use super::auth::{May, On, ToAdmin, ToRead};
use super::json::Json;
use super::page::{Page, ShortPaging};
use super::problem::{Answer, Kind, Problem};
use super::query::Query;
use gateway::changes::UplinkPut;
use gateway::{FieldCode, Unknown, UplinkDeleted};
use model::UplinkName;
use view::UplinkJson;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, put, delete))
}

/// List uplinks.
#[utoipa::path(
    get, path = "/uplinks", operation_id = "list_uplinks", tag = "uplinks", params(ShortPaging),
    responses((status = 200, description = "One page, by name", body = Page<UplinkJson>))
)]
async fn list(caller: May<ToRead>, Query(paging): Query<ShortPaging>) -> Answer<Page<UplinkJson>> {
    let uplinks = caller.gateway().uplinks().await?.into_iter();
    // No uplink is in a group.
    Ok(paging.of(uplinks.filter(|_| caller.reach.is_all())))
}

/// One uplink.
#[utoipa::path(
    get, path = "/uplinks/{name}", operation_id = "get_uplink", tag = "uplinks", params(("name" = String, Path)),
    responses(
        (status = 200, description = "The uplink", body = UplinkJson),
        (status = 404, description = "No such uplink"),
    )
)]
async fn get(On(caller, name): On<ToRead, UplinkName>) -> Answer<UplinkJson> {
    let view = caller.gateway().uplink(&name).await?;
    let view = view.filter(|_| caller.reach.is_all());
    let view = view.ok_or(Unknown::Uplink)?;
    Ok(axum::Json(view.into()))
}

/// Make an uplink, or replace what is set for one. It counts at once.
///
/// What is left out gets its default, whatever was set before; only `password` and
/// `tls.client_key`, which are never shown, stay as they were.
#[utoipa::path(
    put, path = "/uplinks/{name}", operation_id = "put_uplink", tag = "uplinks",
    params(("name" = String, Path, max_length = 64, pattern = "^[A-Za-z0-9_.-]{1,64}$")),
    request_body = UplinkPut,
    responses(
        (status = 200, description = "Replaced: the uplink as it is now", body = UplinkJson),
        (status = 201, description = "Made: the uplink as it is now", body = UplinkJson),
    )
)]
async fn put(
    On(caller, name): On<ToAdmin, String>,
    Json(put): Json<UplinkPut>,
) -> Result<(StatusCode, axum::Json<UplinkJson>), Problem> {
    let name = new_name(&name)?;
    let (view, is_new) = caller.gateway().put_uplink(&caller, &name, put).await?;
    Ok((put_status(is_new), axum::Json(view.into())))
}

fn new_name(text: &str) -> Result<UplinkName, Problem> {
    // "." and ".." would vanish from the path of the next request.
    let dots = text.bytes().all(|b| b == b'.');
    text.parse().ok().filter(|_| !dots).ok_or_else(|| {
        let detail = "must have 1 to 64 letters, digits, _ - and .";
        Problem::coded("path:name", FieldCode::Name, detail)
    })
}

/// An uplink that was deleted.
#[derive(Debug, Serialize, ToSchema)]
struct UplinkRemoval {
    /// Messages that are `queued` and may go by no other (`from: uplink:<name>`, or parts of them went by it). They wait until
    /// an uplink of this name is made again, they are cancelled or they expire.
    #[schema(example = 0)]
    waiting: u64,
}

/// Delete an uplink. No route may lead to it any more.
#[utoipa::path(
    delete, path = "/uplinks/{name}", operation_id = "delete_uplink", tag = "uplinks", params(("name" = String, Path)),
    responses(
        (status = 200, description = "Deleted, and how many messages wait for it", body = UplinkRemoval),
        (status = 404, description = "No such uplink"),
        (status = 409, description = "A route leads to it"),
    )
)]
async fn delete(On(caller, name): On<ToAdmin, UplinkName>) -> Answer<UplinkRemoval> {
    match caller.gateway().delete_uplink(&caller, &name).await? {
        UplinkDeleted::Done { waiting } => Ok(axum::Json(UplinkRemoval { waiting })),
        UplinkDeleted::Unknown => Err(Unknown::Uplink.into()),
        UplinkDeleted::Routed(route) => Err(Problem::new(
            Kind::Conflict,
            format!("The route {route:?} leads to it. Change the routes first."),
        )),
    }
}
