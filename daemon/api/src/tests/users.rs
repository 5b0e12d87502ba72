//! Users as an admin sees and changes them.

use axum::http::StatusCode;
use serde_json::json;

use super::{Fixture, GET, POST};
use model::Role;

const USERS: &str = "/api/v1/users";

async fn patch(fixture: &Fixture, name: &str, json: &str) -> super::Answer {
    fixture.patch(&format!("{USERS}/{name}"), json).await
}

#[tokio::test]
async fn users_are_made_changed_and_removed() {
    let fixture = Fixture::new().await;
    let bert = r#"{"name": "Bert", "role": "viewer", "password": "correct horse"}"#;
    let made = fixture.post(USERS, bert).await.is(201);
    assert_eq!(
        (&made.body["name"], &made.body["role"]),
        (&"bert".into(), &"viewer".into())
    );
    fixture.post(USERS, bert).await.is(409);
    for (json, pointer) in [
        (
            r#"{"name": "", "role": "viewer", "password": "correct horse"}"#,
            "/name",
        ),
        (
            r#"{"name": "Me", "role": "viewer", "password": "correct horse"}"#,
            "/name",
        ),
        (
            r#"{"name": "nobody", "role": "viewer", "password": "correct horse"}"#,
            "/name",
        ),
        (
            r#"{"name": "x", "role": "god", "password": "correct horse"}"#,
            "/role",
        ),
        (
            r#"{"name": "x", "role": "viewer", "password": "short"}"#,
            "/password",
        ),
        (
            r#"{"name": "x", "role": "viewer", "password": "correct horse", "x": 1}"#,
            "/x",
        ),
    ] {
        let refused = fixture.post(USERS, json).await.is(422);
        assert_eq!(*refused.pointer(), pointer);
    }
    let changed = patch(&fixture, "BERT", r#"{"role": "operator"}"#).await;
    assert_eq!(changed.body["role"], "operator", "{}", changed.text);
    let listed = fixture.get(USERS).await;
    let names: Vec<_> = listed.items().iter().map(|user| &user["name"]).collect();
    assert_eq!(names, ["bert"]);
    fixture.delete("/api/v1/users/bert").await.is(204);
    fixture.delete("/api/v1/users/bert").await.is(404);
    let audit = fixture.get("/api/v1/audit").await;
    let items = audit.items();
    let what: Vec<_> = items.iter().take(3).map(|row| &row["what"]).collect();
    assert_eq!(
        what,
        [
            "removed user bert",
            "changed user bert: role operator",
            "made user bert with the role viewer"
        ]
    );
}

#[tokio::test]
async fn the_last_admin_stays() {
    let fixture = Fixture::new().await;
    fixture.user("anna", Role::Admin).await;
    fixture.user("bert", Role::Operator).await;
    let role = async |name, role| patch(&fixture, name, &json!({ "role": role }).to_string()).await;
    role("anna", "viewer").await.is(409);
    fixture.delete("/api/v1/users/anna").await.is(409);
    role("anna", "admin").await.is(200);
    role("bert", "admin").await.is(200);
    fixture.delete("/api/v1/users/anna").await.is(204);
    fixture.delete("/api/v1/users/bert").await.is(409);
}

#[tokio::test]
async fn a_role_counts_at_once_and_a_removed_user_is_out() {
    let fixture = Fixture::new().await;
    fixture.user("anna", Role::Admin).await;
    let bert = fixture.user("bert", Role::Admin).await;
    let session = fixture.session_of(&bert).await;
    let keys = async || {
        fixture
            .ask_as(&session, GET, "/api/v1/keys", "")
            .await
            .status
    };
    assert_eq!(keys().await, StatusCode::OK);
    patch(&fixture, "bert", r#"{"role": "viewer"}"#).await;
    assert_eq!(keys().await, StatusCode::FORBIDDEN);
    patch(&fixture, "bert", r#"{"password": "another horse"}"#)
        .await
        .is(200);
    assert_eq!(keys().await, StatusCode::UNAUTHORIZED);
    let session = fixture.session_of(&bert).await;
    fixture.delete("/api/v1/users/bert").await;
    assert_eq!(fixture.status_of(&session).await, 401);
}

#[tokio::test]
async fn two_users_messages_have_senders_of_their_own() {
    let fixture = Fixture::new().await;
    let [anna, bert] = [
        fixture.session(Role::Admin).await,
        fixture.session(Role::Operator).await,
    ];
    let message = json!({"to": "+84901234567", "text": "hi"}).to_string();
    for session in [&anna, &bert] {
        let answer = fixture.ask_as(session, POST, "/api/v1/messages", &message);
        answer.await.is(202);
    }
    // A key that sees its own messages alone sees none of theirs.
    let app = fixture
        .key(|key| key.scopes = vec![model::Scope::Send, model::Scope::ReadOwn])
        .await;
    let seen = fixture.ask(Some(&app), GET, "/api/v1/messages", "").await;
    assert_eq!(seen.body["items"], json!([]));
    assert_eq!(fixture.get("/api/v1/messages").await.items().len(), 2);
}
