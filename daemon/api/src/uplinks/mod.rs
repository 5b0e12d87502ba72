//! `/api/v1/uplinks`: SMPP uplinks by their name.

mod view;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, ToAdmin, ToRead};
use super::change::Thing;
use super::json::Json;
use super::page::{Page, ShortPaging};
use super::problem::{Kind, Problem};
use super::query::{Name, NoQuery, Query};
use gateway::UplinkDeleted;
use gateway::changes::uplink_put::UplinkPut;
use model::{UplinkConfig, UplinkName};
use view::UplinkJson;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, put, delete))
}

fn no_uplink() -> Problem {
    Problem::not_found("There is no uplink of this name.")
}

/// List uplinks.
#[utoipa::path(
    get, path = "/uplinks", operation_id = "list_uplinks", tag = "uplinks", params(ShortPaging),
    responses((status = 200, description = "One page, by name", body = Page<UplinkJson>))
)]
async fn list(
    State(api): State<Api>,
    caller: May<ToRead>,
    Query(paging): Query<ShortPaging>,
) -> Result<axum::Json<Page<UplinkJson>>, Problem> {
    let uplinks = api.gateway().uplinks().await?;
    // No uplink is in a group.
    let uplinks = uplinks.into_iter().filter(|_| caller.reach.is_all());
    let items = uplinks.map(UplinkJson::from).collect();
    Ok(axum::Json(Page::of(items, &paging)))
}

/// One uplink.
#[utoipa::path(
    get, path = "/uplinks/{name}", operation_id = "get_uplink", tag = "uplinks", params(("name" = String, Path)),
    responses(
        (status = 200, description = "The uplink", body = UplinkJson),
        (status = 404, description = "No such uplink", body = Problem,
            content_type = "application/problem+json"),
    )
)]
async fn get(
    State(api): State<Api>,
    caller: May<ToRead>,
    _: NoQuery,
    Name(name): Name<UplinkName>,
) -> Result<axum::Json<UplinkJson>, Problem> {
    let view = api.gateway().uplink(&name).await?;
    let view = view.filter(|_| caller.reach.is_all());
    let view = view.ok_or_else(no_uplink)?;
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
    State(api): State<Api>,
    caller: May<ToAdmin>,
    _: NoQuery,
    Name(name): Name<String>,
    Json(put): Json<UplinkPut>,
) -> Result<Response, Problem> {
    let name = new_name(&name)?;
    let _alone = api.alone(Thing::Routing).await;
    let before = api.gateway().uplink_config(&name).await?;
    let config = put.into_config(before.as_ref()).map_err(Problem::invalid)?;
    let (status, what) = match &before {
        None => (StatusCode::CREATED, format!("made uplink {name}")),
        Some(before) => {
            let fields = changed(before, &config).join(", ");
            (StatusCode::OK, format!("changed uplink {name}: {fields}"))
        }
    };
    let entry = caller.entry(what);
    let view = api.gateway().put_uplink(&name, config, entry).await?;
    Ok((status, axum::Json(UplinkJson::from(view))).into_response())
}

fn new_name(text: &str) -> Result<UplinkName, Problem> {
    // "." and ".." would vanish from the path of the next request.
    let dots = text.bytes().all(|b| b == b'.');
    text.parse().ok().filter(|_| !dots).ok_or_else(|| {
        let detail = "must have 1 to 64 letters, digits, _ - and .";
        Problem::field("path:name", detail)
    })
}

/// Names of the settings that differ; their values may be secret.
fn changed(before: &UplinkConfig, after: &UplinkConfig) -> Vec<String> {
    let [before, after] = [before, after].map(|config| serde_json::to_value(config).ok());
    let (Some(before), Some(serde_json::Value::Object(after))) = (before, after) else {
        return Vec::new();
    };
    after
        .into_iter()
        .filter(|(name, value)| before[name] != *value)
        .map(|(name, _)| name)
        .collect()
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
        (status = 404, description = "No such uplink", body = Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "A route leads to it", body = Problem,
            content_type = "application/problem+json"),
    )
)]
async fn delete(
    State(api): State<Api>,
    caller: May<ToAdmin>,
    _: NoQuery,
    Name(name): Name<UplinkName>,
) -> Result<axum::Json<UplinkRemoval>, Problem> {
    let _alone = api.alone(Thing::Routing).await;
    let entry = caller.entry(format!("deleted uplink {name}"));
    match api.gateway().delete_uplink(&name, entry).await? {
        UplinkDeleted::Done { waiting } => Ok(axum::Json(UplinkRemoval { waiting })),
        UplinkDeleted::Unknown => Err(no_uplink()),
        UplinkDeleted::Routed(route) => Err(Problem::new(
            Kind::Conflict,
            format!("The route {route:?} leads to it. Change the routes first."),
        )),
    }
}
