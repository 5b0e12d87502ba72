//! `/api/v1/webhooks/{name}/deliveries`: what was and is to be posted.

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::DeliveryJson;
use crate::Api;
use crate::auth::{May, On, ToOperate};
use crate::json::Json;
use crate::page::{Cursor, Limit, Page};
use crate::problem::{Answer, Problem};
use crate::query::{Name, NoQuery, Query};
use gateway::{DeliveryFilter, Unknown};
use model::{DeliveryState, RowId, Time, WebhookName};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(resend))
        .routes(routes!(resend_all))
        .routes(routes!(dismiss))
        .routes(routes!(dismiss_all))
}

/// Filters; those given must all hold.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// Items a page, 1 to 500; 50 when left out.
    #[serde(default)]
    #[param(value_type = Option<u16>, minimum = 1, maximum = 500, default = 50)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// Deliveries in this state.
    #[param(inline)]
    state: Option<DeliveryState>,
    /// Deliveries of this kind of event.
    #[serde(rename = "type")]
    #[param(max_length = 64)]
    kind: Option<String>,
}

/// List what is to be posted to a webhook, and what was of late.
///
/// Kept are the last 500 that were delivered, and 100,000 that are parked, none for longer than messages are.
#[utoipa::path(
    get, path = "/webhooks/{name}/deliveries", operation_id = "list_deliveries", tag = "webhooks",
    params(("name" = String, Path), Params),
    responses(
        (status = 200, description = "One page, newest first", body = Page<DeliveryJson>),
        (status = 404, description = "No such webhook"),
    )
)]
async fn list(
    caller: May<ToOperate>,
    Name(name): Name<WebhookName>,
    Query(params): Query<Params>,
) -> Answer<Page<DeliveryJson>> {
    caller.gateway().reaches_webhook(&caller, &name)?;
    let which = DeliveryFilter {
        state: params.state,
        kind: params.kind,
        ..DeliveryFilter::default()
    };
    let (limit, before) = (params.limit, params.cursor.map(|cursor| cursor.0));
    let rows = caller
        .gateway()
        .deliveries(&name, which, limit.and_one(), before)
        .await?;
    let page = Page::cut(rows, limit, |listed| listed.row, DeliveryJson::from);
    Ok(axum::Json(page))
}

/// Post an event to a webhook again, or at once where it waits.
#[utoipa::path(
    post, path = "/webhooks/{name}/deliveries/{id}/resend", operation_id = "resend_delivery", tag = "webhooks",
    params(("name" = String, Path), ("id" = String, Path, description = "Id of the delivery.")),
    responses(
        (status = 202, description = "It is posted as soon as it can be"),
        (status = 404, description = "No such webhook or delivery"),
    )
)]
async fn resend(
    caller: May<ToOperate>,
    _: NoQuery,
    Delivery(name, row): Delivery,
) -> Result<StatusCode, Problem> {
    caller
        .gateway()
        .resend_delivery(&caller, &name, row)
        .await?;
    Ok(StatusCode::ACCEPTED)
}

/// Which deliveries. What is given must all hold.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = WebhookResend, example = json!({"state": "parked", "type": "message.received"}))]
#[serde(deny_unknown_fields)]
struct Resend {
    /// In this state. Left out: `parked`.
    #[schema(default = "parked")]
    state: Option<DeliveryState>,
    /// Of this kind of event.
    #[serde(rename = "type")]
    #[schema(max_length = 64)]
    kind: Option<String>,
    /// Of events at or after.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Time>,
    /// Of events before.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Time>,
}

/// How many are posted again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookResent)]
struct Resent {
    /// Those that fitted.
    #[schema(example = 12)]
    resent: u64,
}

/// Post all events again that fit: the parked ones, unless another state is named.
#[utoipa::path(
    post, path = "/webhooks/{name}/deliveries/resend", operation_id = "resend_deliveries", tag = "webhooks",
    params(("name" = String, Path)), request_body = Resend,
    responses(
        (status = 202, description = "They are posted as soon as they can be", body = Resent),
        (status = 404, description = "No such webhook"),
    )
)]
async fn resend_all(
    On(caller, name): On<ToOperate, WebhookName>,
    Json(which): Json<Resend>,
) -> Result<(StatusCode, axum::Json<Resent>), Problem> {
    let which = DeliveryFilter {
        state: which.state,
        kind: which.kind,
        since: which.since,
        until: which.until,
    };
    let resent = caller
        .gateway()
        .resend_deliveries(&caller, &name, which)
        .await?;
    Ok((StatusCode::ACCEPTED, axum::Json(Resent { resent })))
}

/// Delete an event that is parked: it is not posted any more.
#[utoipa::path(
    delete, path = "/webhooks/{name}/deliveries/{id}", operation_id = "dismiss_delivery", tag = "webhooks",
    params(("name" = String, Path), ("id" = String, Path, description = "Id of the delivery.")),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "No such webhook or delivery"),
        (status = 409, description = "It is not parked"),
    )
)]
async fn dismiss(
    caller: May<ToOperate>,
    _: NoQuery,
    Delivery(name, row): Delivery,
) -> Result<StatusCode, Problem> {
    caller
        .gateway()
        .dismiss_delivery(&caller, &name, row)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which parked deliveries. What is given must all hold.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = WebhookDismiss, example = json!({"type": "message.received"}))]
#[serde(deny_unknown_fields)]
struct Dismiss {
    /// Of this kind of event.
    #[serde(rename = "type")]
    #[schema(max_length = 64)]
    kind: Option<String>,
    /// Of events at or after.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Time>,
    /// Of events before.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Time>,
}

/// How many are deleted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDismissed)]
struct Dismissed {
    /// Those that were parked and fitted.
    #[schema(example = 12)]
    dismissed: u64,
}

/// Delete all events that are parked and fit: they are not posted any more.
#[utoipa::path(
    post, path = "/webhooks/{name}/deliveries/dismiss", operation_id = "dismiss_deliveries", tag = "webhooks",
    params(("name" = String, Path)), request_body = Dismiss,
    responses(
        (status = 200, description = "They are deleted", body = Dismissed),
        (status = 404, description = "No such webhook"),
    )
)]
async fn dismiss_all(
    On(caller, name): On<ToOperate, WebhookName>,
    Json(Dismiss { kind, since, until }): Json<Dismiss>,
) -> Answer<Dismissed> {
    let which = DeliveryFilter {
        state: None,
        kind,
        since,
        until,
    };
    let dismissed = caller
        .gateway()
        .dismiss_deliveries(&caller, &name, which)
        .await?;
    Ok(axum::Json(Dismissed { dismissed }))
}

/// A delivery of a webhook. What cannot be one is none: 404.
struct Delivery(WebhookName, RowId);

impl<S: Send + Sync> FromRequestParts<S> for Delivery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((name, id)) = path.map_err(|_| Unknown::Delivery)?;
        let name = name.parse().map_err(|_| Unknown::Webhook)?;
        let id = id.parse().map_err(|_| Unknown::Delivery)?;
        Ok(Self(name, RowId(id)))
    }
}
