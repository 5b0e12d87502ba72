//! Log-ins that fail, many at once.

use axum::extract::connect_info::MockConnectInfo;
use axum::http::{Request, header};
use axum::{Router, body::Body};
use futures_util::future::join_all;
use serde_json::json;
use std::net::SocketAddr;
use tower::ServiceExt as _;

use super::Fixture;
use super::sessions::SESSION;
use model::Role;

/// The status of a log-in from elsewhere.
async fn log_in(fixture: &Fixture, password: &str) -> u16 {
    let peer = SocketAddr::from(([198, 51, 100, 1], 1000));
    let router: Router = fixture.router.clone().layer(MockConnectInfo(peer));
    let json = json!({"name": "anna", "password": password});
    let request = Request::post(SESSION).header(header::CONTENT_TYPE, "application/json");
    let request = request.body(Body::from(json.to_string())).unwrap();
    router.oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn guesses_at_once_are_no_more_than_one_after_the_other() {
    let fixture = Fixture::new().await;
    fixture.user_with_password("anna", Role::Viewer).await;
    let guesses = (0..40).map(|n| {
        let guess = format!("wrong horse {n}");
        let fixture = &fixture;
        async move { log_in(fixture, &guess).await }
    });
    let statuses = join_all(guesses).await;
    let looked_at = statuses.iter().filter(|status| **status == 401).count();
    // On a busy machine one may come when the first delay is over.
    assert!((4..=6).contains(&looked_at), "{statuses:?}");
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert_eq!(looked_at + refused, 40, "{statuses:?}");
}
