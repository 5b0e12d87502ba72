//! Query and path parameters.

use std::error::Error as _;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::extract::rejection::QueryRejection;
use axum::http::request::Parts;
use model::{Iccid, Imei, MessageId, TemplateName, Time, UplinkName, WebhookName};
use serde::de::{DeserializeOwned, IntoDeserializer as _};
use serde::{Deserialize as _, Deserializer};

use super::problem::Problem;
use gateway::messages::words::{plain, shortened};

/// Query parameters as a `T`, which denies unknown fields. An error points at `?name`.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match axum::extract::Query::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(explain(&rejection)),
        }
    }
}

type UrlError = serde_path_to_error::Error<serde::de::value::Error>;

fn explain(rejection: &QueryRejection) -> Problem {
    let mut source = rejection.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<UrlError>() {
            return pointed(error);
        }
        source = error.source();
    }
    Problem::field("?", shortened(&rejection.body_text()))
}

fn pointed(error: &UrlError) -> Problem {
    let message = error.inner().to_string();
    let quoted = ["duplicate field `", "missing field `"]
        .iter()
        .find_map(|intro| message.strip_prefix(intro)?.split('`').next());
    let name = match (quoted, error.path().iter().next()) {
        (Some(name), _) => name.to_owned(),
        (None, Some(_)) => error.path().to_string(),
        (None, None) => String::new(),
    };
    Problem::field(format!("?{name}"), plain(&message))
}

/// Longest text of a filter, in characters: as much as a message's own `reference`.
const MAX_TEXT: usize = 256;

/// Whether a filter's text is one; `pointer`: `?name`.
pub(super) fn check_text(pointer: &str, text: Option<&str>) -> Result<(), Problem> {
    let wrong = text.is_some_and(|text| {
        text.is_empty() || text.chars().count() > MAX_TEXT || text.contains('\0')
    });
    let refused = || {
        let detail = format!("must have 1 to {MAX_TEXT} characters, none of them NUL");
        Problem::field(pointer, detail)
    };
    if wrong { Err(refused()) } else { Ok(()) }
}

/// A time.
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    let mut text = String::deserialize(deserializer)?;
    // A plus that was not escaped in a query reads as a space.
    if let Some((local, offset)) = text.rsplit_once(' ') {
        text = format!("{local}+{offset}");
    }
    Time::deserialize(text.into_deserializer()).map(Some)
}

/// What stands in a path for a thing.
pub(super) trait Named: FromStr {
    /// What such a name is, and what one looks like.
    const LOOKS: &str;
}

impl Named for MessageId {
    const LOOKS: &str = "a message id: 36 characters, such as 019356f0-7a3c-7d21-9c54-0242ac120002";
}

impl Named for Iccid {
    const LOOKS: &str = "an ICCID: 18 to 20 digits, such as 8984011234567890123";
}

impl Named for Imei {
    const LOOKS: &str = "an IMEI: 14 to 16 digits, such as 356938035643809";
}

impl Named for UplinkName {
    const LOOKS: &str =
        "an uplink's name: 1 to 64 letters, digits, '-', '_' and '.', such as primary";
}

impl Named for WebhookName {
    const LOOKS: &str = "a webhook's name: 1 to 64 letters, digits, '-', '_' and '.', such as crm";
}

impl Named for TemplateName {
    const LOOKS: &str =
        "a template's name: 1 to 64 letters, digits, '-', '_' and '.', such as welcome";
}

impl Named for String {
    const LOOKS: &str = "a name";
}

/// A path parameter that names a thing. What cannot be a name names nothing: 404.
pub(super) struct Name<T>(pub(super) T);

impl<T: Named, S: Send + Sync> FromRequestParts<S> for Name<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        let name = path
            .ok()
            .and_then(|axum::extract::Path(text)| text.parse().ok());
        name.map(Self).ok_or_else(|| {
            let path = parts.uri.path();
            Problem::not_found(format!(
                "There is nothing at {path}: its name is not {}.",
                T::LOOKS
            ))
        })
    }
}

/// No query parameters at all: one given would be ignored otherwise.
pub(super) struct NoQuery;

impl<S: Send + Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Query::<Nothing>::from_request_parts(parts, state)
            .await
            .map(|_| Self)
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}
