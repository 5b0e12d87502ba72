//! Changes run to their end, one at a time, and are audited with what they change.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, header};
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tower::ServiceExt as _;

use super::Fixture;
use model::{Role, SimHealth};

const SIM: &str = "/api/v1/sims/8984011234567890123";

/// Every change of what is stored: how it is asked for, and what tells that it was done.
const CHANGES: &[(&str, &str, &str, &str)] = &[
    ("PATCH", SIM, r#"{"label": "hung up"}"#, "changed sim"),
    ("POST", "/reset-health", "", "reset the health"),
    (
        "POST",
        "/api/v1/keys",
        r#"{"name": "new", "scopes": ["send"]}"#,
        "made key new",
    ),
    ("DELETE", "/api/v1/keys/old", "", "revoked key old"),
    (
        "PATCH",
        "/api/v1/system",
        r#"{"country": "de"}"#,
        "set the country DE",
    ),
    (
        "PUT",
        "/api/v1/routes",
        r#"{"items": [{"name": "all", "targets": [{"sims": {}}]}]}"#,
        "set routes: all",
    ),
    (
        "PUT",
        "/api/v1/uplinks/up",
        r#"{"host": "h", "system_id": "x", "enabled": false}"#,
        "made uplink up",
    ),
    ("DELETE", "/api/v1/messages/{id}", "", "cancelled message"),
    (
        "POST",
        "/api/v1/messages/cancel",
        r#"{"reference": "spring"}"#,
        "cancelled messages with reference spring",
    ),
    (
        "POST",
        "/api/v1/messages/pause",
        r#"{"reference": "spring"}"#,
        "paused messages with reference spring",
    ),
    (
        "POST",
        "/api/v1/messages/resume",
        r#"{"reference": "autumn"}"#,
        "resumed messages with reference autumn",
    ),
    (
        "POST",
        "/api/v1/keys/old/rotate",
        r#"{"overlap_seconds": 60}"#,
        "rotated key old",
    ),
    (
        "PUT",
        "/api/v1/webhooks/crm",
        r#"{"url": "http://192.0.2.1/hook"}"#,
        "made webhook crm",
    ),
    (
        "DELETE",
        "/api/v1/webhooks/hook",
        "",
        "deleted webhook hook",
    ),
    (
        "DELETE",
        "/api/v1/uplinks/other",
        "",
        "deleted uplink other",
    ),
    (
        "POST",
        "/api/v1/users",
        r#"{"name": "bert", "role": "viewer", "password": "correct horse"}"#,
        "made user bert",
    ),
    (
        "PATCH",
        "/api/v1/users/anna",
        r#"{"role": "viewer"}"#,
        "changed user anna: role viewer",
    ),
    ("DELETE", "/api/v1/users/anna", "", "removed user anna"),
    (
        "POST",
        "/api/v1/config/import",
        r#"{"configuration": {"format": 1, "users": [{"name": "carl", "role": "viewer"}]}}"#,
        "imported users/carl, which is new",
    ),
    (
        "PATCH",
        "/api/v1/conversations/+84901234567",
        r#"{"version": "0-0", "assigned": "anna"}"#,
        "changed conversation ",
    ),
    (
        "DELETE",
        "/api/v1/conversations/+84900000009",
        "",
        "erased conversation ",
    ),
    (
        "PUT",
        "/api/v1/suppressions/+84901234567",
        "{}",
        "suppressed …567",
    ),
    (
        "DELETE",
        "/api/v1/suppressions/+84900000009",
        "",
        "lifted the suppression of …009",
    ),
    (
        "PUT",
        "/api/v1/templates/welcome",
        r#"{"text": "Hi {{ name }}"}"#,
        "made template welcome",
    ),
    (
        "DELETE",
        "/api/v1/templates/old",
        "",
        "deleted template old",
    ),
];

/// What changes nothing that is kept, is the message's own history, or is tested where its own state is made.
const NO_CHANGES: &[(&str, &str)] = &[
    ("post", "/api/v1/messages"),
    ("post", "/api/v1/messages/batch"),
    ("post", "/api/v1/messages/preview"),
    ("post", "/api/v1/messages/{id}/resolve"),
    ("post", "/api/v1/templates/{name}/preview"),
    ("post", "/api/v1/routes/explain"),
    ("post", "/api/v1/backup"),
    ("post", "/api/v1/config/export"),
    ("post", "/api/v1/sims/{iccid}/ussd"),
    ("post", "/api/v1/modems/{imei}/restart"),
    ("post", "/api/v1/bank/slots/{slot}"),
    ("post", "/api/v1/modems/{imei}/unlock"),
    ("post", "/api/v1/modems/{imei}/test"),
    ("post", "/api/v1/modems/{imei}/at"),
    ("post", "/api/v1/webhooks/{name}/test"),
    ("post", "/api/v1/webhooks/{name}/deliveries/resend"),
    ("post", "/api/v1/webhooks/{name}/deliveries/{id}/resend"),
    ("post", "/api/v1/webhooks/{name}/deliveries/dismiss"),
    ("delete", "/api/v1/webhooks/{name}/deliveries/{id}"),
    ("post", "/api/v1/suppressions/import"),
    ("post", "/api/v1/session"),
    ("delete", "/api/v1/session"),
    ("delete", "/api/v1/sessions/{id}"),
    ("post", "/api/v1/session/password"),
    ("post", "/api/v1/session/totp"),
    ("put", "/api/v1/session/totp"),
    ("post", "/api/v1/session/totp/off"),
    ("post", "/api/v1/setup"),
    ("post", "/api/v1/conversations/{number}/read"),
    ("post", "/api/v1/conversations/{number}/notes"),
    ("delete", "/api/v1/conversations/{number}/notes/{id}"),
];

#[tokio::test]
async fn each_change_of_the_document_is_in_the_list() {
    let fixture = Fixture::new().await;
    let document = fixture.get("/api/v1/openapi.json").await.body;
    let fits = |template: &str, path: &str| {
        let [template, path]: [Vec<_>; 2] = [template, path].map(|path| path.split('/').collect());
        let same = |(wanted, given): (&&str, &&str)| wanted.starts_with('{') || wanted == given;
        template.len() == path.len() && template.iter().zip(&path).all(same)
    };
    let mut missing = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let (method, path) = (method.as_str(), path.as_str());
            let listed = CHANGES.iter().any(|(verb, concrete, ..)| {
                let concrete = concrete.replace("/reset-health", &format!("{SIM}/reset-health"));
                verb.eq_ignore_ascii_case(method) && fits(path, &concrete)
            });
            let reads = ["get", "head", "parameters"].contains(&method);
            if !reads && !listed && !NO_CHANGES.contains(&(method, path)) {
                missing.push(format!("{method} {path}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

/// What the changes are made to.
async fn prepare(fixture: &Fixture) {
    fixture.see_sim().await;
    let failed = SimHealth {
        failures: 3,
        ..SimHealth::default()
    };
    let iccid = SIM.rsplit('/').next().unwrap().parse().unwrap();
    let set = fixture.admin().set_sim_health(&iccid, failed, None);
    set.await.unwrap();
    let old = r#"{"name": "old", "scopes": ["read"]}"#;
    fixture.post("/api/v1/keys", old).await.is(201);
    let hook = r#"{"url": "http://192.0.2.1/hook"}"#;
    fixture.put("/api/v1/webhooks/hook", hook).await.is(201);
    let other = r#"{"host": "h", "system_id": "x", "enabled": false}"#;
    fixture.put("/api/v1/uplinks/other", other).await.is(201);
    let suppressed = fixture.put("/api/v1/suppressions/+84900000009", "{}");
    suppressed.await.is(201);
    let template = fixture.put("/api/v1/templates/old", r#"{"text": "Hello"}"#);
    template.await.is(201);
    fixture.user("anna", Role::Operator).await;
    fixture.comes_in("+84900000009", "hello").await;
    let held = r#"{"to": "+84901234567", "text": "x", "reference": "autumn"}"#;
    fixture.post("/api/v1/messages", held).await.is(202);
    let autumn = r#"{"reference": "autumn"}"#;
    let paused = fixture.post("/api/v1/messages/pause", autumn);
    paused.await.is(200);
}

#[tokio::test]
async fn a_change_goes_on_to_its_audit_when_the_client_hangs_up() {
    for (method, path, json, told) in CHANGES {
        // Where the file says a country, nobody sets one.
        let fixture = Fixture::with(|settings| settings.defaults.country = None).await;
        prepare(&fixture).await;
        let message = fixture.post(
            "/api/v1/messages",
            r#"{"to": "+84901234567", "text": "x", "reference": "spring"}"#,
        );
        let id = message.await.body["id"].as_str().unwrap().to_owned();
        let path = match *path {
            "/reset-health" => format!("{SIM}/reset-health"),
            path => path.replace("{id}", &id),
        };
        let method: Method = method.parse().unwrap();
        let mut request = fixture.request(method.clone(), &path);
        if !json.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(Body::from((*json).to_owned())).unwrap();
        // Polled once, which begins it, and dropped, as axum does when the connection is gone.
        let hung_up = fixture.router.clone().oneshot(request).now_or_never();
        assert!(hung_up.is_none(), "{method} {path} waits for the store");
        fixture.gateway.changes().done().await;
        let audit = fixture.get("/api/v1/audit").await;
        let mut rows = audit.body["items"].as_array().unwrap().iter();
        let row = rows.find(|row| row["what"].as_str().unwrap().contains(told));
        let row = row.unwrap_or_else(|| panic!("{method} {path}: {}", audit.text));
        assert!(row["actor"].as_str().unwrap().starts_with("key "), "{row}");
        assert_eq!(row["from"], "192.0.2.7", "{row}");
        let shown = [&row["before"], &row["after"]];
        assert!(shown.iter().any(|value| value.is_object()), "{row}");
    }
}

#[tokio::test]
async fn a_message_is_accepted_when_the_client_hangs_up() {
    let fixture = Fixture::new().await;
    let request = fixture
        .request(Method::POST, "/api/v1/messages")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(r#"{"to": "+84901234567", "text": "x"}"#))
        .unwrap();
    let mut told = fixture.gateway.bus().subscribe(None);
    let hung_up = fixture.router.clone().oneshot(request).now_or_never();
    assert!(hung_up.is_none());
    fixture.gateway.changes().done().await;
    // Those at work are told too. The depth of the queue may be told before.
    loop {
        match told.recv().await.unwrap().kind {
            "message.queued" => return,
            kind => assert_eq!(kind, "queue.depth"),
        }
    }
}

#[tokio::test]
async fn patches_of_one_sim_lose_none_of_their_fields() {
    let fixture = Arc::new(Fixture::new().await);
    fixture.see_sim().await;
    for round in 0..20 {
        let patches = [
            format!(r#"{{"label": "l{round}"}}"#),
            format!(r#"{{"min_gap_ms": {round}}}"#),
            format!(r#"{{"quota": {{"per_day": {round}}}}}"#),
            format!(r#"{{"quota": {{"per_hour": {round}}}}}"#),
        ];
        let answers = join_all(patches.iter().map(|json| fixture.patch_sim(json))).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
        let sim = fixture.get(SIM).await.body;
        assert_eq!(sim["label"], format!("l{round}"));
        let numbers = [
            &sim["min_gap_ms"],
            &sim["quota"]["per_day"],
            &sim["quota"]["per_hour"],
        ];
        assert!(numbers.iter().all(|number| **number == round), "{sim}");
    }
}

#[tokio::test]
async fn one_change_of_a_thing_waits_for_the_other() {
    let fixture = Fixture::new().await;
    fixture.see_sim().await;
    let iccid = "8984011234567890123".parse().unwrap();
    let alone = fixture.gateway.test_alone(&iccid).await;
    let patch = fixture.patch_sim(r#"{"label": "later"}"#);
    tokio::pin!(patch);
    let waits = tokio::time::timeout(Duration::from_millis(50), &mut patch).await;
    assert!(waits.is_err());
    drop(alone);
    patch.await.is(200);
}

#[tokio::test]
async fn a_request_for_a_key_that_comes_many_times_at_once_makes_one() {
    let fixture = Fixture::new().await;
    let json = r#"{"name": "crm", "scopes": ["read"]}"#;
    let requests = (0..20).map(|_| fixture.post_once("/api/v1/keys", json, Some("once")));
    let answers = join_all(requests).await;
    let first = &answers[0].body["key"];
    assert!(first.is_string());
    for answer in &answers {
        assert_eq!((answer.status.as_u16(), &answer.body["key"]), (201, first));
    }
}

#[tokio::test]
async fn a_sim_is_set_up_before_it_is_seen() {
    let fixture = Fixture::new().await;
    fixture.patch_sim("{}").await.is(404);
    let json = r#"{"pin": "1234", "label": "ahead", "groups": ["a"], "quota": {"per_day": 5}}"#;
    let ahead = fixture.patch_sim(json).await.is(200);
    assert_eq!(ahead.body["state"], "absent");
    assert!(ahead.body["last_seen"].is_null());
    fixture.see_sim().await;
    let seen = fixture.get(SIM).await.body;
    assert_eq!(
        (&seen["label"], &seen["groups"][0]),
        (&"ahead".into(), &"a".into())
    );
    assert_eq!(
        (&seen["quota"]["per_day"], &seen["number"]),
        (&5.into(), &"+84911111111".into())
    );
    assert!(seen["last_seen"].is_string());
    let sims = fixture.gateway.test_store().admin().sims().await.unwrap();
    assert_eq!(sims[0].config.pin.as_deref(), Some("1234"));
}
