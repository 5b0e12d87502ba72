//! Errors as RFC 9457 problem details.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use gateway::modems::CommandError;
use gateway::{FieldCode, FieldError, Refusal, StoreError, Unknown};

/// The content type of every error.
pub(super) const CONTENT_TYPE: &str = "application/problem+json";

/// When a client should try again after the disk was full or the store was closed, in seconds.
const STORE_RETRY_SECONDS: u32 = 30;

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    MalformedRequest,
    HeadTooLarge,
    MalformedJson,
    Unauthenticated,
    NotLoggedIn,
    CodeNeeded,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    RequestTimeout,
    Conflict,
    BodyTooLarge,
    UnsupportedMediaType,
    InvalidFields,
    TooManyRequests,
    Internal,
    ModemRefused,
    Unavailable,
    ModemTimeout,
}

impl Kind {
    /// The last part of its stable name.
    fn name(self) -> &'static str {
        match self {
            Self::MalformedRequest => "malformed-request",
            Self::HeadTooLarge => "head-too-large",
            Self::MalformedJson => "malformed-json",
            Self::Unauthenticated => "unauthenticated",
            Self::NotLoggedIn => "not-logged-in",
            Self::CodeNeeded => "code-needed",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::RequestTimeout => "request-timeout",
            Self::Conflict => "conflict",
            Self::BodyTooLarge => "body-too-large",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::InvalidFields => "invalid-fields",
            Self::TooManyRequests => "too-many-requests",
            Self::Internal => "internal",
            Self::ModemRefused => "modem-refused",
            Self::Unavailable => "unavailable",
            Self::ModemTimeout => "modem-timeout",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::MalformedRequest | Self::MalformedJson => StatusCode::BAD_REQUEST,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Unauthenticated | Self::NotLoggedIn | Self::CodeNeeded => {
                StatusCode::UNAUTHORIZED
            }
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict => StatusCode::CONFLICT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InvalidFields => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::ModemRefused => StatusCode::BAD_GATEWAY,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::ModemTimeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::MalformedRequest => "The request cannot be read",
            Self::HeadTooLarge => "The address and headers are too large",
            Self::MalformedJson => "The body is not JSON",
            Self::Unauthenticated => "A valid API key is needed",
            Self::NotLoggedIn => "A log-in is needed",
            Self::CodeNeeded => "A code of the second factor is needed",
            Self::Forbidden => "The caller may not do this",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "This path does not take this method",
            Self::RequestTimeout => "The request body took too long",
            Self::Conflict => "Not possible in the present state",
            Self::BodyTooLarge => "The body is too large",
            Self::UnsupportedMediaType => "The body is of another media type than is taken here",
            Self::InvalidFields => "Some fields are not valid",
            Self::TooManyRequests => "Too many requests",
            Self::Internal => "Internal error of the gateway",
            Self::ModemRefused => "The modem refused",
            Self::Unavailable => "The gateway cannot take this now",
            Self::ModemTimeout => "The modem did not answer in time",
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("urn:simgate:problem:{}", self.name()))
    }
}

/// What a handler answers.
pub(super) type Answer<T> = Result<Json<T>, Problem>;

/// RFC 9457 problem details.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Stable name of the kind of problem.
    #[serde(rename = "type")]
    #[schema(
        value_type = String,
        example = "urn:simgate:problem:invalid-fields",
        format = "uri-reference"
    )]
    kind: Kind,
    /// What kind of problem it is, for people.
    #[schema(example = "Some fields are not valid")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// What is wrong with this request.
    detail: String,
    /// Each invalid field; left out when no field is at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
    /// Tries that the SIM leaves for its PIN, after it was not unlocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pin_tries_left: Option<u8>,
    /// Tries that the SIM leaves for its PUK, after it was not unlocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    puk_tries_left: Option<u8>,
    #[serde(skip)]
    retry_after_seconds: Option<u32>,
}

impl Problem {
    pub(super) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            title: kind.title(),
            status: kind.status().as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            pin_tries_left: None,
            puk_tries_left: None,
            retry_after_seconds: None,
        }
    }

    /// 422 with at least one field.
    pub(super) fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [] => "The request is not valid.".to_owned(),
            [only] => told(only),
            [first, rest @ ..] => format!("{} (and {} more)", told(first), rest.len()),
        };
        Self {
            errors,
            ..Self::new(Kind::InvalidFields, detail)
        }
    }

    /// 422 for one field.
    pub(super) fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(pointer, detail)])
    }

    /// The same, with what kind of error it is.
    pub(super) fn coded(
        pointer: impl Into<String>,
        code: FieldCode,
        detail: impl Into<String>,
    ) -> Self {
        Self::invalid(vec![FieldError::new(pointer, detail).coded(code)])
    }

    /// Says how many tries a SIM leaves.
    pub(super) fn with_tries(self, pin: Option<u8>, puk: Option<u8>) -> Self {
        Self {
            pin_tries_left: pin,
            puk_tries_left: puk,
            ..self
        }
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, detail)
    }

    /// The whole answer as it goes over the line, for those whose request nobody reads.
    pub(super) fn written_out(&self) -> Vec<u8> {
        let body = serde_json::to_string(self).unwrap_or_default();
        let retry = self.retry_after_seconds;
        let retry = retry.map_or_else(String::new, |seconds| format!("retry-after: {seconds}\r\n"));
        format!(
            "HTTP/1.1 {}\r\ncontent-type: {CONTENT_TYPE}\r\n{}{retry}content-length: {}\r\nconnection: close\r\n\r\n{body}\n",
            self.kind.status(),
            crate::headers::lines(),
            body.len() + 1,
        )
        .into_bytes()
    }

    pub(super) fn retry_after(self, seconds: u32) -> Self {
        Self {
            retry_after_seconds: Some(seconds.max(1)),
            ..self
        }
    }
}

fn told(error: &FieldError) -> String {
    match &*error.pointer {
        "" => format!("the body: {}", error.detail),
        pointer => format!("{pointer}: {}", error.detail),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.kind.status(), Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        if self.kind.status() == StatusCode::UNAUTHORIZED {
            headers.append(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(r#"Bearer realm="simgate""#),
            );
            // A browser asks for a password by itself at the sight of Basic.
            if !matches!(self.kind, Kind::NotLoggedIn | Kind::CodeNeeded) {
                headers.append(
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static(r#"Basic realm="simgate", charset="UTF-8""#),
                );
            }
        }
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::new(
                Kind::Unavailable,
                "The disk is full: nothing was stored. Free space, or try again later.",
            )
            .retry_after(STORE_RETRY_SECONDS),
            StoreError::Unwritable(_) => Self::new(
                Kind::Unavailable,
                "The disk cannot be written: nothing was stored. The log says why; try again later.",
            )
            .retry_after(STORE_RETRY_SECONDS),
            StoreError::Undone(why) => Self::new(Kind::Conflict, why),
            StoreError::Closed => Self::new(Kind::Unavailable, "The gateway is stopping.")
                .retry_after(STORE_RETRY_SECONDS),
            error if error.is_damage() => {
                let detail = "What it needs of the database is damaged: `simgate check` names it. Set it anew, or restore a backup.";
                Self::new(Kind::Internal, detail)
            }
            error => {
                if !error.is_told() {
                    tracing::error!(%error, "the store failed a request");
                }
                Self::new(Kind::Internal, "The store failed; the log says why.")
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown(what) => what.into(),
            Refusal::Invalid(errors) => Self::invalid(errors),
            Refusal::Conflict(why) => Self::new(Kind::Conflict, why),
            Refusal::Forbidden(why) => Self::new(Kind::Forbidden, why),
            Refusal::Command(error) => error.into(),
            Refusal::Failed(what) => Self::new(Kind::Internal, what),
            Refusal::Store(error) => error.into(),
        }
    }
}

impl From<Unknown> for Problem {
    fn from(what: Unknown) -> Self {
        Self::not_found(what.to_string())
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Unknown => Self::not_found("It has never been seen."),
            CommandError::Unavailable(why) | CommandError::Busy(why) => {
                Self::new(Kind::Conflict, why)
            }
            CommandError::TimedOut => Self::new(
                Kind::ModemTimeout,
                "No answer came before the command's deadline.",
            ),
            CommandError::Refused(reason) => Self::new(
                Kind::ModemRefused,
                format!("{}: {}", reason.code, reason.detail),
            ),
            CommandError::Unsupported(why) => Self::new(Kind::InvalidFields, why),
        }
    }
}

/// What a panic in a handler becomes. The panic hook has logged the place already.
pub(super) fn from_panic(_: Box<dyn std::any::Any + Send>) -> Response {
    Problem::new(
        Kind::Internal,
        "A fault in the gateway; the log says where.",
    )
    .into_response()
}

/// Answers a path that is not there.
pub(super) async fn unknown_path(uri: axum::http::Uri) -> Problem {
    Problem::not_found(format!("There is nothing at {}.", uri.path()))
}

/// Answers a method that a path does not have; axum adds `Allow`.
pub(super) async fn unknown_method(method: axum::http::Method, uri: axum::http::Uri) -> Problem {
    Problem::new(
        Kind::MethodNotAllowed,
        format!("{} does not take {method}.", uri.path()),
    )
}
