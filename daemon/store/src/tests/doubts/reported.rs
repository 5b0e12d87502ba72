//! What reports say of parts in doubt, and of parts without a number.

use super::*;

#[tokio::test]
async fn a_report_with_the_number_it_must_have_had_settles_it() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let lost = put_uncertain(&store, TO).await;
    for wrong in [report("+84900000002", 11), report(TO, 13)] {
        assert_eq!(reported(&store, wrong).await, Reported::Unmatched);
    }
    let reported = reported(&store, report(TO, 11)).await;
    let Reported::Matched {
        id, state, settled, ..
    } = reported
    else {
        panic!("{reported:?}")
    };
    assert_eq!((id, state), (lost.id, State::Delivered));
    assert_eq!(settled.len(), 1);
    assert_eq!(
        concluded(&store, lost.id).await,
        (Conclusion::Sent, Some(ConcludedBy::StatusReport))
    );
    // The number counts for the next.
    let second = put_uncertain(&store, "+84900000002").await;
    assert_eq!(next_sent(&store, 12).await.len(), 1);
    assert_eq!(self::state(&store, second.id).await, State::Queued);
}

#[tokio::test]
async fn a_report_on_the_later_of_two_tells_about_the_earlier() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let first = put_uncertain(&store, "+84900000002").await;
    let second = put_uncertain(&store, TO).await;
    let reported = reported(&store, report(TO, 11)).await;
    assert!(matches!(reported, Reported::Matched { settled, .. } if settled.len() == 2));
    assert_eq!(state(&store, first.id).await, State::Queued);
    assert_eq!(state(&store, second.id).await, State::Delivered);
}

#[tokio::test]
async fn a_report_that_came_before_the_doubt_settles_it_at_once() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let queued = put_claimed(&store, text(TO, "hello"), &sim(1)).await;
    assert_eq!(reported(&store, report(TO, 11)).await, Reported::Unmatched);
    let done = advance(&store, vec![uncertain(queued.row, 1, true)]).await;
    assert_eq!(done.settled.len(), 1);
    assert_eq!(state(&store, queued.id).await, State::Delivered);
}

#[tokio::test]
async fn the_report_of_a_part_without_a_number_is_no_evidence_for_another() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let queued = put_claimed(&store, long(TO, 2), &sim(1)).await;
    let unnumbered = unnumbered(queued.row, false);
    let second = sending(queued.row, 2, sim(1), T0);
    let steps = vec![unnumbered, second, uncertain(queued.row, 2, true)];
    advance(&store, steps).await;
    let reported = reported(&store, report(TO, 11)).await;
    assert_eq!(reported, Reported::Unmatched);
    let message = get(&store, queued.id).await;
    assert_eq!(message.parts[1].state, PartState::Uncertain);
}

#[tokio::test]
async fn the_report_of_the_only_part_without_a_number_is_its_own() {
    let (_dir, store) = open();
    let queued = put_claimed(&store, text(TO, "hello"), &sim(1)).await;
    let unnumbered = unnumbered(queued.row, true);
    // Whether it comes before the answer or after.
    reported(&store, report(TO, 11)).await;
    step(&store, unnumbered).await;
    let message = get(&store, queued.id).await;
    assert_eq!(
        (message.state, message.parts[0].mr),
        (State::Delivered, Some(11))
    );
}
