//! A full disk.

use super::*;
use crate::StoreError;
use crate::machine::writer::Need;
use crate::values::RowExt as _;

/// Lets the file grow no more, which is to SQLite what a full disk is.
async fn limit_pages(store: &Store, more: i64) {
    let set = move |tx: &mut crate::machine::writer::Tx<'_>| {
        let pages: i64 = tx
            .prepare("PRAGMA page_count")?
            .query_row([], |row| row.col(0))?;
        let sql = format!("PRAGMA max_page_count = {}", pages + more);
        tx.prepare(&sql)?.query_row([], |row| row.col::<i64>(0))?;
        Ok(())
    };
    store.write(Need::Ongoing, set).await.unwrap();
}

#[tokio::test]
async fn a_writer_without_room_is_alive_and_a_closed_one_is_not() {
    let (_dir, store) = open();
    assert!(store.upkeep().is_alive().await);
    limit_pages(&store, 0).await;
    assert!(store.upkeep().is_alive().await);
    store.close().await;
    assert!(!store.upkeep().is_alive().await);
}

#[tokio::test]
async fn a_full_disk_refuses_new_messages_and_goes_on_with_the_old_ones() {
    let (dir, store) = open();
    let all: Vec<_> = (0..4)
        .map(|n| text(&format!("+8490000000{n}"), "x"))
        .collect();
    let queued = accept(&store, all).await;
    limit_pages(&store, 0).await;
    let big = || vec![text("+84900000009", &"x".repeat(20_000))];
    assert!(matches!(
        store.accept(big(), None).await,
        Err(StoreError::Full)
    ));
    assert_eq!(queued_depth(&store), 4);
    for queued in &queued {
        assert!(claim(&store, queued.row, &sim(1)).await.applied);
        assert!(
            step(&store, sent(queued.row, 1, &sim(1), 1, true))
                .await
                .applied
        );
    }
    // Space comes back.
    limit_pages(&store, 1000).await;
    assert!(store.accept(big(), None).await.is_ok());
    assert!(dir.path().join("simgate.reserve").exists());
}

#[tokio::test]
async fn the_reserve_is_spent_for_what_must_go_on_and_comes_back() {
    let (dir, store) = open();
    let reserve = dir.path().join("simgate.reserve");
    assert!(reserve.exists());
    limit_pages(&store, 0).await;
    // More than the pages that are free in the file.
    let big = "CREATE TABLE big AS SELECT zeroblob(1000000) AS x";
    let grow = |need| store.write(need, move |tx| tx.execute(big, []).map(drop));
    assert!(matches!(grow(Need::Growth).await, Err(StoreError::Full)));
    assert!(
        reserve.exists(),
        "a message that can be refused does not cost the reserve"
    );
    assert!(matches!(grow(Need::Ongoing).await, Err(StoreError::Full)));
    assert!(!reserve.exists());
    // While it is spent, new messages are refused without a try, and the operator sees why.
    let refused = store.accept(vec![text(TO, "x")], None).await;
    assert!(matches!(refused, Err(StoreError::Full)));
    assert!(store.trouble().is_some());

    limit_pages(&store, 1000).await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    put(&store, text(TO, "x")).await;
    assert!(reserve.exists());
    assert!(store.trouble().is_none());
}

/// What comes while a transaction runs may join it, but not past what refuses it else.
#[tokio::test]
async fn what_can_be_refused_joins_no_commit_while_the_reserve_is_spent() {
    let (_dir, store) = open();
    limit_pages(&store, 0).await;
    let big = "CREATE TABLE big AS SELECT zeroblob(1000000) AS x";
    let grown = store.write(Need::Ongoing, move |tx| tx.execute(big, []).map(drop));
    assert!(matches!(grown.await, Err(StoreError::Full)));
    assert!(store.trouble().is_some());
    // There would be room for it.
    limit_pages(&store, 1000).await;
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let begun = std::sync::Arc::new(tokio::sync::Notify::new());
    let begins = std::sync::Arc::clone(&begun);
    let running = store.write(Need::Ongoing, move |_| {
        begins.notify_one();
        wait.recv().unwrap();
        Ok(())
    });
    let joining = async {
        begun.notified().await;
        let accepting = store.accept(vec![text(TO, "x")], None);
        let goes_on = async { go.send(()).unwrap() };
        tokio::join!(biased; accepting, goes_on).0
    };
    let (ran, joined) = tokio::join!(running, joining);
    ran.unwrap();
    assert!(matches!(joined, Err(StoreError::Full)), "{joined:?}");
    assert_eq!(queued_depth(&store), 0);
}
