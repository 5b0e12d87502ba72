//! What is remembered of SIMs over a restart.

use super::*;
use crate::admin::sim_health::Awaited;
use model::{SimError, SimHealth};

fn ailing() -> SimHealth {
    SimHealth {
        open_until: Some(at(30 * SECOND)),
        openings: 2,
        failures: 3,
        results: 0b1011,
        counted: 7,
        last_error: Some(SimError {
            reason: network(),
            at: T0,
        }),
        last_submit: Some(T0),
    }
}

#[tokio::test]
async fn a_sims_health_is_committed_with_the_outcome_and_outlives_the_run() {
    let (dir, store) = open();
    let queued = put_claimed(&store, text(TO, "hello"), &sim(1)).await;
    let steps = vec![
        Step::Health {
            iccid: sim(1),
            health: Box::new(ailing()),
        },
        requeue(queued.row, T0, T0),
    ];
    let done = advance(&store, steps).await;
    assert!(done.steps[1].applied);
    let store = reopen(&dir, store).await;
    assert_eq!(store.admin().sim_health(&sim(1)).await.unwrap(), ailing());
    assert_eq!(
        store.admin().all_sim_health().await.unwrap(),
        [(sim(1), ailing())]
    );
    assert_eq!(
        store.admin().sim_health(&sim(2)).await.unwrap(),
        SimHealth::default()
    );

    let none = SimHealth::default();
    put_health(&store, &sim(1), none).await;
    assert!(store.admin().all_sim_health().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_sims_last_submit_and_what_it_awaits_are_read_back() {
    let (_dir, store) = open();
    let nothing = store.admin().submits(&sim(1), T0).await.unwrap();
    assert_eq!((nothing.last, nothing.last_mr), (None, None));
    for n in 0..4_u8 {
        let to = format!("+8490000000{n}");
        put_sent(&store, &to, &sim(1), 250 + n, at(i64::from(n) * SECOND)).await;
    }
    put_sent(&store, "+84900000009", &sim(2), 9, at(9 * SECOND)).await;
    let submits = store
        .admin()
        .submits(&sim(1), at(2 * SECOND))
        .await
        .unwrap();
    assert_eq!(
        (submits.last, submits.last_mr),
        (Some(at(3 * SECOND)), Some(253))
    );
    let awaited = |mr: u8, to: &str, n: i64| Awaited {
        mr,
        to: to.to_owned(),
        sent_at: at(n * SECOND),
    };
    assert_eq!(
        submits.awaited,
        [
            awaited(252, "+84900000002", 2),
            awaited(253, "+84900000003", 3)
        ]
    );
}

#[tokio::test]
async fn a_scan_passes_by_what_there_is_no_room_for() {
    let (_dir, store) = open();
    let long_ones = (0..5).map(|_| long(TO, 3));
    let short = text("+84900000002", "short");
    let rows: Vec<RowId> = accept(&store, long_ones.chain([short]).collect())
        .await
        .iter()
        .map(|queued| queued.row)
        .collect();
    let needs = Queued {
        segments: 3,
        ..Queued::sample(0)
    }
    .needs();
    let scan = Scan {
        after: None,
        now: T0,
        limit: 9,
        room: [(needs.clone(), 1)].into(),
        only: false,
        held: [rows[0]].into(),
        taken: [].into(),
        classifier: Classifier::default(),
    };
    let scanned = store.queue().scan(&lane(), scan.clone()).await.unwrap();
    let found: Vec<RowId> = scanned.found.iter().map(|queued| queued.row).collect();
    assert_eq!(found, [rows[1], rows[5]]);
    assert_eq!(scanned.passed, [(needs, (T0, rows[2]))].into());
    assert_eq!(scanned.end, None);
    let only = Scan {
        only: true,
        ..scan.clone()
    };
    let scanned = store.queue().scan(&lane(), only).await.unwrap();
    assert_eq!((scanned.found.len(), scanned.found[0].row), (1, rows[1]));
    assert_eq!(
        scanned.end,
        Some((T0, rows[1])),
        "no look at what nobody wants"
    );
    let taken = Scan {
        taken: [rows[1]].into(),
        ..scan
    };
    let scanned = store.queue().scan(&lane(), taken).await.unwrap();
    assert_eq!(scanned.taken, [(T0, rows[1])], "it waits all the same");
    assert!(scanned.found.iter().all(|queued| queued.row != rows[1]));
}
