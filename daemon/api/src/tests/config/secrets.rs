//! What an import tells of secrets that it has not.

use super::*;
use crate::tests::uplinks::{CERTIFICATE, KEY};

/// A gateway where everything is set that has a secret which an import cannot make up.
async fn with_secrets() -> Fixture {
    let fixture = set().await;
    let callbacks = fixture.put("/api/v1/webhooks/callbacks", r#"{"secret": "new"}"#);
    assert_eq!(callbacks.await.status, 200);
    let uplink = json!({"host": "smsc.example.net", "system_id": "shop", "password": "smsc-secret",
        "enabled": false, "tls": {"enabled": true, "client_cert": CERTIFICATE, "client_key": KEY}});
    let put = fixture
        .put("/api/v1/uplinks/secured", &uplink.to_string())
        .await;
    assert_eq!(put.status, 201, "{}", put.text);
    fixture
}

#[tokio::test]
async fn secrets_that_nobody_opened_are_told_as_missing_sealed_or_not() {
    let one = with_secrets().await;
    for passphrase in [None, Some(PASSPHRASE)] {
        let document = export(&one, passphrase).await;
        let other = Fixture::new().await;
        let done = import(&other, &json!({ "configuration": document })).await;
        assert_eq!(done.status, 200, "{}", done.text);
        let pin = format!("/sims/{SIM}/pin");
        let missing = [
            pin.as_str(),
            "/uplinks/primary/password",
            "/uplinks/secured/password",
            "/uplinks/secured/tls/client_key",
            "/webhooks/callbacks/secret",
            "/users/0/password",
        ];
        assert_eq!(done.body["secrets_missing"], json!(missing));
        let uplink = other.get("/api/v1/uplinks/secured").await.body;
        assert_eq!(uplink["tls"]["client_cert"], Value::Null);
    }
}

#[tokio::test]
async fn secrets_that_are_opened_or_there_are_not_missing() {
    let one = with_secrets().await;
    let document = export(&one, Some(PASSPHRASE)).await;
    let other = Fixture::new().await;
    let opened = json!({"configuration": document, "passphrase": PASSPHRASE});
    let users = json!(["/users/0/password"]);
    let done = import(&other, &opened).await;
    assert_eq!(done.body["secrets_missing"], users, "{}", done.text);
    let again = import(&other, &json!({ "configuration": document })).await;
    assert_eq!(again.body["secrets_missing"], json!([]), "{}", again.text);
    assert_eq!(entries(&again.body), Vec::<&str>::new(), "{}", again.text);
}

#[tokio::test]
async fn a_certificate_whose_key_no_document_had_is_refused() {
    let other = Fixture::new().await;
    let uplink = json!({"host": "h", "system_id": "s", "tls": {"client_cert": CERTIFICATE}});
    let wish = json!({"configuration": {"format": 1, "uplinks": {"secured": uplink}}});
    let refused = import(&other, &wish).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(
        refused.text.contains("/uplinks/secured/tls/client_key"),
        "{}",
        refused.text
    );
}
