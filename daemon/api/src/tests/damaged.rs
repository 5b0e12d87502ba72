//! Rows of the database that make no sense: each list has what else there is.

use model::Time;

use super::Fixture;

const SIM: &str = "8984011234567890123";
const OTHER: &str = "8984011234567890124";

/// What is damaged, the list that it stands in, what that has all the same, and what it lacks.
const CASES: [(&str, &str, &str, &str); 18] = [
    (
        "UPDATE sims SET config = '{\"pin\": 4321}' WHERE iccid = '8984011234567890124'",
        "/sims",
        SIM,
        OTHER,
    ),
    (
        "UPDATE sims SET last_seen = 0, iccid = 'x' WHERE iccid = '8984011234567890124'",
        "/sims",
        SIM,
        OTHER,
    ),
    (
        "INSERT INTO sim_health (iccid, openings, failures, results, counted) VALUES ('x', 1, 1, 1, 1)",
        "/sims",
        SIM,
        "\"x\"",
    ),
    (
        "INSERT INTO modems VALUES ('490154203237518', 'm', 'm', 'f', 'p', 0, 1), ('x', 'm', 'm', 'f', 'p', 0, 1)",
        "/modems",
        "490154203237518",
        "\"x\"",
    ),
    (
        "UPDATE uplinks SET config = '{' WHERE name = 'spoilt'",
        "/uplinks",
        "primary",
        "spoilt",
    ),
    (
        "UPDATE keys SET scopes = 'king' WHERE name = 'spoilt'",
        "/keys",
        "primary",
        "spoilt",
    ),
    (
        "UPDATE users SET role = 'king' WHERE name = 'spoilt'",
        "/users",
        "primary",
        "spoilt",
    ),
    (
        "UPDATE templates SET text = CAST(x'ff' AS TEXT) WHERE name = 'primary' AND version = 1",
        "/templates/primary/versions",
        "changed",
        "first",
    ),
    (
        "UPDATE suppressions SET source = 9 WHERE number = '+84901234562'",
        "/suppressions",
        "+84901234561",
        "+84901234562",
    ),
    (
        "UPDATE settings SET value = json_replace(value, '$[1].targets', 5) WHERE name = 'routes'",
        "/routes",
        "primary",
        "spoilt",
    ),
    (
        "UPDATE notes SET text = CAST(x'ff' AS TEXT) WHERE text = 'spoilt'",
        "/conversations/+84901234563/notes",
        "primary",
        "spoilt",
    ),
    (
        "UPDATE messages SET segments = -1 WHERE text = 'spoilt'",
        "/messages",
        "primary",
        "spoilt",
    ),
    (
        "UPDATE messages SET segments = -1 WHERE text = 'spoilt'",
        "/messages?direction=inbound",
        "primary",
        "spoilt",
    ),
    (
        "UPDATE messages SET segments = -1 WHERE text = 'spoilt'",
        "/messages?from=%2B84901234563",
        "primary",
        "spoilt",
    ),
    (
        "UPDATE messages SET segments = -1 WHERE text = 'spoilt'",
        "/conversations",
        "primary",
        "spoilt",
    ),
    (
        "UPDATE messages SET segments = -1 WHERE text = 'spoilt'",
        "/conversations/+84901234563",
        "primary",
        "spoilt",
    ),
    (
        "UPDATE messages SET state = 99 WHERE text = 'x2'",
        "/messages/summary?reference=r",
        "queued",
        "99",
    ),
    (
        "INSERT INTO deliveries (webhook, kind, event, at, state, first, since, next_at, attempts)
            VALUES ('primary', 'sim.state', 'e', 1, 2, 0, 0, 0, -1)",
        "/webhooks/primary/deliveries",
        "items",
        "sim.state",
    ),
];

/// Two of each: `primary`, and `spoilt`, which is to be damaged.
async fn filled() -> Fixture {
    let fixture = Fixture::new().await;
    for iccid in [SIM, OTHER] {
        let seen = store::SimSeen::new(iccid.parse().unwrap(), Time::ZERO);
        fixture.admin().seen_sim(seen).await.unwrap();
    }
    let put = async |path: String, json: &str| {
        let done = fixture.put(&path, json).await;
        assert!(done.status.is_success(), "{path}: {}", done.text);
    };
    for name in ["primary", "spoilt"] {
        let uplink = r#"{"host": "smsc.example.net", "system_id": "x", "enabled": false}"#;
        put(format!("/api/v1/uplinks/{name}"), uplink).await;
        let webhook = r#"{"url": "https://example.com/hook", "events": ["message.*"]}"#;
        put(format!("/api/v1/webhooks/{name}"), webhook).await;
        put(format!("/api/v1/templates/{name}"), r#"{"text": "first"}"#).await;
        fixture.key(|key| key.name = name.to_owned()).await;
        fixture.user(name, model::Role::Viewer).await;
        fixture.comes_in("+84901234563", name).await;
        let note = format!(r#"{{"text": "{name}"}}"#);
        let path = "/api/v1/conversations/+84901234563/notes";
        fixture.post(path, &note).await.is(201);
    }
    for text in ["x1", "x2"] {
        let draft = format!(r#"{{"to": "+84901234567", "text": "{text}", "reference": "r"}}"#);
        fixture.post("/api/v1/messages", &draft).await.is(202);
    }
    // So that the conversation's last message makes sense.
    fixture.comes_in("+84901234564", "primary").await;
    put(
        "/api/v1/templates/primary".to_owned(),
        r#"{"text": "changed"}"#,
    )
    .await;
    for number in ["+84901234561", "+84901234562"] {
        put(format!("/api/v1/suppressions/{number}"), "{}").await;
    }
    let routes = r#"{"items": [{"name": "primary", "targets": [{"uplink": "primary"}]},
        {"name": "spoilt", "targets": [{"uplink": "spoilt"}]}]}"#;
    put("/api/v1/routes".to_owned(), routes).await;
    fixture
}

fn check(fixture: &Fixture) -> Vec<String> {
    store::check(fixture.dir.path()).unwrap()
}

#[tokio::test]
async fn a_list_has_what_makes_sense_and_what_does_not_is_named_by_the_check() {
    for (spoil, path, has, lacks) in CASES {
        let fixture = filled().await;
        let path = format!("/api/v1{path}");
        let before = fixture.get(&path).await.is(200);
        assert!(
            has == "490154203237518" || before.text.contains(has),
            "{path}: {}",
            before.text
        );
        assert_eq!(check(&fixture), Vec::<String>::new());
        fixture.gateway.test_store().run(spoil).await;
        let after = fixture.get(&path).await.is(200);
        assert!(after.text.contains(has), "{spoil}: {}", after.text);
        assert!(!after.text.contains(lacks), "{spoil}: {}", after.text);
        let found = check(&fixture);
        assert!(
            found.iter().any(|fault| fault.contains("makes no sense")),
            "{spoil}: {found:?}"
        );
        assert!(
            found.iter().all(|fault| !fault.contains("4321")),
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn a_page_goes_on_behind_what_makes_no_sense() {
    let fixture = filled().await;
    for number in ["+84901234565", "+84901234566"] {
        let path = format!("/api/v1/suppressions/{number}");
        fixture.put(&path, "{}").await.is(201);
    }
    let spoil = "UPDATE suppressions SET source = 9 WHERE number <> '+84901234561'";
    fixture.gateway.test_store().run(spoil).await;
    let page = fixture.get("/api/v1/suppressions?limit=1").await.is(200);
    assert_eq!(page.items()[0]["number"], "+84901234561");
}

#[tokio::test]
async fn the_audit_tells_who_did_what_where_it_cannot_tell_what_was_before() {
    let fixture = filled().await;
    let store = fixture.gateway.test_store();
    let rows = fixture.get("/api/v1/audit").await.is(200);
    let count = rows.items().len();
    store
        .run(
            "INSERT INTO audit (at, actor, addr, what, before, after, hash)
            VALUES (1, 'key x', NULL, 'changed y', '{', '5', zeroblob(32))",
        )
        .await;
    store
        .run(
            "INSERT INTO audit (at, actor, addr, what, before, after, hash)
            VALUES (1, 'key x', NULL, 'changed z', NULL, NULL, zeroblob(3))",
        )
        .await;
    let rows = fixture.get("/api/v1/audit").await.is(200);
    assert_eq!(rows.items().len(), count + 1);
    assert_eq!(rows.items()[0]["what"], "changed y");
    assert_eq!(rows.items()[0]["before"]["damaged"], "{");
    let first = fixture.get("/api/v1/audit?limit=1").await.is(200);
    assert_eq!(first.items().len(), 0, "its only row makes no sense");
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let next = fixture
        .get(&format!("/api/v1/audit?limit=1&cursor={cursor}"))
        .await;
    assert_eq!(next.is(200).items()[0]["what"], "changed y");
}

#[tokio::test]
async fn what_is_damaged_can_be_set_anew_or_deleted() {
    let fixture = filled().await;
    for spoil in [
        "UPDATE uplinks SET config = '{' WHERE name = 'primary'",
        "UPDATE settings SET value = '{' WHERE name = 'routes'",
        "UPDATE sims SET config = '{' WHERE iccid = '8984011234567890124'",
    ] {
        fixture.gateway.test_store().run(spoil).await;
    }
    let routes = fixture.put("/api/v1/routes", r#"{"items": []}"#).await;
    assert_eq!(routes.status, 200, "{}", routes.text);
    let uplink = r#"{"host": "smsc.example.net", "system_id": "x", "enabled": false}"#;
    let put = fixture.put("/api/v1/uplinks/primary", uplink).await;
    assert!(put.status.is_success(), "{}", put.text);
    // A key's groups are those of the SIMs that make sense.
    let group = r#"{"groups": ["a"]}"#;
    let sim = format!("/api/v1/sims/{SIM}");
    fixture.patch(&sim, group).await.is(200);
    let key = r#"{"name": "of-group", "scopes": ["send"], "groups": ["a"]}"#;
    fixture.post("/api/v1/keys", key).await.is(201);
    // Without its quotas the SIM must not be used.
    let config = fixture.admin().sim_config(&OTHER.parse().unwrap()).await;
    assert!(config.unwrap_err().is_damage());
    let other = format!("/api/v1/sims/{OTHER}");
    assert_eq!(fixture.get(&other).await.status, 404);
    // Nor before somebody who sets it anew says so.
    let mended = fixture.patch(&other, r#"{"quota": {"per_day": 9}}"#).await;
    assert_eq!(mended.is(200).body["enabled"], false);
    let enabled = fixture.patch(&other, r#"{"enabled": true}"#).await.is(200);
    assert_eq!(enabled.body["quota"]["per_day"], 9);
    assert_eq!(check(&fixture), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_set_for_a_sim_stays_where_what_it_told_makes_no_sense() {
    let fixture = filled().await;
    let other = format!("/api/v1/sims/{OTHER}");
    fixture
        .patch(&other, r#"{"quota": {"per_day": 9}}"#)
        .await
        .is(200);
    let spoil = "UPDATE sims SET imsi = CAST(x'ff' AS TEXT) WHERE iccid = '8984011234567890124'";
    fixture.gateway.test_store().run(spoil).await;
    assert_eq!(fixture.get(&other).await.status, 404);
    let mended = fixture.patch(&other, r#"{"label": "x"}"#).await.is(200);
    assert_eq!(mended.body["enabled"], true);
    assert_eq!(mended.body["quota"]["per_day"], 9);
}
