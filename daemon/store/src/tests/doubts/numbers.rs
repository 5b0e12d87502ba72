//! What the next number of a SIM says of its parts in doubt.

use super::*;

#[tokio::test]
async fn a_gap_of_one_number_means_that_it_went_out() {
    let (_dir, store) = open();
    spares_refused(&store).await;
    let lost = put_uncertain(&store, TO).await;
    let settled = next_sent(&store, 12).await;
    assert_eq!((settled.len(), settled[0].id), (1, lost.id));
    assert_eq!(
        (settled[0].state, settled[0].again.clone()),
        (State::Sent, None)
    );
    let message = get(&store, lost.id).await;
    assert_eq!(
        (message.state, message.parts[0].mr),
        (State::Sent, Some(11))
    );
    assert_eq!(
        concluded(&store, lost.id).await,
        (Conclusion::Sent, Some(ConcludedBy::NextReference))
    );
    assert_eq!(
        steps_of(&store, lost.id).await,
        [
            "accepted",
            "sending",
            "uncertain",
            "concluded-sent",
            "part-sent"
        ]
    );
    // Its report finds it now.
    let reported = reported(&store, report(TO, 11)).await;
    assert!(matches!(reported, Reported::Matched { id, .. } if id == lost.id));
    assert_eq!(state(&store, lost.id).await, State::Delivered);
}

#[tokio::test]
async fn a_used_number_may_be_that_of_a_refusal_that_was_lost() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let lost = put_uncertain(&store, TO).await;
    assert!(next_sent(&store, 12).await.is_empty());
    assert_eq!(state(&store, lost.id).await, State::Uncertain);
}

#[tokio::test]
async fn no_gap_means_that_it_did_not_go_out() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let lost = put_uncertain(&store, TO).await;
    let settled = next_sent(&store, 11).await;
    assert_eq!(settled[0].again, Some((lane(), T0)));
    assert_eq!(state(&store, lost.id).await, State::Queued);
    assert_eq!(queued_depth(&store), 1);
    assert_eq!(
        concluded(&store, lost.id).await,
        (Conclusion::NotSent, Some(ConcludedBy::NextReference))
    );
    // It is not marked as one that may come twice.
    assert_eq!(doubt(&store, lost.id).await.resends, 0);
    assert!(claim(&store, lost.row, &sim(2)).await.applied);
}

#[tokio::test]
async fn without_a_number_before_it_the_next_one_proves_nothing() {
    let (_dir, store) = open();
    let lost = put_uncertain(&store, TO).await;
    assert!(next_sent(&store, 12).await.is_empty());
    assert_eq!(state(&store, lost.id).await, State::Uncertain);
    // And the one after that is not about it any more.
    assert!(next_sent(&store, 13).await.is_empty());
    assert_eq!(concluded(&store, lost.id).await, (Conclusion::Open, None));
}

#[tokio::test]
async fn a_modem_that_has_booted_or_another_modem_breaks_the_count() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let lost = put_uncertain(&store, TO).await;
    store.evidence().numbers_lost(&sim(1)).await.unwrap();
    assert!(next_sent(&store, 12).await.is_empty());

    let second = put_uncertain(&store, "+84900000002").await;
    let mut seen = crate::SimSeen::new(sim(1), T0);
    seen.imei = Some("350000000000001".parse().unwrap());
    see(&store, seen).await;
    assert!(next_sent(&store, 14).await.is_empty());
    for id in [lost.id, second.id] {
        assert_eq!(state(&store, id).await, State::Uncertain);
    }
}

#[tokio::test]
async fn where_refused_ones_take_numbers_a_used_number_proves_nothing() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    refused_one(&store).await;
    // It took a number, so that a used number does not mean that the network took the message.
    assert!(next_sent(&store, 12).await.is_empty());
    let unclear = put_uncertain(&store, TO).await;
    assert!(next_sent(&store, 14).await.is_empty());
    assert_eq!(state(&store, unclear.id).await, State::Uncertain);
    // But none used proves that it did not go out.
    let lost = put_uncertain(&store, TO).await;
    assert_eq!(next_sent(&store, 15).await.len(), 1);
    assert_eq!(state(&store, lost.id).await, State::Queued);
}

#[tokio::test]
async fn an_accepted_one_without_a_number_breaks_the_count() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let queued = put_claimed(&store, text("+84900000008", "unnumbered"), &sim(1)).await;
    let unnumbered = unnumbered(queued.row, true);
    step(&store, unnumbered).await;
    let lost = put_uncertain(&store, TO).await;
    assert!(next_sent(&store, 13).await.is_empty());
    assert_eq!(state(&store, lost.id).await, State::Uncertain);
}

#[tokio::test]
async fn what_the_modem_tried_is_not_taken_as_sent_for_its_number() {
    let (_dir, store) = open();
    put_sent(&store, "+84900000009", &sim(1), 10, T0).await;
    let queued = put_claimed(&store, text(TO, "hello"), &sim(1)).await;
    let mut tried = uncertain(queued.row, 1, true);
    if let Step::PartUncertain { numbered, .. } = &mut tried {
        *numbered = true;
    }
    step(&store, tried).await;
    assert!(next_sent(&store, 12).await.is_empty());
    assert_eq!(state(&store, queued.id).await, State::Uncertain);
}

#[tokio::test]
async fn what_a_crash_left_on_the_air_is_settled_by_the_next_number() {
    let (dir, store) = open();
    spares_refused(&store).await;
    let lost = put_claimed(&store, text(TO, "hello"), &sim(1)).await;
    let store = reopen(&dir, store).await;
    assert_eq!(state(&store, lost.id).await, State::Uncertain);
    assert_eq!(next_sent(&store, 12).await.len(), 1);
    assert_eq!(state(&store, lost.id).await, State::Sent);
    assert_eq!(get(&store, lost.id).await.parts[0].state, PartState::Sent);
}
