use axum::body::Body;
use axum::http::{Method, header};

use super::Fixture;
use crate::model::{Found, ModemKind, Scope, Time, Way};

const IMEI: &str = "356938035643809";

#[tokio::test]
async fn what_is_wrong_with_a_test_is_said() {
    let fixture = Fixture::new().await;
    fixture.see_modem(IMEI).await;
    let known = format!("/api/v1/modems/{IMEI}/test");
    let cases = [
        ("/api/v1/modems/350000000000006/test", "{}", 404, ""),
        ("/api/v1/modems/none/test", "{}", 404, ""),
        (&*known, "{}", 409, ""),
        (&*known, "", 400, ""),
        (&*known, r#"{"partner": 1}"#, 422, "/partner"),
        (&*known, r#"{"partner": "123"}"#, 422, "/partner"),
        (&*known, r#"{"ussd": ""}"#, 422, "/ussd"),
        (&*known, r##"{"ussd": "*1\"#"}"##, 422, "/ussd"),
        (&*known, r#"{"yes": true}"#, 422, "/yes"),
    ];
    for (path, body, status, pointer) in cases {
        let answer = fixture.post(path, body).await;
        assert_eq!(answer.status, status, "{path} {body}: {}", answer.text);
        let pointed = answer.body["errors"][0]["pointer"].as_str();
        assert_eq!(pointed.unwrap_or_default(), pointer, "{body}");
    }
    assert_eq!(fixture.get(&known).await.status, 404);
    let audit = fixture.get("/api/v1/audit").await;
    assert!(!audit.text.contains("tested modem"), "{}", audit.text);
}

#[tokio::test]
async fn testing_is_operating() {
    let fixture = Fixture::new().await;
    fixture.see_modem(IMEI).await;
    let others = vec![Scope::Read, Scope::Send, Scope::Admin];
    let secret = fixture.key(|key| key.scopes = others).await;
    let request = axum::http::Request::builder()
        .method(Method::POST)
        .uri(format!("/api/v1/modems/{IMEI}/test"))
        .header(header::AUTHORIZATION, format!("Bearer {secret}"))
        .header(header::CONTENT_TYPE, "application/json");
    let answer = fixture.send(request.body(Body::from("{}")).unwrap()).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
}

#[tokio::test]
async fn what_tests_found_is_shown_by_model_and_with_each_modem_of_it() {
    let fixture = Fixture::new().await;
    fixture.see_modem(IMEI).await;
    let path = format!("/api/v1/modems/{IMEI}");
    assert!(fixture.get(&path).await.body["tested"].is_null());
    let empty = fixture.get("/api/v1/modem-models").await;
    assert_eq!(empty.body["items"], serde_json::json!([]));

    let kind = |firmware: &str| ModemKind {
        manufacturer: "M".to_owned(),
        model: "N".to_owned(),
        firmware: firmware.to_owned(),
    };
    let found = Found {
        messages: Way::Untold,
        ..Found::default()
    };
    let store = fixture.gateway.store();
    let at = Time::now();
    store.found(kind("1"), found, at).await.unwrap();
    store.found(kind("2"), Found::default(), at).await.unwrap();
    let models = fixture.get("/api/v1/modem-models").await;
    let [first, second] = models.body["items"].as_array().unwrap().as_slice() else {
        panic!("{}", models.text);
    };
    assert_eq!(first["firmware"], "1");
    assert_eq!(first["found"]["messages"], "untold");
    assert!(first["sweep_seconds"].as_u64() < second["sweep_seconds"].as_u64());
    let modem = fixture.get(&path).await;
    assert_eq!(modem.body["tested"]["found"], first["found"]);
    let page = fixture.get("/api/v1/modem-models?limit=1").await;
    assert!(page.body["next_cursor"].is_string(), "{}", page.text);
}
