//! JSON answers end with a line end, as a shell's prompt wants it after `curl`.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;

/// Adds it to every JSON answer, problems too. Streams of events are no JSON and pass as they are.
pub(super) async fn end_with_line(request: axum::extract::Request, next: Next) -> Response {
    let (mut head, body) = next.run(request).await.into_parts();
    if !is_json(&head.headers) {
        return Response::from_parts(head, body);
    }
    // Every JSON answer is whole in memory by now: none is streamed.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Response::from_parts(head, Body::empty());
    };
    let mut text = bytes.to_vec();
    text.push(b'\n');
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(text))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind == "application/json" || kind == super::problem::CONTENT_TYPE)
}
