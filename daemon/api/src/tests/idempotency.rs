//! `Idempotency-Key`: what a request has made, it makes once.

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::Value;

use super::{Answer, Fixture};
use model::Scope;

const NOTES: &str = "/api/v1/conversations/+84901234567/notes";

impl Fixture {
    async fn named(&self, path: &str, body: &str, name: &str) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", name);
        self.send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    async fn changes(&self) -> usize {
        let audit = self.get("/api/v1/audit?limit=500").await;
        audit.body["items"].as_array().unwrap().len()
    }
}

#[tokio::test]
async fn what_is_asked_for_twice_is_made_once() {
    let fixture = Fixture::new().await;
    fixture.comes_in("+84901234567", "hello").await;
    let key = |name: &str| format!(r#"{{"name": "{name}", "scopes": ["read"]}}"#);
    fixture.post("/api/v1/keys", &key("rotated")).await;
    let user = |name: &str| {
        format!(r#"{{"name": "{name}", "role": "viewer", "password": "correct horse"}}"#)
    };
    let note = |text: &str| format!(r#"{{"text": "{text}"}}"#);
    for (path, status, body, other) in [
        ("/api/v1/keys", 201, key("one"), key("other")),
        ("/api/v1/users", 201, user("anna"), user("ben")),
        (NOTES, 201, note("she will call"), note("she called")),
        (
            "/api/v1/keys/rotated/rotate",
            200,
            "{}".to_owned(),
            r#"{"overlap_seconds": 7}"#.to_owned(),
        ),
    ] {
        let first = fixture.named(path, &body, path).await;
        assert_eq!(first.status, status, "{path}: {}", first.text);
        let changes = fixture.changes().await;
        let again = fixture.named(path, &body, path).await;
        assert_eq!(
            (again.status, &again.body),
            (first.status, &first.body),
            "{path}"
        );
        let replayed =
            [&first, &again].map(|answer| answer.header("idempotency-replayed").to_owned());
        assert_eq!(replayed, ["", "true"], "{path}");
        let refused = fixture.named(path, &other, path).await;
        assert_eq!(refused.status, 409, "{path}: {}", refused.text);
        assert!(refused.text.contains("another request"), "{}", refused.text);
        assert_eq!(fixture.changes().await, changes, "{path}");
    }
    let notes = fixture.get(NOTES).await;
    assert_eq!(notes.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_backup_that_is_asked_for_twice_is_made_once() {
    let fixture = Fixture::new().await;
    let begin = async |name: &str| {
        let request = fixture.request(Method::POST, "/api/v1/backup");
        let request = request.header("idempotency-key", name);
        fixture.send(request.body(Body::empty()).unwrap()).await
    };
    let first = begin("nightly").await;
    assert_eq!(first.status, 202, "{}", first.text);
    let files = async || {
        let status = fixture.get("/api/v1/backups").await.body;
        (
            status["running"].is_null(),
            status["items"].as_array().unwrap().len(),
        )
    };
    while files().await != (true, 1) {
        tokio::task::yield_now().await;
    }
    let again = begin("nightly").await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.body, first.body);
    assert_eq!(files().await, (true, 1), "none is being made");
}

#[tokio::test]
async fn who_may_not_read_is_told_that_it_was_made_before_and_no_more() {
    let fixture = Fixture::new().await;
    fixture.comes_in("+84901234567", "hello").await;
    let blind = fixture.key(|key| key.scopes = vec![Scope::Operate]).await;
    for replayed in ["", "true"] {
        let request = Request::post(NOTES)
            .header(header::AUTHORIZATION, format!("Bearer {blind}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "blind");
        let request = request.body(Body::from(r#"{"text": "a note"}"#));
        let added = fixture.send(request.unwrap()).await;
        assert_eq!((added.status.as_u16(), added.text.as_str()), (204, ""));
        assert_eq!(added.header("idempotency-replayed"), replayed);
    }
}

/// Requests that begin something each time they come, and why.
const EACH_TIME: [(&str, &str); 5] = [
    ("open_session", "a log-in is one of its own, with a cookie"),
    (
        "resend_deliveries",
        "those that are parked, which they are no more",
    ),
    ("resend_delivery", "one that waits is not posted twice"),
    ("set_up", "its code is good for one"),
    ("test_modem", "a modem that is in a test is in no other"),
];

#[tokio::test]
async fn every_request_that_makes_something_takes_a_name() {
    let fixture = Fixture::new().await;
    let document = fixture.get("/api/v1/openapi.json").await.body;
    let paths = document["paths"].as_object().unwrap();
    let mut without = Vec::new();
    for operation in paths.values().filter_map(|path| path.get("post")) {
        let is = |code: &str| operation["responses"].get(code).is_some();
        let named = |parameter: &Value| parameter["name"] == "Idempotency-Key";
        let takes = operation["parameters"]
            .as_array()
            .is_some_and(|all| all.iter().any(named));
        if (is("201") || is("202")) && !takes {
            without.push(operation["operationId"].as_str().unwrap().to_owned());
        }
    }
    without.sort();
    assert_eq!(without, EACH_TIME.map(|(operation, _)| operation));
}
