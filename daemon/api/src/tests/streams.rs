//! Streams of events: a key has so many, and each gives its place back.

use axum::body::Body;
use axum::http::{Request, Response, header};
use tower::ServiceExt as _;

use super::Fixture;
use model::Scope;

async fn open(fixture: &Fixture, secret: &str) -> Response<Body> {
    let request = Request::get("/api/v1/events");
    let request = request.header(header::AUTHORIZATION, format!("Bearer {secret}"));
    let request = request.body(Body::empty()).unwrap();
    fixture.router.clone().oneshot(request).await.unwrap()
}

#[tokio::test]
async fn a_key_has_so_many_streams_and_a_client_that_goes_gives_its_place_back() {
    let fixture = Fixture::new().await;
    let key = |name: &'static str| {
        fixture.key(move |key| {
            key.name = name.to_owned();
            key.scopes = vec![Scope::Read];
        })
    };
    let (one, other) = (key("one").await, key("other").await);
    let mut streams = Vec::new();
    let refused = loop {
        let answer = open(&fixture, &one).await;
        if answer.status() != 200 {
            break answer;
        }
        streams.push(answer);
    };
    assert_eq!((refused.status().as_u16(), streams.len()), (429, 64));
    assert_eq!(refused.headers()[header::RETRY_AFTER], "10");
    assert_eq!(open(&fixture, &other).await.status(), 200);
    streams.pop();
    assert_eq!(open(&fixture, &one).await.status(), 200);
}
