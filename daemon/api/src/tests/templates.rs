//! Texts with variables, from the first request to the message that is made of one.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Answer, Fixture};
use model::Scope;

const PATH: &str = "/api/v1/templates";
const MESSAGES: &str = "/api/v1/messages";

impl Fixture {
    async fn template(&self, name: &str, body: &Value) -> Answer {
        self.put(&format!("{PATH}/{name}"), &body.to_string()).await
    }

    async fn preview_of(&self, name: &str, body: &Value) -> Answer {
        let path = format!("{PATH}/{name}/preview");
        self.post(&path, &body.to_string()).await
    }
}

/// Where what is wrong.
fn pointers(answer: &Value) -> Vec<&str> {
    let errors = answer["errors"].as_array().unwrap().iter();
    errors
        .map(|error| error["pointer"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_template_is_made_changed_and_deleted_and_its_versions_stay() {
    let fixture = Fixture::new().await;
    let first = json!({"text": "Hi {{ name }}", "description": "Greets"});
    let made = fixture.template("welcome", &first).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.body["version"], 1);
    assert_eq!(made.body["variables"], json!(["name"]));
    assert!(
        made.body["changed_by"]
            .as_str()
            .unwrap()
            .starts_with("key ")
    );
    let shown = fixture.get(&format!("{PATH}/welcome")).await;
    assert_eq!(shown.body, made.body);

    let same = fixture.template("welcome", &first).await;
    assert_eq!((same.status.as_u16(), &same.body), (200, &made.body));
    let second = json!({"text": "Hello {{ name }}, {{ at | default('soon') }}", "version": 1});
    let changed = fixture.template("welcome", &second).await;
    assert_eq!(
        (changed.status.as_u16(), &changed.body["version"]),
        (200, &json!(2))
    );
    assert_eq!(changed.body["variables"], json!(["at", "name"]));
    assert_eq!(changed.body["description"], Value::Null);
    for stale in [
        json!({"text": "x", "version": 1}),
        json!({"text": "x", "version": 0}),
    ] {
        let refused = fixture.template("welcome", &stale).await;
        assert_eq!(refused.status, 409, "{}", refused.text);
    }
    let gone = fixture
        .template("other", &json!({"text": "x", "version": 1}))
        .await;
    assert_eq!(gone.status, 409, "{}", gone.text);

    let deleted = fixture.delete(&format!("{PATH}/welcome")).await;
    assert_eq!(deleted.status, 204);
    assert_eq!(fixture.get(&format!("{PATH}/welcome")).await.status, 404);
    assert_eq!(fixture.delete(&format!("{PATH}/welcome")).await.status, 404);
    assert_eq!(fixture.get(PATH).await.body["items"], json!([]));
    let again = json!({"text": "Hey", "version": 0});
    let again = fixture.template("welcome", &again).await;
    assert_eq!(
        (again.status.as_u16(), &again.body["version"]),
        (201, &json!(4))
    );
    let versions = fixture
        .get(&format!("{PATH}/welcome/versions?limit=2"))
        .await;
    let items = versions.body["items"].as_array().unwrap();
    let texts: Vec<_> = items
        .iter()
        .map(|item| (&item["version"], &item["text"]))
        .collect();
    let expected = [(&json!(4), &json!("Hey")), (&json!(2), &second["text"])];
    assert_eq!(texts, expected);
    assert!(versions.body["next_cursor"].is_string());

    let audit = fixture.get("/api/v1/audit").await;
    let row = &audit.body["items"][1];
    assert_eq!(row["what"], "deleted template welcome");
    assert_eq!(row["before"], json!({"version": 2, "text": second["text"]}));
}

#[tokio::test]
async fn a_template_that_cannot_be_read_is_not_kept() {
    let fixture = Fixture::new().await;
    for (body, pointer) in [
        (json!({"text": ""}), "/text"),
        (json!({"text": "Hi {{ name"}), "/text"),
        (json!({"text": "{% include 'x' %}"}), "/text"),
        (json!({"text": "x".repeat(39_016)}), "/text"),
        (json!({"text": "x", "description": "a\nb"}), "/description"),
        (json!({"text": "x", "description": ""}), "/description"),
        (json!({"text": "x", "version": -1}), "/version"),
        (json!({"text": "x", "name": "y"}), "/name"),
    ] {
        let refused = fixture.template("welcome", &body).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert_eq!(pointers(&refused.body), [pointer], "{body:.60}");
    }
    let refused = fixture.template("two%20words", &json!({"text": "x"})).await;
    assert_eq!(pointers(&refused.body), ["path:name"]);
    assert_eq!(
        fixture
            .get(&format!("{PATH}/welcome/versions"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_message_is_made_of_a_template_and_remembers_it() {
    let fixture = Fixture::new().await;
    fixture
        .template("welcome", &json!({"text": "Hi {{ name }}"}))
        .await;
    let draft = json!({"to": "12345", "template": "welcome", "variables": {"name": "Đặng"}});
    let first = fixture.post(MESSAGES, &draft.to_string()).await;
    assert_eq!(first.status, 202, "{}", first.text);
    assert_eq!(first.body["text"], "Hi Đặng");
    assert_eq!(
        first.body["template"],
        json!({"name": "welcome", "version": 1})
    );

    fixture
        .template("welcome", &json!({"text": "Hello {{ name }}"}))
        .await;
    let second = fixture.post(MESSAGES, &draft.to_string()).await;
    assert_eq!(second.body["text"], "Hello Đặng");
    assert_eq!(second.body["template"]["version"], 2);
    fixture.delete(&format!("{PATH}/welcome")).await;
    let third = fixture.post(MESSAGES, &draft.to_string()).await;
    assert_eq!(
        (third.status.as_u16(), pointers(&third.body)),
        (422, vec!["/template"])
    );

    let id = first.body["id"].as_str().unwrap();
    let kept = fixture.get(&format!("{MESSAGES}/{id}")).await;
    assert_eq!(
        (&kept.body["text"], &kept.body["template"]),
        (&first.body["text"], &first.body["template"])
    );
    let plain = fixture
        .post(MESSAGES, r#"{"to": "12345", "text": "Hi {{ name }}"}"#)
        .await;
    assert_eq!(
        (&plain.body["text"], &plain.body["template"]),
        (&json!("Hi {{ name }}"), &Value::Null)
    );
    let own =
        r#"{"to": "12345", "text": "Hi {{ first-name }}", "variables": {"first-name": "An"}}"#;
    let own = fixture.post(MESSAGES, own).await;
    assert_eq!(
        (&own.body["text"], &own.body["template"]),
        (&json!("Hi An"), &Value::Null)
    );
    let listed = fixture.get(MESSAGES).await;
    assert_eq!(
        listed.body["items"][2]["template"]["version"], 2,
        "{}",
        listed.text
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_template_is_told_by_its_field() {
    let fixture = Fixture::new().await;
    for (name, body) in [
        ("welcome", &json!({"text": "Hi {{ name }}, {{ at }}"})),
        ("long", &json!({"text": "{{ a }}{{ b }}"})),
        (
            "grows",
            &json!({"text": "{{ a | replace('', a) | replace('', a) }}"}),
        ),
    ] {
        assert_eq!(fixture.template(name, body).await.status, 201);
    }
    let x = "x".repeat(20_000);
    for (draft, expected) in [
        (json!({"template": "welcom"}), vec!["/template"]),
        (json!({"template": ""}), vec!["/template"]),
        (
            json!({"template": "welcome"}),
            vec!["/variables/name", "/variables/at"],
        ),
        (
            json!({"template": "welcome", "variables": {"name": "An", "when": "now"}}),
            vec!["/variables/when", "/variables/at"],
        ),
        (
            json!({"template": "welcome", "variables": {"name": 1}}),
            vec!["/variables/name"],
        ),
        (
            json!({"template": "long", "variables": {"a": x, "b": x}}),
            vec!["/template"],
        ),
        (
            json!({"template": "grows", "variables": {"a": &x[..9000]}}),
            vec!["/template"],
        ),
        (json!({"template": "welcome", "text": "x"}), vec!["/text"]),
    ] {
        let mut draft = draft;
        draft["to"] = "12345".into();
        let refused = fixture.post(MESSAGES, &draft.to_string()).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert_eq!(pointers(&refused.body), expected);
        let batch = json!({"messages": [draft]}).to_string();
        let batch = fixture.post(&format!("{MESSAGES}/batch"), &batch).await;
        let problem = &batch.body["items"][0]["problem"];
        let expected: Vec<_> = expected
            .iter()
            .map(|at| format!("/messages/0{at}"))
            .collect();
        assert_eq!(pointers(problem), expected);
    }
}

#[tokio::test]
async fn each_message_of_a_batch_has_its_own_variables() {
    let fixture = Fixture::new().await;
    fixture
        .template("welcome", &json!({"text": "Hi {{ name }}"}))
        .await;
    let batch = json!({"messages": [
        {"to": "12345", "template": "welcome", "variables": {"name": "An"}},
        {"to": "12346", "template": "welcome", "variables": {}},
        {"to": "12347", "text": "Bye {{ name }}", "variables": {"name": "Ba"}},
        {"to": ["12348"], "template": "welcome", "variables": {"name": "Cu"}},
    ]});
    let answer = fixture
        .post(&format!("{MESSAGES}/batch"), &batch.to_string())
        .await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let mut texts = Vec::new();
    for item in answer.body["items"].as_array().unwrap() {
        let Some(id) = item["id"].as_str() else {
            texts.push(json!(pointers(&item["problem"])));
            continue;
        };
        let message = fixture.get(&format!("{MESSAGES}/{id}")).await;
        texts.push(json!([
            message.body["text"],
            message.body["template"]["version"]
        ]));
    }
    let expected = [
        json!(["Hi An", 1]),
        json!(["/messages/1/variables/name"]),
        json!(["Bye Ba", null]),
        json!(["/messages/3/to"]),
    ];
    assert_eq!(texts, expected);
    let several =
        json!({"to": ["12345", "12346"], "template": "welcome", "variables": {"name": "An"}});
    let several = fixture.post(MESSAGES, &several.to_string()).await;
    let id = several.body["items"][1]["id"].as_str().unwrap();
    let message = fixture.get(&format!("{MESSAGES}/{id}")).await;
    assert_eq!(
        (&message.body["text"], &message.body["template"]["name"]),
        (&json!("Hi An"), &json!("welcome"))
    );
}

#[tokio::test]
async fn what_the_filled_texts_of_a_batch_take_is_bounded() {
    let fixture = Fixture::new().await;
    fixture
        .template("long", &json!({"text": "x".repeat(39_000)}))
        .await;
    let one = json!({"to": "12345", "template": "long", "max_segments": 255});
    let batch = json!({"messages": vec![one; 230]}).to_string();
    let answer = fixture.post(&format!("{MESSAGES}/batch"), &batch).await;
    let items = answer.body["items"].as_array().unwrap();
    // 8 MiB / 39,000, and the one that passes it.
    let accepted = items
        .iter()
        .take_while(|item| item["id"].is_string())
        .count();
    assert_eq!(accepted, 216);
    assert_eq!(pointers(&items[229]["problem"]), ["/messages/229"]);
}

#[tokio::test]
async fn a_preview_tells_what_would_be_sent() {
    let fixture = Fixture::new().await;
    fixture
        .template("welcome", &json!({"text": "“Hi” {{ name }}…"}))
        .await;
    let shown = fixture
        .preview_of("welcome", &json!({"variables": {"name": "An"}}))
        .await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    let expected = json!({
        "variables": ["name"], "text": "“Hi” An…", "encoding": "ucs2", "segments": 1, "characters": 8, "remaining": 62,
        "costly": [
            {"character": "“", "count": 1, "look_alike": "\""},
            {"character": "”", "count": 1, "look_alike": "\""},
            {"character": "…", "count": 1, "look_alike": "..."},
        ],
    });
    assert_eq!(shown.body, expected);
    let missing = fixture
        .preview_of("welcome", &json!({"variables": {"nmae": "An"}}))
        .await;
    assert_eq!(
        pointers(&missing.body),
        ["/variables/nmae", "/variables/name"]
    );
    let lenient = json!({"variables": {"nmae": "An"}, "lenient": true});
    let lenient = fixture.preview_of("welcome", &lenient).await;
    assert_eq!(lenient.body["text"], "“Hi” name…");

    assert_eq!(fixture.preview_of("none", &json!({})).await.status, 404);
    let own = json!({"text": "Bye {{ who }}", "variables": {"who": "An"}});
    let own = fixture.preview_of("none", &own).await;
    assert_eq!(
        (&own.body["text"], &own.body["segments"]),
        (&json!("Bye An"), &json!(1))
    );
    let wrong = fixture
        .preview_of("none", &json!({"text": "Bye {{ who"}))
        .await;
    assert_eq!(pointers(&wrong.body), ["/text"]);
    assert_eq!(
        fixture.get(&format!("{PATH}/none/versions")).await.status,
        404
    );
}

#[tokio::test]
async fn a_key_that_only_sends_makes_messages_of_templates() {
    let fixture = Fixture::new().await;
    fixture.template("welcome", &json!({"text": "Hi"})).await;
    let key = fixture
        .key(|key| key.scopes = vec![Scope::Read, Scope::Operate])
        .await;
    let all = fixture
        .ask(
            Some(&key),
            &Method::PUT,
            &format!("{PATH}/welcome"),
            r#"{"text": "Bye"}"#,
        )
        .await;
    assert_eq!(all.status, 200, "{}", all.text);
    let sender = fixture.key(|key| key.scopes = vec![Scope::Send]).await;
    let draft = r#"{"to": "12345", "template": "welcome"}"#;
    let sent = fixture
        .ask(Some(&sender), &Method::POST, MESSAGES, draft)
        .await;
    assert_eq!(
        (sent.status.as_u16(), &sent.body["text"]),
        (202, &json!("Bye"))
    );
}
