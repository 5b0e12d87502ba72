//! What a browser sends by itself is enough for no change: every route that has one.

use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tower::ServiceExt as _;

use super::Bank;
use super::table::ROWS;
use model::{Role, Scope};

/// Whoever has no key and no session gets in nowhere but here.
const OPEN_TO_ALL: [&str; 2] = ["/session", "/setup"];

#[tokio::test]
async fn a_page_of_another_site_changes_nothing_by_what_the_browser_adds() {
    let bank = Bank::new().await;
    let session = bank.fixture.session(Role::Admin).await;
    let secret = bank.key(Scope::ALL, &[]).await;
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("me:{secret}")));
    let cookie = (header::COOKIE.as_str(), session.cookie.as_str());
    let password = (header::AUTHORIZATION.as_str(), basic.as_str());
    let token = ("x-csrf-token", session.csrf.as_str());
    let cross = ("sec-fetch-site", "cross-site");
    let origin = ("origin", "https://evil.example");
    let mut wrong = Vec::new();
    let changes = ROWS.iter().filter(|(method, path, ..)| {
        *method != "GET" && !(*method == "POST" && OPEN_TO_ALL.contains(path))
    });
    let mut count = 0;
    for (method, path, json, _) in changes {
        count += 1;
        for sent in [
            vec![cookie],
            vec![cookie, ("x-csrf-token", "guess")],
            vec![cookie, token, cross],
            vec![cookie, token, origin],
            vec![password, cross],
            vec![password, origin],
        ] {
            let full = format!("/api/v1{}", bank.filled(path).await);
            let mut request = Request::builder().method(*method).uri(full);
            for (name, value) in &sent {
                request = request.header(*name, *value);
            }
            if !json.is_empty() {
                request = request.header(header::CONTENT_TYPE, "application/json");
            }
            let body = Body::from(bank.filled(json).await);
            let request = request.body(body).unwrap();
            let answer = bank.fixture.router.clone().oneshot(request).await.unwrap();
            if answer.status() != 403 {
                let names: Vec<_> = sent.iter().map(|(name, _)| name).collect();
                wrong.push(format!("{method} {path} {names:?}: {}", answer.status()));
            }
        }
    }
    assert!(count > 20, "{count}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
