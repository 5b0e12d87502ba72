//! The clock was set, and not all is moved yet: what is written meanwhile stays as it is.

use super::clock_steps::{DAY, follow, made, set};
use super::receipts::{matched, receipt};
use super::reports::report;
use super::*;
use crate::{NewReplay, NewReport, Replayed, ReportClass};
use model::SimHealth;

/// Every time that a step moves, of what does not wait.
const TIMES: &str = "SELECT group_concat(x, ' ') FROM (
    SELECT group_concat(handed_at || '-' || coalesce(sent_at, '')) AS x FROM parts UNION ALL
    SELECT group_concat(handed_at || '-' || decide_at) FROM doubts UNION ALL
    SELECT group_concat(received_at) FROM orphans UNION ALL
    SELECT group_concat(received_at) FROM early_receipts UNION ALL
    SELECT group_concat(refused_at) FROM mr_counts UNION ALL
    SELECT group_concat(last_submit) FROM sim_health UNION ALL
    SELECT group_concat(at) FROM replays UNION ALL
    SELECT group_concat(first_at) FROM inbound_sets UNION ALL
    SELECT group_concat(received_at) FROM inbound_parts UNION ALL
    SELECT group_concat(at) FROM seen)";

async fn times(store: &Store) -> String {
    let read = |reader: &Connection| Ok(reader.query_row(TIMES, [], |row| row.col(0))?);
    store.read(read).await.unwrap()
}

fn replay(at: Time) -> NewReplay {
    NewReplay {
        key: KeyId(1),
        name: "order-1".to_owned(),
        request: [1; 32],
        status: 202,
        body: b"first".to_vec(),
        at,
    }
}

/// One of each at this time: sent, with a carrier, in doubt, refused, reports that came too early, an
/// answer that is remembered, a part that waits for others.
async fn one_of_each(store: &Store, at: Time) {
    put_sent(store, "+84901", &sim(1), 7, at).await;
    let stored = store
        .accept(vec![made(at, "+84902")], Some(replay(at)))
        .await;
    let Ok(Accepted::Stored(stored)) = stored else {
        panic!("not stored")
    };
    claim_at(store, stored[0].row, &sim(2), at).await;
    let refused = put(store, made(at, "+84903")).await;
    claim_at(store, refused.row, &sim(3), at).await;
    let spent = Step::NumberSpent {
        row: refused.row,
        part: 1,
        last: true,
        iccid: sim(3),
        by: crate::RefusedBy::Modem,
        at,
    };
    step(store, spent).await;
    let queued = put(store, made(at, "+84904")).await;
    claim_at(store, queued.row, &sim(4), at).await;
    let doubt = Step::PartUncertain {
        row: queued.row,
        part: 1,
        carrier: sim(4).into(),
        reason: Reason::new("no-answer", "the modem gave no answer"),
        numbered: false,
        at,
        last: true,
        decide_at: at.after(DECIDE_AFTER),
    };
    step(store, doubt).await;
    store
        .evidence()
        .report(report(&sim(5), 9, "+84905", at))
        .await
        .unwrap();
    let early = NewReport {
        received_at: at,
        ..receipt(&["1006570"], ReportClass::Delivered)
    };
    assert!(!matched(store, early).await);
    let health = SimHealth {
        last_submit: Some(at),
        ..SimHealth::default()
    };
    store
        .admin()
        .set_sim_health(&sim(1), health, None)
        .await
        .unwrap();
    super::untimed::first_of_two(store, at).await;
}

#[tokio::test]
async fn what_the_clock_that_was_set_back_wrote_already_is_not_moved() {
    for by in [-2 * HOUR, -2 * DAY, -60 * SECOND] {
        let (_dir, store) = open();
        let step = set(by);
        one_of_each(&store, Time(step.to.0 + 5 * SECOND)).await;
        let written = times(&store).await;
        follow(&store, step).await;
        assert_eq!(times(&store).await, written, "{by}");
    }
}

#[tokio::test]
async fn a_request_that_came_while_the_clock_was_set_back_finds_its_answer() {
    let (_dir, store) = open();
    let step = set(-23 * HOUR);
    let at = Time(step.to.0 + 5 * SECOND);
    let stored = store.accept(vec![made(at, "+84901")], Some(replay(at)));
    assert!(stored.await.is_ok());
    follow(&store, step).await;
    let later = Time(step.to.0 + 2 * HOUR);
    let found = store
        .reading()
        .replay(KeyId(1), "order-1", [1; 32], later)
        .await;
    assert!(matches!(found, Ok(Some(Replayed::Answer { .. }))));
}
