use axum::body::Body;
use axum::http::{Method, header};

use std::time::Duration;

use futures_util::StreamExt as _;
use tower::ServiceExt as _;

use super::Fixture;
use model::{
    Change, Found, KeyId, MessageId, ModemKind, ModemRecord, NewMessage, Scope, State, Way,
};
use store::clock;

const IMEI: &str = "356938035643809";

#[tokio::test]
async fn what_is_wrong_with_a_test_is_said() {
    let fixture = Fixture::new().await;
    fixture.see_modem(IMEI).await;
    let known = format!("/api/v1/modems/{IMEI}/test");
    let cases = [
        ("/api/v1/modems/350000000000006/test", "{}", 404, ""),
        ("/api/v1/modems/none/test", "{}", 404, ""),
        (&*known, "{}", 409, ""),
        (&*known, "", 400, ""),
        (&*known, r#"{"partner": 1}"#, 422, "/partner"),
        (&*known, r#"{"partner": "123"}"#, 422, "/partner"),
        (&*known, r#"{"ussd": ""}"#, 422, "/ussd"),
        (&*known, r##"{"ussd": "*1\"#"}"##, 422, "/ussd"),
        (&*known, r#"{"yes": true}"#, 422, "/yes"),
    ];
    for (path, body, status, pointer) in cases {
        let answer = fixture.post(path, body).await;
        assert_eq!(answer.status, status, "{path} {body}: {}", answer.text);
        let pointed = answer.body["errors"][0]["pointer"].as_str();
        assert_eq!(pointed.unwrap_or_default(), pointer, "{body}");
    }
    fixture.get(&known).await.is(404);
    let audit = fixture.get("/api/v1/audit").await;
    assert!(!audit.text.contains("tested modem"), "{}", audit.text);
}

#[tokio::test]
async fn testing_is_operating() {
    let fixture = Fixture::new().await;
    fixture.see_modem(IMEI).await;
    let others = vec![Scope::Read, Scope::Send, Scope::Admin];
    let secret = fixture.key(|key| key.scopes = others).await;
    let request = axum::http::Request::builder()
        .method(Method::POST)
        .uri(format!("/api/v1/modems/{IMEI}/test"))
        .header(header::AUTHORIZATION, format!("Bearer {secret}"))
        .header(header::CONTENT_TYPE, "application/json");
    let answer = fixture.send(request.body(Body::from("{}")).unwrap());
    answer.await.is(403);
}

#[tokio::test]
async fn what_tests_found_is_shown_by_model_and_with_each_modem_of_it() {
    let fixture = Fixture::new().await;
    fixture.see_modem(IMEI).await;
    let path = format!("/api/v1/modems/{IMEI}");
    let untested = fixture.get(&path).await;
    assert!(untested.body["tested"].is_null() && untested.body["test"].is_null());
    let empty = fixture.get("/api/v1/modem-models").await;
    assert_eq!(empty.body["items"], serde_json::json!([]));

    let at = clock::now();
    let kind = |firmware: &str| ModemKind {
        firmware: firmware.to_owned(),
        ..ModemRecord::sample(IMEI.parse().unwrap(), at).kind()
    };
    let found = Found {
        messages: Way::Untold,
        ..Found::default()
    };
    for (firmware, found) in [("1.0", found), ("2.0", Found::default())] {
        let stored = fixture.admin().found(kind(firmware), found, at);
        stored.await.unwrap();
    }
    let models = fixture.get("/api/v1/modem-models").await;
    let [first, second] = models.items() else {
        panic!("{}", models.text);
    };
    assert_eq!(first["firmware"], "1.0");
    assert_eq!(first["found"]["messages"], "untold");
    assert!(first["sweep_seconds"].as_u64() < second["sweep_seconds"].as_u64());
    let modem = fixture.get(&path).await;
    assert_eq!(modem.body["tested"]["found"], first["found"]);
    let page = fixture.get("/api/v1/modem-models?limit=1").await;
    assert!(page.body["next_cursor"].is_string(), "{}", page.text);
}

/// Stores a message to this number as a self-test does.
async fn sent_by_a_test(fixture: &Fixture, to: &str) -> MessageId {
    let (id, now) = (clock::message_id(), clock::now());
    let message = NewMessage {
        key: KeyId(0),
        test: true,
        ..NewMessage::sample(id, to, "simgate test", now)
    };
    let store = fixture.gateway.test_store();
    store.accept(vec![message], None).await.unwrap();
    id
}

#[tokio::test]
async fn messages_of_tests_are_shown_to_who_asks_for_them() {
    let fixture = Fixture::new().await;
    let id = sent_by_a_test(&fixture, "+84901234567").await.to_string();
    for path in [
        "/api/v1/messages?",
        "/api/v1/messages?to=%2B84901234567&",
        "/api/v1/messages?q=simgate&",
    ] {
        let without = fixture.get(path).await;
        assert_eq!(without.body["items"], serde_json::json!([]), "{path}");
        let with = fixture.get(&format!("{path}include_tests=true")).await;
        assert_eq!(with.body["items"][0]["id"], id, "{path}: {}", with.text);
        assert_eq!(with.body["items"][0]["test"], true);
    }
    let conversations = fixture.get("/api/v1/conversations").await;
    assert_eq!(conversations.body["items"], serde_json::json!([]));
    let conversation = "/api/v1/conversations/+84901234567";
    fixture.get(conversation).await.is(404);
    let with = format!("{conversation}?include_tests=true");
    assert_eq!(fixture.get(&with).await.body["items"][0]["id"], id);
    let wrong = fixture.get("/api/v1/messages?include_tests=maybe").await;
    assert_eq!(*wrong.pointer(), "?include_tests");

    let one = fixture.get(&format!("/api/v1/messages/{id}")).await;
    assert_eq!(one.body["test"], true, "{}", one.text);
    let json = r#"{"to": "+84901234567", "text": "hello"}"#;
    let customers = fixture.post("/api/v1/messages", json).await;
    assert_eq!(customers.body["test"], false, "{}", customers.text);
}

#[tokio::test]
async fn what_comes_in_of_a_test_is_told_to_who_asks_for_it() {
    let fixture = Fixture::new().await;
    let told = async |path: &str| {
        let request = fixture.request(Method::GET, path).body(Body::empty());
        let response = fixture.router.clone().oneshot(request.unwrap()).await;
        let mut body = response.unwrap().into_body().into_data_stream();
        let bus = fixture.gateway.bus();
        for test in [true, false] {
            bus.message(&Change {
                test,
                ..Change::of(clock::message_id(), State::Received)
            });
        }
        // The last that is told.
        bus.tell(
            "sim.state",
            gateway::events::Subject::Gateway,
            serde_json::json!({}),
        );
        let mut text = String::new();
        while !text.contains("sim.state") {
            let chunk = tokio::time::timeout(Duration::from_secs(5), body.next()).await;
            text.push_str(std::str::from_utf8(&chunk.unwrap().unwrap().unwrap()).unwrap());
        }
        let tests = text.matches(r#""test":true"#).count();
        (text.matches("event: message.received").count(), tests)
    };
    assert_eq!(told("/api/v1/events").await, (1, 0));
    assert_eq!(told("/api/v1/events?include_tests=true").await, (2, 1));
}
