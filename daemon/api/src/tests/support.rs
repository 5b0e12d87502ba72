use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use super::Fixture;
use model::Scope;

const IMEI: &str = "356938035643809";

#[tokio::test]
async fn the_support_document_tells_much_and_no_secret() {
    let fixture = Fixture::new().await;
    fixture.see_sim().await;
    fixture.see_modem(IMEI).await;
    fixture
        .incident(IMEI, 0, "00:00 >> AT+CMGS=22\n00:01 >> …")
        .await;
    let set = r#"{"pin": "4321", "label": "of +84922222222", "number": "+84911111111"}"#;
    fixture.patch_sim(set).await.is(200);
    for to in ["+84933333333", "+84944444444"] {
        let draft = json!({"to": to, "text": "Meet me at eight"}).to_string();
        fixture.post("/api/v1/messages", &draft).await.is(202);
    }

    let answer = fixture.get("/api/v1/support").await.is(200);
    let body = &answer.body;
    assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
    assert!(body["uptime_seconds"].is_u64());
    assert_eq!(body["config"]["defaults"]["country"], "VN");
    assert_eq!(body["config"]["modems"]["ports"], "auto");
    assert!(body["not_ready"][0].as_str().unwrap().contains("modem"));
    assert_eq!(body["modems"][0]["imei"], IMEI);
    let sim = &body["sims"][0];
    let masked = [&sim["number"], &sim["imsi"], &sim["label"]];
    assert_eq!(masked, ["…111", "…890", "of +…222"]);
    assert_eq!(sim["iccid"], "8984011234567890123");
    assert_eq!(
        body["queue_depth"],
        json!({"otp": 0, "normal": 2, "bulk": 0})
    );
    assert_eq!(body["messages"], json!({"queued": 2}));
    assert_eq!(body["incidents"][0]["dialogue"][1], "00:01 >> …");
    assert!(
        body["metrics"]
            .as_str()
            .unwrap()
            .contains("simgate_queue_depth")
    );
    for secret in [
        "4321",
        "9111111",
        "9222222",
        "9333333",
        "9444444",
        "45201123456",
        "Meet",
        &fixture.secret,
    ] {
        assert!(!answer.text.contains(secret), "{secret}: {}", answer.text);
    }
    let audit = fixture.get("/api/v1/audit").await.body;
    assert_eq!(audit["items"][0]["what"], "saw the support document");
}

#[tokio::test]
async fn the_support_document_is_for_admins() {
    let fixture = Fixture::new().await;
    let operator = fixture
        .key(|key| key.scopes = vec![Scope::Send, Scope::Read, Scope::Operate])
        .await;
    let request =
        Request::get("/api/v1/support").header("authorization", format!("Bearer {operator}"));
    let answer = fixture.send(request.body(Body::empty()).unwrap());
    answer.await.is(403);
}

#[tokio::test]
async fn what_runs_here_is_told_to_admins() {
    let fixture = Fixture::new().await;
    let answer = fixture.get("/api/v1/system").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = &answer.body;
    assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
    assert!(body["database_bytes"].as_u64().unwrap() > 0);
    assert_eq!(
        (&body["country"], &body["timezone"]),
        (&json!("VN"), &json!("UTC"))
    );
    assert_eq!(body["country_by_file"], true);
    assert_eq!(body["retention"]["messages_days"], 90);
    assert_eq!(
        (&body["backups_kept"], &body["backup_download"]),
        (&json!(7), &json!(false))
    );
    assert!(body["certificate"].is_null(), "no server shows one here");
}

#[tokio::test]
async fn an_admin_sets_the_country_of_national_numbers() {
    const SYSTEM: &str = "/api/v1/system";
    let fixture = Fixture::with(|settings| settings.defaults.country = None).await;
    let national = r#"{"to": "0901234567", "text": "x"}"#;
    fixture.post("/api/v1/messages", national).await.is(422);
    fixture.comes_in("0901234568", "stop").await;
    let none = fixture.get("/api/v1/suppressions").await;
    assert_eq!(none.body["items"][0]["number"], "0901234568");

    let set = fixture.patch(SYSTEM, r#"{"country": "vn"}"#).await.is(200);
    assert_eq!(
        (&set.body["country"], &set.body["country_by_file"]),
        (&json!("VN"), &json!(false))
    );
    let sent = fixture.post("/api/v1/messages", national).await.is(202);
    assert_eq!(sent.body["to"], "+84901234567");
    // What was suppressed before has the country's code now, and what comes in is read by it too.
    let known = fixture.get("/api/v1/suppressions").await;
    assert_eq!(known.body["items"][0]["number"], "+84901234568");
    fixture.comes_in("0901234568", "start").await;
    let none = fixture.get("/api/v1/suppressions").await;
    assert_eq!(none.body["items"], json!([]), "{}", none.text);

    let wrong = fixture.patch(SYSTEM, r#"{"country": "Vietnam"}"#).await;
    assert_eq!(wrong.is(422).pointer(), "/country");
    fixture.patch(SYSTEM, "{}").await.is(200);
    fixture.patch(SYSTEM, r#"{"country": null}"#).await.is(200);
    fixture.post("/api/v1/messages", national).await.is(422);
}

#[tokio::test]
async fn the_country_of_the_file_counts() {
    let fixture = Fixture::new().await;
    let refused = fixture.patch("/api/v1/system", r#"{"country": "DE"}"#);
    refused.await.is(409);
    let system = fixture.get("/api/v1/system").await;
    assert_eq!(system.body["country"], "VN");
}
