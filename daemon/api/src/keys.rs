//! `/api/v1/keys`: API keys. The secret is answered once, when it is made.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::{May, On, ToAdmin};
use super::idempotency::{self, IdempotencyKey};
use super::json::{self, JsonBytes, SmallBytes};
use super::page::{Page, ShortPaging};
use super::problem::{Answer, Kind, Problem};
use super::query::{NoQuery, Query};
use gateway::keys::{KeyMade, KeyRequest, NewSecret, past};
use gateway::{FieldCode, FieldError, Made, overlap};
use model::{Key, Time};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(revoke))
        .routes(routes!(rotate))
}

/// How a key gets another secret.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ApiKeyRotation)]
#[serde(deny_unknown_fields)]
struct RotationRequest {
    /// How long the secret that the key has works on, in seconds; 0: no longer.
    #[serde(default = "usual")]
    #[schema(maximum = 2_592_000, default = 86_400)]
    overlap_seconds: u32,
    /// The key works until then. Left out: as it was. One that has expired needs it.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Time>,
}

fn usual() -> u32 {
    overlap::USUAL
}

/// A new key and its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewApiKey)]
struct NewKeyJson {
    /// The secret. It is shown this once.
    #[schema(example = "sg_6Xq3…")]
    key: String,
    #[serde(flatten)]
    about: Key,
}

/// List keys, revoked ones too.
#[utoipa::path(
    get, path = "/keys", operation_id = "list_keys", tag = "keys", params(ShortPaging),
    responses((status = 200, description = "One page, newest first", body = Page<Key>))
)]
async fn list(caller: May<ToAdmin>, Query(paging): Query<ShortPaging>) -> Answer<Page<Key>> {
    let keys = caller.gateway().keys().all().await?;
    Ok(paging.of(keys.into_iter().rev()))
}

/// Make a key. Its secret is in the answer and nowhere else.
///
/// A key that is limited itself makes no key without its limits: what goes beyond is named (422).
///
/// An answer is repeated for an `Idempotency-Key` as long as the gateway runs: it is held in
/// memory, since no secret is written to the disk.
#[utoipa::path(
    post, path = "/keys", operation_id = "create_key", tag = "keys", request_body = KeyRequest,
    params(IdempotencyKey),
    responses(
        (status = 201, description = "Made", body = NewKeyJson, headers(
            ("Idempotency-Replayed" = String, description = "true: this is the first answer again"),
        )),
        (status = 409, description = "The name is taken, or the Idempotency-Key was used for another request"),
    )
)]
async fn create(
    caller: May<ToAdmin>,
    _: NoQuery,
    name: IdempotencyKey,
    JsonBytes(bytes, _held): JsonBytes,
) -> Result<Response, Problem> {
    let once = name.once(caller.key.id, &bytes);
    let keys = caller.gateway().keys();
    // Looked up before the body is: an end that was right then may be past now.
    let made = if let Some(made) = keys.made_before(once.as_ref())? {
        KeyMade::Done(Made::Before(made))
    } else {
        let wish = json::parse::<KeyRequest>(&bytes)?.checked();
        let wish = wish.map_err(Problem::invalid)?;
        keys.make(&caller, wish, once).await?
    };
    match made {
        KeyMade::Done(made) => {
            let made = made.map(NewKeyJson::from);
            Ok(idempotency::made(StatusCode::CREATED, true, made))
        }
        KeyMade::NameTaken => {
            let why = "A key of this name is in use.";
            Err(Problem::new(Kind::Conflict, why))
        }
        KeyMade::UnknownGroups(which) => {
            let wrong = |at| {
                FieldError::new(format!("/groups/{at}"), "no SIM is in that group")
                    .coded(FieldCode::GroupUnknown)
            };
            Err(Problem::invalid(which.into_iter().map(wrong).collect()))
        }
    }
}

impl From<NewSecret> for NewKeyJson {
    fn from(made: NewSecret) -> Self {
        Self {
            key: made.secret.as_str().to_owned(),
            about: made.key,
        }
    }
}

/// Give a key another secret. The one that it has works on for a while, so that its client can be told.
///
/// What the key may do stays. A second rotation ends the secret before the first. The old secret ends when
/// the key was to expire, whatever its new end is. Not by a key that may do less (403). An answer is repeated for an `Idempotency-Key` as long as
/// the gateway runs.
#[utoipa::path(
    post, path = "/keys/{name}/rotate", operation_id = "rotate_key", tag = "keys",
    params(("name" = String, Path), IdempotencyKey), request_body = RotationRequest,
    responses(
        (status = 200, description = "The key, and its new secret", body = NewKeyJson, headers(
            ("Idempotency-Replayed" = String, description = "true: this is the first answer again"),
        )),
        (status = 404, description = "No such key in use"),
        (status = 409, description = "The Idempotency-Key was used for another request"),
    )
)]
async fn rotate(
    On(caller, name): On<ToAdmin, String>,
    once: IdempotencyKey,
    SmallBytes(bytes): SmallBytes,
) -> Result<Response, Problem> {
    let once = once.once(caller.key.id, &bytes);
    let keys = caller.gateway().keys();
    if let Some(made) = keys.made_before(once.as_ref())? {
        let made = Made::Before(made.into());
        return Ok(idempotency::made::<NewKeyJson>(StatusCode::OK, true, made));
    }
    let request = json::parse::<RotationRequest>(&bytes)?;
    overlap::check(request.overlap_seconds)
        .map_err(|why| Problem::field("/overlap_seconds", why))?;
    if let Some(why) = past(request.expires_at) {
        return Err(Problem::coded("/expires_at", FieldCode::Past, why));
    }
    let overlap = Duration::from_secs(request.overlap_seconds.into());
    let wish = (overlap, request.expires_at);
    let rotated = keys.rotate(&caller, &name, wish, once).await?;
    let rotated = rotated.ok_or_else(|| Problem::not_found("No key of this name is in use."))?;
    let rotated = rotated.map(NewKeyJson::from);
    Ok(idempotency::made(StatusCode::OK, true, rotated))
}

/// Revoke a key. It works no more, at once.
#[utoipa::path(
    delete, path = "/keys/{name}", operation_id = "revoke_key", tag = "keys", params(("name" = String, Path)),
    responses(
        (status = 204, description = "Revoked"),
        (status = 404, description = "No such key in use"),
    )
)]
async fn revoke(On(caller, name): On<ToAdmin, String>) -> Result<Response, Problem> {
    if !caller.gateway().keys().revoke(&caller, &name).await? {
        return Err(Problem::not_found("No key of this name is in use."));
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
