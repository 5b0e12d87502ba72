//! `/api/v1/config`: what operators set, as one document.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, ToAdmin};
use super::json::Json;
use super::problem::Answer;
use super::query::NoQuery;
use gateway::transfer::{Configuration, ExportWish, ImportWish, Imported};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(export))
        .routes(routes!(import))
}

/// Write what operators set as one document: routes, SIMs, uplinks, webhooks, templates, keys and users.
///
/// Secrets are left out, or sealed under a passphrase. Passwords and second factors of users are not in
/// it in any case.
#[utoipa::path(
    post, path = "/config/export", operation_id = "export_configuration", tag = "config", request_body = ExportWish,
    responses((status = 200, description = "The document", body = Configuration))
)]
async fn export(
    caller: May<ToAdmin>,
    _: NoQuery,
    Json(wish): Json<ExportWish>,
) -> Answer<serde_json::Value> {
    let document = caller.gateway().export(&caller, wish.passphrase).await?;
    Ok(axum::Json(document))
}

/// Take a document over: all of it, or nothing where something is wrong. It counts at once.
///
/// What the document names is made, or becomes what the document says; a SIM keeps what is not said of
/// it. What the document does not name stays as it is. Routes are replaced, where it has any. A template that
/// differs becomes its next version here. A key that has expired since the export is taken over, and works no more.
#[utoipa::path(
    post, path = "/config/import", operation_id = "import_configuration", tag = "config", request_body = ImportWish,
    responses(
        (status = 200, description = "What was changed, or would be", body = Imported),
        (status = 409, description = "Something stands against it that the document does not tell"),
    )
)]
async fn import(
    caller: May<ToAdmin>,
    _: NoQuery,
    Json(wish): Json<ImportWish>,
) -> Answer<Imported> {
    Ok(axum::Json(caller.gateway().import(&caller, wish).await?))
}
