use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use futures_util::StreamExt as _;
use serde_json::json;
use tower::ServiceExt as _;

use super::{Fixture, GET};
use gateway::events::Subject;
use store::{SimSeen, clock};

const ICCID: &str = "8984011234567890123";

impl Fixture {
    pub(super) async fn see_sim(&self) {
        let seen = SimSeen {
            imsi: Some("452011234567890".to_owned()),
            number: Some("+84911111111".to_owned()),
            ..SimSeen::new(ICCID.parse().unwrap(), clock::now())
        };
        self.admin().seen_sim(seen).await.unwrap();
    }

    pub(super) async fn patch_sim(&self, json: &str) -> super::Answer {
        self.patch(&format!("/api/v1/sims/{ICCID}"), json).await
    }
}

#[tokio::test]
async fn a_sim_is_shown_and_changed_and_its_pin_is_not_told() {
    let fixture = Fixture::new().await;
    fixture.see_sim().await;
    let json = r#"{"label": "one", "groups": ["a"], "pin": "4321", "quota": {"per_day": 9}}"#;
    let patched = fixture.patch_sim(json).await.is(200);
    assert!(!patched.text.contains("4321"));
    assert_eq!(patched.body["quota"]["per_day"], 9);
    assert_eq!(patched.body["state"], "absent");

    let all = fixture.get("/api/v1/sims").await;
    assert_eq!(all.body["items"][0], patched.body);
    assert_eq!(all.body["next_cursor"], json!(null));

    let cleared = fixture
        .patch_sim(r#"{"label": null, "number": "0912345678"}"#)
        .await;
    assert_eq!(cleared.body["label"], json!(null));
    assert_eq!(cleared.body["number"], "+84912345678");
    assert_eq!(cleared.body["groups"], json!(["a"]));

    let costs = json!({"+84": 1.0, "+8490": 0.5});
    let costly = fixture
        .patch_sim(&json!({"prefix_costs": costs}).to_string())
        .await;
    assert_eq!(costly.body["prefix_costs"], costs);
    assert_eq!(costly.body["cost_today"], 0.0);
    assert_eq!(costly.body["sending"], json!(null));
    let cleared = fixture.patch_sim(r#"{"prefix_costs": null}"#).await;
    assert_eq!(cleared.body["prefix_costs"], json!({}));
    assert_eq!(cleared.body["cost_today"], json!(null));
    let refused = fixture
        .patch_sim(r#"{"prefix_costs": {"+84": 1, "+8490": -1}}"#)
        .await;
    assert_eq!(*refused.pointer(), "/prefix_costs/+8490");

    let unknown = fixture.patch_sim(r#"{"iccid": "1"}"#).await;
    assert_eq!(*unknown.pointer(), "/iccid");
}

#[tokio::test]
async fn a_group_can_be_sent_from_as_soon_as_a_sim_is_in_it() {
    let fixture = Fixture::new().await;
    fixture.see_sim().await;
    let draft = r#"{"to": "12345", "text": "a", "from": "group:a"}"#;
    fixture.post("/api/v1/messages", draft).await.is(422);
    fixture.patch_sim(r#"{"groups": ["a"]}"#).await;
    fixture.post("/api/v1/messages", draft).await.is(202);
    fixture.patch_sim(r#"{"groups": []}"#).await;
    fixture.post("/api/v1/messages", draft).await.is(422);
}

#[tokio::test]
async fn a_sim_without_a_modem_cannot_run_ussd() {
    let fixture = Fixture::new().await;
    fixture.see_sim().await;
    let path = format!("/api/v1/sims/{ICCID}/ussd");
    fixture.post(&path, r#"{"code": "*101#"}"#).await.is(409);
}

#[tokio::test]
async fn monitors_need_no_key() {
    let fixture = Fixture::new().await;
    let get = async |path| fixture.ask(None, GET, path, "").await;
    get("/healthz").await.is(200);
    let ready = get("/readyz").await.is(503);
    assert!(
        ready.body["reasons"][0].as_str().unwrap().contains("modem"),
        "{}",
        ready.text
    );
    let metrics = get("/metrics").await.is(200);
    assert!(
        metrics
            .text
            .contains("simgate_queue_depth{priority=\"otp\"} 0"),
        "{}",
        metrics.text
    );
}

#[tokio::test]
async fn events_are_streamed_and_resumed() {
    let fixture = Fixture::new().await;
    let bus = fixture.gateway.bus();
    let publish = |n: u8| bus.tell("sim.state", Subject::Gateway, json!({ "n": n }));
    publish(1);
    let mut told = bus.subscribe(Some(0));
    let last = loop {
        match told.recv().await {
            Ok(event) if event.data()["n"] == 1 => break event.id.to_string(),
            _ => {}
        }
    };
    publish(2);

    let request = fixture
        .request(Method::GET, "/api/v1/events")
        .header("Last-Event-ID", last);
    let response = fixture
        .router
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body().into_data_stream();
    publish(3);
    let mut text = String::new();
    while !text.contains(r#""n":3"#) {
        let chunk = tokio::time::timeout(Duration::from_secs(5), body.next())
            .await
            .unwrap();
        text.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
    }
    assert!(
        !text.contains(r#""n":1"#) && text.contains(r#""n":2"#),
        "{text}"
    );
    assert!(text.contains("event: sim.state\ndata: {"), "{text}");
}

#[tokio::test]
async fn a_panic_is_a_problem_and_not_a_broken_connection() {
    use axum::Router;
    use axum::routing::get;
    use tower_http::catch_panic::CatchPanicLayer;

    let panics = async || -> &'static str { panic!("on purpose") };
    let router: Router = Router::new()
        .route("/", get(panics))
        .layer(CatchPanicLayer::custom(super::super::problem::from_panic));
    let request = axum::http::Request::get("/").body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 500);
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
}

#[tokio::test]
async fn what_cannot_be_a_name_is_told_what_one_looks_like() {
    let fixture = Fixture::new().await;
    for (path, looks) in [
        ("/api/v1/messages/42", "36 characters"),
        ("/api/v1/messages/42/events", "36 characters"),
        ("/api/v1/sims/42", "18 to 20 digits"),
        ("/api/v1/modems/42", "14 to 16 digits"),
        ("/api/v1/uplinks/a%20b", "1 to 64 letters"),
    ] {
        let answer = fixture.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(looks), "{path}: {detail}");
    }
}

#[tokio::test]
async fn the_audit_is_searched_by_who_what_and_when() {
    let fixture = Fixture::new().await;
    fixture.see_sim().await;
    for enabled in ["false", "true"] {
        let body = format!(r#"{{"enabled": {enabled}}}"#);
        assert_eq!(fixture.patch_sim(&body).await.status, 200);
    }
    let all = fixture.get("/api/v1/audit").await;
    let newest = &all.body["items"][0];
    let found = async |query: &str| {
        let page = fixture.get(&format!("/api/v1/audit?{query}")).await;
        assert_eq!(page.status, 200, "{}", page.text);
        page.body["items"].as_array().unwrap().len()
    };
    let actor = newest["actor"].as_str().unwrap().replace(' ', "%20");
    let both = found(&format!("actor={actor}")).await;
    assert_eq!((both, found("actor=user%20nobody").await), (2, 0));
    assert_eq!(
        (
            found(&format!("q={ICCID}")).await,
            found("q=elsewhere").await
        ),
        (2, 0)
    );
    let at = newest["at"].as_str().unwrap();
    assert_eq!(found("until=2020-01-01T00:00:00Z").await, 0);
    assert!(found(&format!("since={at}")).await >= 1);
    assert_eq!(fixture.get("/api/v1/audit?q=").await.status, 422);
}
