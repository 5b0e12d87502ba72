//! Parts that were refused and went out all the same.

use super::*;
use crate::machine::clock;

fn of_something_else() -> Reason {
    Reason::read("cme-258", "of something else")
}

/// A part that a modem refuses, though it goes out.
async fn falsely_refused(store: &Store, message: NewMessage) -> Queued {
    let queued = put_claimed(store, message, &sim(1)).await;
    let requeue = refused(queued.row, (of_something_else(), None), at(3 * SECOND), T0);
    let mut spent = spent(queued.row, RefusedBy::Modem);
    if let Step::NumberSpent { last, .. } = &mut spent {
        *last = queued.segments == 1;
    }
    advance(store, vec![spent, requeue]).await;
    queued
}

/// `+CMGS: 11` comes after that.
async fn accepted_after_all(store: &Store, queued: &Queued) -> Vec<Settled> {
    let late = Step::LateAnswer {
        row: queued.row,
        part: 1,
        carrier: sim(1).into(),
        refused: Some(queued.segments == 1),
        answer: accepted(11),
        at: at(SECOND),
    };
    advance(store, vec![late]).await.settled
}

#[tokio::test]
async fn what_was_refused_and_is_accepted_after_all_leaves_the_queue() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let queued = falsely_refused(&store, text(TO, "hello")).await;
    let settled = accepted_after_all(&store, &queued).await;
    assert_eq!((settled[0].id, settled[0].state), (queued.id, State::Sent));
    let message = get(&store, queued.id).await;
    let part = &message.parts[0];
    assert_eq!((message.state, part.mr), (State::Sent, Some(11)));
    assert_eq!(
        (queued_depth(&store), message.carrier),
        (0, Some(sim(1).into()))
    );
    let steps = steps_of(&store, queued.id).await;
    assert_eq!(steps[steps.len() - 2..], ["late-answer", "part-sent"]);
    assert!(!claim(&store, queued.row, &sim(2)).await.applied);
    // Its number counts: the next one follows it.
    let lost = put_uncertain(&store, "+84900000002").await;
    next_sent(&store, 12).await;
    assert_eq!(state(&store, lost.id).await, State::Queued);
}

#[tokio::test]
async fn the_rest_of_a_long_message_follows_by_the_sim_that_took_its_first_part() {
    let (_dir, store) = open();
    let queued = falsely_refused(&store, long(TO, 3)).await;
    let settled = accepted_after_all(&store, &queued).await;
    assert_eq!(settled[0].again, Some((lane(), at(SECOND))));
    let waiting = waiting(&store, at(SECOND)).await;
    assert_eq!(
        (waiting[0].next_part, waiting[0].pinned.clone()),
        (2, Some(sim(1).into()))
    );
}

#[tokio::test]
async fn a_message_that_failed_for_a_refusal_is_sent_when_it_was_accepted_after_all() {
    let (_dir, store) = open();
    let queued = put_claimed(&store, text(TO, "hello"), &sim(1)).await;
    let fail = failing(queued.row, 1, of_something_else(), T0);
    let steps = vec![spent(queued.row, RefusedBy::Modem), fail];
    advance(&store, steps).await;
    assert_eq!(state(&store, queued.id).await, State::Failed);
    accepted_after_all(&store, &queued).await;
    assert_eq!(state(&store, queued.id).await, State::Sent);
    let totals = store.admin().sim_totals(at(SECOND)).await.unwrap();
    assert_eq!((totals[0].1.sent, totals[0].1.failed), (1, 0));
}

#[tokio::test]
async fn what_is_on_its_way_again_is_marked_and_not_tried_a_third_time() {
    for refused in [true, false] {
        let (_dir, store) = open();
        let queued = falsely_refused(&store, text(TO, "hello")).await;
        claim(&store, queued.row, &sim(2)).await;
        assert!(accepted_after_all(&store, &queued).await.is_empty());
        assert_eq!(doubt(&store, queued.id).await.resends, 1);
        if refused {
            step(&store, requeue(queued.row, T0, T0)).await;
        } else {
            step(&store, sent(queued.row, 1, &sim(2), 4, true)).await;
        }
        let message = get(&store, queued.id).await;
        let mr = if refused { 11 } else { 4 };
        assert_eq!(
            (message.state, message.parts[0].mr),
            (State::Sent, Some(mr))
        );
        // A report on the first time settles nobody else's doubt.
        let other = put_uncertain(&store, TO).await;
        reported(&store, report(TO, 9)).await;
        assert_eq!(state(&store, other.id).await, State::Uncertain);
    }
}

#[tokio::test]
async fn an_acceptance_that_comes_to_the_next_run_may_be_that_of_what_was_refused() {
    let (dir, store) = open();
    let now = clock::now();
    put_sent(&store, "+84900000009", &sim(1), 10, now).await;
    let queued = put_claimed(&store, text(TO, "hello"), &sim(1)).await;
    let spent = number_spent(queued.row, sim(1), RefusedBy::Modem, now);
    advance(&store, vec![spent, requeue(queued.row, now, now)]).await;
    // Another one was claimed, and may never have reached the modem.
    let other = hand_over(&store, "+84900000002", now).await;
    let store = reopen(&dir, store).await;
    assert_eq!(claim_answer(&store, accepted(11), now).await, []);
    // This can only be the other's.
    let claimed = claim_answer(&store, accepted(12), now).await;
    assert_eq!(claimed[0].id, other.id);
    assert_eq!(state(&store, queued.id).await, State::Queued);
}
