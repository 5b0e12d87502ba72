//! Numbers that get no messages, from the first request to the last refusal.

use axum::body::Body;
use axum::http::{Method, header};
use serde_json::json;

use super::{Answer, Fixture};
use gateway::clock;
use model::{Coding, Content, InboundPart, RawPart, Scope};
use store::{Joined, Received};

const PATH: &str = "/api/v1/suppressions";
const MESSAGES: &str = "/api/v1/messages";
const SIM: &str = "8984011234567890123";

impl Fixture {
    /// A text comes in from this number.
    async fn hears(&self, from: &str, text: &str) -> Joined {
        fn join(parts: &[RawPart]) -> Content {
            Content {
                body: model::Body::Text(String::from_utf8(parts[0].tpdu.clone()).unwrap()),
                coding: Coding::Ucs2,
                flash: false,
            }
        }
        let part = InboundPart {
            carrier: SIM.parse().unwrap(),
            own: None,
            untimed: None,
            modem: None,
            originator: from.to_owned(),
            smsc_time: Some(clock::now()),
            tpdu: text.as_bytes().to_vec(),
            concat: None,
            received_at: clock::now(),
        };
        let inbound = self.gateway.test_store().inbound();
        match inbound.receive(part, join).await.unwrap() {
            Received::Complete(joined) => joined,
            other => panic!("{other:?}"),
        }
    }

    async fn import(&self, csv: &str) -> Answer {
        let request = self
            .request(Method::POST, &format!("{PATH}/import"))
            .header(header::CONTENT_TYPE, "text/csv; charset=utf-8");
        self.send(request.body(Body::from(csv.to_owned())).unwrap())
            .await
    }
}

#[tokio::test]
async fn who_asks_for_no_more_messages_gets_none_by_any_way_in() {
    let fixture = Fixture::new().await;
    let joined = fixture.hears("+84901234567", "Stop. Thank you").await;
    let confirmed = fixture
        .get(&format!("{MESSAGES}/{}", joined.confirmed.unwrap().id))
        .await;
    assert_eq!(confirmed.body["class"], "opt_out_confirmation");
    assert_eq!(confirmed.body["to"], "+84901234567");

    let shown = fixture.get(&format!("{PATH}/0901234567")).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert_eq!(shown.body["message"], joined.id.to_string());
    assert_eq!(
        (&shown.body["word"], &shown.body["source"]),
        (&json!("stop"), &json!("message"))
    );

    let one = fixture
        .post(MESSAGES, r#"{"to": "+84901234567", "text": "hi"}"#)
        .await;
    assert_eq!(one.status, 422, "{}", one.text);
    let error = json!({"pointer": "/to", "detail": "this number asks for no messages", "code": "opted-out"});
    assert_eq!(one.body["errors"], json!([error]));

    let several = r#"{"to": ["1414", "0901234567", "1415"], "text": "hi"}"#;
    let several = fixture.post_once(MESSAGES, several, Some("once")).await;
    assert_eq!(several.status, 202, "{}", several.text);
    assert!(
        several.body["items"][0]["id"].is_string() && several.body["items"][2]["id"].is_string()
    );
    let error = &several.body["items"][1]["problem"]["errors"][0];
    assert_eq!(
        (&error["pointer"], &error["code"]),
        (&json!("/to/1"), &json!("opted-out"))
    );

    let batch =
        r#"{"messages": [{"to": "+84901234567", "text": "a"}, {"to": "1416", "text": "b"}]}"#;
    let batch = fixture.post(&format!("{MESSAGES}/batch"), batch).await;
    assert!(batch.body["items"][1]["id"].is_string(), "{}", batch.text);
    let error = &batch.body["items"][0]["problem"]["errors"][0];
    assert_eq!(
        (&error["pointer"], &error["code"]),
        (&json!("/messages/0/to"), &json!("opted-out"))
    );
    let stored = fixture.get(&format!("{MESSAGES}?direction=outbound")).await;
    assert_eq!(stored.body["items"].as_array().unwrap().len(), 4);

    // Of one under an Idempotency-Key of which nothing was accepted the answer stays the same, too.
    let none = r#"{"messages": [{"to": "+84901234567", "text": "a"}]}"#;
    let batch = format!("{MESSAGES}/batch");
    let refused = fixture.post_once(&batch, none, Some("none")).await;
    assert_eq!(refused.status, 202, "{}", refused.text);

    fixture.hears("+84901234567", "START").await;
    assert_eq!(fixture.get(&format!("{PATH}/0901234567")).await.status, 404);
    let replayed = fixture.post_once(&batch, none, Some("none")).await;
    assert_eq!(replayed.header("idempotency-replayed"), "true");
    assert_eq!(replayed.text, refused.text);
    let other = r#"{"messages": [{"to": "1417", "text": "a"}]}"#;
    let other = fixture.post_once(&batch, other, Some("none")).await;
    assert_eq!(other.status, 409, "{}", other.text);
    let again = fixture
        .post(MESSAGES, r#"{"to": "+84901234567", "text": "hi"}"#)
        .await;
    assert_eq!(again.status, 202, "{}", again.text);
}

#[tokio::test]
async fn transactional_messages_pass_where_the_key_may() {
    let fixture = Fixture::new().await;
    fixture.put(&format!("{PATH}/+84901234567"), "{}").await;
    let transactional = r#"{"to": "+84901234567", "text": "code 123", "class": "transactional"}"#;
    let refused = fixture.post(MESSAGES, transactional).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let batch = format!(r#"{{"messages": [{transactional}]}}"#);
    let batch = fixture.post(&format!("{MESSAGES}/batch"), &batch).await;
    assert_eq!(
        batch.body["items"][0]["problem"]["status"], 403,
        "{}",
        batch.text
    );

    let made = r#"{"name": "bank", "scopes": ["send"], "may_pass_opt_out": true}"#;
    let made = fixture.post("/api/v1/keys", made).await;
    assert_eq!(made.body["may_pass_opt_out"], true, "{}", made.text);
    let post = Method::POST;
    let accepted = fixture
        .ask(made.body["key"].as_str(), &post, MESSAGES, transactional)
        .await;
    assert_eq!(accepted.status, 202, "{}", accepted.text);
    assert_eq!(accepted.body["class"], "transactional");
    let ordinary = r#"{"to": "+84901234567", "text": "news"}"#;
    let refused = fixture
        .ask(made.body["key"].as_str(), &post, MESSAGES, ordinary)
        .await;
    assert_eq!(refused.status, 422, "{}", refused.text);
}

#[tokio::test]
async fn a_sim_says_which_words_count() {
    let fixture = Fixture::new().await;
    fixture.see_sim().await;
    let set = fixture
        .patch_sim(r#"{"opt_out": {"except": ["Cancel"]}}"#)
        .await;
    let expected = json!({"enabled": true, "languages": null, "except": ["Cancel"]});
    assert_eq!(set.body["opt_out"], expected, "{}", set.text);
    fixture.hears("+84901234567", "cancel").await;
    assert_eq!(
        fixture.get(&format!("{PATH}/+84901234567")).await.status,
        404
    );
    let bad = fixture
        .patch_sim(r#"{"opt_out": {"languages": ["xx"], "except": ["hello"]}}"#)
        .await;
    let pointers: Vec<_> = bad.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["pointer"])
        .collect();
    assert_eq!(pointers, ["/opt_out/languages/0", "/opt_out/except/0"]);
    let cleared = fixture.patch_sim(r#"{"opt_out": null}"#).await;
    assert_eq!(cleared.body["opt_out"], json!(null));
    fixture.hears("+84901234567", "cancel").await;
    assert_eq!(
        fixture.get(&format!("{PATH}/+84901234567")).await.status,
        200
    );
}

#[tokio::test]
async fn numbers_are_entered_searched_and_removed() {
    let fixture = Fixture::new().await;
    let put = r#"{"since": "2026-11-01T00:00:00Z", "evidence": "a letter", "note": "by hand"}"#;
    let made = fixture.put(&format!("{PATH}/0901234567"), put).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.body["number"], "+84901234567");
    assert_eq!(made.body["since"], "2026-11-01T00:00:00.000Z");
    let changed = fixture
        .put(&format!("{PATH}/+84901234567"), r#"{"note": "x"}"#)
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(changed.body["since"], made.body["since"]);
    assert_eq!(
        (&changed.body["evidence"], &changed.body["note"]),
        (&json!(null), &json!("x"))
    );
    for (path, json, pointer) in [
        ("nobody", "{}", "path:number"),
        (
            "+84901234567",
            r#"{"since": "2999-01-01T00:00:00Z"}"#,
            "/since",
        ),
        ("+84901234567", r#"{"note": ""}"#, "/note"),
        ("+84901234567", r#"{"evidence": "a\nb"}"#, "/evidence"),
        ("+84901234567", r#"{"evidences": "a"}"#, "/evidences"),
    ] {
        let refused = fixture.put(&format!("{PATH}/{path}"), json).await;
        assert_eq!(refused.status, 422, "{json}: {}", refused.text);
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{json}");
    }
    fixture.put(&format!("{PATH}/1414"), "{}").await;
    let first = fixture.get(&format!("{PATH}?limit=1")).await.body;
    assert_eq!(first["items"][0]["number"], "1414");
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = fixture
        .get(&format!("{PATH}?limit=1&cursor={cursor}"))
        .await
        .body;
    assert_eq!(
        (&second["items"][0]["number"], &second["next_cursor"]),
        (&json!("+84901234567"), &json!(null))
    );
    let found = fixture.get(&format!("{PATH}?number=+8490")).await.body;
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    for national in ["090", "0901%20234%20567"] {
        let path = format!("{PATH}?number={national}");
        assert_eq!(fixture.get(&path).await.body, found, "{national}");
    }
    assert_eq!(fixture.get(&format!("{PATH}?number=x")).await.status, 422);

    assert_eq!(
        fixture.delete(&format!("{PATH}/0901234567")).await.status,
        204
    );
    assert_eq!(
        fixture.delete(&format!("{PATH}/0901234567")).await.status,
        404
    );
    let audit = fixture.get("/api/v1/audit").await.text;
    assert!(audit.contains("lifted the suppression of …567"), "{audit}");
    assert!(!audit.contains("901234567"), "{audit}");
}

#[tokio::test]
async fn files_are_imported_row_by_row_and_exported_whole() {
    let fixture = Fixture::new().await;
    fixture.hears("+84900000001", "stop").await;
    let csv = "\u{feff}Number;Date;Evidence\n+84900000001;;\n0900000002;2026-11-01;\"a \"\"letter\"\"; signed\"\n\
        4.9E+11;;\n+84900000003;yesterday;\n+84900000004;2999-01-01;\n1414\n";
    let done = fixture.import(csv).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let counts = ["imported", "known", "refused"].map(|name| done.body[name].as_u64().unwrap());
    assert_eq!(counts, [2, 1, 3], "{}", done.text);
    let rows: Vec<_> = done.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            let detail = e["detail"].as_str().unwrap();
            (
                e["row"].as_u64().unwrap(),
                detail.split(':').next().unwrap(),
            )
        })
        .collect();
    assert_eq!(rows, [(4, "number"), (5, "date"), (6, "date")]);
    let entered = fixture.get(&format!("{PATH}/+84900000002")).await.body;
    assert_eq!(entered["evidence"], "a \"letter\"; signed");
    assert_eq!(entered["since"], "2026-11-01T00:00:00.000Z");
    assert_eq!(entered["source"], "imported");

    let exported = fixture.get(&format!("{PATH}/export")).await;
    assert_eq!(exported.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(exported.text.lines().count(), 4, "{}", exported.text);
    let other = Fixture::new().await;
    let done = other.import(&exported.text).await;
    assert_eq!(done.body["imported"], 3, "{}", done.text);
    let again = other.get(&format!("{PATH}/+84900000002")).await.body;
    assert_eq!(
        (&again["evidence"], &again["since"]),
        (&entered["evidence"], &entered["since"])
    );

    let many: Vec<_> = (0..1200).map(|n| format!("+8491{n:07}")).collect();
    let many = many.join("\n");
    assert_eq!(other.import(&many).await.body["imported"], 1200);
    let exported = other.get(&format!("{PATH}/export")).await.text;
    assert_eq!(exported.lines().count(), 1204);
    let wrong: Vec<_> = (0..200).map(|n| format!("x{n}")).collect();
    let wrong = wrong.join("\n");
    let wrong = other.import(&wrong).await.body;
    assert_eq!(
        (
            wrong["refused"].as_u64(),
            wrong["errors"].as_array().unwrap().len()
        ),
        (Some(200), 100)
    );
    let json = other.post(&format!("{PATH}/import"), "{}").await;
    assert_eq!(json.status, 415, "{}", json.text);
    let title = json.body["title"].as_str().unwrap();
    assert!(!title.contains("json"), "{title}");
}

#[tokio::test]
async fn a_row_that_is_wrong_takes_no_other_with_it_and_days_are_local() {
    let fixture = Fixture::with(|settings| {
        settings.defaults.timezone = "Asia/Ho_Chi_Minh".to_owned();
    })
    .await;
    let csv = "+84900000001;2026-11-01;letter, signed, dated\n+84900000002,,\"open\n\n+84900000003,2026-11-01 10:30,\n\
        x\n+84900000004,2026-11-01T10:30:00Z,\n";
    let done = fixture.import(csv).await.body;
    assert_eq!(
        (&done["imported"], &done["refused"]),
        (&json!(4), &json!(1))
    );
    assert_eq!(done["errors"][0]["row"], 5);
    for (number, since, evidence) in [
        (
            "+84900000001",
            "2026-10-31T17:00:00.000Z",
            json!("letter, signed, dated"),
        ),
        ("+84900000003", "2026-11-01T03:30:00.000Z", json!(null)),
        ("+84900000004", "2026-11-01T10:30:00.000Z", json!(null)),
    ] {
        let entered = fixture.get(&format!("{PATH}/{number}")).await.body;
        assert_eq!(
            (&entered["since"], &entered["evidence"]),
            (&json!(since), &evidence)
        );
    }
    // A day that has begun somewhere, though not here yet.
    let now = clock::now();
    let ahead = now
        .after(std::time::Duration::from_hours(14 + 7))
        .to_string();
    let done = fixture
        .import(&format!("+84900000005,{},\n", &ahead[..10]))
        .await
        .body;
    assert_eq!(done["imported"], 1, "{done}");
    let entered = fixture.get(&format!("{PATH}/+84900000005")).await.body;
    assert!(entered["since"].as_str().unwrap() <= clock::now().to_string().as_str());
}

#[tokio::test]
async fn a_key_that_sees_a_part_of_the_messages_sees_none_of_it() {
    let fixture = Fixture::new().await;
    fixture.see_sim().await;
    fixture.patch_sim(r#"{"groups": ["a"]}"#).await;
    let bound = fixture
        .key(|key| {
            key.scopes = vec![Scope::Read, Scope::Operate];
            key.groups = vec!["a".to_owned()];
        })
        .await;
    for (method, path) in [
        (Method::GET, PATH.to_owned()),
        (Method::PUT, format!("{PATH}/1414")),
    ] {
        let json = if method == Method::PUT { "{}" } else { "" };
        let answer = fixture.ask(Some(&bound), &method, &path, json).await;
        assert_eq!(answer.status, 404, "{}", answer.text);
    }
}

/// `+84 (0)902…` is `+84902…`, and no other number, whoever writes it.
#[tokio::test]
async fn a_0_behind_the_country_code_makes_no_other_number() {
    let fixture = Fixture::new().await;
    let put = fixture.put(&format!("{PATH}/+84(0)902000001"), "{}").await;
    assert_eq!(put.is(201).body["number"], "+84902000001");
    let imported = fixture
        .import("+84 0902 000 002\n+39 06 6982 1234\n+84 0123 45\n")
        .await;
    assert_eq!(imported.body["imported"], 2, "{}", imported.text);
    assert_eq!(imported.body["errors"][0]["row"], 3, "{}", imported.text);
    let listed = fixture
        .get(&format!("{PATH}?number=%2B84(0)902"))
        .await
        .is(200);
    assert_eq!(listed.items().len(), 2, "{}", listed.text);
    fixture.get(&format!("{PATH}/+390669821234")).await.is(200);

    for to in ["+84 0902 000 001", "+84 (0)902 000 002", "+840902000001"] {
        let draft = json!({"to": to, "text": "hi"});
        let one = fixture.post_json(MESSAGES, &draft).await.is(422);
        assert_eq!(
            one.body["errors"][0]["code"], "opted-out",
            "{to}: {}",
            one.text
        );
        let batch = json!({"messages": [draft]});
        let batch = fixture
            .post_json(&format!("{MESSAGES}/batch"), &batch)
            .await;
        assert!(batch.text.contains("opted-out"), "{to}: {}", batch.text);
    }
    let draft = json!({"to": "+84 0123 45", "text": "hi"});
    let none = fixture.post_json(MESSAGES, &draft).await.is(422);
    assert_eq!(none.pointers(), ["/to"]);
    let draft = json!({"to": "+84 (0)902 000 003", "text": "hi"});
    let sent = fixture.post_json(MESSAGES, &draft).await.is(202);
    assert_eq!(sent.body["to"], "+84902000003");
    let found = fixture
        .get(&format!("{MESSAGES}?to=%2B84(0)902000003"))
        .await
        .is(200);
    assert_eq!(found.items().len(), 1, "{}", found.text);
    let route = r#"{"items": [{"name": "x", "match": {"to_prefix": ["+840902"]}, "targets": [{"sims": {}}]}]}"#;
    let refused = fixture.put("/api/v1/routes", route).await.is(422);
    assert_eq!(refused.pointers(), ["/items/0/match/to_prefix/0"]);
}
