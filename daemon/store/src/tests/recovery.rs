//! What a store finds that was not closed in order.

use super::*;
use crate::StoreError;
use crate::machine::clock;
use model::PartState;

#[tokio::test]
async fn what_was_sending_is_uncertain_and_never_queued() {
    let (dir, store) = open();
    let queued = put_claimed(&store, text(TO, "x"), &sim(1)).await;
    let store = reopen(&dir, store).await;
    let message = get(&store, queued.id).await;
    assert_eq!(message.state, State::Uncertain);
    assert_eq!(message.reason.unwrap().code, "interrupted");
    assert_eq!(message.parts[0].state, PartState::Uncertain);
    assert_eq!(
        steps_of(&store, queued.id).await,
        ["accepted", "sending", "uncertain"]
    );
    assert_eq!(queued_depth(&store), 0);
    assert!(waiting(&store, at(HOUR)).await.is_empty());
    // Once is enough: opening it again changes nothing.
    let store = reopen(&dir, store).await;
    assert_eq!(steps_of(&store, queued.id).await.len(), 3);
}

#[tokio::test]
async fn between_two_parts_it_goes_on_with_the_next_through_the_same_sim() {
    let (dir, store) = open();
    let queued = put_claimed(&store, long(TO, 3), &sim(1)).await;
    step(&store, sent(queued.row, 1, &sim(1), 5, false)).await;
    let store = reopen(&dir, store).await;
    assert_eq!(queued_depth(&store), 1);
    let again = waiting(&store, clock::now()).await.remove(0);
    assert_eq!((again.next_part, again.pinned), (2, Some(sim(1).into())));
    let states: Vec<_> = get(&store, queued.id)
        .await
        .parts
        .iter()
        .map(|p| p.state)
        .collect();
    assert_eq!(
        states,
        [PartState::Sent, PartState::Queued, PartState::Queued]
    );
}

#[tokio::test]
async fn a_commit_that_was_answered_survives_without_a_clean_end() {
    let (dir, store) = open();
    let queued = put(&store, text(TO, "x")).await;
    // What is on disk now is what a kill at this moment would leave: it is copied and opened.
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    let survivor = Store::open(copy.path(), DECIDE_AFTER).unwrap();
    assert_eq!(state(&survivor, queued.id).await, State::Queued);
}

#[tokio::test]
async fn only_one_daemon_has_a_data_directory() {
    let (dir, store) = open();
    let path = dir.path().to_owned();
    let second = tokio::task::spawn_blocking(move || Store::open(&path, DECIDE_AFTER))
        .await
        .unwrap();
    assert!(matches!(second, Err(StoreError::InUse)));
    let store = reopen(&dir, store).await;
    store.close().await;
    assert!(matches!(
        store.queue().lanes().await,
        Err(StoreError::Closed)
    ));
    assert!(matches!(
        store.accept(Vec::new(), None).await,
        Err(StoreError::Closed)
    ));
}
