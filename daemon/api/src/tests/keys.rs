use axum::http::{Request, header};

use super::{Answer, DELETE, Fixture, PATCH, POST};
use model::Scope;
use serde_json::Value;
use store::clock;

async fn list_by(fixture: &Fixture, authorization: &str) -> Answer {
    let request = Request::get("/api/v1/messages").header(header::AUTHORIZATION, authorization);
    fixture.send_with(request, "").await
}

/// The same with the secret of this key.
async fn list_with(fixture: &Fixture, key: &Value) -> Answer {
    let bearer = format!("Bearer {}", key.as_str().unwrap());
    list_by(fixture, &bearer).await
}

#[tokio::test]
async fn a_key_works_from_its_making_to_its_revocation() {
    let fixture = Fixture::new().await;
    let json = r#"{"name": "crm", "scopes": ["read"], "allowed_from": ["192.0.2.0/24"]}"#;
    let made = fixture.post_once("/api/v1/keys", json, Some("k1"));
    let made = made.await.is(201);
    list_with(&fixture, &made.body["key"]).await.is(200);

    let again = fixture.post_once("/api/v1/keys", json, Some("k1")).await;
    assert_eq!((again.status, &again.body), (made.status, &made.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = r#"{"name": "other", "scopes": ["read"]}"#;
    let answer = fixture.post_once("/api/v1/keys", other, Some("k1"));
    answer.await.is(409);
    fixture.post("/api/v1/keys", json).await.is(409);

    let listed = fixture.get("/api/v1/keys").await;
    let crm = listed.items().iter().find(|key| key["name"] == "crm");
    assert!(
        crm.is_some_and(|key| key.get("key").is_none()),
        "{}",
        listed.text
    );

    fixture.delete("/api/v1/keys/crm").await.is(204);
    list_with(&fixture, &made.body["key"]).await.is(401);
    fixture.delete("/api/v1/keys/crm").await.is(404);

    // Under the same name of a request comes a new key, not the secret of one that is revoked.
    let new = fixture.post_once("/api/v1/keys", json, Some("k1"));
    let new = new.await.is(201);
    assert_ne!(new.body["key"], made.body["key"]);
}

#[tokio::test]
async fn who_may_send_alone_may_read_and_cancel_its_own() {
    let fixture = Fixture::new().await;
    let make = async |name: &str, scopes: &str| {
        let json = format!(r#"{{"name": "{name}", "scopes": {scopes}}}"#);
        let made = fixture.post("/api/v1/keys", &json).await.is(201);
        made.body
    };
    let shop = make("shop", r#"["send"]"#).await;
    let expected = serde_json::json!(["send", "read:own", "cancel:own"]);
    assert_eq!(shop["scopes"], expected);
    list_with(&fixture, &shop["key"]).await.is(200);
    let blind = make("blind", r#"["send", "cancel:own"]"#).await;
    assert_eq!(blind["scopes"], serde_json::json!(["send", "cancel:own"]));
    list_with(&fixture, &blind["key"]).await.is(403);
}

#[tokio::test]
async fn basic_works_with_any_user_name() {
    use base64::Engine as _;
    let fixture = Fixture::new().await;
    let pair = format!("anyone:{}", fixture.secret);
    let basic = format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(pair));
    list_by(&fixture, &basic).await.is(200);
}

#[tokio::test]
async fn a_rate_is_kept_and_says_when_to_come_back() {
    let fixture = Fixture::new().await;
    let slow = fixture
        .key(|key| {
            key.scopes = vec![Scope::Read];
            key.rate_per_second = Some(1);
        })
        .await;
    let bearer = format!("Bearer {slow}");
    list_by(&fixture, &bearer).await.is(200);
    let refused = list_by(&fixture, &bearer).await.is(429);
    assert_eq!(refused.header("retry-after"), "1");
}

#[tokio::test]
async fn a_batch_counts_as_many_as_it_has_messages() {
    let fixture = Fixture::new().await;
    let slow = fixture
        .key(|key| {
            key.scopes = vec![Scope::Send];
            key.rate_per_second = Some(5);
        })
        .await;
    let message = r#"{"to": "+84901234567", "text": "x"}"#;
    let batch = format!(r#"{{"messages": [{}]}}"#, vec![message; 50].join(","));
    let secret = Some(slow.as_str());
    let path = "/api/v1/messages/batch";
    fixture.ask(secret, POST, path, &batch).await.is(202);
    let refused = fixture.ask(secret, POST, "/api/v1/messages", message);
    let refused = refused.await.is(429);
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((8..=10).contains(&wait), "{wait}");
}

#[tokio::test]
async fn a_key_ends_by_itself_and_says_so() {
    let fixture = Fixture::new().await;
    let expired = fixture
        .key(|key| {
            key.scopes = vec![Scope::Read];
            key.expires_at = Some(clock::now());
        })
        .await;
    let refused = list_by(&fixture, &format!("Bearer {expired}"))
        .await
        .is(401);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("The API key has expired at 20"),
        "{detail}"
    );
    let past = r#"{"name": "x", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}"#;
    let refused = fixture.post("/api/v1/keys", past).await;
    assert_eq!(*refused.pointer(), "/expires_at", "{}", refused.text);
    let later = r#"{"name": "x", "scopes": ["read"], "expires_at": "2999-01-01T00:00:00Z"}"#;
    let made = fixture.post("/api/v1/keys", later).await;
    assert_eq!(made.body["expires_at"], "2999-01-01T00:00:00.000Z");
    list_with(&fixture, &made.body["key"]).await.is(200);
}

#[tokio::test]
async fn a_rotated_key_has_two_secrets_for_a_while() {
    let fixture = Fixture::new().await;
    let made = r#"{"name": "crm", "scopes": ["read"]}"#;
    let first = fixture.post_once("/api/v1/keys", made, Some("once")).await;
    let rotate = async |json: &str| fixture.post("/api/v1/keys/crm/rotate", json).await;
    let works =
        async |answer: &super::Answer| list_with(&fixture, &answer.body["key"]).await.status == 200;
    let second = rotate(r#"{"overlap_seconds": 60}"#).await.is(200);
    assert_eq!(second.body["name"], "crm");
    assert!(second.body["old_secret_until"].is_string());
    assert!(works(&first).await && works(&second).await);
    // The first answer is not given again: it would tell the old secret.
    let answer = fixture.post_once("/api/v1/keys", made, Some("once"));
    answer.await.is(409);
    let third = rotate(r#"{"overlap_seconds": 0}"#).await;
    assert!(!works(&first).await && !works(&second).await && works(&third).await);
    let too_long = rotate(r#"{"overlap_seconds": 2592001}"#).await;
    assert_eq!(*too_long.pointer(), "/overlap_seconds");
    fixture.delete("/api/v1/keys/crm").await;
    assert!(!works(&third).await);
    rotate("{}").await.is(404);
    let audit = fixture.get("/api/v1/audit").await;
    let what = &audit.body["items"][1]["what"];
    assert_eq!(what, "rotated key crm; the old secret works for 0 s");
}

#[tokio::test]
async fn a_key_tells_when_it_was_last_used() {
    let fixture = Fixture::new().await;
    let last_used = async || {
        let keys = fixture.get("/api/v1/keys").await;
        keys.body["items"][0]["last_used_at"].clone()
    };
    assert!(last_used().await.is_null());
    // As it is done a minute later, and at a stop.
    fixture.gateway.keys().write_used().await;
    let told = last_used().await;
    let told = told.as_str().unwrap();
    assert!(told.ends_with(":00.000Z"), "{told}");
}

/// The old secret would otherwise work again, for the overlap.
#[tokio::test]
async fn an_expired_key_is_rotated_with_a_new_end_and_its_old_secret_stays_dead() {
    let fixture = Fixture::new().await;
    let old = fixture
        .key(|key| {
            key.name = "crm".to_owned();
            key.scopes = vec![Scope::Read];
            key.expires_at = Some(clock::now());
        })
        .await;
    let rotate = async |json: &str| fixture.post("/api/v1/keys/crm/rotate", json).await;
    for json in ["{}", r#"{"expires_at": "2020-01-01T00:00:00Z"}"#] {
        let refused = rotate(json).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert_eq!(refused.body["errors"][0]["pointer"], "/expires_at");
    }
    let rotated = rotate(r#"{"expires_at": "2999-01-01T00:00:00Z"}"#).await;
    assert_eq!(rotated.body["expires_at"], "2999-01-01T00:00:00.000Z");
    let new = rotated.body["key"].as_str().unwrap();
    for (secret, status) in [(new, 200), (&old, 401)] {
        let answer = list_by(&fixture, &format!("Bearer {secret}")).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    // One that has an end keeps it where nothing is said.
    let again = rotate("{}").await;
    assert_eq!(again.body["expires_at"], "2999-01-01T00:00:00.000Z");
    let audit = fixture.get("/api/v1/audit").await;
    let what = audit.body["items"][1]["what"].as_str().unwrap();
    assert!(
        what.ends_with("; it expires at 2999-01-01T00:00:00.000Z"),
        "{what}"
    );
}

#[tokio::test]
async fn two_secrets_are_no_faster_than_one() {
    let fixture = Fixture::new().await;
    let made = r#"{"name": "crm", "scopes": ["read"], "rate_per_second": 1}"#;
    let first = fixture.post("/api/v1/keys", made).await;
    let second = fixture.post("/api/v1/keys/crm/rotate", "{}").await;
    let by = async |answer: &super::Answer| {
        let bearer = format!("Bearer {}", answer.body["key"].as_str().unwrap());
        list_by(&fixture, &bearer).await.status
    };
    assert_eq!(by(&first).await, 200);
    assert_eq!(by(&second).await, 429);
}

/// By a key that is bound to group a, and has every scope.
#[tokio::test]
async fn a_limited_key_gives_no_more_than_it_has() {
    let fixture = Fixture::new().await;
    fixture.see_sim().await;
    let groups = fixture.patch_sim(r#"{"groups": ["a", "b"]}"#).await;
    groups.is(200);
    let limited = fixture.key(|key| {
        key.name = "limited".to_owned();
        key.scopes = Scope::ALL.to_vec();
        key.groups = vec!["a".to_owned()];
    });
    let limited = limited.await;
    let ask = async |method, path: &str, json: &str| {
        let path = format!("/api/v1{path}");
        fixture.ask(Some(&limited), method, &path, json).await
    };
    for (json, pointer) in [
        (r#"{"name": "x", "scopes": ["send"]}"#, "/groups"),
        (
            r#"{"name": "x", "scopes": ["send"], "groups": ["a", "b"]}"#,
            "/groups/1",
        ),
    ] {
        let refused = ask(POST, "/keys", json).await.is(422);
        assert_eq!(refused.pointers(), [pointer]);
    }
    let own = r#"{"name": "own", "scopes": ["send"], "groups": ["a"]}"#;
    ask(POST, "/keys", own).await.is(201);
    ask(POST, "/keys/own/rotate", "{}").await.is(200);
    ask(POST, "/keys/limited/rotate", "{}").await.is(200);

    // Who rotates a key learns its secret.
    let wide = r#"{"name": "wide", "scopes": ["send"]}"#;
    fixture.post("/api/v1/keys", wide).await.is(201);
    ask(POST, "/keys/wide/rotate", "{}").await.is(403);
    ask(POST, "/keys/none/rotate", "{}").await.is(404);

    let user = r#"{"name": "eve", "role": "viewer", "password": "correct horse"}"#;
    ask(POST, "/users", user).await.is(403);
    fixture.post("/api/v1/users", user).await.is(201);
    let password = r#"{"password": "another horse"}"#;
    ask(PATCH, "/users/eve", password).await.is(403);
    ask(DELETE, "/users/eve", "").await.is(403);
    // Who revokes a key takes its rights away.
    ask(DELETE, "/keys/wide", "").await.is(403);
    ask(DELETE, "/keys/none", "").await.is(404);

    let import = async |key: &str, configuration: &str| {
        let json = format!(r#"{{"configuration": {{"format": 1, {configuration}}}}}"#);
        fixture
            .ask(Some(key), POST, "/api/v1/config/import", &json)
            .await
    };
    let widened = r#""keys": [{"name": "own", "scopes": ["send"]}]"#;
    let refused = import(&limited, widened).await.is(422);
    assert_eq!(refused.pointers(), ["/configuration/keys/0/groups"]);
    let risen = r#""users": [{"name": "eve", "role": "admin"}]"#;
    let refused = import(&limited, risen).await.is(422);
    assert_eq!(refused.pointers(), ["/configuration/users/0"]);
    // What stays as it is may be in it.
    let same = r#""users": [{"name": "eve", "role": "viewer"}], "keys": [{"name": "wide", "scopes": ["send"]}]"#;
    import(&limited, same).await.is(200);
    import(&fixture.secret, widened).await.is(200);
    let own = r#"{"name": "mine", "scopes": ["send"], "groups": ["a"]}"#;
    ask(POST, "/keys", own).await.is(201);
    ask(DELETE, "/keys/mine", "").await.is(204);
}

#[tokio::test]
async fn a_key_makes_none_that_outlives_it_nor_lives_on_itself() {
    let fixture = Fixture::new().await;
    let end = clock::now().after(std::time::Duration::from_hours(1));
    let ending = fixture.key(|key| {
        key.name = "ending".to_owned();
        key.scopes = Scope::ALL.to_vec();
        key.expires_at = Some(end);
    });
    let ending = ending.await;
    let ask = async |path: &str, json: &str| {
        let path = format!("/api/v1{path}");
        fixture.ask(Some(&ending), POST, &path, json).await
    };
    let later = end.after(std::time::Duration::from_hours(1));
    for expires in [String::new(), format!(r#", "expires_at": "{later}""#)] {
        let json = format!(r#"{{"name": "x", "scopes": ["send"]{expires}}}"#);
        let refused = ask("/keys", &json).await.is(422);
        assert_eq!(refused.pointers(), ["/expires_at"]);
    }
    let rotation = format!(r#"{{"expires_at": "{later}"}}"#);
    ask("/keys/ending/rotate", &rotation).await.is(403);
    let within = format!(r#"{{"name": "x", "scopes": ["send"], "expires_at": "{end}"}}"#);
    ask("/keys", &within).await.is(201);
    ask("/keys/ending/rotate", "{}").await.is(200);
}
