//! The web page: files by their path, and the index for every page of it.
//!
//! The page is one more client of the HTTP API, and nothing here knows more of it than names of files.

mod encoding;
mod files;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tower::ServiceExt as _;

use files::File;

/// The page that browsers ask for, whatever its path: the index finds out what to show.
const INDEX: &str = "index.html";
/// Files below have names made from what they hold.
const HASHED: &str = "_app/immutable/";
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The same name may hold something else after an upgrade.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// Paths that are the API's own, whoever asks.
const NOT_PAGES: [&str; 4] = ["/api/", "/healthz", "/readyz", "/metrics"];

/// Puts the page in front of `api`, which answers whatever is not the page's.
pub fn in_front_of(api: Router) -> Router {
    Router::new().fallback(async move |request: Request| match page(&request) {
        Some(answer) => answer,
        None => match api.oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        },
    })
}

/// The answer where `request` asks for a file or a page.
fn page(request: &Request) -> Option<Response> {
    let path = request.uri().path();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read || NOT_PAGES.iter().any(|own| path.starts_with(own)) {
        return None;
    }
    let name = path.trim_start_matches('/');
    if let Some(file) = files::get(name).filter(|_| name != INDEX) {
        let kept = if name.starts_with(HASHED) {
            FOR_EVER
        } else {
            ASK_AGAIN
        };
        return Some(answer(&file, kept, request.headers()));
    }
    // A file of another version is gone, and the index in its place would be no script.
    let is_page = path == "/" || (wants_page(request.headers()) && !path.starts_with("/_app/"));
    let index = is_page.then(|| files::get(INDEX));
    index.map(|index| match index {
        // Two kilobytes: nothing to gain, and what checks TLS warns of compressed pages (BREACH).
        Some(index) => answer(&index.uncompressed(), ASK_AGAIN, request.headers()),
        None => without_page(),
    })
}

/// Programs get the API's own answer, that there is nothing at this path.
fn wants_page(headers: &HeaderMap) -> bool {
    let accepts = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accepts.is_some_and(|accepts| accepts.contains("text/html"))
}

fn answer(file: &File, kept: HeaderValue, headers: &HeaderMap) -> Response {
    let (coding, octets) = encoding::best(file, headers);
    let mut answer = Response::new(Body::from(octets));
    let heads = answer.headers_mut();
    heads.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.kind));
    heads.insert(header::CACHE_CONTROL, kept);
    heads.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        heads.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    answer
}

/// What stands at `/` where the daemon was built without npm.
fn without_page() -> Response {
    const TEXT: &str = "simgate runs, but this build has no web page: npm was missing when it was built.\n\n\
        Install Node.js 20.19 or later with npm, then build again: cargo build --release\n\n\
        The HTTP API is there: /api/v1/openapi.json describes it.\n";
    (StatusCode::NOT_FOUND, TEXT).into_response()
}

#[cfg(test)]
mod tests;
