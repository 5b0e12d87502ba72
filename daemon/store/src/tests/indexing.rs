//! What is written behind is written to its end, whether somebody asks or not.

use super::*;
use crate::machine::keeper::IDLE_STEP;

/// Far longer than it takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn some_steps() -> Vec<NewMessage> {
    let many = (0..=5 * IDLE_STEP).map(|n| text(&format!("+8490{n:07}"), "hello"));
    many.collect()
}

/// Waits until this row is indexed.
async fn indexed(store: &Store, row: RowId) {
    let upto = async || -> RowId {
        let sql = "SELECT upto FROM indexed";
        value(store, sql).await
    };
    let reached = async {
        while upto().await < row {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, reached).await;
    assert!(in_time.is_ok(), "{:?} of {row:?} are indexed", upto().await);
}

#[tokio::test]
async fn what_came_together_is_indexed_in_more_than_one_step() {
    let (_dir, store) = open();
    let stored = accept(&store, some_steps()).await;
    indexed(&store, stored.last().unwrap().row).await;
}

#[tokio::test]
async fn what_was_left_at_a_stop_is_indexed_after_the_start() {
    let (dir, store) = open();
    let stored = accept(&store, some_steps()).await;
    store.close().await;
    let path = crate::machine::files::database_path(dir.path());
    let nothing =
        "DELETE FROM peers; DELETE FROM senders; DELETE FROM ages; DELETE FROM conversations;
        INSERT INTO search (search) VALUES ('delete-all'); UPDATE indexed SET upto = 0;";
    Connection::open(path)
        .unwrap()
        .execute_batch(nothing)
        .unwrap();
    // How many there are, the writer does not know then.
    let store = Store::open(dir.path(), DECIDE_AFTER).unwrap();
    indexed(&store, stored.last().unwrap().row).await;
}
