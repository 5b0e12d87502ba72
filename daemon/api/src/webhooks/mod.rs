//! `/api/v1/webhooks`: addresses that are told of events.

mod deliveries;
mod view;

use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::put_status;
use super::auth::{May, On, ToAdmin};
use super::json::Json;
use super::page::{Page, ShortPaging};
use super::problem::{Answer, Problem};
use super::query::Query;
use gateway::Unknown;
use gateway::changes::{WebhookPut, WebhookTest};
use model::WebhookName;
use view::WebhookJson;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, put, delete))
        .routes(routes!(test))
        .merge(deliveries::router())
}

/// List webhooks.
///
/// The webhook `callbacks` stands for the `callback_url` of messages and is always there.
#[utoipa::path(
    get, path = "/webhooks", operation_id = "list_webhooks", tag = "webhooks", params(ShortPaging),
    responses((status = 200, description = "One page, by name", body = Page<WebhookJson>))
)]
async fn list(
    caller: May<ToAdmin>,
    Query(paging): Query<ShortPaging>,
) -> Answer<Page<WebhookJson>> {
    Ok(paging.of(caller.gateway().webhooks().await?))
}

/// One webhook.
#[utoipa::path(
    get, path = "/webhooks/{name}", operation_id = "get_webhook", tag = "webhooks", params(("name" = String, Path)),
    responses(
        (status = 200, description = "The webhook", body = WebhookJson),
        (status = 404, description = "No such webhook"),
    )
)]
async fn get(On(caller, name): On<ToAdmin, WebhookName>) -> Answer<WebhookJson> {
    let view = caller.gateway().webhook(&name).await?;
    Ok(axum::Json(view.ok_or(Unknown::Webhook)?.into()))
}

/// Make a webhook, or replace what is set for one. It counts at once.
///
/// What is left out gets its default, whatever was set before; only the secret stays as it was. What
/// is posted, and when it is tried again, is described under `webhooks` in this document.
#[utoipa::path(
    put, path = "/webhooks/{name}", operation_id = "put_webhook", tag = "webhooks",
    params(("name" = String, Path, max_length = 64, pattern = "^[A-Za-z0-9_.-]{1,64}$")),
    request_body = WebhookPut,
    responses(
        (status = 200, description = "Replaced: the webhook as it is now", body = WebhookJson),
        (status = 201, description = "Made: the webhook as it is now, with its secret", body = WebhookJson),
    )
)]
async fn put(
    On(caller, name): On<ToAdmin, String>,
    Json(put): Json<WebhookPut>,
) -> Result<(StatusCode, axum::Json<WebhookJson>), Problem> {
    let name: WebhookName = name.parse().map_err(|_| {
        let detail = "must have 1 to 64 letters, digits, _ - and .";
        Problem::field("path:name", detail)
    })?;
    let (view, secret, is_new) = caller.gateway().put_webhook(&caller, &name, put).await?;
    let webhook = WebhookJson::from(view).with_secret(secret);
    Ok((put_status(is_new), axum::Json(webhook)))
}

/// Delete a webhook, and all that waits for it.
#[utoipa::path(
    delete, path = "/webhooks/{name}", operation_id = "delete_webhook", tag = "webhooks", params(("name" = String, Path)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "No such webhook"),
        (status = 409, description = "It stands for the `callback_url` of messages"),
    )
)]
async fn delete(On(caller, name): On<ToAdmin, WebhookName>) -> Result<StatusCode, Problem> {
    caller.gateway().delete_webhook(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Post an event `webhook.test` to a webhook now, whether or not it is enabled.
///
/// It does not wait its turn and is not tried again. The answer tells what the receiver said.
#[utoipa::path(
    post, path = "/webhooks/{name}/test", operation_id = "test_webhook", tag = "webhooks", params(("name" = String, Path)),
    responses(
        (status = 200, description = "Tried: what came of it", body = WebhookTest),
        (status = 404, description = "No such webhook"),
        (status = 409, description = "It has no address of its own"),
    )
)]
async fn test(On(caller, name): On<ToAdmin, WebhookName>) -> Answer<WebhookTest> {
    let tested = caller.gateway().test_webhook(&caller, &name).await?;
    Ok(axum::Json(tested))
}
