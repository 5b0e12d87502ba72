use serde_json::{Value, json};

use super::Fixture;
use model::Time;
use store::clock;

const DAY_MS: i64 = 24 * 3600 * 1000;

async fn submit(fixture: &Fixture, to: &str) {
    let json = json!({"to": to, "text": "hello"}).to_string();
    let answer = fixture.post("/api/v1/messages", &json).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
}

async fn pointer(fixture: &Fixture, query: &str) -> Value {
    let answer = fixture.get(&format!("/api/v1/stats?{query}")).await;
    assert_eq!(answer.status, 422, "{query}: {}", answer.text);
    answer.body["errors"][0]["pointer"].clone()
}

#[tokio::test]
async fn messages_are_counted_by_time_key_and_prefix() {
    let fixture = Fixture::new().await;
    for to in ["+84901234567", "+84901234568", "+447700900123", "19001"] {
        submit(&fixture, to).await;
    }
    let days = fixture.get("/api/v1/stats").await;
    assert_eq!(days.status, 200, "{}", days.text);
    let items = days.body["items"].as_array().unwrap();
    // Those in which nothing was counted too.
    assert_eq!(items.len(), 31, "{}", days.text);
    assert_eq!(items[0]["start"], days.body["since"]);
    assert_eq!(
        (&items[0]["queued"], &items[0]["name"]),
        (&json!(0), &Value::Null)
    );
    assert_eq!(days.body["total"]["queued"], 4);
    assert_eq!(
        (&days.body["step"], &days.body["timezone"]),
        (&json!("day"), &json!("UTC"))
    );

    let prefixes = fixture.get("/api/v1/stats?step=hour&by=prefix").await.body;
    let counted = prefixes["items"].as_array().unwrap().iter();
    let counted: Vec<_> = counted
        .map(|item| (&item["name"], &item["queued"]))
        .collect();
    let [two, one] = [json!(2), json!(1)];
    let names = ["+44", "+84", "other"].map(Value::from);
    assert_eq!(
        counted,
        [(&names[0], &one), (&names[1], &two), (&names[2], &one)]
    );
    let keys = fixture.get("/api/v1/stats?by=key&step=month").await.body;
    assert_eq!(keys["items"].as_array().unwrap().len(), 1, "{keys}");
    let name = json!(fixture.secret[..12]);
    assert_eq!(
        (&keys["items"][0]["name"], &keys["items"][0]["queued"]),
        (&name, &json!(4))
    );
    // What the gateway sends by itself has its name.
    fixture.comes_in("+84901234567", "stop").await;
    let keys = fixture.get("/api/v1/stats?by=key&step=month").await.body;
    let counted = keys["items"].as_array().unwrap().iter();
    let mut counted = counted.map(|item| (&item["name"], &item["queued"]));
    let own = (&json!("simgate"), &json!(1));
    assert!(counted.any(|item| item == own), "{keys}");
}

#[tokio::test]
async fn days_are_those_of_the_time_zone_that_is_asked_for() {
    let fixture = Fixture::new().await;
    submit(&fixture, "+84901234567").await;
    let far = "/api/v1/stats?step=day&timezone=Pacific/Kiritimati";
    let days = fixture.get(far).await.body;
    assert_eq!(days["timezone"], "Pacific/Kiritimati");
    // 14 hours ahead of UTC.
    assert!(
        days["since"].as_str().unwrap().ends_with("T10:00:00.000Z"),
        "{days}"
    );
    assert_eq!(days["total"]["queued"], 1);
}

#[tokio::test]
async fn what_cannot_be_answered_names_its_parameter() {
    let fixture = Fixture::new().await;
    let days = vec![(clock::now().0 - 100 * DAY_MS) / DAY_MS * 24];
    let statistics = fixture.gateway.test_store().statistics();
    statistics.sum_up(clock::now()).await.unwrap();
    statistics.set_days(days, clock::now()).await.unwrap();
    for (query, expected) in [
        ("step=year", "?step"),
        ("by=modem", "?by"),
        ("timezone=Mars/Olympus", "?timezone"),
        ("timezone=", "?timezone"),
        ("since=yesterday", "?since"),
        (
            "since=2026-11-29T00:00:00Z&until=2026-11-28T00:00:00Z",
            "?since",
        ),
        ("since=0001-01-01T00:00:00Z", "?step"),
        (
            "step=hour&since=1999-01-01T00:00:00Z&until=1999-01-02T00:00:00Z",
            "?since",
        ),
        ("steps=day", "?steps"),
    ] {
        assert_eq!(pointer(&fixture, query).await, expected, "{query}");
    }
    let hundred = Time(clock::now().0 - 101 * DAY_MS);
    assert_eq!(
        pointer(&fixture, &format!("step=hour&since={hundred}")).await,
        "?step"
    );
}
