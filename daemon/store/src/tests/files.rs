//! The files of a data directory.

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::StoreError;

#[tokio::test]
async fn the_files_are_their_owners_alone() {
    let (dir, store) = open();
    put(&store, text(TO, "x")).await;
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
}

#[tokio::test]
async fn a_file_of_a_later_version_is_refused() {
    let (dir, store) = open();
    store.close().await;
    let file = rusqlite::Connection::open(dir.path().join("simgate.db")).unwrap();
    file.pragma_update(None, "user_version", 99).unwrap();
    drop(file);
    for opened in [
        Store::open(dir.path(), DECIDE_AFTER),
        Store::open_tool(dir.path()),
    ] {
        assert!(matches!(opened, Err(StoreError::Newer { found: 99, .. })));
    }
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("simgate.db"), vec![b'x'; 8192]).unwrap();
    assert!(matches!(
        Store::open(dir.path(), DECIDE_AFTER),
        Err(StoreError::Corrupt(_))
    ));
}

#[tokio::test]
async fn a_damaged_page_is_found() {
    let (dir, store) = open();
    let many = (0..200)
        .map(|n| text(TO, &format!("message {n}")))
        .collect();
    accept(&store, many).await;
    assert!(crate::check(dir.path()).unwrap().is_empty());
    store.close().await;

    let path = dir.path().join("simgate.db");
    let mut octets = std::fs::read(&path).unwrap();
    let needle = b"message 100";
    let hit = octets
        .windows(needle.len())
        .position(|window| window == needle)
        .unwrap();
    let page = hit / 4096 * 4096;
    octets[page..page + 64].fill(0xFF);
    std::fs::write(&path, octets).unwrap();

    assert!(!crate::check(dir.path()).unwrap().is_empty());
}

/// The log is moved into the file while messages come, and does not grow with them.
#[tokio::test]
async fn the_log_stays_short_under_load() {
    let (dir, store) = open();
    for _ in 0..400 {
        let many = (0..50).map(|_| text(TO, &"x".repeat(160))).collect();
        accept(&store, many).await;
    }
    let log = std::fs::metadata(dir.path().join("simgate.db-wal"))
        .unwrap()
        .len();
    assert!(log < 80 << 20, "{log} octets");
    store.close().await;
    assert!(!dir.path().join("simgate.db-wal").exists());
}
