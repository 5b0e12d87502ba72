//! The configuration as one document.

mod secrets;

use serde_json::{Value, json};

use super::Fixture;

const SIM: &str = "8984011234567890123";
const PASSPHRASE: &str = "correct horse battery";
/// What no document may show.
const SECRETS: [&str; 3] = ["4321", "smsc-secret", "whsec_"];

/// A gateway where much is set.
async fn set() -> Fixture {
    let fixture = Fixture::new().await;
    fixture.see_sim().await;
    let sim = r#"{"pin": "4321", "label": "front", "number": "+84901234567", "groups": ["a"], "quota": {"per_day": 100}, "cost": 0.5,
        "opt_out": {"languages": ["en"], "except": ["cancel"]}}"#;
    assert_eq!(fixture.patch_sim(sim).await.status, 200);
    for (path, json) in [
        (
            "/uplinks/primary",
            r#"{"host": "smsc.example.net", "system_id": "shop", "password": "smsc-secret", "enabled": false}"#,
        ),
        (
            "/webhooks/crm",
            r#"{"url": "https://example.com/hook", "events": ["message.*"]}"#,
        ),
        (
            "/templates/welcome",
            r#"{"text": "Dear {{ name }}", "description": "For newcomers"}"#,
        ),
    ] {
        assert_eq!(
            fixture.put(&format!("/api/v1{path}"), json).await.status,
            201
        );
    }
    let routes = r#"{"items": [{"name": "all", "targets": [{"sims": {"group": "a"}}, {"uplink": "primary"}]}]}"#;
    assert_eq!(fixture.put("/api/v1/routes", routes).await.status, 200);
    let key = r#"{"name": "crm", "scopes": ["send"], "groups": ["a"], "rate_per_second": 5,
        "may_pass_opt_out": true}"#;
    assert_eq!(fixture.post("/api/v1/keys", key).await.status, 201);
    let user = r#"{"name": "anna", "role": "operator", "password": "correct horse"}"#;
    assert_eq!(fixture.post("/api/v1/users", user).await.status, 201);
    fixture
}

async fn export(fixture: &Fixture, passphrase: Option<&str>) -> Value {
    let wish = json!({ "passphrase": passphrase }).to_string();
    let answer = fixture.post("/api/v1/config/export", &wish).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    for secret in SECRETS {
        assert!(!answer.text.contains(secret), "{secret}: {}", answer.text);
    }
    answer.body
}

async fn import(fixture: &Fixture, wish: &Value) -> super::Answer {
    fixture
        .post("/api/v1/config/import", &wish.to_string())
        .await
}

#[tokio::test]
async fn an_import_whose_answer_was_lost_is_told_again_with_the_secrets_that_it_made() {
    let fixture = Fixture::new().await;
    let key = |name: &str| json!({"configuration": {"format": 1, "keys": [{"name": name, "scopes": ["read"]}]}});
    let ask = async |wish: &Value| {
        let path = "/api/v1/config/import";
        fixture
            .post_once(path, &wish.to_string(), Some("move-1"))
            .await
    };
    let first = ask(&key("crm")).await.is(200);
    let secret = first.body["changes"][0]["secret"].as_str().unwrap();
    assert!(!secret.is_empty());
    let again = ask(&key("crm")).await.is(200);
    assert_eq!(again.body, first.body);
    ask(&key("other")).await.is(409);
    // Without the header it is another request.
    let later = import(&fixture, &key("crm")).await.is(200);
    assert_eq!(later.body["unchanged"], 1);
}

fn entries(imported: &Value) -> Vec<&str> {
    let changes = imported["changes"].as_array().unwrap();
    changes
        .iter()
        .map(|change| change["entry"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn what_is_exported_is_there_after_an_import_elsewhere_secrets_and_all() {
    let one = set().await;
    let document = export(&one, Some(PASSPHRASE)).await;
    let other = Fixture::new().await;
    let wish = |dry_run: bool| json!({"configuration": document, "passphrase": PASSPHRASE, "dry_run": dry_run});

    let dry = import(&other, &wish(true)).await;
    assert_eq!(dry.status, 200, "{}", dry.text);
    let mut changed = entries(&dry.body);
    changed.retain(|entry| !entry.starts_with("keys/sg_"));
    let sim = format!("sims/{SIM}");
    let expected = [
        sim.as_str(),
        "uplinks/primary",
        "routes",
        "webhooks/crm",
        "templates/welcome",
        "keys/crm",
        "users/anna",
    ];
    assert_eq!(changed, expected);
    assert_eq!(other.get("/api/v1/uplinks").await.body["items"], json!([]));
    assert!(!dry.text.contains("\"secret\""), "{}", dry.text);

    let done = import(&other, &wish(false)).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(entries(&done.body), entries(&dry.body));
    assert!(!done.text.contains("\"secret\""), "{}", done.text);
    let users: Vec<_> = done.body["secrets_missing"].as_array().unwrap().clone();
    assert_eq!(users, [json!("/users/0/password")]);

    let sims = other.gateway.test_store().admin().sims().await.unwrap();
    assert_eq!(
        (sims[0].config.pin.as_deref(), sims[0].config.cost),
        (Some("4321"), Some(0.5))
    );
    let words = sims[0].config.opt_out.clone().unwrap();
    assert_eq!(
        (words.languages.unwrap(), words.except),
        (vec!["en".to_owned()], vec!["cancel".to_owned()])
    );
    let uplinks = other.gateway.test_store().admin().uplinks().await.unwrap();
    assert_eq!(uplinks[0].1.password, "smsc-secret");
    let hooks = [&one, &other].map(|fixture| fixture.gateway.test_store().webhooks().clone());
    let mut secrets = Vec::new();
    for hooks in hooks {
        secrets.push(hooks.all().await.unwrap()[1].1.secret.clone().unwrap());
    }
    assert_eq!(secrets[0], secrets[1]);
    // The key of the one works at the other.
    let mut there = other;
    there.secret.clone_from(&one.secret);
    let routes = there.get("/api/v1/routes").await;
    assert_eq!(routes.status, 200, "{}", routes.text);
    assert_eq!(routes.body["items"][0]["targets"][1]["uplink"], "primary");
    let keys = there.gateway.test_store().admin().keys().await.unwrap();
    let crm = keys.iter().find(|key| key.name == "crm").unwrap();
    assert!(crm.may_pass_opt_out && crm.groups == ["a"]);

    let again = import(&there, &wish(false)).await;
    assert_eq!(entries(&again.body), Vec::<&str>::new(), "{}", again.text);
    let audit = there.get("/api/v1/audit").await.text;
    assert!(
        audit.contains("imported uplinks/primary, which is new"),
        "{audit}"
    );
    assert!(SECRETS.iter().all(|secret| !audit.contains(secret)));
}

#[tokio::test]
async fn without_a_passphrase_what_is_set_stays_and_what_is_missing_is_told() {
    let one = set().await;
    let document = export(&one, None).await;
    let left_out = document["secrets_left_out"].to_string();
    let pin = format!("/sims/{SIM}/pin");
    for pointer in [
        "/keys/crm",
        pin.as_str(),
        "/uplinks/primary/password",
        "/webhooks/crm/secret",
    ] {
        assert!(left_out.contains(&format!("{pointer:?}")), "{left_out}");
    }
    let other = Fixture::new().await;
    let done = import(&other, &json!({ "configuration": document })).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let missing = done.body["secrets_missing"].to_string();
    for pointer in ["/pin", "/uplinks/primary/password", "/users/0/password"] {
        assert!(missing.contains(pointer), "{missing}");
    }
    // What had to have a new secret is told it.
    let told = |entry: &str| {
        let changes = done.body["changes"].as_array().unwrap();
        let change = changes
            .iter()
            .find(|change| change["entry"] == entry)
            .unwrap();
        change["secret"].as_str().unwrap().to_owned()
    };
    assert!(told("webhooks/crm").starts_with("whsec_"));
    let mut crm = other;
    crm.secret = told("keys/crm");
    assert_eq!(crm.get("/api/v1/messages").await.status, 200);

    // Where the secrets are, they stay.
    let mut changed = document.clone();
    changed["uplinks"]["primary"]["window"] = json!(20);
    let done = import(&one, &json!({ "configuration": changed })).await;
    assert_eq!(
        done.body["changes"],
        json!([{"entry": "uplinks/primary", "is_new": false, "fields": ["window"]}])
    );
    let uplinks = one.gateway.test_store().admin().uplinks().await.unwrap();
    assert_eq!(
        (uplinks[0].1.password.as_str(), uplinks[0].1.window),
        ("smsc-secret", 20)
    );
}

#[tokio::test]
async fn a_key_that_is_written_by_hand_gets_what_any_new_key_gets() {
    let fixture = Fixture::new().await;
    let wish =
        json!({"configuration": {"format": 1, "keys": [{"name": "shop", "scopes": ["send"]}]}});
    let done = import(&fixture, &wish).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let again = import(&fixture, &wish).await;
    assert_eq!(entries(&again.body), Vec::<&str>::new(), "{}", again.text);
    let mut shop = fixture;
    let secret = done.body["changes"][0]["secret"].as_str().unwrap();
    shop.secret = secret.to_owned();
    // `send` brings `read:own`.
    assert_eq!(shop.get("/api/v1/messages").await.status, 200);
}

#[tokio::test]
async fn an_import_with_a_fault_changes_nothing_and_names_entry_and_field() {
    let fixture = set().await;
    let document = export(&fixture, None).await;
    let other_sim = json!({"number": "+84 90 123 4567", "groups": ["b"]});
    let cases: [(&str, Value, &str); 11] = [
        (
            "/uplinks/primary/window",
            json!(0),
            "/configuration/uplinks/primary/window",
        ),
        (
            "/uplinks/primary/colour",
            json!("red"),
            "/configuration/uplinks/primary/colour",
        ),
        (
            "/webhooks/crm/url",
            json!("ftp://x"),
            "/configuration/webhooks/crm/url",
        ),
        (
            "/routes/0/targets/1/uplink",
            json!("none"),
            "/configuration/routes/0/targets/1/uplink",
        ),
        ("/keys/0/scopes", json!([]), "/configuration/keys/0/scopes"),
        (
            "/users/0/role",
            json!("king"),
            "/configuration/users/0/role",
        ),
        (
            "/sims/8984011234567890123/quota/per_day",
            json!("x"),
            "/configuration/sims/8984011234567890123/quota/per_day",
        ),
        ("/format", json!(2), "/configuration/format"),
        ("/sims/12", json!({}), "/configuration/sims/12"),
        (
            "/sims/8984011234567890124",
            other_sim,
            "/configuration/sims/8984011234567890124/number",
        ),
        (
            "/keys/0",
            json!({"name": "new", "scopes": ["send"], "groups": ["a", "nobody"]}),
            "/configuration/keys/0/groups/1",
        ),
    ];
    for (at, value, pointer) in cases {
        let mut wrong = document.clone();
        // It would be changed, were it not for the fault.
        wrong["sims"][SIM]["label"] = json!("changed");
        let (parent, name) = at.rsplit_once('/').unwrap();
        match wrong.pointer_mut(parent).unwrap() {
            Value::Object(fields) => drop(fields.insert(name.to_owned(), value)),
            other => other[name.parse::<usize>().unwrap()] = value,
        }
        let refused = import(&fixture, &json!({ "configuration": wrong })).await;
        assert_eq!(refused.status, 422, "{at}: {}", refused.text);
        assert_eq!(
            refused.body["errors"][0]["pointer"], pointer,
            "{}",
            refused.text
        );
    }
    // This comes to light in the commit alone.
    let boss = r#"{"name": "boss", "role": "admin", "password": "correct horse"}"#;
    assert_eq!(fixture.post("/api/v1/users", boss).await.status, 201);
    let mut wrong = document.clone();
    wrong["sims"][SIM]["label"] = json!("changed");
    wrong["users"] = json!([{"name": "boss", "role": "viewer"}]);
    let refused = import(&fixture, &json!({ "configuration": wrong })).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(
        refused.text.contains("User boss: it is the last admin"),
        "{}",
        refused.text
    );
    assert_eq!(export(&fixture, None).await["sims"], document["sims"]);

    let sealed = export(&fixture, Some(PASSPHRASE)).await;
    let wrong = import(
        &fixture,
        &json!({"configuration": sealed, "passphrase": "another passphrase"}),
    )
    .await;
    assert_eq!(
        (wrong.status.as_u16(), &wrong.body["errors"][0]["pointer"]),
        (422, &json!("/passphrase"))
    );
    let short = fixture
        .post("/api/v1/config/export", r#"{"passphrase": "short"}"#)
        .await;
    assert_eq!(short.status, 422, "{}", short.text);
}

async fn template(fixture: &Fixture, name: &str) -> Value {
    let path = format!("/api/v1/templates/{name}");
    let kept = fixture.get(&path).await;
    assert_eq!(kept.status, 200, "{}", kept.text);
    json!([
        kept.body["version"],
        kept.body["text"],
        kept.body["description"]
    ])
}

#[tokio::test]
async fn templates_come_along_as_they_are_now_and_one_that_differs_is_the_next_version_here() {
    let one = set().await;
    let put = async |fixture: &Fixture, name: &str, json: &str| {
        fixture
            .put(&format!("/api/v1/templates/{name}"), json)
            .await
    };
    let changed = r#"{"text": "Hello {{ name }}", "description": "For newcomers"}"#;
    assert_eq!(put(&one, "welcome", changed).await.status, 200);
    assert_eq!(put(&one, "plain", r#"{"text": "x"}"#).await.status, 201);
    assert_eq!(put(&one, "gone", r#"{"text": "y"}"#).await.status, 201);
    assert_eq!(one.delete("/api/v1/templates/gone").await.status, 204);
    let document = export(&one, None).await;
    let expected = json!({
        "plain": {"text": "x", "description": null},
        "welcome": {"text": "Hello {{ name }}", "description": "For newcomers"},
    });
    assert_eq!(document["templates"], expected);

    let other = Fixture::new().await;
    for name in ["plain", "other"] {
        assert_eq!(put(&other, name, r#"{"text": "z"}"#).await.status, 201);
    }
    let wish = |dry_run: bool| {
        let templates = json!({"format": 1, "templates": document["templates"]});
        json!({"configuration": templates, "dry_run": dry_run})
    };
    let changes = json!([
        {"entry": "templates/plain", "is_new": false, "fields": ["text"]},
        {"entry": "templates/welcome", "is_new": true, "fields": []},
    ]);
    let dry = import(&other, &wish(true)).await;
    assert_eq!(dry.body["changes"], changes, "{}", dry.text);
    assert_eq!(template(&other, "plain").await, json!([1, "z", null]));
    let done = import(&other, &wish(false)).await;
    assert_eq!(done.body["changes"], changes, "{}", done.text);
    assert_eq!(template(&other, "plain").await, json!([2, "x", null]));
    assert_eq!(template(&other, "other").await, json!([1, "z", null]));
    let welcome = json!([1, "Hello {{ name }}", "For newcomers"]);
    assert_eq!(template(&other, "welcome").await, welcome);
    // The next message is made of it.
    let draft = r#"{"to": "+84901234567", "template": "welcome", "variables": {"name": "An"}}"#;
    let sent = other.post("/api/v1/messages", draft).await;
    assert_eq!(sent.body["text"], "Hello An", "{}", sent.text);

    let again = import(&other, &wish(false)).await;
    assert_eq!(entries(&again.body), Vec::<&str>::new(), "{}", again.text);
    assert_eq!(again.body["unchanged"], 2);
    let audit = other.get("/api/v1/audit").await.text;
    assert!(audit.contains("imported templates/plain: text"), "{audit}");
}

#[tokio::test]
async fn what_is_wrong_with_a_template_is_named() {
    let fixture = Fixture::new().await;
    for (name, template, field) in [
        ("welcome", json!({"text": "Dear {{ name"}), "/text"),
        (
            "welcome",
            json!({"text": "x", "description": ""}),
            "/description",
        ),
        ("welcome", json!({"text": "x", "version": 1}), "/version"),
        ("no name", json!({"text": "x"}), ""),
    ] {
        let configuration = json!({"format": 1, "templates": {name: template}});
        let refused = import(&fixture, &json!({ "configuration": configuration })).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        let pointer = format!("/configuration/templates/{name}{field}");
        assert_eq!(refused.pointers(), [pointer]);
    }
}

#[tokio::test]
async fn a_key_that_expired_after_the_export_comes_along_and_opens_nothing() {
    let one = set().await;
    let mut document = export(&one, Some(PASSPHRASE)).await;
    let mut keys = document["keys"].as_array().unwrap().clone();
    let crm = keys.iter_mut().find(|key| key["name"] == "crm").unwrap();
    crm["expires_at"] = json!("2020-01-01T00:00:00.000Z");
    document["keys"] = json!(keys);
    let wish = json!({"configuration": document, "passphrase": PASSPHRASE});
    let other = Fixture::new().await;
    let done = import(&other, &wish).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert!(entries(&done.body).contains(&"templates/welcome"));
    let keys = other.gateway.test_store().admin().keys().await.unwrap();
    let crm = keys.iter().find(|key| key.name == "crm").unwrap();
    assert!(crm.has_expired(store::clock::now()));
    let again = import(&other, &wish).await;
    assert_eq!(entries(&again.body), Vec::<&str>::new(), "{}", again.text);
    // Whoever asks for a new key has no use for such a one.
    let past = r#"{"name": "new", "scopes": ["send"], "expires_at": "2020-01-01T00:00:00.000Z"}"#;
    let refused = other.post("/api/v1/keys", past).await;
    assert_eq!(refused.body["errors"][0]["pointer"], "/expires_at");
}
