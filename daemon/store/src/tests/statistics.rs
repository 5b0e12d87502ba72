//! What is counted of messages is what a count of them gives, whatever happens to them.

mod days;

use std::collections::HashSet;

use super::clock_steps::{follow, set};
use super::reports::{of_status, report};
use super::*;
use crate::statistics::compare;
use crate::{ReportClass, StatisticsGroup, StatisticsQuery, StatisticsRead};
use model::{CountedBy, Figures, Percentiles};

const DAY: i64 = 24 * HOUR;
/// The hour of `T0`, since 1970.
const FIRST: i64 = T0.0 / HOUR;

/// What is wrong with the counts.
async fn fault(store: &Store) -> Option<String> {
    store.read(compare::fault).await.unwrap()
}

async fn read(store: &Store, query: StatisticsQuery) -> StatisticsRead {
    store.statistics().read(query).await.unwrap()
}

/// All that was counted in some hours, as one step.
fn whole(from: i64, until: i64) -> StatisticsQuery {
    StatisticsQuery {
        by: None,
        only: None,
        steps: vec![FIRST + from, FIRST + until],
        hourly: false,
        most: 1000,
    }
}

async fn total(store: &Store, query: StatisticsQuery) -> Figures {
    match read(store, query).await {
        StatisticsRead::Found { total, .. } => total,
        other => panic!("{other:?}"),
    }
}

/// A group with its name.
struct Named {
    step: usize,
    name: String,
    figures: Figures,
}

async fn groups(store: &Store, query: StatisticsQuery) -> Vec<Named> {
    match read(store, query).await {
        StatisticsRead::Found { groups, names, .. } => {
            let named = |group: StatisticsGroup| Named {
                step: group.step,
                name: names[group.name].clone(),
                figures: group.figures,
            };
            groups.into_iter().map(named).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// Queued, sent, delivered, failed, received.
fn numbers(figures: &Figures) -> [u64; 5] {
    let Figures {
        queued,
        sent,
        delivered,
        failed,
        received,
        ..
    } = *figures;
    [queued, sent, delivered, failed, received]
}

/// What was counted in each of the first hours, by its place; hours with nothing are left out.
async fn by_hour(store: &Store, hours: i64) -> Vec<(usize, [u64; 5])> {
    let query = StatisticsQuery {
        hourly: true,
        steps: (FIRST..=FIRST + hours).collect(),
        ..whole(0, 0)
    };
    let found = groups(store, query).await;
    let found = found.iter().map(|one| (one.step, numbers(&one.figures)));
    found.collect()
}

async fn delivered(store: &Store, to: &str, mr: u8, waited: i64, took: i64) -> Queued {
    let sent_at = at(waited);
    let queued = put_sent(store, to, &sim(1), mr, sent_at).await;
    let report = report(&sim(1), mr, to, Time(sent_at.0 + took));
    store.evidence().report(report).await.unwrap();
    queued
}

fn within(found: u64, exact: u64) -> bool {
    found.abs_diff(exact) * 20 <= exact
}

#[tokio::test]
async fn a_message_counts_where_it_was_queued_sent_and_delivered() {
    let (_dir, store) = open();
    delivered(&store, "+84901234567", 7, 4 * SECOND, 2 * HOUR).await;
    put(&store, text("+447700900123", "waits")).await;
    assert_eq!(fault(&store).await, None);
    let expected = [(0, [2, 1, 0, 0, 0]), (2, [0, 0, 1, 0, 0])];
    assert_eq!(by_hour(&store, 3).await, expected);
    let all = total(&store, whole(0, 24)).await;
    let Percentiles { p50_ms, p99_ms, .. } = all.queued_to_sent.unwrap();
    assert!(within(p50_ms, 4000) && within(p99_ms, 4000), "{all:?}");
    let Percentiles { p50_ms, .. } = all.sent_to_delivered.unwrap();
    assert!(within(p50_ms, 7_200_000), "{all:?}");
    let one = sim(1);
    for (by, expected) in [
        (
            CountedBy::Carrier,
            vec![("", [2, 0, 0, 0, 0]), (one.as_str(), [0, 1, 1, 0, 0])],
        ),
        (CountedBy::Key, vec![("1", [2, 1, 1, 0, 0])]),
        (
            CountedBy::Prefix,
            vec![("+44", [1, 0, 0, 0, 0]), ("+84", [1, 1, 1, 0, 0])],
        ),
    ] {
        let query = StatisticsQuery {
            by: Some(by),
            ..whole(0, 24)
        };
        let found = groups(&store, query).await;
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.name.as_str(), numbers(&one.figures)))
            .collect();
        assert_eq!(found, expected, "{by:?}");
    }
    let only = Some(HashSet::from([sim(1).to_string()]));
    let query = StatisticsQuery {
        by: Some(CountedBy::Carrier),
        only,
        ..whole(0, 24)
    };
    assert_eq!(numbers(&total(&store, query).await), [0, 1, 1, 0, 0]);
}

/// The clock of an SMSC is hours off as often as not: it may have the wrong zone.
#[tokio::test]
async fn a_delivery_counts_between_its_message_and_its_report_whatever_the_smsc_says() {
    let (_dir, store) = open();
    for (mr, discharged_at) in [(1, at(-5 * HOUR)), (2, at(40 * HOUR)), (3, at(2 * HOUR))] {
        put_sent(&store, &format!("+8490123456{mr}"), &sim(1), mr, at(HOUR)).await;
        let mut report = report(&sim(1), mr, &format!("+8490123456{mr}"), at(4 * HOUR));
        report.discharged_at = Some(discharged_at);
        reported(&store, report).await;
    }
    let delivered: Vec<_> = by_hour(&store, 48).await;
    let delivered = delivered
        .into_iter()
        .map(|(hour, [_, _, delivered, ..])| (hour, delivered));
    let delivered: Vec<_> = delivered.filter(|(_, count)| *count > 0).collect();
    assert_eq!(delivered, [(1, 1), (2, 1), (4, 1)]);
    let took = total(&store, whole(0, 48)).await.sent_to_delivered.unwrap();
    assert!(
        within(took.p50_ms, 3_600_000) && within(took.p99_ms, 3 * 3_600_000),
        "{took:?}"
    );
    assert_eq!(fault(&store).await, None);
}

#[tokio::test]
async fn what_fails_expires_or_cannot_be_delivered_has_failed_and_what_is_cancelled_has_not() {
    let (_dir, store) = open();
    let failed = put(&store, text("+84901", "a")).await;
    claim(&store, failed.row, &sim(1)).await;
    let fail = Step::Fail {
        row: failed.row,
        part: 1,
        reason: network(),
        at: at(HOUR),
    };
    step(&store, fail).await;
    put(&store, text("+84902", "b")).await;
    store.queue().expire(at(25 * HOUR), 1).await.unwrap();
    put_sent(&store, "+84903", &sim(1), 3, T0).await;
    let lost = report(&sim(1), 3, "+84903", at(2 * HOUR));
    let lost = of_status(lost, 0x45, ReportClass::Permanent);
    store.evidence().report(lost).await.unwrap();
    let cancelled = put(&store, text("+84904", "d")).await;
    store
        .queue()
        .cancel(cancelled.id, at(SECOND), None)
        .await
        .unwrap();
    assert_eq!(fault(&store).await, None);
    let one_failed = [0, 0, 0, 1, 0];
    let expected = [
        (0, [4, 1, 0, 0, 0]),
        (1, one_failed),
        (2, one_failed),
        (25, one_failed),
    ];
    assert_eq!(by_hour(&store, 26).await, expected);
}

#[tokio::test]
async fn a_job_that_is_undone_counts_nothing_and_those_beside_it_do() {
    let (_dir, store) = open();
    let known = put(&store, text("+84901", "a")).await;
    // All three wait for one transaction.
    let go = store.stall().await;
    let undone = store.write(Need::Ongoing, move |tx| {
        let new = text("+84902", "undone");
        let row = RowId(crate::queue::accept::insert(tx, &new)?);
        for row in [row, known.row] {
            let claim = Step::Claim {
                fell_back: None,
                row,
                part: 1,
                carrier: sim(1).into(),
                parts: 1,
                at: T0,
            };
            crate::queue::advance::advance(tx, &claim, &mut Vec::new())?;
            let sent = sent(row, 1, &sim(1), 1, true);
            crate::queue::advance::advance(tx, &sent, &mut Vec::new())?;
        }
        Err::<(), _>(StoreError::Defect)
    });
    let other = store.accept(vec![text("+84903", "b")], None);
    let go = async {
        tokio::task::yield_now().await;
        drop(go);
    };
    let (undone, other, ()) = tokio::join!(undone, other, go);
    assert!(undone.is_err() && other.is_ok());
    assert_eq!(fault(&store).await, None);
    assert_eq!(numbers(&total(&store, whole(0, 24)).await), [2, 0, 0, 0, 0]);
}

#[tokio::test]
async fn what_self_tests_send_is_not_counted() {
    let (_dir, store) = open();
    let test = NewMessage {
        test: true,
        ..text("+84901", "test")
    };
    let test = put(&store, test).await;
    claim(&store, test.row, &sim(1)).await;
    step(&store, sent(test.row, 1, &sim(1), 1, true)).await;
    assert_eq!(fault(&store).await, None);
    assert_eq!(total(&store, whole(0, 24)).await, Figures::default());
}

/// As a file of before there were statistics.
async fn forget_counts(store: &Store) {
    store.run("DELETE FROM statistics").await;
    store
        .run("UPDATE messages SET ended_at = NULL, waited = NULL, took = NULL")
        .await;
    store
        .run("UPDATE statistics_extent SET uncounted = (SELECT max(row) FROM messages)")
        .await;
}

#[tokio::test]
async fn messages_of_before_are_counted_by_and_by_while_they_change() {
    let (_dir, store) = open();
    delivered(&store, "+84900", 200, 4 * SECOND, 5 * SECOND).await;
    let many = (0..600).map(|n| text(&format!("+8490{n:07}"), "old"));
    let many = accept(&store, many.collect()).await;
    let expected = total(&store, whole(0, 24)).await;
    forget_counts(&store).await;
    put(&store, text("+84901", "new")).await;
    assert_eq!(numbers(&total(&store, whole(0, 24)).await), [1, 0, 0, 0, 0]);
    // One that is counted by now, and one that is not yet.
    assert!(store.statistics().count_older().await.unwrap());
    assert_eq!(fault(&store).await, None);
    for (queued, mr) in [(&many[599], 1), (&many[0], 2)] {
        claim(&store, queued.row, &sim(1)).await;
        step(&store, sent(queued.row, 1, &sim(1), mr, true)).await;
        assert_eq!(fault(&store).await, None);
    }
    let complete = |read| matches!(read, StatisticsRead::Found { complete: true, .. });
    assert!(!complete(read(&store, whole(0, 24)).await));
    while store.statistics().count_older().await.unwrap() {}
    assert!(complete(read(&store, whole(0, 24)).await));
    assert_eq!(fault(&store).await, None);
    let found = total(&store, whole(0, 24)).await;
    assert_eq!(numbers(&found), [602, 3, 1, 0, 0]);
    assert_eq!(found.sent_to_delivered, expected.sent_to_delivered);
}

#[tokio::test]
async fn when_messages_of_before_failed_is_told_by_their_history() {
    let (_dir, store) = open();
    put(&store, text("+84902", "b")).await;
    store.queue().expire(at(25 * HOUR), 1).await.unwrap();
    forget_counts(&store).await;
    while store.statistics().count_older().await.unwrap() {}
    sum_up(&store, 48).await;
    assert_eq!(numbers(&total(&store, whole(25, 26)).await), [0; 5]);
    let hour = StatisticsQuery {
        hourly: true,
        ..whole(25, 26)
    };
    assert_eq!(numbers(&total(&store, hour).await), [0, 0, 0, 1, 0]);
}

/// Hours before this one, from the first on, are over.
async fn sum_up(store: &Store, hours: i64) {
    store.statistics().sum_up(at(hours * HOUR)).await.unwrap();
}

#[tokio::test]
async fn messages_that_are_deleted_stay_counted() {
    let (_dir, store) = open();
    delivered(&store, "+84901", 1, SECOND, SECOND).await;
    put(&store, text("+84902", "the latest stays")).await;
    store.reading().index_all().await.unwrap();
    let tomorrow = Time(clock::now().0 + DAY);
    assert_eq!(store.upkeep().retain(tomorrow, T0, 10).await.unwrap(), 1);
    assert_eq!(numbers(&total(&store, whole(0, 24)).await), [2, 1, 1, 0, 0]);
    assert_eq!(fault(&store).await, None);
}

#[tokio::test]
async fn a_step_of_the_clock_moves_nothing_that_is_counted() {
    for by in [2 * DAY, -2 * DAY] {
        let (_dir, store) = open();
        let set = set(by);
        let made = |to| NewMessage {
            created_at: set.from,
            ..text(to, "a")
        };
        let waits = put(&store, made("+84901")).await;
        let out = put(&store, made("+84902")).await;
        claim_at(&store, out.row, &sim(1), set.from).await;
        let sent_at = |row, mr, at| Step::PartSent {
            row,
            part: 1,
            carrier: sim(1).into(),
            reference: Reference::Mr(mr),
            at,
            last: true,
        };
        let four = Time(set.from.0 + 4 * SECOND);
        step(&store, sent_at(out.row, 1, four)).await;
        follow(&store, set).await;
        // Those are some seconds, whatever the clock showed meanwhile.
        let report = report(&sim(1), 1, "+84902", Time(set.to.0 + 12 * SECOND));
        store.evidence().report(report).await.unwrap();
        claim_at(&store, waits.row, &sim(1), Time(set.to.0 + SECOND)).await;
        step(&store, sent_at(waits.row, 2, Time(set.to.0 + 4 * SECOND))).await;
        assert_eq!(fault(&store).await, None);
        let all = total(&store, whole(-100, 100)).await;
        assert_eq!(numbers(&all), [2, 2, 1, 0, 0]);
        let waited = all.queued_to_sent.unwrap();
        assert!(
            within(waited.p50_ms, 4000) && within(waited.p99_ms, 4000),
            "{by}: {all:?}"
        );
        let took = all.sent_to_delivered.unwrap();
        assert!(within(took.p50_ms, 8000), "{by}: {all:?}");
    }
}

#[tokio::test]
async fn statistics_that_are_damaged_hold_up_no_message_and_are_found() {
    let (dir, store) = open();
    let one = put(&store, text("+84901", "a")).await;
    store
        .run("UPDATE statistics SET sent = sent + 1 WHERE kind = 0 AND level = 0")
        .await;
    let told = fault(&store).await.unwrap();
    assert!(told.contains("2026-"), "{told}");
    store
        .run("UPDATE statistics SET sent = sent - 1 WHERE kind = 0 AND level = 0")
        .await;
    sum_up(&store, 1).await;
    store
        .run("UPDATE statistics SET queued = queued + 1 WHERE kind = 1 AND level = 1")
        .await;
    assert!(fault(&store).await.unwrap().contains("by the day"));
    assert_eq!(crate::check(dir.path()).unwrap().len(), 1);
    store
        .run("UPDATE statistics SET queued = queued - 1 WHERE kind = 1 AND level = 1")
        .await;
    assert_eq!(fault(&store).await, None);
    // What changes a message and passes the counting by is found too.
    store
        .run("UPDATE messages SET state = 6, ended_at = created_at")
        .await;
    assert!(fault(&store).await.is_some());
    store
        .run("UPDATE messages SET state = 1, ended_at = NULL")
        .await;
    store.run("DROP TABLE statistics").await;
    claim(&store, one.row, &sim(1)).await;
    put(&store, text("+84902", "b")).await;
    assert_eq!(state(&store, one.id).await, State::Sending);
}

#[tokio::test]
async fn more_groups_than_are_wanted_are_refused() {
    let (_dir, store) = open();
    put(&store, text("+84901", "a")).await;
    put(&store, text("+44901", "a")).await;
    let query = |most| StatisticsQuery {
        by: Some(CountedBy::Prefix),
        most,
        ..whole(0, 24)
    };
    assert_eq!(groups(&store, query(2)).await.len(), 2);
    assert!(matches!(
        read(&store, query(1)).await,
        StatisticsRead::TooMany
    ));
}
