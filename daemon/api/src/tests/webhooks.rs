//! Webhooks: what is set is stored and shown, the secret once, and all that is wrong is named.

use serde_json::{Value, json};

use super::{Fixture, GET};
use model::Scope;

const PATH: &str = "/api/v1/webhooks/crm";

async fn last_audit(fixture: &Fixture) -> Value {
    fixture.get("/api/v1/audit").await.body["items"][0]["what"].clone()
}

#[tokio::test]
async fn a_webhook_from_its_making_to_its_end() {
    let fixture = Fixture::new().await;
    fixture.get(PATH).await.is(404);
    let put = r#"{"url": "https://example.com/a"}"#;
    let made = fixture.put(PATH, put).await.is(201);
    let secret = made.body["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    let mut expected = json!({
        "name": "crm", "url": "https://example.com/a", "events": ["*"], "secret_set": true,
        "old_secret_until": null, "enabled": true, "tls": {"ca": null, "fingerprint": null}, "waiting": 0, "parked": 0,
    });
    assert_eq!(fixture.get(PATH).await.body, expected);
    assert_eq!(last_audit(&fixture).await, "made webhook crm");

    let print = "AB:".repeat(32);
    let put = json!({
        "url": "http://192.0.2.1:99/b", "events": ["message.*", "sim.state"], "enabled": false,
        "tls": {"fingerprint": print.trim_end_matches(':')},
    });
    let replaced = fixture.put(PATH, &put.to_string()).await.is(200);
    expected["url"] = put["url"].clone();
    expected["events"] = put["events"].clone();
    expected["enabled"] = json!(false);
    expected["tls"]["fingerprint"] = json!("ab".repeat(32));
    assert_eq!(
        replaced.body, expected,
        "the secret stays, and is not shown"
    );
    let told = "changed webhook crm: url, events, enabled, tls";
    assert_eq!(last_audit(&fixture).await, told);

    let list = fixture.get("/api/v1/webhooks").await;
    let names: Vec<_> = list.items().iter().map(|hook| &hook["name"]).collect();
    assert_eq!(names, ["callbacks", "crm"]);
    fixture.delete(PATH).await.is(204);
    fixture.delete(PATH).await.is(404);
    fixture.get(PATH).await.is(404);
    assert_eq!(last_audit(&fixture).await, "deleted webhook crm");
}

#[tokio::test]
async fn a_secret_is_shown_when_it_is_made_and_never_again() {
    let fixture = Fixture::new().await;
    let given = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let put = json!({"url": "https://example.com/", "secret": given}).to_string();
    let made = fixture.put(PATH, &put).await;
    assert!(!made.text.contains("whsec_"), "{}", made.text);
    let new = r#"{"url": "https://example.com/", "secret": "new"}"#;
    let renewed = fixture.put(PATH, new).await;
    let secret = renewed.body["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"));
    assert_eq!(last_audit(&fixture).await, "changed webhook crm: secret");
    assert!(
        renewed.body["old_secret_until"].is_string(),
        "{}",
        renewed.text
    );
    let at_once =
        r#"{"url": "https://example.com/", "secret": "new", "secret_overlap_seconds": 0}"#;
    let renewed = fixture.put(PATH, at_once).await;
    assert!(
        renewed.body["old_secret_until"].is_null(),
        "{}",
        renewed.text
    );
    for path in [PATH, "/api/v1/webhooks", "/api/v1/audit", "/api/v1/support"] {
        let text = fixture.get(path).await.text;
        assert!(!text.contains("whsec_"), "{path}: {text}");
    }
}

#[tokio::test]
async fn the_webhook_of_the_callbacks_gets_a_secret_and_no_address() {
    let fixture = Fixture::new().await;
    let path = "/api/v1/webhooks/callbacks";
    let before = fixture.get(path).await.body;
    assert_eq!(
        (&before["url"], &before["secret_set"]),
        (&Value::Null, &json!(false))
    );
    let put = fixture.put(path, "{}").await.is(200);
    assert!(put.body["secret"].is_string());
    let bad = json!({
        "url": "https://example.com/", "events": ["*"], "tls": {"fingerprint": "ab".repeat(32)},
    });
    let refused = fixture.put(path, &bad.to_string()).await.is(422);
    assert_eq!(refused.pointers(), ["/url", "/events", "/tls"]);
    fixture.delete(path).await.is(409);
}

#[tokio::test]
async fn everything_that_is_wrong_is_named() {
    let fixture = Fixture::new().await;
    for (put, pointers) in [
        (json!({}), vec!["/url"]),
        (json!({"url": "ftp://h/"}), vec!["/url"]),
        (json!({"url": "https://u:p@h/"}), vec!["/url"]),
        (json!({"url": "http://127.0.0.1/"}), vec!["/url"]),
        (json!({"url": "http://localhost/"}), vec!["/url"]),
        (json!({"url": "http://127.1/"}), vec!["/url"]),
        (
            json!({"url": "http://h/", "secret": "x", "secret_overlap_seconds": 2_592_001}),
            vec!["/secret", "/secret_overlap_seconds"],
        ),
        (
            json!({"url": "http://[::ffff:169.254.169.254]/"}),
            vec!["/url"],
        ),
        (json!({"url": "http://h/", "events": []}), vec!["/events"]),
        (
            json!({"url": "http://h/", "events": ["*", "queue.depth"]}),
            vec!["/events/1"],
        ),
        (
            json!({"url": "http://h/", "secret": "mine"}),
            vec!["/secret"],
        ),
        (
            json!({"url": "http://h/", "tls": {"ca": "PEM", "fingerprint": "ab"}}),
            vec!["/tls/ca", "/tls/fingerprint"],
        ),
        (
            json!({"url": "http://h/", "method": "GET"}),
            vec!["/method"],
        ),
    ] {
        let answer = fixture.put(PATH, &put.to_string()).await;
        assert_eq!(answer.status, 422, "{put}: {}", answer.text);
        assert_eq!(answer.pointers(), pointers, "{put}");
        assert!(!answer.text.contains("mine"), "{}", answer.text);
    }
    fixture.put("/api/v1/webhooks/%2e", "{}").await.is(422);
    fixture.get(PATH).await.is(404);
}

#[tokio::test]
async fn deliveries_are_listed_and_posted_again_on_demand() {
    let fixture = Fixture::new().await;
    // Nothing is posted here: there is no poster.
    let put = r#"{"url": "https://example.com/", "events": ["message.queued"]}"#;
    fixture.put(PATH, put).await.is(201);
    let draft = r#"{"to": "+84901234567", "text": "hello"}"#;
    let message = fixture.post("/api/v1/messages", draft).await.body;
    let path = format!("{PATH}/deliveries");
    let waiting = format!("{path}?state=waiting&type=message.queued");
    let waiting = fixture.get(&waiting).await.is(200);
    let shown = &waiting.body["items"][0];
    assert_eq!(shown["message"], message["id"]);
    assert_eq!(
        (&shown["state"], &shown["tries"]),
        (&json!("waiting"), &json!(0))
    );
    let id = shown["id"].as_str().unwrap();
    let webhook_id = shown["webhook_id"].as_str().unwrap();
    assert!(webhook_id.starts_with(message["id"].as_str().unwrap()));
    assert!(shown["next_try_at"].is_string());
    assert_eq!(fixture.get(PATH).await.body["waiting"], 1);

    let park = "UPDATE deliveries SET state = 2, attempts = 9, error = 'no'";
    fixture.gateway.test_store().run(park).await;
    let parked = &fixture.get(&path).await.body["items"][0];
    assert_eq!(
        (&parked["state"], &parked["error"]),
        (&json!("parked"), &json!("no"))
    );
    assert_eq!(parked["next_try_at"], Value::Null);
    let resend_one = async |id: &str| fixture.post(&format!("{path}/{id}/resend"), "").await;
    resend_one(id).await.is(202);
    let told = format!("resent delivery {id} of webhook crm");
    assert_eq!(last_audit(&fixture).await, told);
    let listed = fixture.get(&path).await;
    assert_eq!(listed.items()[0]["state"], "waiting");
    resend_one("999").await.is(404);
    resend_one("x").await.is(404);

    let resend = format!("{path}/resend");
    for (json, count) in [
        ("{}", 0),
        (r#"{"state": "waiting", "type": "message.queued"}"#, 1),
        (
            r#"{"state": "waiting", "until": "2020-01-01T00:00:00Z"}"#,
            0,
        ),
    ] {
        let resent = fixture.post(&resend, json).await;
        assert_eq!(resent.body, json!({"resent": count}));
    }
    fixture.post(&resend, r#"{"state": "lost"}"#).await.is(422);
}

#[tokio::test]
async fn what_is_parked_is_dismissed_one_by_one_and_by_filter() {
    let fixture = Fixture::new().await;
    let put = r#"{"url": "https://example.com/", "events": ["message.queued"]}"#;
    fixture.put(PATH, put).await.is(201);
    for to in ["+84901234567", "+84901234568", "+84901234569"] {
        let draft = format!(r#"{{"to": "{to}", "text": "hello"}}"#);
        fixture.post("/api/v1/messages", &draft).await.is(202);
    }
    let path = format!("{PATH}/deliveries");
    let ids = fixture.get(&path).await.body["items"].clone();
    let id = |n: usize| ids[n]["id"].as_str().unwrap().to_owned();
    let one = |id: &str| format!("{path}/{id}");
    let refused = fixture.delete(&one(&id(0))).await.is(409);
    assert!(refused.text.contains("It is waiting"), "{}", refused.text);
    let park = "UPDATE deliveries SET state = 2 WHERE row > (SELECT min(row) FROM deliveries)";
    fixture.gateway.test_store().run(park).await;
    fixture.delete(&one(&id(0))).await.is(204);
    let told = format!("dismissed delivery {} of webhook crm", id(0));
    assert_eq!(last_audit(&fixture).await, told);
    for none in [id(0), "999".to_owned(), "x".to_owned()] {
        fixture.delete(&one(&none)).await.is(404);
    }
    let dismiss = format!("{path}/dismiss");
    for (json, count) in [
        (r#"{"type": "message.sent"}"#, 0),
        (r#"{"until": "2020-01-01T00:00:00Z"}"#, 0),
        ("{}", 1),
        ("{}", 0),
    ] {
        let dismissed = fixture.post(&dismiss, json).await.is(200);
        assert_eq!(dismissed.body, json!({"dismissed": count}), "{json}");
    }
    let told = "dismissed parked deliveries of webhook crm";
    assert_eq!(last_audit(&fixture).await, told);
    // What waits is posted as ever.
    let left = fixture.get(&path).await;
    assert_eq!(left.items().len(), 1);
    assert_eq!(left.items()[0]["state"], "waiting");
    fixture
        .post(&dismiss, r#"{"state": "waiting"}"#)
        .await
        .is(422);
}

#[tokio::test]
async fn operators_see_deliveries_and_no_addresses() {
    let fixture = Fixture::new().await;
    let put = r#"{"url": "https://example.com/capability"}"#;
    fixture.put(PATH, put).await.is(201);
    let operator = fixture.key(|key| key.scopes = vec![Scope::Operate]).await;
    let ask = async |path: String| fixture.ask(Some(&operator), GET, &path, "").await;
    ask(format!("{PATH}/deliveries")).await.is(200);
    ask(PATH.to_owned()).await.is(403);
}
