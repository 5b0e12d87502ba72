//! Numbers that lost a digit on the line.

use super::*;

async fn mr(store: &Store, id: MessageId) -> Option<u8> {
    get(store, id).await.parts[0].mr
}

async fn delivered_as(store: &Store, id: MessageId, number: u8) {
    assert_eq!(state(store, id).await, State::Delivered);
    assert_eq!(mr(store, id).await, Some(number));
}

#[tokio::test]
async fn a_part_keeps_no_number_that_may_have_lost_a_digit() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 178, T0).await;
    // It was 179.
    let queued = put_sent(&store, TO, &sim(1), 19, T0).await;
    assert_eq!(state(&store, queued.id).await, State::Sent);
    assert_eq!(mr(&store, queued.id).await, None);
    store.report(report(TO, 179)).await.unwrap();
    delivered_as(&store, queued.id, 179).await;
}

#[tokio::test]
async fn a_number_is_kept_where_no_digit_can_have_been_lost() {
    let (_dir, store) = open();
    let first = put_sent(&store, TO, &sim(1), 176, T0).await;
    // The one that follows, and one of a count begun anew.
    for number in [177, 0, 1] {
        let queued = put_sent(&store, TO, &sim(1), number, T0).await;
        assert_eq!(mr(&store, queued.id).await, Some(number));
    }
    assert_eq!(mr(&store, first.id).await, Some(176));
}

#[tokio::test]
async fn the_next_number_shows_that_the_first_one_had_lost_a_digit() {
    let (_dir, store) = open();
    // It was 179, which nothing tells yet.
    let queued = put_sent(&store, TO, &sim(1), 19, T0).await;
    assert_eq!(mr(&store, queued.id).await, Some(19));
    let reported = store.report(report(TO, 179)).await.unwrap();
    assert_eq!(reported, Reported::Unmatched);
    let settled = next_sent(&store, 180).await;
    assert_eq!(settled.len(), 1);
    delivered_as(&store, queued.id, 179).await;
}

#[tokio::test]
async fn a_number_that_its_report_has_confirmed_is_not_taken_back() {
    let (_dir, store) = open();
    let queued = put_sent(&store, TO, &sim(1), 19, T0).await;
    store.report(report(TO, 19)).await.unwrap();
    next_sent(&store, 180).await;
    delivered_as(&store, queued.id, 19).await;
}

#[tokio::test]
async fn a_late_answer_that_lost_a_digit_settles_its_part_without_a_number() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 178, T0).await;
    let queued = put_uncertain(&store, TO).await;
    step(&store, late(queued.row, 19)).await;
    assert_eq!(
        concluded(&store, queued.id).await,
        (Conclusion::Sent, Some(Evidence::LateAnswer))
    );
    assert_eq!(mr(&store, queued.id).await, None);
    // It has used a number up, so the next one proves nothing of the one between.
    let other = put_uncertain(&store, "+84900000002").await;
    assert!(next_sent(&store, 180).await.is_empty());
    assert_eq!(state(&store, other.id).await, State::Uncertain);
    store.report(report(TO, 179)).await.unwrap();
    delivered_as(&store, queued.id, 179).await;
}

#[tokio::test]
async fn what_was_refused_and_accepted_under_a_shortened_number_has_none() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 178, T0).await;
    let queued = hand_over(&store, TO, T0).await;
    let back = Step::Requeue {
        row: queued.row,
        part: 1,
        due_at: T0,
        reason: network(),
        refused_by: None,
        pinned: None,
        at: T0,
    };
    let mut answer = late(queued.row, 19);
    if let Step::LateAnswer { refused, .. } = &mut answer {
        *refused = Some(true);
    }
    let steps = vec![spent(queued.row, RefusedBy::Modem), back, answer];
    store.advance(steps).await.unwrap();
    assert_eq!(state(&store, queued.id).await, State::Sent);
    assert_eq!(mr(&store, queued.id).await, None);
}
