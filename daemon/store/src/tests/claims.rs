//! The store decides what a claim is for: what it was made from may be older.

use super::*;
use model::PartState;

/// A message of three parts that waits again, its first part sent.
async fn begun(store: &Store) -> Queued {
    let queued = put_claimed(store, long(TO, 3), &sim(1)).await;
    step(store, sent(queued.row, 1, &sim(1), 7, false)).await;
    let back = Step::Requeue {
        row: queued.row,
        part: 2,
        due_at: T0,
        reason: network(),
        refused_by: None,
        pinned: Some(sim(1).into()),
        at: T0,
    };
    assert!(step(store, back).await.applied);
    queued
}

async fn claimed(store: &Store, row: RowId, part: u16) -> (bool, State) {
    let done = claim_part(store, row, part, (&sim(1).into(), 3)).await;
    (done.applied, done.state)
}

async fn states(store: &Store, id: MessageId) -> [PartState; 3] {
    let parts = get(store, id).await.parts;
    let states: Vec<_> = parts.iter().map(|part| part.state).collect();
    states.try_into().unwrap()
}

#[tokio::test]
async fn a_claim_for_another_part_than_the_next_leaves_the_message_in_the_queue() {
    let (_dir, store) = open();
    let queued = begun(&store).await;
    let before = get(&store, queued.id).await.attempts;
    for part in [1, 3] {
        let stays = (false, State::Queued);
        assert_eq!(claimed(&store, queued.row, part).await, stays);
    }
    assert_eq!(get(&store, queued.id).await.attempts, before);
    assert_eq!(queued_depth(&store), 1);
    let goes = (true, State::Sending);
    assert_eq!(claimed(&store, queued.row, 2).await, goes);
    let expected = [PartState::Sent, PartState::Sending, PartState::Queued];
    assert_eq!(states(&store, queued.id).await, expected);
}

#[tokio::test]
async fn a_part_that_is_out_is_not_claimed_though_the_message_names_it() {
    let (_dir, store) = open();
    let queued = begun(&store).await;
    store
        .run("UPDATE messages SET next_part = 1, pinned = NULL")
        .await;
    let stays = (false, State::Queued);
    assert_eq!(claimed(&store, queued.row, 1).await, stays);
    let waiting = store.waiting(&queued.lane, None, T0, 10).await.unwrap();
    let next = (waiting[0].next_part, waiting[0].pinned.clone());
    assert_eq!(next, (2, Some(sim(1).into())));
    assert!(claimed(&store, queued.row, 2).await.0);
}

#[tokio::test]
async fn nothing_is_claimed_of_a_message_whose_parts_are_all_out() {
    let (_dir, store) = open();
    let queued = begun(&store).await;
    store.run("UPDATE parts SET state = 2, mr = seq").await;
    let expected = [PartState::Sent; 3];
    assert_eq!(states(&store, queued.id).await, expected);
    let over = (false, State::Sent);
    assert_eq!(claimed(&store, queued.row, 2).await, over);
    assert_eq!(queued_depth(&store), 0);
    assert_eq!(states(&store, queued.id).await, expected);
}

#[tokio::test]
async fn a_message_that_has_begun_is_not_counted_again() {
    let (_dir, store) = open();
    let queued = begun(&store).await;
    let recount = Step::Recount {
        row: queued.row,
        parts: 2,
    };
    assert!(!step(&store, recount).await.applied);
    assert_eq!(get(&store, queued.id).await.segments, 3);
}
