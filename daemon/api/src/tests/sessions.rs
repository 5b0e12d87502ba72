//! Logging in and out, and what others must not do with a session.

use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Request, header};
use serde_json::json;

use super::{Answer, DELETE, Fixture, GET, POST, PUT, SessionOf};
use gateway::Caller;
use gateway::users::UserWish;
use model::Role;

pub(super) const SESSION: &str = "/api/v1/session";
const PASSWORD: &str = "correct horse";

impl Fixture {
    /// A user with the password [`PASSWORD`].
    pub(super) async fn user_with_password(&self, name: &str, role: Role) {
        let wish = UserWish {
            name: name.to_owned(),
            role,
            password: PASSWORD.to_owned(),
        };
        let users = self.gateway.users();
        users
            .make(&Caller::command_line(), wish, None)
            .await
            .unwrap();
    }

    async fn log_in(&self, name: &str, password: &str) -> Answer {
        let json = json!({"name": name, "password": password}).to_string();
        self.ask(None, POST, SESSION, &json).await
    }

    /// A log-in with further headers.
    async fn log_in_with(&self, headers: &[(&str, &str)]) -> Answer {
        let json = json!({"name": "anna", "password": PASSWORD}).to_string();
        let request = with(Request::post(SESSION), headers);
        self.send_json(request, &json).await
    }
}

fn with(mut request: Builder, headers: &[(&str, &str)]) -> Builder {
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
}

#[tokio::test]
async fn a_user_logs_in_works_and_logs_out() {
    let fixture = Fixture::new().await;
    fixture.user_with_password("anna", Role::Operator).await;
    let answer = fixture.log_in("Anna", PASSWORD).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Strict"), "{cookie}");
    let anna = answer.opened();
    let who = fixture.ask_as(&anna, GET, SESSION, "").await;
    assert_eq!(who.body["name"], "anna");
    assert_eq!(who.body["role"], "operator");
    assert_eq!(who.body["scopes"], json!(["send", "read", "operate"]));
    assert_eq!(who.body["csrf_token"], anna.csrf.as_str());

    let message = r#"{"to": "+84901234567", "text": "hi"}"#;
    let sent = fixture.ask_as(&anna, POST, "/api/v1/messages", message);
    let sent = sent.await.is(202);
    let path = format!("/api/v1/messages/{}", sent.body["id"].as_str().unwrap());
    fixture.ask_as(&anna, DELETE, &path, "").await.is(204);
    let audit = fixture.get("/api/v1/audit").await;
    assert_eq!(audit.body["items"][0]["actor"], "user anna");
    assert_eq!(audit.body["items"][0]["from"], "192.0.2.7");
    assert!(!audit.text.contains(PASSWORD));

    let left = fixture.ask_as(&anna, DELETE, SESSION, "").await.is(204);
    assert!(left.header("set-cookie").starts_with("simgate=; "));
    let over = fixture.ask_as(&anna, GET, SESSION, "").await.is(401);
    assert_eq!(over.body["type"], "urn:simgate:problem:not-logged-in");
    // A browser would ask for a password by itself at the sight of Basic.
    let challenges = over.headers.get_all(header::WWW_AUTHENTICATE).iter();
    assert_eq!(challenges.count(), 1);
}

#[tokio::test]
async fn an_unknown_user_and_a_wrong_password_are_answered_alike() {
    let fixture = Fixture::new().await;
    fixture.user_with_password("anna", Role::Viewer).await;
    let wrong = fixture.log_in("anna", "wrong horse").await;
    let unknown = fixture.log_in("nobody", "wrong horse").await;
    let impossible = fixture.log_in("../no name", "wrong horse").await;
    for answer in [&wrong, &unknown, &impossible] {
        assert_eq!((answer.status.as_u16(), &answer.text), (401, &wrong.text));
        assert!(answer.headers.get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn failures_delay_the_address_and_not_the_user_at_home() {
    let fixture = Fixture::new().await;
    fixture.user_with_password("anna", Role::Viewer).await;
    fixture.user_with_password("bert", Role::Viewer).await;
    // The address is at home for Anna from here on, and for nobody else.
    fixture.log_in("anna", PASSWORD).await.opened();
    for _ in 0..4 {
        fixture.log_in("bert", "wrong horse").await.is(401);
    }
    let refused = fixture.log_in("bert", PASSWORD).await.is(429);
    assert_eq!(refused.header("retry-after"), "1");
    fixture.log_in("anna", PASSWORD).await.opened();
}

#[tokio::test]
async fn a_thousand_wrong_passwords_cost_a_few_hashes_and_hold_nobody_up() {
    let fixture = Fixture::new().await;
    let guesses = (0..1000).map(async |n| fixture.log_in("anna", &format!("guess {n}")).await);
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!(looked_at + refused, 1000);
    // Those that wait at once, and the few that are let in before the failures count.
    assert!((1..=32).contains(&looked_at), "{looked_at}");
    let late = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert!(!late.header("retry-after").is_empty());
    let message = r#"{"to": "+84901234567", "text": "hi"}"#;
    fixture.post("/api/v1/messages", message).await.is(202);
}

#[tokio::test]
async fn what_is_too_long_is_refused_before_it_is_hashed_or_even_read() {
    let fixture = Fixture::new().await;
    let long = fixture.log_in("anna", &"x".repeat(257)).await.is(422);
    assert_eq!(*long.pointer(), "/password");
    let huge = "x".repeat(1024 * 1024);
    fixture.log_in("anna", &huge).await.is(413);
    for json in [
        "{}",
        r#"{"name": "anna"}"#,
        r#"{"name": "a", "password": "b", "login_code": "c"}"#,
    ] {
        fixture.ask(None, POST, SESSION, json).await.is(422);
    }
}

#[tokio::test]
async fn a_token_that_a_stranger_planted_is_worth_nothing() {
    let fixture = Fixture::new().await;
    fixture.user_with_password("anna", Role::Viewer).await;
    let planted = ("cookie", "simgate=planted");
    let anna = fixture.log_in_with(&[planted]).await.opened();
    assert_ne!(anna.cookie, planted.1);
    let by_planted = SessionOf {
        cookie: planted.1.to_owned(),
        csrf: anna.csrf.clone(),
    };
    assert_eq!(fixture.status_of(&by_planted).await, 401);
    // The session that the browser had before has ended.
    let again = fixture
        .log_in_with(&[("cookie", &anna.cookie)])
        .await
        .opened();
    assert_eq!(fixture.status_of(&anna).await, 401);
    assert_eq!(fixture.status_of(&again).await, 200);
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let fixture = Fixture::new().await;
    let mut admin = fixture.session(Role::Admin).await;
    let post = async |session: &SessionOf, headers: &[(&str, &str)]| {
        let request = with(session.on(Request::put("/api/v1/routes")), headers);
        let answer = fixture.send_json(request, r#"{"items": []}"#).await;
        answer.status.as_u16()
    };
    let host = ("host", "gw.local");
    let elsewhere = ("sec-fetch-site", "cross-site");
    for (headers, status) in [
        (&[][..], 200),
        (&[host, ("origin", "http://gw.local")], 200),
        (&[host, ("origin", "http://evil.example")], 403),
        (&[elsewhere], 403),
    ] {
        assert_eq!(post(&admin, headers).await, status);
    }
    admin.csrf = "guess".to_owned();
    assert_eq!(post(&admin, &[]).await, 403);
    assert_eq!(fixture.status_of(&admin).await, 200);
    // It logs nobody in either.
    fixture.log_in_with(&[elsewhere]).await.is(403);
}

#[tokio::test]
async fn another_password_ends_the_other_sessions() {
    let fixture = Fixture::new().await;
    fixture.user_with_password("anna", Role::Admin).await;
    let [here, there] = [
        fixture.log_in("anna", PASSWORD).await.opened(),
        fixture.log_in("anna", PASSWORD).await.opened(),
    ];
    let path = "/api/v1/session/password";
    let wrong = r#"{"current_password": "wrong horse", "new_password": "another horse"}"#;
    let refused = fixture.ask_as(&here, POST, path, wrong).await.is(422);
    assert_eq!(*refused.pointer(), "/current_password");
    let right = format!(r#"{{"current_password": "{PASSWORD}", "new_password": "another horse"}}"#);
    fixture.ask_as(&here, POST, path, &right).await.is(204);
    assert_eq!(fixture.status_of(&here).await, 200);
    assert_eq!(fixture.status_of(&there).await, 401);
    fixture.log_in("anna", PASSWORD).await.is(401);
    let new = fixture.log_in("anna", "another horse").await.opened();

    let everywhere = format!("{SESSION}?everywhere=true");
    fixture.ask_as(&new, DELETE, &everywhere, "").await.is(204);
    for session in [&here, &new] {
        assert_eq!(fixture.status_of(session).await, 401);
    }
}

#[tokio::test]
async fn a_login_code_works_once() {
    let fixture = Fixture::new().await;
    let user = fixture.user("anna", Role::Viewer).await;
    let code = fixture.gateway.users().login_code(&user).await.unwrap();
    let json = json!({"login_code": code.shown().to_uppercase()}).to_string();
    fixture.ask(None, POST, SESSION, &json).await.opened();
    fixture.ask(None, POST, SESSION, &json).await.is(401);
}

#[tokio::test]
async fn the_first_user_comes_by_the_code_and_nobody_else_does() {
    let fixture = Fixture::new().await;
    let users = fixture.gateway.users();
    let code = users.setup_code().await.unwrap().unwrap().shown();
    let other = users.setup_code().await.unwrap().unwrap().shown();
    let set_up = async |code: &str, name: &str, password: &str| {
        let json = json!({"code": code, "name": name, "password": password}).to_string();
        fixture.ask(None, POST, "/api/v1/setup", &json).await
    };
    for (code, name, password, pointer) in [
        ("abcd-abcd-abcd-abcd", "anna", PASSWORD, "/code"),
        (&code, "an/na", PASSWORD, "/name"),
        (&code, "anna", "short", "/password"),
    ] {
        let refused = set_up(code, name, password).await.is(422);
        assert_eq!(*refused.pointer(), pointer);
    }
    let anonymous = async || fixture.ask(None, GET, "/api/v1/setup", "").await.body;
    let setup = |needed: bool, logged_in: bool| json!({"needed": needed, "logged_in": logged_in});
    assert_eq!(anonymous().await, setup(true, false));
    let anna = set_up(&code, "Anna", PASSWORD).await.opened();
    assert_eq!(anonymous().await, setup(false, false));
    let hers = fixture.ask_as(&anna, GET, "/api/v1/setup", "").await.body;
    assert_eq!(hers, setup(false, true));
    let who = fixture.ask_as(&anna, GET, SESSION, "").await;
    assert_eq!(
        (&who.body["name"], &who.body["role"]),
        (&"anna".into(), &"admin".into())
    );
    for code in [&code, &other] {
        set_up(code, "eve", PASSWORD).await.is(409);
    }
    assert!(users.setup_code().await.unwrap().is_none());
    fixture.log_in("anna", PASSWORD).await.opened();
}

#[tokio::test]
async fn a_page_s_script_is_not_asked_for_a_password_by_the_browser() {
    let fixture = Fixture::new().await;
    let request = Request::get(SESSION).header("sec-fetch-mode", "cors");
    let answer = fixture.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.body["type"], "urn:simgate:problem:not-logged-in");
    let curl = fixture.ask(None, GET, SESSION, "").await;
    let challenges = curl.headers.get_all(header::WWW_AUTHENTICATE).iter();
    assert_eq!(challenges.count(), 2);
}

/// The code that an app shows for this secret, so many steps from now: not before, so that it counts however
/// slowly the test goes on.
fn code_of(secret: &str, steps: i64) -> String {
    gateway::users::test_totp(secret, steps)
}

#[tokio::test]
async fn a_second_factor_is_asked_for_once_it_was_shown() {
    let fixture = Fixture::new().await;
    fixture.user_with_password("anna", Role::Admin).await;
    let anna = fixture.log_in("anna", PASSWORD).await.opened();
    let totp = "/api/v1/session/totp";
    let show = async |code: &str| {
        let json = json!({ "code": code }).to_string();
        fixture.ask_as(&anna, PUT, totp, &json).await
    };
    let offer = async |password: &str| {
        let json = json!({"current_password": password}).to_string();
        fixture.ask_as(&anna, POST, totp, &json).await
    };
    show("123456").await.is(409);
    offer("wrong horse").await.is(422);
    let offered = offer(PASSWORD).await;
    let secret = offered.body["secret"].as_str().unwrap().to_owned();
    assert!(offered.body["uri"].as_str().unwrap().contains(&secret));
    // Not before a code of it was shown.
    fixture.log_in("anna", PASSWORD).await.opened();
    let not_yet = show("abcdef").await;
    assert_eq!(*not_yet.pointer(), "/code", "{}", not_yet.text);
    let on = show(&code_of(&secret, 0)).await.is(200);
    let recovery = on.body["recovery_codes"].as_array().unwrap();
    assert_eq!(recovery.len(), 10);

    let log_in = async |code: &str| {
        let json = json!({"name": "anna", "password": PASSWORD, "code": code}).to_string();
        let answer = fixture.ask(None, POST, SESSION, &json).await;
        answer.status.as_u16()
    };
    let needed = fixture.log_in("anna", PASSWORD).await.is(401);
    assert_eq!(needed.body["type"], "urn:simgate:problem:code-needed");
    let code = code_of(&secret, 1);
    assert_eq!(log_in(&code).await, 201);
    assert_eq!(log_in(&code).await, 401, "it was used");
    let recovery = recovery[0].as_str().unwrap();
    assert_eq!(log_in(recovery).await, 201);
    assert_eq!(log_in(recovery).await, 401);
    let audit = fixture.get("/api/v1/audit").await;
    let what = &audit.items()[0]["what"];
    assert_eq!(what, "logged in with a recovery code");
    assert!(!audit.text.contains(&secret) && !audit.text.contains(recovery));

    // Who has lost it all asks an admin.
    let patch = async |json: &str| fixture.patch("/api/v1/users/anna", json).await;
    patch(r#"{"two_factor": true}"#).await.is(422);
    let off = patch(r#"{"two_factor": false}"#).await;
    assert_eq!(off.body["two_factor"], false, "{}", off.text);
    fixture.log_in("anna", PASSWORD).await.opened();
}

#[tokio::test]
async fn a_user_sees_their_sessions_and_ends_one() {
    let fixture = Fixture::new().await;
    for name in ["anna", "bert"] {
        fixture.user_with_password(name, Role::Viewer).await;
    }
    let here = fixture.log_in("anna", PASSWORD).await.opened();
    let elsewhere = fixture.log_in("anna", PASSWORD).await.opened();
    let other = fixture.log_in("bert", PASSWORD).await.opened();
    let list = async |who: &SessionOf| {
        let listed = fixture.ask_as(who, GET, "/api/v1/sessions", "").await;
        listed.is(200).body["items"].as_array().unwrap().clone()
    };
    let own = list(&here).await;
    assert_eq!(own.len(), 2, "{own:?}");
    for session in &own {
        assert_eq!(session["from"], "192.0.2.7");
        assert!(session["opened_at"].as_str() <= session["used_at"].as_str());
    }
    let [this, others]: [Vec<_>; 2] =
        [true, false].map(|this| own.iter().filter(|one| one["this"] == this).collect());
    assert_eq!((this.len(), others.len()), (1, 1));
    let path = format!("/api/v1/sessions/{}", others[0]["id"].as_str().unwrap());
    // Another user's is no session of one's own.
    fixture.ask_as(&other, DELETE, &path, "").await.is(404);
    fixture.ask_as(&here, DELETE, &path, "").await.is(204);
    fixture.ask_as(&here, DELETE, &path, "").await.is(404);
    fixture.ask_as(&elsewhere, GET, SESSION, "").await.is(401);
    fixture.ask_as(&here, GET, SESSION, "").await.is(200);
    assert_eq!(list(&here).await.len(), 1);
    let audit = fixture.get("/api/v1/audit").await;
    let what = "logged out of one session";
    assert!(audit.text.contains(what), "{}", audit.text);
}
