//! All messages of one reference: counted, and cancelled together.

use std::time::Duration;

use axum::http::Method;
use serde_json::json;

use super::{Answer, Fixture};
use gateway::clock;
use model::Scope;

const CANCEL: &str = "/api/v1/messages/cancel";
const PAUSE: &str = "/api/v1/messages/pause";
const RESUME: &str = "/api/v1/messages/resume";
const SPRING: &str = r#"{"reference": "spring"}"#;

/// Many more than are cancelled in one transaction, one of them later, and one of two parts; and one of another reference.
async fn campaign(fixture: &Fixture) {
    let mut messages: Vec<_> = (0..450)
        .map(|n| json!({"to": format!("+8490{n:07}"), "text": "Sale", "reference": "spring"}))
        .collect();
    messages[0]["text"] = "Sale ".repeat(50).into();
    let later = clock::now().after(Duration::from_hours(1));
    messages[1]["send_at"] = json!(later);
    messages.push(json!({"to": "+84901234567", "text": "other", "reference": "order-42"}));
    let batch = json!({"messages": messages}).to_string();
    let accepted = fixture.post("/api/v1/messages/batch", &batch).await;
    assert_eq!(accepted.status, 202, "{}", accepted.text);
}

async fn summary(fixture: &Fixture, reference: &str) -> Answer {
    let path = format!("/api/v1/messages/summary?reference={reference}");
    fixture.get(&path).await
}

#[tokio::test]
async fn what_waits_is_counted_and_cancelled() {
    let fixture = Fixture::new().await;
    campaign(&fixture).await;
    let counted = summary(&fixture, "spring").await;
    let expected = json!({
        "messages": 450, "segments": 451, "paused": 0, "complete": true,
        "states": [
            {"state": "scheduled", "messages": 1, "segments": 1},
            {"state": "queued", "messages": 449, "segments": 450},
        ],
    });
    assert_eq!(counted.body, expected, "{}", counted.text);

    let mut told = fixture.gateway.bus().subscribe(None);
    let cancelled = fixture.post(CANCEL, SPRING).await;
    assert_eq!(
        (cancelled.status.as_u16(), &cancelled.body),
        (200, &json!({"cancelled": 450}))
    );
    let over = summary(&fixture, "spring").await.body;
    assert_eq!(
        over["states"],
        json!([{"state": "cancelled", "messages": 450, "segments": 451}])
    );
    let other = summary(&fixture, "order-42").await.body;
    assert_eq!(other["states"][0]["state"], "queued");
    let mut heard = 0;
    while heard < 450 {
        heard += usize::from(told.recv().await.unwrap().kind == "message.cancelled");
    }
    let audit = fixture.get("/api/v1/audit").await;
    let rows = audit.body["items"].as_array().unwrap().iter();
    let counts = rows.filter_map(|row| row["after"]["cancelled"].as_u64());
    assert_eq!(counts.sum::<u64>(), 450, "{}", audit.text);

    let again = fixture.post(CANCEL, SPRING).await;
    assert_eq!(again.body, json!({"cancelled": 0}));
}

#[tokio::test]
async fn what_waits_is_paused_and_resumed() {
    let fixture = Fixture::new().await;
    campaign(&fixture).await;
    let paused = fixture.post(PAUSE, SPRING).await;
    assert_eq!(
        (paused.status.as_u16(), &paused.body),
        (200, &json!({"paused": 450}))
    );
    assert_eq!(summary(&fixture, "spring").await.body["paused"], 450);
    let again = fixture.post(PAUSE, SPRING).await;
    assert_eq!(again.body, json!({"paused": 0}));
    for state in ["queued", "scheduled"] {
        let path = format!("/api/v1/messages?reference=spring&limit=1&state={state}");
        let listed = fixture.get(&path).await;
        let one = &listed.body["items"][0];
        assert_eq!(one["state"], state, "{}", listed.text);
        assert_eq!(one["waiting_for"]["code"], "paused", "{}", listed.text);
    }
    let other = fixture.get("/api/v1/messages?reference=order-42").await;
    assert_ne!(other.body["items"][0]["waiting_for"]["code"], "paused");

    let resumed = fixture.post(RESUME, SPRING).await;
    assert_eq!(
        (resumed.status.as_u16(), &resumed.body),
        (200, &json!({"resumed": 450}))
    );
    assert_eq!(summary(&fixture, "spring").await.body["paused"], 0);
    let audit = fixture.get("/api/v1/audit").await;
    let rows = audit.body["items"].as_array().unwrap();
    for did in ["paused", "resumed"] {
        let counts = rows.iter().filter_map(|row| row["after"][did].as_u64());
        assert_eq!(counts.sum::<u64>(), 450, "{}", audit.text);
    }
}

#[tokio::test]
async fn a_key_counts_and_cancels_its_own() {
    let fixture = Fixture::new().await;
    campaign(&fixture).await;
    let scopes = vec![Scope::Send, Scope::ReadOwn, Scope::CancelOwn];
    let secret = fixture.key(|key| key.scopes = scopes).await;
    let ask = async |method: Method, path: &str, json: &str| {
        let answer = fixture.ask(Some(&secret), &method, path, json).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        answer.body
    };
    let own = r#"{"to": "+84901234567", "text": "mine", "reference": "spring"}"#;
    ask(Method::POST, "/api/v1/messages", own).await;
    let path = "/api/v1/messages/summary?reference=spring";
    assert_eq!(ask(Method::GET, path, "").await["messages"], 1);
    assert_eq!(ask(Method::POST, PAUSE, SPRING).await["paused"], 1);
    assert_eq!(ask(Method::POST, RESUME, SPRING).await["resumed"], 1);
    assert_eq!(ask(Method::POST, CANCEL, SPRING).await["cancelled"], 1);
    assert_eq!(
        summary(&fixture, "spring").await.body["states"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn what_was_accepted_a_moment_ago_is_cancelled_too() {
    let fixture = Fixture::new().await;
    let secret = fixture.key(|key| key.scopes = vec![Scope::Send]).await;
    let to: Vec<_> = (0..1000).map(|n| format!("+8490{n:07}")).collect();
    let wave = json!({"to": to, "text": "Sale", "reference": "spring"}).to_string();
    let (post, secret) = (Method::POST, Some(secret.as_str()));
    for _ in 0..3 {
        let accepted = fixture.ask(secret, &post, "/api/v1/messages", &wave).await;
        assert_eq!(accepted.status, 202, "{}", accepted.text);
    }
    let cancelled = fixture.ask(secret, &post, CANCEL, SPRING).await;
    assert_eq!(cancelled.body["cancelled"], 3000, "{}", cancelled.text);
}

#[tokio::test]
async fn a_reference_has_one_to_256_octets() {
    let fixture = Fixture::new().await;
    for reference in ["", "%00", &"x".repeat(257)] {
        let answer = summary(&fixture, reference).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["errors"][0]["pointer"]),
            (422, &"?reference".into())
        );
    }
    for path in [CANCEL, PAUSE, RESUME] {
        let answer = fixture.post(path, r#"{"reference": ""}"#).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["errors"][0]["pointer"]),
            (422, &"/reference".into())
        );
    }
    let unknown = summary(&fixture, "nobody").await.body;
    assert_eq!(
        unknown,
        json!({"messages": 0, "segments": 0, "states": [], "paused": 0, "complete": true})
    );
}
