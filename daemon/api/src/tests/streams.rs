//! Streams of events: a key has so many, each gives its place back, and many cost little.

use axum::body::Body;
use axum::http::{Request, Response, header};
use futures_util::{FutureExt as _, StreamExt as _};
use serde_json::json;
use tokio::time::Instant;
use tower::ServiceExt as _;

use super::Fixture;
use gateway::events::Subject;
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

#[tokio::test]
async fn where_many_listen_each_is_given_what_is_new_now_and_then() {
    let fixture = Fixture::new().await;
    let mut streams = Vec::new();
    for _ in 0..60 {
        let stream = open(&fixture, &fixture.secret).await.into_body();
        streams.push(stream.into_data_stream());
    }
    let bus = fixture.gateway.bus();
    let publish = || bus.tell("sim.state", Subject::Gateway, json!({}));
    let began = Instant::now();
    let (mut frames, mut published, mut told) = (0, 0, 0);
    while told < 200 {
        if published < 200 {
            publish();
            published += 1;
        }
        let frame = if published < 200 {
            streams[0].next().now_or_never()
        } else {
            Some(streams[0].next().await)
        };
        if let Some(frame) = frame {
            told += count(&frame.unwrap().unwrap());
            frames += 1;
        }
    }
    assert_eq!(told, 200);
    let rests = began.elapsed().as_millis() / 60;
    // Of what waits, 32 are given at once.
    assert!(
        frames <= 2 + rests + 200 / 32,
        "{frames} frames, {rests} rests"
    );
}

#[tokio::test]
async fn a_stream_ends_before_it_tells_what_its_key_may_not_see_any_more() {
    type Change = fn(&Fixture) -> futures_util::future::LocalBoxFuture<'_, ()>;
    let changes: [Change; 2] = [
        |fixture| {
            Box::pin(async move {
                fixture.delete("/api/v1/keys/one").await.is(204);
            })
        },
        |fixture| {
            Box::pin(async move {
                let import = json!({"configuration": {"format": 1, "keys": [
                    {"name": "one", "scopes": ["read:own"]}]}});
                fixture
                    .post_json("/api/v1/config/import", &import)
                    .await
                    .is(200);
            })
        },
    ];
    for change in changes {
        let fixture = Fixture::new().await;
        let secret = fixture.key(|key| {
            key.name = "one".to_owned();
            key.scopes = vec![Scope::Read];
        });
        let secret = secret.await;
        let mut frames = open(&fixture, &secret).await.into_body().into_data_stream();
        change(&fixture).await;
        fixture
            .gateway
            .bus()
            .tell("sim.state", Subject::Gateway, json!({}));
        assert!(frames.next().await.is_none());
    }
}

fn count(frame: &[u8]) -> usize {
    str::from_utf8(frame).unwrap().matches("\ndata: ").count()
}

#[tokio::test]
async fn a_reader_who_comes_back_to_much_is_given_all_of_it_in_pieces() {
    let fixture = Fixture::new().await;
    let mut frames = open(&fixture, &fixture.secret)
        .await
        .into_body()
        .into_data_stream();
    let bus = fixture.gateway.bus();
    for n in 0..1000 {
        bus.tell("sim.state", Subject::Gateway, json!({ "n": n }));
    }
    bus.close();
    let mut text = String::new();
    while let Some(frame) = frames.next().await {
        let frame = frame.unwrap();
        assert!(frame.len() < 16 * 1024, "{}", frame.len());
        text.push_str(str::from_utf8(&frame).unwrap());
    }
    let told: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("data: "))
        .collect();
    assert_eq!(told.len(), 1000);
    assert!(told[999].contains(r#""n":999"#), "{}", told[999]);
    assert!(!text.contains("event: gap"));
}
