//! What reports say of parts in doubt, and of parts without a number.

use super::*;

#[tokio::test]
async fn a_report_with_the_number_it_must_have_had_settles_it() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let lost = put_uncertain(&store, TO).await;
    for wrong in [report("+84900000002", 11), report(TO, 13)] {
        assert_eq!(
            store.evidence().report(wrong).await.unwrap(),
            Reported::Unmatched
        );
    }
    let reported = store.evidence().report(report(TO, 11)).await.unwrap();
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
        (Conclusion::Sent, Some(Evidence::StatusReport))
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
    let reported = store.evidence().report(report(TO, 11)).await.unwrap();
    assert!(matches!(reported, Reported::Matched { settled, .. } if settled.len() == 2));
    assert_eq!(state(&store, first.id).await, State::Queued);
    assert_eq!(state(&store, second.id).await, State::Delivered);
}

#[tokio::test]
async fn a_report_that_came_before_the_doubt_settles_it_at_once() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let queued = put(&store, text(TO, "hello")).await;
    claim(&store, queued.row, &sim(1)).await;
    assert_eq!(
        store.evidence().report(report(TO, 11)).await.unwrap(),
        Reported::Unmatched
    );
    let done = store
        .queue()
        .advance(vec![uncertain(queued.row, 1, true)])
        .await
        .unwrap();
    assert_eq!(done.settled.len(), 1);
    assert_eq!(state(&store, queued.id).await, State::Delivered);
}

#[tokio::test]
async fn the_report_of_a_part_without_a_number_is_no_evidence_for_another() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let queued = put(&store, long(TO, 2)).await;
    claim(&store, queued.row, &sim(1)).await;
    let mut unnumbered = sent(queued.row, 1, &sim(1), 0, false);
    if let Step::PartSent { reference, .. } = &mut unnumbered {
        *reference = Reference::None;
    }
    let second = Step::PartSending {
        row: queued.row,
        part: 2,
        carrier: sim(1).into(),
        at: T0,
    };
    let steps = vec![unnumbered, second, uncertain(queued.row, 2, true)];
    store.queue().advance(steps).await.unwrap();
    let reported = store.evidence().report(report(TO, 11)).await.unwrap();
    assert_eq!(reported, Reported::Unmatched);
    let message = get(&store, queued.id).await;
    assert_eq!(message.parts[1].state, PartState::Uncertain);
}

#[tokio::test]
async fn the_report_of_the_only_part_without_a_number_is_its_own() {
    let (_dir, store) = open();
    let queued = put(&store, text(TO, "hello")).await;
    claim(&store, queued.row, &sim(1)).await;
    let mut unnumbered = sent(queued.row, 1, &sim(1), 0, true);
    if let Step::PartSent { reference, .. } = &mut unnumbered {
        *reference = Reference::None;
    }
    // Whether it comes before the answer or after.
    store.evidence().report(report(TO, 11)).await.unwrap();
    step(&store, unnumbered).await;
    let message = get(&store, queued.id).await;
    assert_eq!(
        (message.state, message.parts[0].mr),
        (State::Delivered, Some(11))
    );
}
