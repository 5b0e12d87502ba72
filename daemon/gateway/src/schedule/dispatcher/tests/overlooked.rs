//! What waits in the store, and is in no lane.

use super::*;
use model::Queued;
use store::clock;

/// A message that has been due for so long, and whose validity goes on for an hour less that.
async fn store(dispatcher: &Dispatcher, due_for: Duration) -> Queued {
    let mut message = new_message("+84901234567", "hello", Priority::Normal);
    message.created_at = message.created_at.before(due_for);
    message.expires_at = message.expires_at.before(due_for);
    let accepted = dispatcher.store.accept(vec![message], None).await;
    let Accepted::Stored(mut due) = accepted.unwrap() else {
        panic!("stored");
    };
    due.pop().unwrap()
}

async fn read(dispatcher: &mut Dispatcher, lane: &Lane) {
    dispatcher.lanes.look(lane.clone(), clock::now());
    loop {
        dispatcher.read_lanes();
        let Some((lane, epoch, result)) = dispatcher.reads.next().await else {
            return;
        };
        dispatcher.read(&lane, epoch, result);
    }
}

/// The check of so many minutes later.
async fn check(dispatcher: &mut Dispatcher, minutes: u64) {
    let later = Moment {
        steady: Instant::now() + Duration::from_mins(minutes),
        ..Moment::now()
    };
    dispatcher.check_lanes(later);
    let found = dispatcher.overlooked.next().await.expect("it is time");
    dispatcher.checked(found);
}

#[tokio::test]
async fn what_a_lane_overlooked_is_put_back_when_it_is_found_twice() {
    let (_dir, mut dispatcher, _) = at_rest();
    let lane = new_message("+84901234567", "", Priority::Normal).lane();
    // So that the lane lives on.
    store(&dispatcher, Duration::from_mins(5)).await;
    read(&mut dispatcher, &lane).await;
    let stray = store(&dispatcher, Duration::from_mins(2)).await;
    store(&dispatcher, Duration::from_mins(70)).await;
    read(&mut dispatcher, &lane).await;
    assert!(dispatcher.lanes.take(&lane, stray.row).is_none());
    check(&mut dispatcher, 6).await;
    assert!(dispatcher.lanes.is_whole(&lane), "it may be on its way");
    check(&mut dispatcher, 7).await;
    assert!(!dispatcher.lanes.is_whole(&lane));
    read(&mut dispatcher, &lane).await;
    assert!(dispatcher.lanes.take(&lane, stray.row).is_some());
}

#[tokio::test]
async fn what_is_in_memory_in_hand_or_over_is_not_astray() {
    let (_dir, mut dispatcher, _) = at_rest();
    let first = store(&dispatcher, Duration::from_mins(5)).await;
    store(&dispatcher, Duration::from_mins(5)).await;
    read(&mut dispatcher, &first.lane).await;
    dispatcher.lanes.take(&first.lane, first.row).unwrap();
    store(&dispatcher, Duration::from_mins(70)).await;
    for minutes in [6, 12, 18] {
        check(&mut dispatcher, minutes).await;
        assert!(dispatcher.lanes.is_whole(&first.lane));
    }
}
