//! `/api/v1/config`: what operators set, as one document.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, ToAdmin};
use super::idempotency::{self, IdempotencyKey};
use super::json::{self, Json, JsonBytes};
use super::problem::{Answer, Problem};
use super::query::NoQuery;
use axum::http::StatusCode;
use axum::response::Response;
use gateway::Made;
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
///
/// An answer is repeated for an `Idempotency-Key` as long as the gateway runs: it is held in
/// memory, since no secret is written to the disk.
#[utoipa::path(
    post, path = "/config/import", operation_id = "import_configuration", tag = "config", request_body = ImportWish,
    params(IdempotencyKey),
    responses(
        (status = 200, description = "What was changed, or would be", body = Imported, headers(
            ("Idempotency-Replayed" = String, description = "true: this is the first answer again"),
        )),
        (status = 409, description = "Something stands against it that the document does not tell, or the \
            Idempotency-Key was used for another request"),
    )
)]
async fn import(
    caller: May<ToAdmin>,
    _: NoQuery,
    name: IdempotencyKey,
    JsonBytes(bytes, _held): JsonBytes,
) -> Result<Response, Problem> {
    let once = name.once(caller.key.id, &bytes);
    let gateway = caller.gateway();
    // Looked up before the body is, which a later version of simgate may read another way.
    let imported = match gateway.imported_before(once.as_ref())? {
        Some(imported) => Made::Before(imported),
        None => gateway.import(&caller, json::parse(&bytes)?, once).await?,
    };
    Ok(idempotency::made(StatusCode::OK, true, imported))
}
