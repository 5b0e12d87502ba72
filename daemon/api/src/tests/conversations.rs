//! Conversations as staff work on them, over the API.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Answer, Fixture, SessionOf};
use model::Role;

const LIST: &str = "/api/v1/conversations";
const ONE: &str = "/api/v1/conversations/+84901234567";

impl Fixture {
    async fn by(&self, session: &SessionOf, method: Method, path: &str, body: Value) -> Answer {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.ask_as(session, &method, path, &body).await
    }

    /// Numbers of the list with this query, as a session sees it.
    async fn numbers(&self, session: &SessionOf, query: &str) -> Vec<String> {
        let path = format!("{LIST}?{query}");
        let page = self.by(session, Method::GET, &path, Value::Null).await;
        assert_eq!(page.status, 200, "{query}: {}", page.text);
        let items = page.body["items"].as_array().unwrap().iter();
        items
            .map(|item| item["number"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn staff_share_a_conversation() {
    let fixture = Fixture::new().await;
    let id = fixture.comes_in("+84901234567", "is anybody there?").await;
    let operator = fixture.session(Role::Operator).await;
    let viewer = fixture.session(Role::Viewer).await;
    let mut told = fixture.gateway.bus().subscribe(None);

    let seen = fixture.by(&operator, Method::GET, ONE, Value::Null).await;
    assert_eq!(
        (&seen.body["state"], &seen.body["assigned"]),
        (&json!("open"), &Value::Null)
    );
    assert_eq!(seen.body["items"][0]["id"], id);
    let version = &seen.body["version"];
    let patch = json!({"version": version, "assigned": "operator"});
    let taken = fixture
        .by(&operator, Method::PATCH, ONE, patch.clone())
        .await;
    assert_eq!(
        (taken.status.as_u16(), &taken.body["assigned"]),
        (200, &json!("operator"))
    );
    let event = told.recv().await.unwrap();
    assert_eq!(event.kind, "conversation.changed");
    let at = event.at.to_string();
    let expected =
        json!({"number": "+84901234567", "what": "work", "by": "user operator", "at": at});
    assert_eq!(event.data(), expected);
    let late = fixture.by(&operator, Method::PATCH, ONE, patch).await;
    assert_eq!(late.status, 409, "{}", late.text);
    assert!(
        late.text.contains("operator looks after it"),
        "{}",
        late.text
    );
    let viewed = json!({"version": taken.body["version"], "state": "done"});
    assert_eq!(
        fixture
            .by(&viewer, Method::PATCH, ONE, viewed.clone())
            .await
            .status,
        403
    );
    assert_eq!(
        fixture
            .by(&operator, Method::PATCH, ONE, viewed)
            .await
            .status,
        200
    );

    assert_eq!(
        fixture.numbers(&operator, "assigned=me&state=done").await,
        ["+84901234567"]
    );
    assert_eq!(
        fixture.numbers(&viewer, "assigned=operator").await,
        ["+84901234567"]
    );
    assert_eq!(fixture.numbers(&viewer, "assigned=nobody").await, [""; 0]);
    assert_eq!(fixture.numbers(&viewer, "state=open").await, [""; 0]);
    for q in ["0901234567", "0901", "34567", "anybody%20th"] {
        assert_eq!(
            fixture.numbers(&viewer, &format!("q={q}")).await,
            ["+84901234567"],
            "{q}"
        );
    }
    assert_eq!(fixture.numbers(&viewer, "q=nobody").await, [""; 0]);

    // The audit has neither the number nor what was noted.
    let notes = format!("{ONE}/notes");
    let note = json!({"text": "wants an invoice"});
    let noted = fixture.by(&operator, Method::POST, &notes, note).await;
    assert_eq!(
        (noted.status.as_u16(), &noted.body["author"]),
        (201, &json!("user operator"))
    );
    let listed = fixture.by(&viewer, Method::GET, &notes, Value::Null).await;
    assert_eq!(listed.body["items"], json!([noted.body]));
    let audit = fixture.get("/api/v1/audit").await.text;
    assert!(audit.contains("noted on conversation "), "{audit}");
    assert!(
        !audit.contains("4901234567") && !audit.contains("invoice"),
        "{audit}"
    );
    let path = format!("{notes}/{}", noted.body["id"].as_str().unwrap());
    assert_eq!(
        fixture
            .by(&operator, Method::DELETE, &path, Value::Null)
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn what_is_unread_is_each_users_own_and_no_keys() {
    let fixture = Fixture::new().await;
    let operator = fixture.session(Role::Operator).await;
    let viewer = fixture.session(Role::Viewer).await;
    let first = fixture.comes_in("+84901234567", "one").await;
    fixture.comes_in("+84901234567", "two").await;
    let unread = async |session| {
        let page = fixture.by(session, Method::GET, LIST, Value::Null).await;
        page.body["items"][0]["unread"].clone()
    };
    assert_eq!(
        (unread(&operator).await, unread(&viewer).await),
        (json!(2), json!(2))
    );
    let read = format!("{ONE}/read");
    let up_to = json!({"up_to": first});
    assert_eq!(
        fixture
            .by(&operator, Method::POST, &read, up_to)
            .await
            .status,
        204
    );
    assert_eq!(
        (unread(&operator).await, unread(&viewer).await),
        (json!(1), json!(2))
    );
    assert_eq!(
        fixture
            .by(&operator, Method::POST, &read, json!({}))
            .await
            .status,
        204
    );
    assert_eq!(fixture.numbers(&operator, "unread=true").await, [""; 0]);
    assert_eq!(
        fixture.numbers(&viewer, "unread=true").await,
        ["+84901234567"]
    );
    let other = json!({"up_to": "019356f0-0000-7000-8000-000000000000"});
    let other = fixture.by(&operator, Method::POST, &read, other).await;
    assert_eq!(other.body["errors"][0]["pointer"], "/up_to");

    assert_eq!(
        fixture.get(LIST).await.body["items"][0]["unread"],
        Value::Null
    );
    for (query, pointer) in [
        ("unread=true", "?unread"),
        ("assigned=me", "?assigned"),
        ("assigned=eve", "?assigned"),
        ("state=shut", "?state"),
    ] {
        let refused = fixture.get(&format!("{LIST}?{query}")).await;
        assert_eq!(
            refused.body["errors"][0]["pointer"], pointer,
            "{}",
            refused.text
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_change_is_named() {
    let fixture = Fixture::new().await;
    fixture.comes_in("+84901234567", "hello").await;
    let operator = fixture.session(Role::Operator).await;
    let long = "x".repeat(2001);
    for (method, path, body, status, pointer) in [
        (
            Method::PATCH,
            ONE.to_owned(),
            json!({"state": "done"}),
            422,
            "/version",
        ),
        (
            Method::PATCH,
            ONE.to_owned(),
            json!({"version": "x"}),
            422,
            "/version",
        ),
        (
            Method::PATCH,
            ONE.to_owned(),
            json!({"version": "0-1", "assigned": "eve"}),
            422,
            "/assigned",
        ),
        (
            Method::PATCH,
            ONE.to_owned(),
            json!({"version": "0-1", "state": "shut"}),
            422,
            "/state",
        ),
        (
            Method::POST,
            format!("{ONE}/notes"),
            json!({"text": " "}),
            422,
            "/text",
        ),
        (
            Method::POST,
            format!("{ONE}/notes"),
            json!({"text": long}),
            422,
            "/text",
        ),
        (
            Method::POST,
            format!("{ONE}/notes"),
            json!({"text": "a\u{7}"}),
            422,
            "/text",
        ),
        (
            Method::POST,
            format!("{LIST}/+84900000000/notes"),
            json!({"text": "a"}),
            404,
            "",
        ),
    ] {
        let case = format!("{method} {path} {body}");
        let refused = fixture.by(&operator, method, &path, body).await;
        assert_eq!(refused.status, status, "{case}: {}", refused.text);
        let named = refused.body["errors"][0]["pointer"]
            .as_str()
            .unwrap_or_default();
        assert_eq!(named, pointer, "{case}: {}", refused.text);
    }
}

#[tokio::test]
async fn a_number_is_erased_and_the_audit_does_not_name_it() {
    let fixture = Fixture::new().await;
    fixture.comes_in("+84901234567", "hello").await;
    fixture.comes_in("+84900000000", "another").await;
    let queued = fixture
        .post("/api/v1/messages", r#"{"to": "+84901234567", "text": "x"}"#)
        .await;
    let id = queued.body["id"].as_str().unwrap();
    let refused = fixture.delete(ONE).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(
        refused.text.contains("1 message to it is not over"),
        "{}",
        refused.text
    );
    assert_eq!(
        fixture
            .delete(&format!("/api/v1/messages/{id}"))
            .await
            .status,
        204
    );
    let mut told = fixture.gateway.bus().subscribe(None);
    let erased = fixture.delete(ONE).await;
    assert_eq!(
        (erased.status.as_u16(), &erased.body["messages"]),
        (200, &json!(2))
    );
    let event = told.recv().await.unwrap();
    assert_eq!(event.data()["what"], "erased");
    assert_eq!(event.data()["number"], Value::Null);
    assert_eq!(fixture.get(ONE).await.status, 404);
    let empty = fixture.get(&format!("{ONE}?or_empty=true")).await.is(200);
    assert_eq!(empty.body["items"], json!([]), "{}", empty.text);
    assert_eq!(fixture.delete(ONE).await.status, 404);
    let audit = fixture.get("/api/v1/audit").await.text;
    let named = format!(
        "erased conversation {}",
        erased.body["audited_as"].as_str().unwrap()
    );
    assert!(
        audit.contains(&named) && !audit.contains("4901234567"),
        "{audit}"
    );
    // The same number has the same name, another one has another.
    fixture.comes_in("+84901234567", "hello again").await;
    let again = fixture.delete(ONE).await.body["audited_as"].clone();
    assert_eq!(again, erased.body["audited_as"]);
    let other = fixture.delete(&format!("{LIST}/+84900000000")).await;
    assert_ne!(other.body["audited_as"], again);
}
