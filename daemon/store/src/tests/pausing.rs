//! Messages that are held back for a while.

use super::*;
use crate::{Cancelled, Paused};

async fn set(store: &Store, ids: &[MessageId], paused: bool) -> Paused {
    let queue = store.queue();
    let changed = queue.pause_all(ids.to_vec(), paused, at(SECOND), audit("paused"));
    changed.await.unwrap()
}

async fn pause(store: &Store, ids: &[MessageId]) -> u64 {
    set(store, ids, true).await.waiting
}

#[tokio::test]
async fn what_is_paused_is_not_claimed_and_is_in_no_lane() {
    let (dir, store) = open();
    let [held, other] = [
        put(&store, text(TO, "x")).await,
        put(&store, text(TO, "y")).await,
    ];
    assert_eq!(pause(&store, &[held.id]).await, 1);
    assert_eq!(pause(&store, &[held.id]).await, 0, "it is paused already");
    let refused = claim(&store, held.row, &sim(1)).await;
    assert_eq!(refused, not_applied(State::Queued));
    let rows = |waiting: Vec<Queued>| waiting.into_iter().map(|one| one.row).collect::<Vec<_>>();
    assert_eq!(rows(waiting(&store, at(HOUR)).await), [other.row]);
    assert_eq!(queued_depth(&store), 1);
    assert_eq!(store.reading().paused().await.unwrap(), 1);
    let told = store.reading().queued(vec![held.row, other.row]).await;
    assert_eq!(rows(told.unwrap()), [other.row]);

    let store = reopen(&dir, store).await;
    assert_eq!(queued_depth(&store), 1, "a start counts it the same way");
    let refused = claim(&store, held.row, &sim(1)).await;
    assert_eq!(refused, not_applied(State::Queued));

    let resumed = set(&store, &[held.id, other.id], false).await;
    let from = held.due_at;
    let expected = Paused {
        waiting: 1,
        lanes: vec![(lane(), from)],
    };
    assert_eq!(resumed, expected);
    assert_eq!(queued_depth(&store), 2);
    let claimed = claim_at(&store, held.row, &sim(1), at(2 * SECOND)).await;
    assert!(claimed.applied);
    let steps = steps_of(&store, held.id).await;
    assert_eq!(steps, ["accepted", "paused", "resumed", "sending"]);
}

#[tokio::test]
async fn the_end_of_a_validity_and_a_cancellation_count_as_ever() {
    let (_dir, store) = open();
    let brief = NewMessage {
        expires_at: at(60 * SECOND),
        ..text(TO, "x")
    };
    let [expiring, cancelled] = [put(&store, brief).await, put(&store, text(TO, "y")).await];
    pause(&store, &[expiring.id, cancelled.id]).await;
    let expired = store.queue().expire(at(60 * SECOND), 9).await.unwrap();
    assert_eq!(expired, [(expiring.id, TO.to_owned())]);
    let done = store.queue().cancel(cancelled.id, T0, None).await.unwrap();
    assert_eq!(done, Cancelled::Done);
    assert_eq!(queued_depth(&store), 0);
    assert_eq!(store.reading().paused().await.unwrap(), 0);
    assert_eq!(pause(&store, &[expiring.id]).await, 0, "it is over");
}

#[tokio::test]
async fn what_is_due_later_stays_paused_when_its_time_comes() {
    let (_dir, store) = open();
    let later = NewMessage {
        send_at: Some(at(HOUR)),
        ..text(TO, "later")
    };
    let id = later.id;
    accept(&store, vec![later]).await;
    assert_eq!(pause(&store, &[id]).await, 1);
    let promoted = store.queue().promote(at(HOUR)).await.unwrap();
    assert_eq!((promoted.count, &promoted.lanes[..]), (1, &[][..]));
    assert_eq!(
        (state(&store, id).await, queued_depth(&store)),
        (State::Queued, 0)
    );
    let resumed = set(&store, &[id], false).await;
    assert_eq!(resumed.lanes, [(lane(), at(HOUR))]);
    assert_eq!(queued_depth(&store), 1);
}

#[tokio::test]
async fn what_a_carrier_has_in_hand_waits_where_it_does_not_take_it() {
    let (_dir, store) = open();
    let in_hand = put_claimed(&store, text(TO, "x"), &sim(1)).await;
    assert_eq!(pause(&store, &[in_hand.id]).await, 0, "it does not wait");
    step(&store, requeue(in_hand.row, at(SECOND), at(SECOND))).await;
    assert_eq!(state(&store, in_hand.id).await, State::Queued);
    assert_eq!(queued_depth(&store), 0);
    let refused = claim_at(&store, in_hand.row, &sim(1), at(2 * SECOND)).await;
    assert_eq!(refused, not_applied(State::Queued));
    let resumed = set(&store, &[in_hand.id], false).await;
    assert_eq!(resumed.lanes, [(lane(), at(SECOND))]);
}

#[tokio::test]
async fn what_has_begun_goes_on_to_its_end() {
    let (dir, store) = open();
    let begun = put(&store, long(TO, 2)).await;
    claim_as(&store, begun.row, &sim(1).into(), 2).await;
    pause(&store, &[begun.id]).await;
    step(&store, sent(begun.row, 1, &sim(1), 7, false)).await;
    let next = step(&store, sending(begun.row, 2, sim(1), at(SECOND))).await;
    assert!(next.applied);
    let again = Step::Requeue {
        row: begun.row,
        part: 2,
        due_at: at(SECOND),
        reason: network(),
        refused_by: None,
        pinned: Some(sim(1).into()),
        at: at(SECOND),
    };
    step(&store, again).await;
    assert_eq!(
        queued_depth(&store),
        1,
        "the rest of it waits for its SIM alone"
    );
    assert_eq!(pause(&store, &[begun.id]).await, 0);
    let carrier = sim(1).into();
    let rest = claim_part(&store, begun.row, 2, (&carrier, 2)).await;
    assert!(rest.applied);

    // The same where the gateway ended between two parts.
    let other = put(&store, long("+84900000002", 2)).await;
    claim_as(&store, other.row, &sim(2).into(), 2).await;
    pause(&store, &[other.id]).await;
    step(&store, sent(other.row, 1, &sim(2), 8, false)).await;
    let store = reopen(&dir, store).await;
    let left = get(&store, other.id).await;
    assert_eq!((left.state, left.paused), (State::Queued, false));
}
