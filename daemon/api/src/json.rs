//! Request bodies: JSON into types, with errors that name the field.

mod objects;

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Deserializer;
use serde_path_to_error::Segment;

use super::Api;
use super::bodies::Held;
use super::problem::{Kind, Problem};
use gateway::messages::words::{not_json, plain};
use gateway::{FieldCode, FieldError};
use objects::Objects;

/// How long a body may take to come in.
const BODY_WAIT: Duration = Duration::from_mins(1);

/// A request body as it came, known to be declared as JSON and within the limit, and the room that
/// it takes.
pub(super) struct JsonBytes(pub(super) Bytes, pub(super) Held);

impl FromRequest<Api> for JsonBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        check_type(request.headers())?;
        let (octets, held) = in_time(api.bodies().read(request.into_body())).await?;
        Ok(Self(octets, held))
    }
}

/// Octets of a body that has no reason to be large.
const SMALL: usize = 8 * 1024;

/// A small request body as it came: a larger one is refused before it is read.
pub(super) struct SmallBytes(pub(super) Bytes);

impl FromRequest<Api> for SmallBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        check_type(request.headers())?;
        let body = api.bodies().read_at_most(request.into_body(), SMALL);
        let (bytes, _held) = in_time(body).await?;
        Ok(Self(bytes))
    }
}

/// The same of type `T`.
pub(super) struct SmallJson<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Api> for SmallJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let SmallBytes(bytes) = SmallBytes::from_request(request, api).await?;
        parse(&bytes).map(Self)
    }
}

fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    if is_json(headers) {
        return Ok(());
    }
    Err(Problem::new(
        Kind::UnsupportedMediaType,
        "Send the header content-type: application/json.",
    ))
}

/// Reads a body, as long as it comes in time.
pub(super) async fn in_time(
    body: impl Future<Output = Result<(Bytes, Held), Problem>>,
) -> Result<(Bytes, Held), Problem> {
    match tokio::time::timeout(BODY_WAIT, body).await {
        Ok(read) => read,
        Err(_) => Err(Problem::new(
            Kind::RequestTimeout,
            "Send it within a minute.",
        )),
    }
}

/// A request body of type `T`.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Api> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let JsonBytes(bytes, _held) = JsonBytes::from_request(request, api).await?;
        parse(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    is_of_type(headers, |essence| {
        essence == "application/json"
            || (essence.starts_with("application/") && essence.ends_with("+json"))
    })
}

/// Whether the content type of a body, without its parameters and in lower case, is one of these.
pub(super) fn is_of_type(headers: &HeaderMap, is_one: impl Fn(&str) -> bool) -> bool {
    let Some(Ok(value)) = headers
        .get(header::CONTENT_TYPE)
        .map(|value| value.to_str())
    else {
        return false;
    };
    let essence = value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    is_one(&essence)
}

/// Reads a whole body, an object. Not JSON: 400 with line and column. JSON, but not a `T`: 422 with
/// a pointer.
pub(super) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Problem> {
    parse_at(bytes, "")
}

/// Reads the value that `parent` points at.
pub(super) fn parse_at<'a, T: Deserialize<'a>>(
    bytes: &'a [u8],
    parent: &str,
) -> Result<T, Problem> {
    let mut reader = Deserializer::from_slice(bytes);
    // The plain reader first; finding the path costs, and only errors need it.
    let read = T::deserialize(Objects(&mut reader));
    let error = match read.and_then(|value| reader.end().map(|()| value)) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    match why_not_json(bytes, &error) {
        None => Err(Problem::invalid(vec![explain::<T>(bytes, parent)])),
        Some(why) if parent.is_empty() => Err(Problem::new(Kind::MalformedJson, why)),
        Some(why) => {
            let why = format!("In {parent}: {why}");
            Err(Problem::new(Kind::MalformedJson, why))
        }
    }
}

/// None where it is JSON, which the error alone does not tell: a wrong value may come before the
/// place where the text ends.
fn why_not_json(bytes: &[u8], error: &serde_json::Error) -> Option<String> {
    // Skipping has no bound in depth, and passes over half a surrogate pair and a number that no
    // type holds.
    let error = match serde_json::from_slice::<IgnoredAny>(bytes) {
        Err(error) => error,
        Ok(_) if error.is_data() || is_too_deep(error) => return None,
        Ok(_) => match serde_json::from_slice::<serde_json::Value>(bytes) {
            Ok(_) => return None,
            Err(error) => error,
        },
    };
    Some(not_json(&error.to_string()))
}

/// `serde_json` has no kind for it.
fn is_too_deep(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("recursion limit exceeded")
}

/// Reads again what is known not to be a `T`, for the field at fault. `parent` is the pointer of
/// the value that `bytes` hold.
fn explain<'a, T: Deserialize<'a>>(bytes: &'a [u8], parent: &str) -> FieldError {
    let mut reader = Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize::<_, T>(Objects(&mut reader)) {
        Ok(_) => FieldError::new(parent, "is not valid"),
        Err(error) => {
            let message = error.inner().to_string();
            let mut pointer = parent.to_owned();
            for segment in error.path() {
                push_segment(&mut pointer, segment);
            }
            // serde names these two in the text only; their path ends at the object.
            for intro in ["missing field `", "duplicate field `"] {
                if let Some(name) = message
                    .strip_prefix(intro)
                    .and_then(|m| m.split('`').next())
                {
                    pointer = FieldError::under(&pointer, name, "").pointer;
                }
            }
            let error = FieldError::new(pointer, plain(&message));
            if message.starts_with("missing field") {
                error.coded(FieldCode::Required)
            } else {
                error
            }
        }
    }
}

fn push_segment(pointer: &mut String, segment: &Segment) {
    match segment {
        Segment::Seq { index } => *pointer = format!("{pointer}/{index}"),
        Segment::Map { key } => *pointer = FieldError::under(pointer, key, "").pointer,
        Segment::Enum { .. } | Segment::Unknown => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the errors are looked at")]
    struct Outer {
        list: Vec<Inner>,
        raw: Option<Box<serde_json::value::RawValue>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the errors are looked at")]
    struct Inner {
        number: u8,
    }

    #[track_caller]
    fn check(json: &str, status: u16, pointer: &str) {
        let problem = parse::<Outer>(json.as_bytes()).unwrap_err();
        let problem = serde_json::to_value(&problem).unwrap();
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(
            problem["errors"][0]["pointer"].as_str().unwrap_or(""),
            pointer,
            "{problem}"
        );
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        check(
            r#"{"list": [{"number": 1}, {"number": "x"}]}"#,
            422,
            "/list/1/number",
        );
        check(r#"{"list": [{"number": 256}]}"#, 422, "/list/0/number");
        check(
            r#"{"list": [{"number": 1, "a/b": 2}]}"#,
            422,
            "/list/0/a~1b",
        );
        check(
            r#"{"list": [{"number": 1, "number": 2}]}"#,
            422,
            "/list/0/number",
        );
        check(
            r#"{"list": [], "raw": {"a": {}}, "list": []}"#,
            422,
            "/list",
        );
        check(r#"{"list": [{}]}"#, 422, "/list/0/number");
        check(r#"{"raw": {"a": [1]}}"#, 422, "/list");
        check("[]", 422, "");
        check(" [[], null]", 422, "");
        check("[", 400, "");
        check("", 400, "");
        check("{\"list\": [\n}", 400, "");
        check(r#"{"list": [{"number": 1e999}]}"#, 400, "");
        check(r#"{"list": []} x"#, 400, "");
    }

    #[test]
    fn syntax_errors_name_line_and_column() {
        let problem = parse::<Outer>(b"{\"list\": [\n}").unwrap_err();
        let problem = serde_json::to_value(&problem).unwrap();
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("line 2 column 1"), "{detail}");
    }
}
