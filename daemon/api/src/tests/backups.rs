use std::time::Duration;

use serde_json::Value;

use super::Fixture;

/// Waits until none is being made.
async fn done(fixture: &Fixture) -> Value {
    loop {
        let status = fixture.get("/api/v1/backups").await;
        assert_eq!(status.status, 200, "{}", status.text);
        if status.body["running"].is_null() {
            return status.body;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_listed_and_told_of() {
    let fixture = Fixture::new().await;
    let none = fixture.get("/api/v1/backups").await.body;
    assert_eq!(none["items"].as_array().unwrap().len(), 0);
    assert!(none["last_good_at"].is_null() && none["schedule"] == "off");

    let begun = fixture.post("/api/v1/backup", "").await;
    assert_eq!(begun.status, 202, "{}", begun.text);
    let status = done(&fixture).await;
    let file = &status["items"][0];
    assert_eq!(file["made_at"], begun.body["started_at"], "{status}");
    assert_eq!(status["last_good_at"], begun.body["started_at"]);
    assert!(status["last_failure"].is_null());
    assert!(file["size_bytes"].as_u64().unwrap() > 100_000);
    let metrics = fixture.get("/metrics").await.text;
    assert!(metrics.contains("simgate_backup_last_success_timestamp_seconds 1"));

    let name = file["name"].as_str().unwrap();
    let refused = fixture.get(&format!("/api/v1/backups/{name}")).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(refused.text.contains("backup.download"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_downloaded_where_that_is_allowed() {
    let fixture = Fixture::with(|settings| settings.backup.download = true).await;
    fixture.post("/api/v1/backup", "").await;
    let file = done(&fixture).await["items"][0].clone();
    let path = format!("/api/v1/backups/{}", file["name"].as_str().unwrap());
    let answer = fixture.get(&path).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-length"),
        file["size_bytes"].to_string()
    );
    assert!(answer.text.starts_with("SQLite format 3\0"));
    for other in [
        "simgate.db",
        "..%2Fsimgate.db",
        "simgate-20261129T033000.000Z.db",
    ] {
        let answer = fixture.get(&format!("/api/v1/backups/{other}")).await;
        assert_eq!(answer.status, 404, "{other}: {}", answer.text);
    }
    let audit = fixture.get("/api/v1/audit").await.text;
    assert!(audit.contains("downloaded backup simgate-") && audit.contains("began a backup"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_fails_says_why() {
    let fixture = Fixture::with(|settings| {
        settings.backup.folder = Some("/proc/no-such-folder".into());
    })
    .await;
    let begun = fixture.post("/api/v1/backup", "").await;
    // Whether it is told at once or later, nothing was made, and the folder is named.
    let told = if begun.status == 202 {
        done(&fixture).await["last_failure"]["reason"].to_string()
    } else {
        begun.text
    };
    assert!(told.contains("/proc/no-such-folder"), "{told}");
    assert!(done(&fixture).await["last_good_at"].is_null());
}
