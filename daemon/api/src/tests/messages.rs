use serde_json::json;

use super::Fixture;

const DRAFT: &str = r#"{"to": "0901234567", "text": "hello", "reference": "order-42",
    "metadata": {"n": 12345678901234567890123, "campaign": "spring"}}"#;

#[tokio::test]
async fn a_message_is_accepted_and_found_again() {
    let fixture = Fixture::new().await;
    let accepted = fixture.post("/api/v1/messages", DRAFT).await.is(202);
    let location = accepted.header("location");
    let id = accepted.body["id"].as_str().unwrap();
    assert_eq!(location, format!("/api/v1/messages/{id}"));
    assert_eq!(accepted.body["state"], "queued");
    assert_eq!(accepted.body["to"], "+84901234567");
    let metadata = r#""n": 12345678901234567890123"#;
    assert!(accepted.text.contains(metadata), "{}", accepted.text);

    // What was promised before the commit is what is on disk after it.
    let mut found = fixture.get(location).await;
    assert_eq!(found.status, 200);
    // No SIM has been seen.
    let waiting = found.body.as_object_mut().unwrap().remove("waiting_for");
    assert_eq!(waiting.unwrap()["code"], "sim");
    assert_eq!(found.body, accepted.body);
    let expected = [
        "parts",
        "sent_at",
        "reason",
        "route",
        "from",
        "send_at",
        "callback_url",
    ];
    for field in expected {
        assert!(found.body.get(field).is_some(), "{field} is missing");
    }

    let history = fixture.get(&format!("{location}/events")).await;
    assert_eq!(history.body["items"][0]["step"], "accepted");
}

#[tokio::test]
async fn the_same_request_again_gets_the_first_answer() {
    let fixture = Fixture::new().await;
    let send = |json| fixture.post_once("/api/v1/messages", json, Some("order-42"));
    let first = send(DRAFT).await;
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = send(DRAFT).await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));
    send(r#"{"to": "12345", "text": "other"}"#).await.is(409);
    let all = fixture.get("/api/v1/messages").await;
    assert_eq!(all.items().len(), 1);
}

#[tokio::test]
async fn a_batch_takes_what_is_right_and_says_what_is_not() {
    let fixture = Fixture::new().await;
    let batch = r#"{"messages": [
        {"to": "12345", "text": "a"},
        {"to": "12", "text": "b"},
        {"to": "12345", "text": "c", "colour": 1},
        7,
        {"to": "12345", "text": "\ud800"},
        {"to": "12345", "text": "d", "from": "group:none"},
        {"to": "12345", "text": "e"}
    ]}"#;
    let answer = fixture.post("/api/v1/messages/batch", batch).await.is(202);
    let items = answer.items();
    let summary = items.iter().map(|item| {
        let problem = &item["problem"];
        match item.get("id") {
            Some(_) => json!("ok"),
            None => json!([problem["status"], problem["errors"][0]["pointer"]]),
        }
    });
    let expected = [
        json!("ok"),
        json!([422, "/messages/1/to"]),
        json!([422, "/messages/2/colour"]),
        json!([422, "/messages/3"]),
        json!([400, null]),
        json!([422, "/messages/5/from"]),
        json!("ok"),
    ];
    assert_eq!(summary.collect::<Vec<_>>(), expected);
    let listed = fixture.get("/api/v1/messages").await;
    let texts: Vec<_> = listed.items().iter().map(|m| &m["text"]).collect();
    assert_eq!(texts, ["e", "a"]);
}

#[tokio::test]
async fn a_preview_sends_nothing() {
    let fixture = Fixture::new().await;
    let json = r#"{"to": "12345", "text": "naïve “x”", "transliterate": true}"#;
    let answer = fixture.post("/api/v1/messages/preview", json).await.is(200);
    assert_eq!(answer.body["encoding"], "gsm7");
    assert_eq!(answer.body["segments"], 1);
    let counts = ["characters", "remaining"].map(|name| answer.body[name].as_u64().unwrap());
    assert_eq!(counts[0] + counts[1], 160);
    let all = fixture.get("/api/v1/messages").await;
    let none = json!({"indexed_until": null, "items": [], "next_cursor": null});
    assert_eq!(all.body, none);
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end() {
    let fixture = Fixture::new().await;
    for text in ["a", "b", "c", "d", "e"] {
        let json = json!({"to": "+84901234567", "text": text, "reference": "r"});
        fixture.post_json("/api/v1/messages", &json).await.is(202);
    }
    let (mut texts, mut cursor) = (Vec::new(), String::new());
    loop {
        // The plus of the number is not escaped, as people write it.
        let path = format!("/api/v1/messages?limit=2&to=+84901234567&reference=r{cursor}");
        let page = fixture.get(&path).await;
        for item in page.items() {
            assert!(item.get("parts").is_none());
            texts.push(item["text"].as_str().unwrap().to_owned());
        }
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(texts, ["e", "d", "c", "b", "a"]);

    let conversations = loop {
        let found = fixture.get("/api/v1/conversations").await;
        if found.body["indexed_until"].is_null() {
            break found;
        }
    };
    assert_eq!(conversations.body["items"][0]["number"], "+84901234567");
    assert_eq!(conversations.body["items"][0]["count"], 5);
    let one = "/api/v1/conversations/0901234567?limit=1";
    let one = fixture.get(one).await;
    assert_eq!(one.body["items"][0]["text"], "e");
    assert!(one.body["next_cursor"].is_string());
}

#[tokio::test]
async fn a_waiting_message_can_be_cancelled_once() {
    let fixture = Fixture::new().await;
    let later = store::clock::now().after(std::time::Duration::from_hours(1));
    let json = json!({"to": "12345", "text": "a", "send_at": later});
    let accepted = fixture.post_json("/api/v1/messages", &json).await;
    assert_eq!(accepted.body["state"], "scheduled");
    let location = accepted.header("location");
    fixture.delete(location).await.is(204);
    assert_eq!(fixture.get(location).await.body["state"], "cancelled");
    fixture.delete(location).await.is(409);
    let unknown = "/api/v1/messages/019356f0-0000-7000-8000-000000000000";
    fixture.delete(unknown).await.is(404);
}

#[tokio::test]
async fn data_comes_back_as_base64_with_its_port() {
    let fixture = Fixture::new().await;
    let json = r#"{"to": "12345", "data": "AAEC", "port": 2948}"#;
    let accepted = fixture.post("/api/v1/messages", json).await;
    let found = fixture.get(accepted.header("location")).await;
    assert_eq!(found.body["text"], json!(null));
    assert_eq!(
        (&found.body["data"], &found.body["port"]),
        (&json!("AAEC"), &json!(2948))
    );
    assert_eq!(found.body["encoding"], "8bit");
}
