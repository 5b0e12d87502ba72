//! `Idempotency-Key`: the same request again gets the first answer again.

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};

use super::answer::changed;
use super::problem::{Kind, Problem};
use gateway::records::{NewReplay, Replayed};
use gateway::{Gateway, Made, Once, Reused, clock};
use model::KeyId;

const NAME: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const MAX_LENGTH: usize = 255;

/// The request's `Idempotency-Key`, if it has one: 1 to 255 visible ASCII characters.
pub(super) struct IdempotencyKey {
    name: Option<String>,
    path: String,
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let path = parts.uri.path().to_owned();
        let mut values = parts.headers.get_all(NAME).iter();
        let name = match (values.next(), values.next()) {
            (None, _) => None,
            (Some(value), None) => Some(checked(value).ok_or_else(unusable)?),
            (Some(_), Some(_)) => return Err(unusable()),
        };
        Ok(Self { name, path })
    }
}

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .max_length(Some(MAX_LENGTH))
            .pattern(Some("^[!-~]+$"));
        vec![
            ParameterBuilder::new()
                .name("Idempotency-Key")
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some(
                    "The same key with the same body gives the first answer again for 24 hours; that of an import of \
                     configuration until a restart or 64 more imports",
                ))
                .schema(Some(text))
                .build(),
        ]
    }
}

fn checked(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?;
    let fits = (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    fits.then(|| text.to_owned())
}

fn unusable() -> Problem {
    let detail = format!("must be given once, with 1 to {MAX_LENGTH} visible ASCII characters");
    Problem::field(format!("header:{NAME}"), detail)
}

impl IdempotencyKey {
    /// None when the client gave no name.
    pub(super) fn once(self, key: KeyId, body: &Bytes) -> Option<Once> {
        let Self { name, path } = self;
        name.map(|name| {
            let hasher = Sha256::new()
                .chain_update(path)
                .chain_update([0])
                .chain_update(body);
            Once {
                key,
                name,
                request: hasher.finalize().into(),
            }
        })
    }
}

/// The first answer, when this request came before. Looked up before the body is, since a body that was
/// right then (`send_at`) may be wrong now.
pub(super) async fn first_answer(
    gateway: &Gateway,
    once: Option<&Once>,
) -> Result<Option<Response>, Problem> {
    let Some(once) = once else { return Ok(None) };
    match gateway.records().replay(once).await? {
        None => Ok(None),
        Some(Replayed::Answer { status, body }) => Ok(Some(replayed(status, body))),
        Some(Replayed::Conflict) => Err(Reused.into()),
    }
}

/// To be committed together with what the request does.
pub(super) fn replay(once: Once, status: StatusCode, body: Vec<u8>) -> NewReplay {
    let Once { key, name, request } = once;
    NewReplay {
        key,
        name,
        request,
        status: status.as_u16(),
        body,
        at: clock::now(),
    }
}

impl From<Reused> for Problem {
    fn from(reused: Reused) -> Self {
        Self::new(Kind::Conflict, reused.to_string())
    }
}

/// What was made, and whether this is the first answer again. A caller who may not read is told no word
/// of it.
pub(super) fn made<T: serde::Serialize>(
    status: StatusCode,
    reads: bool,
    made: Made<T>,
) -> Response {
    let is_again = matches!(made, Made::Before(_));
    let mut response = changed(status, reads, made.into_inner());
    if is_again {
        mark(&mut response);
    }
    response
}

fn mark(response: &mut Response) {
    let again = HeaderValue::from_static("true");
    response.headers_mut().insert(REPLAYED, again);
}

/// Where a message is found.
pub(super) fn location(id: uuid::Uuid) -> String {
    format!("/api/v1/messages/{id}")
}

/// The body of an answer, as it is remembered.
pub(super) fn rendered<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(value).map_err(|error| {
        tracing::error!(%error, "an answer cannot be rendered");
        Problem::new(Kind::Internal, "The answer cannot be rendered.")
    })
}

/// A JSON answer from octets; `Location` where there is one new message.
pub(super) fn answer(status: StatusCode, body: Vec<u8>, location: Option<String>) -> Response {
    let json = HeaderValue::from_static("application/json");
    let mut response = (status, [(header::CONTENT_TYPE, json)], body).into_response();
    if let Some(Ok(location)) = location.map(HeaderValue::try_from) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The first answer again. Only single messages have an `id` at the top, and only they have a
/// `Location`.
pub(super) fn replayed(status: u16, body: Vec<u8>) -> Response {
    #[derive(serde::Deserialize)]
    struct WithId {
        id: uuid::Uuid,
    }
    let message = serde_json::from_slice::<WithId>(&body).ok();
    let location = message.map(|WithId { id }| location(id));
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::ACCEPTED);
    let mut response = answer(status, body, location);
    mark(&mut response);
    response
}
