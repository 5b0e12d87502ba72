//! Every bad request gets the problem document that names what is bad.

use axum::body::Body;
use axum::http::{Method, Request, header};

use super::{Answer, Fixture, MAX_BODY, PUT};
use model::Scope;

#[track_caller]
fn check(case: &str, answer: &Answer, status: u16, pointer: &str) {
    let problem = &answer.body;
    assert_eq!(answer.status, status, "{case}: {}", answer.text);
    let kind = answer.header("content-type");
    assert_eq!(kind, "application/problem+json", "{case}");
    assert_eq!(problem["status"], status, "{case}");
    let [kind, title, detail] = ["type", "title", "detail"].map(|it| problem[it].as_str().unwrap());
    assert!(kind.starts_with("urn:simgate:problem:"), "{case}");
    assert!(!title.is_empty() && !detail.is_empty(), "{case}");
    let found = problem["errors"][0]["pointer"].as_str().unwrap_or("-");
    assert_eq!(found, pointer, "{case}: {problem}");
}

/// Body, status, pointer.
#[rustfmt::skip] // A row a case.
const BODIES: &[(&str, u16, &str)] = &[
    (r#"{"to": "12345", "text": "a", "colour": 1}"#, 422, "/colour"),
    (r#"{"to": "12", "text": "a"}"#, 422, "/to"),
    (r#"{"to": "+0123", "text": "a"}"#, 422, "/to"),
    (r#"{"to": 12345, "text": "a"}"#, 422, "/to"),
    (r#"{"to": null, "text": "a"}"#, 422, "/to"),
    (r#"{"to": [12345], "text": "a"}"#, 422, "/to/0"),
    (r#"{"text": "a"}"#, 422, "/to"),
    (r#"{"to": "12345"}"#, 422, "/text"),
    (r#"{"to": "12345", "text": ""}"#, 422, "/text"),
    (r#"{"to": "12345", "text": "a\u0000"}"#, 422, "/text"),
    (r#"{"to": "12345", "text": "й", "encoding": "gsm7"}"#, 422, "/text"),
    (r#"{"to": "12345", "text": "a", "text": "b"}"#, 422, "/text"),
    (r#"{"to": "12345", "text": "a", "priority": "urgent"}"#, 422, "/priority"),
    (r#"{"to": "12345", "text": "a", "flash": "yes"}"#, 422, "/flash"),
    (r#"{"to": "12345", "text": "a", "validity_seconds": 1}"#, 422, "/validity_seconds"),
    (r#"{"to": "12345", "text": "a", "validity_seconds": -5}"#, 422, "/validity_seconds"),
    (r#"{"to": "12345", "text": "a", "validity_seconds": 1e30}"#, 422, "/validity_seconds"),
    (r#"{"to": "12345", "text": "a", "send_at": "tomorrow"}"#, 422, "/send_at"),
    (r#"{"to": "12345", "text": "a", "metadata": {"a": 1, "a": 2}}"#, 422, "/metadata"),
    (r#"{"to": "12345", "text": "a", "from": "sim:8984011234567890123"}"#, 422, "/from"),
    (r#"{"to": "12345", "text": "a", "from": "group:none"}"#, 422, "/from"),
    (r#"{"to": "12345", "text": "a", "from": "uplink:none"}"#, 422, "/from"),
    (r#"{"to": "12345", "text": "{{a}}", "variables": {}}"#, 422, "/variables/a"),
    (r#"{"to": "12345", "text": "{{a}}", "variables": {"a": 1}}"#, 422, "/variables/a"),
    (r#"{"to": "12345", "text": "{% if", "variables": {}}"#, 422, "/text"),
    (r#"{"to": "12345", "template": "none"}"#, 422, "/template"),
    (r#"{"to": "12345", "data": "AA", "port": 1}"#, 422, "/data"),
    (r#"{"to": "12345", "data": "AAAA", "port": 65536}"#, 422, "/port"),
    ("[]", 422, ""),
    ("", 400, "-"),
    ("{", 400, "-"),
    (r#"{"to": "12345", "text": "a"} {}"#, 400, "-"),
    (r#"{"to": "12345", "text": "\ud800"}"#, 400, "-"),
    (r#"{"to": "12345", "text": "a", "validity_seconds": 1e999}"#, 400, "-"),
    ("{\"to\": \"12345\", \"text\": \"a\nb\"}", 400, "-"),
];

#[tokio::test]
async fn bodies() {
    let fixture = Fixture::new().await;
    let texts = ["й".repeat(255 * 67 + 1), "x".repeat(MAX_BODY)];
    let [long, huge] = texts.map(|text| format!(r#"{{"to": "12345", "text": "{text}"}}"#));
    let deep = format!(r#"{{"to": {}{}}}"#, "[".repeat(5000), "]".repeat(5000));
    let long = [
        (&*long, 422, "/text"),
        (&*deep, 422, "/to/0"),
        (&*huge, 413, "-"),
    ];
    for (json, status, pointer) in BODIES.iter().copied().chain(long) {
        let shown = json.get(..80).unwrap_or(json);
        for path in ["/api/v1/messages", "/api/v1/messages/preview"] {
            check(shown, &fixture.post(path, json).await, status, pointer);
        }
    }
}

/// Path, body, status, detail.
#[rustfmt::skip] // A row a case.
const WORDS: &[(&str, &str, u16, &str)] = &[
    ("/messages", "null", 422, "the body: must be an object"),
    ("/messages", "\"x\"", 422, "the body: must be an object"),
    ("/messages", "5", 422, "the body: must be an object"),
    ("/messages", "", 400, "The body is empty."),
    ("/messages", r#"{"to""#, 400, "It ends in the middle of an object at line 1 column 5."),
    ("/messages", "{}", 422, "/to: is missing"),
    ("/messages", r#"{"to": "12345", "text": 5}"#, 422, "/text: must be a string"),
    ("/messages", r#"{"to": "12345", "text": "a", "flash": 1}"#, 422, "/flash: must be true or false"),
    ("/messages", r#"{"to": "12345", "data": "AAAA", "port": 65536}"#, 422, "/port: must be a whole number from 0 to 65535"),
    ("/messages", r#"{"to": "12345", "text": "a", "variables": []}"#, 422, "/variables: must be an object"),
    ("/messages", r#"{"to": "12345", "text": "a", "priority": 5}"#, 422, "/priority: must be one of: otp, normal, bulk"),
    ("/messages", r#"{"to": "12345", "text": "a", "priority": "x"}"#, 422, "/priority: is not one of: otp, normal, bulk"),
    ("/messages", r#"{"to": "12345", "text": "a", "priority": {"otp": null}}"#, 422, "/priority: must be one of: otp, normal, bulk"),
    ("/messages/batch", r#"{"messages": {}}"#, 422, "/messages: must be a list"),
    ("/messages/batch", "null", 422, "the body: must be an object"),
    ("/keys", r#"{"name": "a", "scopes": ["read"], "rate_per_second": "x"}"#, 422,
        "/rate_per_second: must be a whole number from 0 to 4294967295"),
];

#[tokio::test]
async fn what_is_wrong_is_said_in_plain_words() {
    let fixture = Fixture::new().await;
    for &(path, json, status, detail) in WORDS {
        let answer = fixture.post(&format!("/api/v1{path}"), json).await;
        assert_eq!(answer.status, status, "{json}: {}", answer.text);
        assert_eq!(answer.body["detail"], detail, "{json}");
    }
    let unknown = r#"{"to": "12345", "text": "a", "udh": ""}"#;
    let answer = fixture.post("/api/v1/messages", unknown).await;
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.starts_with("/udh: is not known here"), "{detail}");
    for field in ["to", "callback_url", "max_segments"] {
        assert!(detail.contains(field), "{detail}");
    }
    assert!(!detail.ends_with('…'), "the names are whole: {detail}");
}

#[tokio::test]
async fn what_is_nested_deep_is_told_from_what_is_not_json() {
    let fixture = Fixture::new().await;
    let open = "[".repeat(20_000);
    let answer = fixture.post("/api/v1/messages", &open).await;
    check("open", &answer, 400, "-");
    let closed = format!("{open}{}", "]".repeat(20_000));
    let answer = fixture.post("/api/v1/messages", &closed).await;
    check("closed", &answer, 422, "");
    let [open, closed] = ["[", "]"].map(|bracket| bracket.repeat(300));
    let metadata =
        format!(r#"{{"to": "12345", "text": "a", "metadata": {{"a": {open}{closed}}}}}"#);
    let answer = fixture.post("/api/v1/messages", &metadata).await;
    check("metadata", &answer, 422, "/metadata");
    assert_eq!(answer.body["errors"][0]["detail"], "is nested too deep");
}

#[tokio::test]
async fn a_name_that_an_uplink_cannot_have_is_pointed_at() {
    let fixture = Fixture::new().await;
    let body = r#"{"host": "h", "port": 1, "system_id": "s"}"#;
    let answer = fixture.put("/api/v1/uplinks/p%20q", body).await;
    check("p q", &answer, 422, "path:name");
}

/// Path, body, status, pointer.
#[rustfmt::skip] // A row a case.
const OTHER_BODIES: &[(&str, &str, u16, &str)] = &[
    ("/messages/batch", r#"{"messages": []}"#, 422, "/messages"),
    ("/messages/batch", r#"{"messages": {}}"#, 422, "/messages"),
    ("/messages/batch", r#"{"messages": [], "more": 1}"#, 422, "/more"),
    ("/messages/batch", "{}", 422, "/messages"),
    ("/keys", r#"{"name": "", "scopes": ["read"]}"#, 422, "/name"),
    ("/keys", r#"{"name": "a b", "scopes": ["read"]}"#, 422, "/name"),
    ("/keys", r#"{"name": "..", "scopes": ["read"]}"#, 422, "/name"),
    ("/keys", r#"{"name": "a", "scopes": []}"#, 422, "/scopes"),
    ("/keys", r#"{"name": "a", "scopes": ["all"]}"#, 422, "/scopes/0"),
    ("/keys", r#"{"name": "a", "scopes": ["read"], "allowed_from": ["x"]}"#, 422, "/allowed_from/0"),
    ("/keys", r#"{"name": "a", "scopes": ["read"], "rate_per_second": 0}"#, 422, "/rate_per_second"),
    ("/keys", r#"{"name": "a", "scopes": ["read"], "groups": ["a b"]}"#, 422, "/groups/0"),
    ("/sims/8984011234567890123/ussd", r#"{"code": ""}"#, 422, "/code"),
    ("/sims/8984011234567890123/ussd", r#"{"code": "\""}"#, 422, "/code"),
    ("/sims/8984011234567890123/ussd", r#"{"code": "*101#"}"#, 404, "-"),
    ("/sims/nonsense/ussd", r#"{"code": "*101#"}"#, 404, "-"),
    ("/modems/356938035643809/at", r#"{"command": "+CSQ"}"#, 422, "/command"),
    ("/modems/356938035643809/at", r#"{"command": "AT+CMGS=20"}"#, 422, "/command"),
    ("/modems/356938035643809/at", r#"{"command": "AT"}"#, 404, "-"),
    ("/modems/356938035643809/restart", r#"{"how": "hard"}"#, 422, "/how"),
    ("/modems/356938035643809/restart", r#"{"how": "soft"}"#, 404, "-"),
];

#[tokio::test]
async fn bodies_of_other_resources() {
    let fixture = Fixture::new().await;
    for &(path, json, status, pointer) in OTHER_BODIES {
        let answer = fixture.post(&format!("/api/v1{path}"), json).await;
        check(&format!("{path} {json}"), &answer, status, pointer);
    }
}

const UNKNOWN: &str = "/messages/019356f0-0000-7000-8000-000000000000";

#[tokio::test]
async fn parameters_and_paths() {
    let fixture = Fixture::new().await;
    let [parts, events] = ["?parts=1", "/events"].map(|more| format!("{UNKNOWN}{more}"));
    let cases = [
        ("/messages?limit=0", 422, "?limit"),
        ("/messages?limit=501", 422, "?limit"),
        ("/messages?limit=x", 422, "?limit"),
        ("/messages?limit=1&limit=2", 422, "?limit"),
        ("/messages?cursor=x", 422, "?cursor"),
        ("/messages?state=gone", 422, "?state"),
        ("/messages?direction=", 422, "?direction"),
        ("/messages?since=yesterday", 422, "?since"),
        ("/messages?sim=12", 422, "?sim"),
        ("/messages?q=", 422, "?q"),
        ("/messages?q=%00", 422, "?q"),
        ("/messages?colour=red", 422, "?colour"),
        ("/sims?colour=red", 422, "?colour"),
        ("/sims/8984011234567890123?colour=red", 422, "?colour"),
        (&*parts, 422, "?parts"),
        ("/conversations?limit=-1", 422, "?limit"),
        ("/modems/356938035643809/trace?reveal=maybe", 422, "?reveal"),
        ("/messages/42", 404, "-"),
        (UNKNOWN, 404, "-"),
        (&*events, 404, "-"),
        ("/conversations/+84901234567", 404, "-"),
        ("/sims/8984011234567890123", 404, "-"),
        ("/modems/356938035643809", 404, "-"),
        ("/modems/356938035643809/trace", 404, "-"),
        ("/nothing", 404, "-"),
        ("/messages/", 404, "-"),
    ];
    for (path, status, pointer) in cases {
        let answer = fixture.get(&format!("/api/v1{path}")).await;
        check(path, &answer, status, pointer);
    }
}

#[tokio::test]
async fn a_plus_that_is_not_escaped_in_a_time_is_taken_as_such() {
    let fixture = Fixture::new().await;
    // As a plus that is not escaped arrives.
    for sign in ["+", "%20", "%2B", "-"] {
        let path = format!("/api/v1/messages?since=2026-11-29T09:00:00{sign}07:00");
        let answer = fixture.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    }
    for bad in [
        "2026-11-29T09:00:00%2007",
        "2026-11-29T09:00:00%20",
        "%2007:00",
    ] {
        for name in ["since", "until"] {
            let path = format!("/api/v1/messages?{name}={bad}");
            let pointer = format!("?{name}");
            check(&path, &fixture.get(&path).await, 422, &pointer);
        }
    }
}

#[tokio::test]
async fn headers_and_methods() {
    let fixture = Fixture::new().await;
    let draft = r#"{"to": "12345", "text": "a"}"#;

    let post = || fixture.request(Method::POST, "/api/v1/messages");
    let plain = post().header(header::CONTENT_TYPE, "text/plain");
    for (case, request) in [("text/plain", plain), ("no type", post())] {
        let request = request.body(Body::from(draft)).unwrap();
        check(case, &fixture.send(request).await, 415, "-");
    }

    for bad in ["", "with space", &"x".repeat(256)] {
        let answer = fixture.post_once("/api/v1/messages", draft, Some(bad));
        check(bad, &answer.await, 422, "header:idempotency-key");
    }

    let answer = fixture.ask(Some(&fixture.secret), PUT, "/api/v1/messages", "");
    let answer = answer.await;
    check("PUT", &answer, 405, "-");
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");

    let resume = fixture.request(Method::GET, "/api/v1/events");
    let resume = resume.header("Last-Event-ID", "x");
    let answer = fixture.send_with(resume, "").await;
    check("Last-Event-ID", &answer, 422, "header:last-event-id");
}

#[tokio::test]
async fn keys_that_may_not() {
    let fixture = Fixture::new().await;
    let read_only = fixture.key(|key| key.scopes = vec![Scope::Read]).await;
    let elsewhere = fixture
        .key(|key| {
            key.scopes = Scope::ALL.to_vec();
            key.allowed_from = vec!["10.0.0.0/8".parse().unwrap()];
            // Its rate is for where it may be used: none of it is used up here.
            key.rate_per_second = Some(1);
        })
        .await;
    let cases = [
        (None, 401),
        (Some("Bearer sg_wrong".to_owned()), 401),
        (Some("Bearer".to_owned()), 401),
        (Some("Token x".to_owned()), 401),
        (Some(format!("Bearer {elsewhere}")), 403),
        (Some(format!("Bearer {elsewhere}")), 403),
        (Some(format!("Bearer {read_only}")), 403),
    ];
    for (authorization, status) in cases {
        let mut request = Request::post("/api/v1/messages");
        if let Some(value) = &authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        let answer = fixture.send_json(request, "{").await;
        check(&format!("{authorization:?}"), &answer, status, "-");
        assert_eq!(
            answer.headers.contains_key("www-authenticate"),
            status == 401
        );
    }
}
