//! Answers that come late, in the run that waited for them.

use super::*;

#[tokio::test]
async fn a_late_answer_lets_the_other_parts_follow() {
    let (_dir, store) = open();
    let queued = put_claimed(&store, long(TO, 3), &sim(1)).await;
    step(&store, uncertain(queued.row, 1, false)).await;
    let late = late(queued.row, 7);
    let done = advance(&store, vec![late.clone()]).await;
    assert_eq!(done.settled[0].again, Some((lane(), T0)));
    let again = waiting(&store, T0).await.remove(0);
    assert_eq!((again.next_part, again.pinned), (2, Some(sim(1).into())));
    assert!(advance(&store, vec![late]).await.settled.is_empty());
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
        answer: LateAnswer::Refused(network()),
        at: T0,
    };
    assert_eq!(advance(&store, vec![late]).await.settled.len(), 1);
    assert_eq!(state(&store, queued.id).await, State::Queued);
    assert_eq!(
        concluded(&store, queued.id).await,
        (Conclusion::NotSent, Some(ConcludedBy::LateAnswer))
    );
}

#[tokio::test]
async fn a_late_answer_takes_what_is_to_be_sent_again_out_of_the_queue() {
    let (_dir, store) = open();
    let queued = put_claimed(&store, resent(text(TO, "again")), &sim(1)).await;
    step(&store, uncertain(queued.row, 1, true)).await;
    decide(&store, at(60 * SECOND), 1).await;
    assert_eq!(state(&store, queued.id).await, State::Queued);
    advance(&store, vec![late(queued.row, 7)]).await;
    let message = get(&store, queued.id).await;
    assert_eq!((message.state, message.parts[0].mr), (State::Sent, Some(7)));
    let doubt = doubt(&store, queued.id).await;
    assert_eq!((doubt.conclusion, doubt.resends), (Conclusion::Sent, 0));
}

#[tokio::test]
async fn a_number_that_comes_late_is_given_to_the_part_that_was_sent_without_one() {
    let (_dir, store) = open();
    let queued = put_claimed(&store, text(TO, "hello"), &sim(1)).await;
    let unnumbered = unnumbered(queued.row, true);
    advance(&store, vec![unnumbered, late(queued.row, 7)]).await;
    let message = get(&store, queued.id).await;
    let part = &message.parts[0];
    assert_eq!((message.state, part.mr), (State::Sent, Some(7)));
    assert!(part.doubt.is_none(), "it was sent once");
}
