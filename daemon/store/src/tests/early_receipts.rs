//! Receipts that were nobody's when they came, and what is made of them later.

use super::clock_steps::{follow, set_after};
use super::receipts::{answered, handed, lost, matched, named, receipt};
use super::*;
use crate::{NewReport, Reported, Settled};
use model::PartState;

/// That of the part with the decimal id 1006570, given in hexadecimal.
const OTHERWISE: [&str; 2] = ["f5bea", "1006570"];

/// Its first part has the id 1006570, its second waits for an answer.
async fn half_sent(store: &Store) -> Queued {
    let queued = put(store, long(TO, 2)).await;
    assert!(claim_as(store, queued.row, &up(), 2).await.applied);
    let mut sent = named(queued.row, "1006570", T0);
    if let Step::PartSent { last, .. } = &mut sent {
        *last = false;
    }
    let sending = sending(queued.row, 2, up(), T0);
    let done = advance(store, vec![sent, sending]).await;
    assert!(done.steps.iter().all(|step| step.applied));
    queued
}

/// One part waits for the receipt that has come, another one for its answer.
async fn both(store: &Store) -> (Queued, Queued) {
    let first = handed(store).await;
    answered(store, first.row, "1006570").await;
    let second = handed(store).await;
    assert!(!matched(store, receipt(&OTHERWISE)).await);
    assert_eq!(state(store, first.id).await, State::Sent);
    (first, second)
}

/// What a step of the second message moved along: the first one was delivered.
async fn moves_the_first(store: &Store, first: &Queued, step: Step) {
    let done = advance(store, vec![step]).await;
    assert!(done.steps[0].applied);
    let moved = |one: &Settled| (one.id, one.state);
    let moved: Vec<_> = done.settled.iter().map(moved).collect();
    assert_eq!(moved, [(first.id, State::Delivered)]);
    assert_eq!(state(store, first.id).await, State::Delivered);
}

#[tokio::test]
async fn one_under_the_id_of_the_part_before_says_nothing_of_one_in_doubt() {
    let (_dir, store) = open();
    let queued = half_sent(&store).await;
    assert!(!matched(&store, receipt(&OTHERWISE)).await);
    assert!(step(&store, lost(queued.row, 2, true)).await.applied);
    assert_eq!(
        part_states(&store, queued.id).await,
        [PartState::Delivered, PartState::Uncertain]
    );
    // Its own may still come.
    assert!(matched(&store, receipt(&["f5bf4", "1006580"])).await);
    assert_eq!(state(&store, queued.id).await, State::Delivered);
}

#[tokio::test]
async fn nor_after_a_crash() {
    let (dir, store) = open();
    let queued = half_sent(&store).await;
    assert!(!matched(&store, receipt(&OTHERWISE)).await);
    let store = reopen(&dir, store).await;
    assert_eq!(
        part_states(&store, queued.id).await,
        [PartState::Delivered, PartState::Uncertain]
    );
}

#[tokio::test]
async fn one_of_another_message_is_given_to_it_when_nothing_is_in_flight() {
    let (_dir, store) = open();
    let (first, second) = both(&store).await;
    moves_the_first(&store, &first, lost(second.row, 1, true)).await;
    assert_eq!(state(&store, second.id).await, State::Uncertain);
}

#[tokio::test]
async fn also_when_that_was_refused() {
    let (_dir, store) = open();
    let (first, second) = both(&store).await;
    let throttled = (Reason::read("smpp-0x58", "throttled"), Some(up()));
    let refused = refused(second.row, throttled, at(60 * SECOND), T0);
    moves_the_first(&store, &first, refused).await;
    assert_eq!(state(&store, second.id).await, State::Queued);
}

#[tokio::test]
async fn also_when_that_has_failed() {
    let (_dir, store) = open();
    let (first, second) = both(&store).await;
    let failed = failing(
        second.row,
        1,
        Reason::read("smpp-0x0b", "no such recipient"),
        T0,
    );
    moves_the_first(&store, &first, failed).await;
    assert_eq!(state(&store, second.id).await, State::Failed);
}

#[tokio::test]
async fn also_when_that_was_sent_under_no_id() {
    let (_dir, store) = open();
    let (first, second) = both(&store).await;
    let unnamed = sent_by(second.row, up(), Reference::None, T0);
    moves_the_first(&store, &first, unnamed).await;
    assert_eq!(state(&store, second.id).await, State::Sent);
}

#[tokio::test]
async fn also_when_that_asked_for_no_report() {
    let (_dir, store) = open();
    let first = handed(&store).await;
    answered(&store, first.row, "1006570").await;
    let quiet = NewMessage {
        status_report: false,
        ..text(TO, "hello")
    };
    let second = put(&store, quiet).await;
    assert!(claim_as(&store, second.row, &up(), 1).await.applied);
    assert!(!matched(&store, receipt(&OTHERWISE)).await);
    answered(&store, second.row, "1006571").await;
    assert_eq!(state(&store, first.id).await, State::Delivered);
}

#[tokio::test]
async fn an_id_of_long_ago_says_nothing_of_one_in_doubt() {
    let (_dir, store) = open();
    let first = handed(&store).await;
    answered(&store, first.row, "7").await;
    let second = handed(&store).await;
    assert!(step(&store, lost(second.row, 1, true)).await.applied);
    // Later than any report on the first is waited for.
    let late = NewReport {
        received_at: at(72 * HOUR),
        ..receipt(&["7"])
    };
    let late = reported(&store, late).await;
    assert!(matches!(late, Reported::Unmatched), "{late:?}");
    assert_eq!(state(&store, first.id).await, State::Sent);
    assert_eq!(state(&store, second.id).await, State::Uncertain);
}

/// The answer to its part comes long after the receipt for it.
async fn answered_late(store: &Store, row: RowId, id: &str) {
    let sent = named(row, id, at(30 * HOUR));
    assert!(step(store, sent).await.applied);
}

#[tokio::test]
async fn one_is_found_as_long_as_it_is_kept() {
    for id in ["1006570", "f5bea"] {
        let (_dir, store) = open();
        let queued = handed(&store).await;
        assert!(!matched(&store, receipt(&OTHERWISE)).await);
        answered_late(&store, queued.row, id).await;
        assert_eq!(state(&store, queued.id).await, State::Delivered, "{id}");
    }
}

#[tokio::test]
async fn none_is_that_of_a_message_that_was_accepted_long_after_it_came() {
    let (_dir, store) = open();
    assert!(!matched(&store, receipt(&OTHERWISE)).await);
    let later = NewMessage {
        created_at: at(29 * HOUR),
        expires_at: at(72 * HOUR),
        ..text(TO, "hello")
    };
    let queued = put(&store, later).await;
    assert!(claim_as(&store, queued.row, &up(), 1).await.applied);
    answered_late(&store, queued.row, "1006570").await;
    assert_eq!(state(&store, queued.id).await, State::Sent);
}

#[tokio::test]
async fn after_a_step_of_the_clock_one_is_found_by_a_message_that_was_accepted_before_it_came() {
    for by in [-48 * HOUR, 20 * HOUR] {
        // Whether it came before the message, or after.
        for (came, delivered) in [(-HOUR, false), (SECOND, true)] {
            let (_dir, store) = open();
            let queued = handed(&store).await;
            let early = NewReport {
                received_at: at(came),
                ..receipt(&OTHERWISE)
            };
            assert!(!matched(&store, early).await);
            follow(&store, set_after(60 * SECOND, by)).await;
            answered_late(&store, queued.row, "1006570").await;
            let is = state(&store, queued.id).await == State::Delivered;
            assert_eq!(is, delivered, "{by} {came}");
        }
    }
}
