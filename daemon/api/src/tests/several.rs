//! One request for several recipients, and the SIM that it names by its number.

use serde_json::Value;

use super::{Fixture, POST};
use model::Scope;

const PATH: &str = "/api/v1/messages";
const TO_THREE: &str = r#"{"to": ["+84901234567", "nobody", "1414"], "text": "hi"}"#;

#[tokio::test]
async fn each_recipient_gets_a_message_of_their_own() {
    let fixture = Fixture::new().await;
    let accepted = fixture.post_once(PATH, TO_THREE, Some("once"));
    let accepted = accepted.await.is(202);
    assert_eq!(accepted.header("location"), "");
    let items = accepted.items();
    assert_eq!(items[1]["problem"]["errors"][0]["pointer"], "/to/1");
    for (item, to) in [(&items[0], "+84901234567"), (&items[2], "1414")] {
        let id = item["id"].as_str().unwrap();
        let message = fixture.get(&format!("{PATH}/{id}")).await.body;
        assert_eq!(
            (&message["to"], &message["text"]),
            (&to.into(), &"hi".into())
        );
    }

    let again = fixture.post_once(PATH, TO_THREE, Some("once")).await;
    assert_eq!(
        (again.status, &again.body),
        (accepted.status, &accepted.body)
    );
    assert_eq!(again.header("idempotency-replayed"), "true");
    let stored = fixture.get(PATH).await.body;
    assert_eq!(stored["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_wrong_with_the_message_is_so_for_all() {
    let fixture = Fixture::new().await;
    for (json, pointer) in [
        (r#"{"to": ["1414"], "text": ""}"#, "/text"),
        (r#"{"to": [], "text": "a"}"#, "/to"),
        (r#"{"to": ["1414", 7], "text": "a"}"#, "/to/1"),
        (
            r#"{"to": ["1414"], "text": "a", "from": "group:none"}"#,
            "/from",
        ),
    ] {
        let refused = fixture.post(PATH, json).await;
        assert_eq!(refused.status, 422, "{json}: {}", refused.text);
        assert_eq!(*refused.pointer(), pointer, "{json}");
    }
    let stored = fixture.get(PATH).await.body;
    assert_eq!(stored["items"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn a_list_counts_against_the_rate_as_its_recipients() {
    let fixture = Fixture::new().await;
    let slow = fixture
        .key(|key| {
            key.scopes = vec![Scope::Send];
            key.rate_per_second = Some(1);
        })
        .await;
    let secret = Some(slow.as_str());
    fixture.ask(secret, POST, PATH, TO_THREE).await.is(202);
    let refused = fixture.ask(secret, POST, PATH, TO_THREE).await.is(429);
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((2..=3).contains(&wait), "{wait}");
}

#[tokio::test]
async fn one_recipient_is_asked_for_where_one_is_meant() {
    let fixture = Fixture::new().await;
    let explained = fixture.post("/api/v1/routes/explain", TO_THREE).await;
    assert_eq!(*explained.pointer(), "/to");
    let batch = format!(r#"{{"messages": [{TO_THREE}]}}"#);
    let batch = fixture.post("/api/v1/messages/batch", &batch).await.body;
    let error = &batch["items"][0]["problem"]["errors"][0];
    assert_eq!(error["pointer"], "/messages/0/to");

    let preview = "/api/v1/messages/preview";
    let wrong = fixture.post(preview, TO_THREE).await;
    assert_eq!(*wrong.pointer(), "/to/1");
    let right = r#"{"to": ["1414", "1415"], "text": "hi"}"#;
    assert_eq!(fixture.post(preview, right).await.body["segments"], 1);
}

#[tokio::test]
async fn a_sim_is_named_by_its_number_too() {
    let fixture = Fixture::new().await;
    fixture.see_sim().await;
    let from = |number: &str| format!(r#"{{"to": "1414", "text": "a", "from": "{number}"}}"#);
    let batch = |number: &str| format!(r#"{{"messages": [{}]}}"#, from(number));
    let path = "/api/v1/messages/batch";
    fixture.post(PATH, &from("+84911111111")).await.is(202);
    let item = fixture.post(path, &batch("+84911111111")).await.body;
    assert!(item["items"][0]["id"].is_string(), "{item}");

    // A number that is set counts at once, and the one before it no more.
    fixture.patch_sim(r#"{"number": "+84922222222"}"#).await;
    fixture.post(PATH, &from("+84922222222")).await.is(202);
    let refused = fixture.post(PATH, &from("+84911111111")).await;
    assert_eq!(*refused.pointer(), "/from");
    let item = fixture.post(path, &batch("+84911111111")).await.body;
    let error = &item["items"][0]["problem"]["errors"][0];
    assert_eq!(error["pointer"], "/messages/0/from");

    // A key that is bound to other SIMs may not go round that by a number.
    fixture.patch_sim(r#"{"groups": ["a"]}"#).await;
    let bound = fixture
        .key(|key| {
            key.scopes = vec![Scope::Send];
            key.groups = vec!["a".to_owned()];
        })
        .await;
    let secret = Some(bound.as_str());
    let ours = from("+84922222222");
    fixture.ask(secret, POST, PATH, &ours).await.is(202);
    fixture.patch_sim(r#"{"groups": ["b"]}"#).await;
    fixture.ask(secret, POST, PATH, &ours).await.is(422);
}

#[tokio::test]
async fn a_key_bounds_the_parts_of_its_messages() {
    let fixture = Fixture::new().await;
    let made = r#"{"name": "short", "scopes": ["send"], "max_segments": 2}"#;
    let made = fixture.post("/api/v1/keys", made).await;
    assert_eq!(made.body["max_segments"], 2, "{}", made.text);
    let secret = made.body["key"].as_str();
    let (two, three) = ("x".repeat(300), "x".repeat(400));
    for (fields, status, pointer) in [
        (format!(r#""text": "{two}""#), 202, ""),
        (format!(r#""text": "{three}""#), 422, "/text"),
        (
            format!(r#""text": "{three}", "max_segments": 3"#),
            422,
            "/max_segments",
        ),
        (
            format!(r#""text": "{two}", "max_segments": 1"#),
            422,
            "/text",
        ),
    ] {
        let json = format!(r#"{{"to": "1414", {fields}}}"#);
        let answer = fixture.ask(secret, POST, PATH, &json).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        let found = answer.body["errors"][0]["pointer"].as_str().unwrap_or("");
        assert_eq!(found, pointer);
    }
    let bad = r#"{"name": "bad", "scopes": ["send"], "max_segments": 256}"#;
    let bad = fixture.post("/api/v1/keys", bad).await;
    assert_eq!(*bad.pointer(), "/max_segments");
}
