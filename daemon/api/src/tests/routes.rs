//! Routes: replaced as a whole, shown as they were asked for, and what is wrong is named.

use serde_json::{Value, json};

use super::Fixture;
use super::uplinks::merged;

const PATH: &str = "/api/v1/routes";

fn one(changes: Value) -> Value {
    let route = json!({"name": "all", "targets": [{"sims": {}}]});
    json!({"items": [merged(route, changes)]})
}

fn target(target: Value) -> Value {
    one(Value::from_iter([("targets", vec![target])]))
}

impl Fixture {
    async fn make_uplink(&self, name: &str) {
        let path = format!("/api/v1/uplinks/{name}");
        let uplink = json!({"host": "smsc.example.net", "system_id": "shop"});
        self.put_json(&path, &uplink).await.is(201);
    }
}

#[tokio::test]
async fn routes_are_replaced_and_what_was_left_out_is_filled_in() {
    let fixture = Fixture::new().await;
    fixture.make_uplink("primary").await;
    assert_eq!(fixture.get(PATH).await.body, json!({"items": []}));

    let full = json!({"items": [{
        "name": "otp",
        "match": {
            "to_prefix": ["+84", "80"], "priority": ["otp", "bulk"], "key": ["crm"], "sender": ["ACME"],
            "hours": {"from": "08:00", "to": "21:00", "timezone": "Asia/Ho_Chi_Minh"},
        },
        "targets": [
            {"sims": {"group": "viettel"}, "strategy": "sticky"},
            {"sims": {"iccid": "8984011234567890123"}, "strategy": "cheapest"},
            {"sims": {}, "strategy": "round-robin"},
            {"uplink": "primary"},
        ],
        "fall_back": {"after_wait_seconds": 60, "on": ["no-sim", "quota"]},
    }]});
    let set = fixture.put_json(PATH, &full).await.is(200);
    assert_eq!(set.body, full);
    assert_eq!(fixture.get(PATH).await.body, full);

    let set = fixture.put_json(PATH, &one(json!({}))).await;
    let filled = json!({"items": [{
        "name": "all",
        "match": {"to_prefix": [], "priority": [], "key": [], "sender": [], "hours": null},
        "targets": [{"sims": {}, "strategy": "balance"}],
        "fall_back": {"after_wait_seconds": null, "on": ["no-sim", "sim-failure", "quota"]},
    }]});
    assert_eq!(set.body, filled, "{}", set.text);
    let again = fixture.put_json(PATH, &filled).await;
    assert_eq!(again.body, filled, "as it was answered");

    let none = json!({"items": []});
    assert_eq!(fixture.put_json(PATH, &none).await.body, none);
    let audit = fixture.get("/api/v1/audit").await.body;
    let told: Vec<_> = (0..4).map(|row| &audit["items"][row]["what"]).collect();
    let expected = [
        "removed all routes",
        "set routes: all",
        "set routes: all",
        "set routes: otp",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn an_uplink_that_a_route_names_stays() {
    let fixture = Fixture::new().await;
    fixture.make_uplink("primary").await;
    let routes = target(json!({"uplink": "primary"}));
    fixture.put_json(PATH, &routes).await.is(200);
    let refused = fixture.delete("/api/v1/uplinks/primary").await.is(409);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("\"all\""), "{detail}");
    fixture.put_json(PATH, &one(json!({}))).await.is(200);
    fixture.delete("/api/v1/uplinks/primary").await.is(200);
}

/// Bodies, and the fields that are wrong in them.
#[rustfmt::skip] // A row a case.
fn bad() -> Vec<(Value, Vec<&'static str>)> {
    let matching = |matches: Value| one(json!({"match": matches}));
    let hours = |from: &str, zone: &str| matching(json!({"hours": {"from": from, "to": "21:00", "timezone": zone}}));
    let fall_back = |fall_back: Value| one(json!({"fall_back": fall_back}));
    let all = json!({"name": "all", "targets": [{"sims": {}}]});
    vec![
        (json!([]), vec![""]),
        (json!([all]), vec![""]),
        (json!([[all]]), vec![""]),
        (json!({}), vec!["/items"]),
        (json!({"items": [], "more": 1}), vec!["/more"]),
        (json!({"items": vec![all.clone(); 201]}), vec!["/items"]),
        (json!({"items": [all, all]}), vec!["/items/1/name"]),
        (one(json!({"colour": 1})), vec!["/items/0/colour"]),
        (json!({"items": [{"targets": []}]}), vec!["/items/0/name"]),
        (one(json!({"name": ""})), vec!["/items/0/name"]),
        (one(json!({"name": "a\nb"})), vec!["/items/0/name"]),
        (one(json!({"name": "a".repeat(65)})), vec!["/items/0/name"]),
        (one(json!({"targets": []})), vec!["/items/0/targets"]),
        (one(json!({"targets": vec![json!({"sims": {}}); 17]})), vec!["/items/0/targets"]),
        (matching(json!({"colour": ["red"]})), vec!["/items/0/match/colour"]),
        (matching(json!({"to_prefix": "+84"})), vec!["/items/0/match/to_prefix"]),
        (matching(json!({"to_prefix": ["+84", "+"]})), vec!["/items/0/match/to_prefix/1"]),
        (matching(json!({"to_prefix": ["", "+84x"]})), vec!["/items/0/match/to_prefix/0", "/items/0/match/to_prefix/1"]),
        (matching(json!({"to_prefix": vec!["+84"; 201]})), vec!["/items/0/match/to_prefix"]),
        (matching(json!({"priority": ["urgent"]})), vec!["/items/0/match/priority/0"]),
        (matching(json!({"key": [""]})), vec!["/items/0/match/key/0"]),
        (matching(json!({"sender": ["TwelveLetter"]})), vec!["/items/0/match/sender/0"]),
        (hours("8", "Asia/Ho_Chi_Minh"), vec!["/items/0/match/hours/from"]),
        (hours("08:00", "Nowhere"), vec!["/items/0/match/hours/timezone"]),
        (target(json!({})), vec!["/items/0/targets/0"]),
        (target(json!({"sims": {}, "uplink": "primary"})), vec!["/items/0/targets/0"]),
        (target(json!({"strategy": "balance"})), vec!["/items/0/targets/0"]),
        (target(json!({"uplink": "primary", "strategy": "balance"})), vec!["/items/0/targets/0/strategy"]),
        (target(json!({"sims": {}, "strategy": "random"})), vec!["/items/0/targets/0/strategy"]),
        (target(json!({"uplink": "none"})), vec!["/items/0/targets/0/uplink"]),
        (target(json!({"sims": {"colour": "red"}})), vec!["/items/0/targets/0/sims/colour"]),
        (target(json!({"sims": {"group": "a b"}})), vec!["/items/0/targets/0/sims/group"]),
        (target(json!({"sims": {"iccid": "12"}})), vec!["/items/0/targets/0/sims/iccid"]),
        (target(json!({"sims": {"group": "a", "iccid": "8984011234567890123"}})), vec!["/items/0/targets/0/sims"]),
        (fall_back(json!({"after_wait_seconds": 86401})), vec!["/items/0/fall_back/after_wait_seconds"]),
        (fall_back(json!({"after_wait_seconds": -1})), vec!["/items/0/fall_back/after_wait_seconds"]),
        (fall_back(json!({"on": ["rain"]})), vec!["/items/0/fall_back/on/0"]),
        (
            json!({"items": [
                {"name": "", "targets": [{"uplink": "none"}], "fall_back": {"after_wait_seconds": 86401}},
                {"name": "b", "match": {"to_prefix": ["x"]}, "targets": []},
            ]}),
            vec![
                "/items/0/name", "/items/0/targets/0/uplink", "/items/0/fall_back/after_wait_seconds",
                "/items/1/match/to_prefix/0", "/items/1/targets",
            ],
        ),
    ]
}

#[tokio::test]
async fn all_that_is_wrong_is_named_at_once() {
    let fixture = Fixture::new().await;
    fixture.make_uplink("primary").await;
    for (body, pointers) in bad() {
        let answer = fixture.put_json(PATH, &body).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
        assert_eq!(answer.pointers(), pointers, "{body}: {}", answer.text);
    }
    assert_eq!(fixture.get(PATH).await.body, json!({"items": []}));
    fixture.get("/api/v1/routes?colour=red").await.is(422);
}
