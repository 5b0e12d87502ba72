//! Uplinks: what is set is stored and shown, secrets are not, and all that is wrong is named.

use serde_json::{Value, json};

use super::{Answer, DELETE, Fixture, GET, PUT};
use model::{Scope, UplinkName};

const PATH: &str = "/api/v1/uplinks/primary";
pub(super) const CERTIFICATE: &str =
    "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
pub(super) const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMAMCAQc=\n-----END PRIVATE KEY-----\n";

impl Fixture {
    pub(super) async fn put_json(&self, path: &str, json: &Value) -> Answer {
        self.put(path, &json.to_string()).await
    }

    async fn change(&self, changes: Value) -> Answer {
        self.put_json(PATH, &with(changes)).await
    }

    async fn stored(&self) -> model::UplinkConfig {
        let name: UplinkName = "primary".parse().unwrap();
        self.gateway.uplink_config(&name).await.unwrap().unwrap()
    }

    async fn last_audit(&self) -> Value {
        self.get("/api/v1/audit").await.body["items"][0]["what"].clone()
    }
}

fn least() -> Value {
    json!({"host": "smsc.example.net", "system_id": "shop"})
}

fn with(changes: Value) -> Value {
    merged(least(), changes)
}

/// An object with some of its fields changed.
pub(super) fn merged(mut object: Value, changes: Value) -> Value {
    let (Some(fields), Value::Object(changes)) = (object.as_object_mut(), changes) else {
        unreachable!("both are objects");
    };
    fields.extend(changes);
    object
}

#[tokio::test]
async fn an_uplink_from_its_making_to_its_end() {
    let fixture = Fixture::new().await;
    fixture.get(PATH).await.is(404);
    let made = fixture.put_json(PATH, &least()).await.is(201);
    let expected = json!({
        "name": "primary", "host": "smsc.example.net", "port": 2775,
        "tls": {"enabled": false, "ca": null, "server_name": null, "client_cert": null, "client_key_set": false},
        "system_id": "shop", "account": null, "password_set": false, "system_type": "",
        "bind": "transceiver", "receipt_states": {},
        "window": 10, "rate_per_second": null, "enquire_link_seconds": 30,
        "response_timeout_seconds": 30, "source_addr": "", "ton": 0, "npi": 1, "text": "gsm7",
        "ucs2_data_coding": 8, "long": "udh", "enabled": true,
        "bound_since": null, "in_flight": 0, "rests_until": null, "last_error": null, "last_error_code": null,
    });
    let mut shown = made.body;
    // Its session has just been started.
    let state = shown.as_object_mut().unwrap().remove("state").unwrap();
    assert!(state == "connecting" || state == "waiting", "{state}");
    shown["last_error"] = Value::Null;
    shown["last_error_code"] = Value::Null;
    assert_eq!(shown, expected);
    assert_eq!(fixture.last_audit().await, "made uplink primary");

    let full = json!({
        "host": "192.0.2.9", "port": 2776, "system_id": "shop2", "password": "s3cret",
        "system_type": "SMPP", "bind": "pair", "window": 1000, "rate_per_second": 50,
        "enquire_link_seconds": 3600, "response_timeout_seconds": 300, "source_addr": "ACME",
        "ton": 5, "npi": 0, "text": "latin1", "ucs2_data_coding": 24, "long": "payload",
        "enabled": false,
    });
    let replaced = fixture.put_json(PATH, &full).await.is(200);
    for (name, value) in full.as_object().unwrap() {
        if name != "password" {
            assert_eq!(replaced.body[name], *value, "{name}");
        }
    }
    assert_eq!(replaced.body["state"], "disabled");
    assert_eq!(fixture.get(PATH).await.body, replaced.body);
    let list = fixture.get("/api/v1/uplinks").await.body;
    assert_eq!(list, json!({"items": [replaced.body], "next_cursor": null}));

    fixture.delete(PATH).await.is(200);
    assert_eq!(fixture.last_audit().await, "deleted uplink primary");
    fixture.delete(PATH).await.is(404);
    fixture.get(PATH).await.is(404);
}

#[tokio::test]
async fn secrets_are_kept_and_never_told() {
    let fixture = Fixture::new().await;
    let tls =
        json!({"enabled": true, "ca": CERTIFICATE, "client_cert": CERTIFICATE, "client_key": KEY});
    let made = fixture.change(json!({"password": "s3cret", "tls": tls}));
    let made = made.await.is(201);
    assert_eq!(made.body["port"], 3550);

    let tls = json!({"client_cert": CERTIFICATE});
    let again = fixture.change(json!({"window": 7, "tls": tls})).await;
    assert_eq!(again.body["password_set"], true, "{}", again.text);
    assert_eq!(again.body["tls"]["client_key_set"], true);
    let stored = fixture.stored().await;
    assert_eq!(stored.password, "s3cret");
    assert_eq!(stored.tls.client_key.as_deref(), Some(KEY));
    let told = fixture.last_audit().await;
    assert_eq!(told, "changed uplink primary: port, tls, window");

    let number = fixture
        .change(json!({"password": 734_734, "tls": {"client_key": 1}}))
        .await
        .is(422);
    assert!(!number.text.contains("734734"), "{}", number.text);
    let changed = fixture.change(json!({"password": "0ther"})).await;
    let told = fixture.last_audit().await;
    assert_eq!(told, "changed uplink primary: password, tls, window");
    let stored = fixture.stored().await;
    assert_eq!(
        (stored.password.as_str(), stored.tls.client_key),
        ("0ther", None)
    );

    let answers = [
        made,
        again,
        changed,
        fixture.get(PATH).await,
        fixture.get("/api/v1/uplinks").await,
        fixture.get("/api/v1/audit").await,
        fixture.get("/api/v1/support").await,
    ];
    for answer in answers {
        for secret in ["s3cret", "0ther", "PRIVATE KEY", "MAMCAQc="] {
            assert!(!answer.text.contains(secret), "{secret}: {}", answer.text);
        }
    }
    let emptied = fixture.change(json!({"password": ""})).await;
    assert_eq!(emptied.body["password_set"], false);
}

#[tokio::test]
async fn the_kind_of_the_source_address_follows_from_it() {
    let fixture = Fixture::new().await;
    for (address, ton, npi) in [
        ("", 0, 1),
        ("8080", 0, 1),
        ("+84901234567", 1, 1),
        ("ACME", 5, 0),
    ] {
        let answer = fixture.change(json!({"source_addr": address})).await;
        let found = (&answer.body["ton"], &answer.body["npi"]);
        assert_eq!(found, (&json!(ton), &json!(npi)), "{address:?}");
    }
}

/// Changes to what is right, and the fields that are then wrong.
#[rustfmt::skip] // A row a case.
fn bad() -> Vec<(Value, Vec<&'static str>)> {
    let encrypted = KEY.replace("PRIVATE", "ENCRYPTED PRIVATE");
    vec![
        (json!({"colour": 1}), vec!["/colour"]),
        (json!({"state": "bound"}), vec!["/state"]),
        (json!({"tls": {"colour": 1}}), vec!["/tls/colour"]),
        (json!({"host": ""}), vec!["/host"]),
        (json!({"host": "a b"}), vec!["/host"]),
        (json!({"host": "smpp://a"}), vec!["/host"]),
        (json!({"host": "a:2775"}), vec!["/host"]),
        (json!({"host": "a.".repeat(128)}), vec!["/host"]),
        (json!({"port": 0}), vec!["/port"]),
        (json!({"port": 65536}), vec!["/port"]),
        (json!({"port": "2775"}), vec!["/port"]),
        (json!({"system_id": ""}), vec!["/system_id"]),
        (json!({"system_id": "1".repeat(65)}), vec!["/system_id"]),
        (json!({"system_id": "a\u{0}"}), vec!["/system_id"]),
        (json!({"password": "1".repeat(65)}), vec!["/password"]),
        (json!({"password": "é"}), vec!["/password"]),
        (json!({"password": ["a"]}), vec!["/password"]),
        (json!({"system_type": "1".repeat(65)}), vec!["/system_type"]),
        (json!({"account": ""}), vec!["/account"]),
        (json!({"account": "a/b"}), vec!["/account"]),
        (json!({"receipt_states": {"": "delivered"}}), vec!["/receipt_states"]),
        (json!({"receipt_states": {"a b": "delivered"}}), vec!["/receipt_states"]),
        (json!({"bind": "receiver"}), vec!["/bind"]),
        (json!({"window": 0}), vec!["/window"]),
        (json!({"window": 1001}), vec!["/window"]),
        (json!({"rate_per_second": 0}), vec!["/rate_per_second"]),
        (json!({"rate_per_second": -1}), vec!["/rate_per_second"]),
        (json!({"enquire_link_seconds": 3601}), vec!["/enquire_link_seconds"]),
        (json!({"response_timeout_seconds": 301}), vec!["/response_timeout_seconds"]),
        (json!({"source_addr": "123456789012345678901"}), vec!["/source_addr"]),
        (json!({"source_addr": "TwelveLetter"}), vec!["/source_addr"]),
        (json!({"source_addr": "Café"}), vec!["/source_addr"]),
        (json!({"ton": 7}), vec!["/ton"]),
        (json!({"npi": 19}), vec!["/npi"]),
        (json!({"text": "utf8"}), vec!["/text"]),
        (json!({"ucs2_data_coding": 256}), vec!["/ucs2_data_coding"]),
        (json!({"long": "split"}), vec!["/long"]),
        (json!({"enabled": "yes"}), vec!["/enabled"]),
        (json!({"tls": {"ca": "/etc/ca.pem"}}), vec!["/tls/ca"]),
        (json!({"tls": {"server_name": "a b"}}), vec!["/tls/server_name"]),
        (json!({"tls": {"client_cert": CERTIFICATE}}), vec!["/tls/client_key"]),
        (json!({"tls": {"client_key": KEY}}), vec!["/tls/client_cert"]),
        (json!({"tls": {"client_cert": CERTIFICATE, "client_key": encrypted}}), vec!["/tls/client_key"]),
        (json!({"tls": {"client_key": {"a": 1}}}), vec!["/tls/client_key"]),
        (json!({"host": "", "system_id": "", "window": 0, "ton": 9, "tls": {"ca": ""}}), vec!["/host", "/system_id", "/tls/ca", "/window", "/ton"]),
    ]
}

#[tokio::test]
async fn all_that_is_wrong_is_named_at_once() {
    let fixture = Fixture::new().await;
    for (changes, pointers) in bad() {
        let answer = fixture.change(changes.clone()).await;
        assert_eq!(answer.status, 422, "{changes}: {}", answer.text);
        assert_eq!(answer.pointers(), pointers, "{changes}: {}", answer.text);
    }
    for (json, status, pointer) in [
        (r#"{"system_id": "a"}"#, 422, "/host"),
        (r#"{"host": "a"}"#, 422, "/system_id"),
        ("[]", 422, ""),
        ("{", 400, "-"),
    ] {
        let answer = fixture.put(PATH, json).await;
        assert_eq!(answer.status, status, "{json}");
        let found = answer.body["errors"][0]["pointer"].as_str().unwrap_or("-");
        assert_eq!(found, pointer, "{json}");
    }
    for name in ["a%20b", "..", &"a".repeat(65)] {
        let path = format!("/api/v1/uplinks/{name}");
        let answer = fixture.put_json(&path, &least()).await;
        assert_eq!(answer.status, 422, "{name}: {}", answer.text);
    }
    fixture.get("/api/v1/uplinks?colour=red").await.is(422);
    let none = json!([]);
    assert_eq!(fixture.get("/api/v1/uplinks").await.body["items"], none);
}

#[tokio::test]
async fn operators_see_uplinks_and_routes_and_admins_change_them() {
    let fixture = Fixture::new().await;
    let scopes = vec![Scope::Read, Scope::Operate];
    let secret = Some(fixture.key(|key| key.scopes = scopes).await);
    for (method, path, body, status) in [
        (GET, "/api/v1/uplinks", "", 200),
        (GET, PATH, "", 404),
        (PUT, PATH, "{}", 403),
        (DELETE, PATH, "", 403),
        (GET, "/api/v1/routes", "", 200),
        (PUT, "/api/v1/routes", "{}", 403),
    ] {
        let answer = fixture.ask(secret.as_deref(), method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
    }
}

#[tokio::test]
async fn an_account_and_the_words_of_receipts_are_kept() {
    let fixture = Fixture::new().await;
    let body = with(json!({
        "account": "acme", "receipt_states": {"0": "delivered", "NOK": "rejected"},
    }));
    fixture.put_json(PATH, &body).await.is(201);
    let shown = fixture.get(PATH).await.body;
    assert_eq!(shown["account"], "acme");
    let words = json!({"0": "delivered", "nok": "rejected"});
    assert_eq!(shown["receipt_states"], words);
    let stored = fixture.stored().await;
    assert_eq!(stored.account_key(), "acme");
    // A PUT replaces all.
    fixture.put_json(PATH, &least()).await;
    let stored = fixture.stored().await;
    assert_eq!(stored.account_key(), "smsc.example.net/shop");
}
