//! The clock was set, and not all is moved yet: what is written meanwhile stays as it is.

use super::clock_steps::{DAY, follow, made, set};
use super::receipts::{matched, receipt};
use super::reports::report;
use super::*;
use crate::{NewReport, RefusedBy, Replayed};
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
    value(store, TIMES).await
}

/// One of each at this time: sent, with a carrier, in doubt, refused, reports that came too early, an
/// answer that is remembered, a part that waits for others.
async fn one_of_each(store: &Store, at: Time) {
    put_sent(store, "+84901", &sim(1), 7, at).await;
    let remembered = replay("order-1", 1, at);
    let stored = accept_as(store, vec![made(at, "+84902")], remembered).await;
    claim_at(store, stored[0].row, &sim(2), at).await;
    let refused = put(store, made(at, "+84903")).await;
    claim_at(store, refused.row, &sim(3), at).await;
    let spent = number_spent(refused.row, sim(3), RefusedBy::Modem, at);
    step(store, spent).await;
    let queued = put(store, made(at, "+84904")).await;
    claim_at(store, queued.row, &sim(4), at).await;
    let decide_at = at.after(DECIDE_AFTER);
    step(
        store,
        in_doubt(queued.row, sim(4), no_answer(), (at, decide_at)),
    )
    .await;
    reported(store, report(&sim(5), 9, "+84905", at)).await;
    let early = NewReport {
        received_at: at,
        ..receipt(&["1006570"])
    };
    assert!(!matched(store, early).await);
    let health = SimHealth {
        last_submit: Some(at),
        ..SimHealth::default()
    };
    put_health(store, &sim(1), health).await;
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
    accept_as(&store, vec![made(at, "+84901")], replay("order-1", 1, at)).await;
    follow(&store, step).await;
    let later = Time(step.to.0 + 2 * HOUR);
    let found = replayed(&store, "order-1", 1, later).await;
    assert!(matches!(found, Some(Replayed::Answer { .. })));
}
