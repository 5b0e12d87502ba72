//! Answers that come late, in the run that waited for them.

use super::*;

#[tokio::test]
async fn a_late_answer_lets_the_other_parts_follow() {
    let (_dir, store) = open();
    let queued = put(&store, long(TO, 3)).await;
    claim(&store, queued.row, &sim(1)).await;
    step(&store, uncertain(queued.row, 1, false)).await;
    let late = late(queued.row, 7);
    let done = store.queue().advance(vec![late.clone()]).await.unwrap();
    assert_eq!(done.settled[0].again, Some((lane(), T0)));
    let again = store.waiting(&lane(), None, T0, 9).await.unwrap().remove(0);
    assert_eq!((again.next_part, again.pinned), (2, Some(sim(1).into())));
    assert!(
        store
            .queue()
            .advance(vec![late])
            .await
            .unwrap()
            .settled
            .is_empty()
    );
}

#[tokio::test]
async fn a_late_refusal_puts_it_back() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let queued = put_uncertain(&store, TO).await;
    let late = Step::LateAnswer {
        row: queued.row,
        part: 1,
        carrier: sim(1).into(),
        refused: None,
        answer: Answer::Refused(network()),
        at: T0,
    };
    assert_eq!(
        store
            .queue()
            .advance(vec![late])
            .await
            .unwrap()
            .settled
            .len(),
        1
    );
    assert_eq!(state(&store, queued.id).await, State::Queued);
    assert_eq!(
        concluded(&store, queued.id).await,
        (Conclusion::NotSent, Some(Evidence::LateAnswer))
    );
}

#[tokio::test]
async fn a_late_answer_takes_what_is_to_be_sent_again_out_of_the_queue() {
    let (_dir, store) = open();
    let message = NewMessage {
        on_uncertain: OnUncertain::Resend,
        ..text(TO, "again")
    };
    let queued = put(&store, message).await;
    claim(&store, queued.row, &sim(1)).await;
    step(&store, uncertain(queued.row, 1, true)).await;
    store
        .evidence()
        .decide(at(60 * SECOND), 9, 1)
        .await
        .unwrap();
    assert_eq!(state(&store, queued.id).await, State::Queued);
    store
        .queue()
        .advance(vec![late(queued.row, 7)])
        .await
        .unwrap();
    let message = get(&store, queued.id).await;
    assert_eq!((message.state, message.parts[0].mr), (State::Sent, Some(7)));
    let doubt = doubt(&store, queued.id).await;
    assert_eq!((doubt.conclusion, doubt.resends), (Conclusion::Sent, 0));
}

#[tokio::test]
async fn a_number_that_comes_late_is_given_to_the_part_that_was_sent_without_one() {
    let (_dir, store) = open();
    let queued = put(&store, text(TO, "hello")).await;
    claim(&store, queued.row, &sim(1)).await;
    let mut unnumbered = sent(queued.row, 1, &sim(1), 0, true);
    if let Step::PartSent { reference, .. } = &mut unnumbered {
        *reference = Reference::None;
    }
    store
        .queue()
        .advance(vec![unnumbered, late(queued.row, 7)])
        .await
        .unwrap();
    let message = get(&store, queued.id).await;
    let part = &message.parts[0];
    assert_eq!((message.state, part.mr), (State::Sent, Some(7)));
    assert!(part.doubt.is_none(), "it was sent once");
}
