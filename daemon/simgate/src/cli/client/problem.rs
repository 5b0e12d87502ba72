//! Problem documents (RFC 9457) as sentences.

use std::fmt::Write as _;

use serde::Deserialize;
use ureq::Body;
use ureq::http::{Response, StatusCode};

use super::Failure;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Problem {
    title: Option<String>,
    detail: Option<String>,
    #[serde(default)]
    errors: Vec<FieldError>,
}

#[derive(Debug, Deserialize)]
struct FieldError {
    /// JSON pointer to the field (RFC 6901).
    pointer: String,
    detail: String,
}

/// Said for a 503 that says nothing itself, as a reverse proxy's may.
const UNAVAILABLE: &str = "The gateway, or a proxy before it, cannot take this now";

/// What a refusal says, with a hint where there is something to do about it.
pub(super) fn failure(mut response: Response<Body>) -> Failure {
    let status = response.status();
    let retry_after = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let body = response.body_mut().read_to_string().unwrap_or_default();
    let problem: Problem = serde_json::from_str(&body).unwrap_or_default();
    let text = render(status, &problem, retry_after.as_deref());
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Failure::NotAllowed(text),
        _ => Failure::Refused(text),
    }
}

pub(super) fn render(status: StatusCode, problem: &Problem, retry_after: Option<&str>) -> String {
    let title = problem.title.as_deref().unwrap_or(match status {
        StatusCode::SERVICE_UNAVAILABLE => UNAVAILABLE,
        status => status.canonical_reason().unwrap_or("refused"),
    });
    let mut text = title.to_owned();
    // With fields below, the detail only repeats them.
    let detail = problem
        .detail
        .as_deref()
        .filter(|_| problem.errors.is_empty());
    if let Some(detail) = detail.filter(|detail| *detail != title) {
        let _ = write!(text, ": {detail}");
    }
    let _ = write!(text, " (HTTP {})", status.as_u16());
    for error in &problem.errors {
        let pointer = if error.pointer.is_empty() {
            "/"
        } else {
            &error.pointer
        };
        let _ = write!(text, "\n  {pointer}: {}", error.detail);
    }
    if status == StatusCode::UNAUTHORIZED {
        text.push_str(
            "\n  Give a key with SIMGATE_KEY or --key-file; `simgate key create` makes one.",
        );
    }
    if let Some(seconds) = retry_after {
        let _ = write!(text, "\n  Try again in {seconds} s.");
    }
    text
}
