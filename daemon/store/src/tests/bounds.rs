//! What may wait for the store, and that what waits for others keeps it from nobody.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};

use super::*;
use crate::machine::writer::{Need, WAITING};
use crate::values::{RowExt as _, params};

/// Holds the writer up until the sender is dropped.
async fn hold_up(store: &Store) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let mut begun = Some(begun);
    let store = store.clone();
    tokio::spawn(async move {
        let job = move |_: &mut crate::machine::writer::Tx<'_>| {
            begun.take().map(|begun| begun.send(()));
            let _ = released.recv();
            Ok(())
        };
        store.write(Need::Ongoing, job).await
    });
    has_begun.await.unwrap();
    release
}

#[tokio::test]
async fn callers_that_hang_up_do_not_fill_the_writers_queue() {
    let (_dir, store) = open();
    let release = hold_up(&store).await;
    let ran = Arc::new(AtomicUsize::new(0));
    for _ in 0..2 * WAITING {
        let ran = ran.clone();
        let count = move |_: &mut crate::machine::writer::Tx<'_>| {
            ran.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        let mut write = Box::pin(store.write(Need::Ongoing, count));
        let polled = write.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Pending));
        // Its caller goes away.
        drop(write);
        tokio::task::yield_now().await;
    }
    drop(release);
    put(&store, text(TO, "x")).await;
    let ran = ran.load(Ordering::Relaxed);
    assert!(ran < WAITING, "{ran} jobs waited");
    assert!(ran > WAITING / 2, "what was handed in is done all the same");
}

#[test]
fn reads_need_none_of_the_threads_that_others_may_hold() {
    let one_thread = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .enable_all()
        .build()
        .unwrap();
    one_thread.block_on(async {
        let (_dir, store) = open();
        let (release, released) = mpsc::channel::<()>();
        let held = tokio::task::spawn_blocking(move || released.recv());
        let read = tokio::time::timeout(Duration::from_secs(20), store.queue().lanes());
        assert!(read.await.expect("reads while a thread is held").is_ok());
        drop(release);
        let _ = held.await;
    });
}

#[tokio::test]
async fn a_read_that_panics_costs_no_reader() {
    let (_dir, store) = open();
    for _ in 0..8 {
        let read = store.read(|_| -> Result<(), StoreError> { panic!("a defect") });
        assert!(matches!(read.await, Err(StoreError::Defect)));
    }
    assert!(store.admin().sims().await.is_ok());
}

/// Steps of SQLite's machine that `sql` takes with these parameters.
async fn cost(store: &Store, sql: &'static str, hour: i64) -> i32 {
    let read = move |connection: &rusqlite::Connection| {
        let mut select = connection.prepare(sql)?;
        let mut rows = select.query([hour])?;
        while rows.next()?.is_some() {}
        drop(rows);
        Ok(select.get_status(rusqlite::StatementStatus::VmStep))
    };
    store.read(read).await.unwrap()
}

#[tokio::test]
async fn what_sims_did_lately_is_found_without_their_whole_history() {
    let (_dir, store) = open();
    let fill = |from: i64, count: i64| {
        store.write(Need::Ongoing, move |tx| {
            let sql = "INSERT INTO tallies
                WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
                SELECT 'sim-' || s.i, n.i, 1, 1, 1, 0, 0, 0 FROM n, (SELECT 1 AS i UNION SELECT 2) s";
            tx.execute(sql, [from, from + count - 1]).map(drop)
        })
    };
    let now = crate::tables::tallies::hour(T0);
    fill(now - 23, 24).await.unwrap();
    let sql = crate::admin::sims::TOTALS;
    let (short, table) = (
        cost(&store, sql, now - 10).await,
        "SELECT count(*) FROM tallies WHERE ?1",
    );
    let whole = cost(&store, table, 1).await;
    fill(now - 5023, 5000).await.unwrap();
    assert!(
        cost(&store, table, 1).await > whole,
        "the measure sees the rows"
    );
    assert_eq!(cost(&store, sql, now - 10).await, short);
}

#[tokio::test]
async fn tallies_that_nobody_looks_at_go_whoever_they_are_of() {
    let (_dir, store) = open();
    let hour = crate::tables::tallies::hour(T0);
    let put = move |tx: &mut crate::machine::writer::Tx<'_>| {
        for carrier in ["898401123456789012", "uplink:main"] {
            for hour in [hour - 24 * 401, hour] {
                tx.execute(
                    "INSERT INTO tallies VALUES (?1, ?2, 1, 1, 1, 0, 0, 0)",
                    params![carrier, hour],
                )?;
            }
        }
        Ok(())
    };
    store.write(Need::Ongoing, put).await.unwrap();
    store.upkeep().retain(T0, T0, 10).await.unwrap();
    let left = store.read(|connection| {
        let sql = "SELECT count(*), min(hour) FROM tallies";
        Ok(connection.query_row(sql, [], |row| Ok((row.col(0)?, row.col(1)?)))?)
    });
    assert_eq!(left.await.unwrap(), (2_i64, hour));
}
