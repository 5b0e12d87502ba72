use super::*;

fn with_callback(to: &str) -> NewMessage {
    NewMessage {
        callback_url: Some("http://127.0.0.1:1/hook".to_owned()),
        reference: Some("order-42".to_owned()),
        ..text(to, "hello")
    }
}

async fn fail(store: &Store, row: RowId) {
    let reason = network();
    let step_ = Step::Fail {
        row,
        part: 1,
        reason,
        at: T0,
    };
    assert!(step(store, step_).await.applied);
}

#[tokio::test]
async fn a_state_change_is_posted_once_and_knows_what_it_is_about() {
    let (_dir, store) = open();
    let queued = put(&store, with_callback("+84901")).await;
    claim(&store, queued.row, &sim(1)).await;
    assert!(
        store.due_callbacks(T0, 10).await.unwrap().is_empty(),
        "sending is no news"
    );
    fail(&store, queued.row).await;
    let [callback] = &store.due_callbacks(T0, 10).await.unwrap()[..] else {
        panic!("one change")
    };
    assert_eq!((callback.id, callback.state), (queued.id, State::Failed));
    assert_eq!(callback.reference.as_deref(), Some("order-42"));
    assert_eq!(callback.reason.as_ref().unwrap().code, "cms-38");
    store.callback_done(callback.row).await.unwrap();
    assert_eq!(store.next_callback().await.unwrap(), None);
}

#[tokio::test]
async fn changes_of_one_message_are_posted_in_order_and_hold_up_no_other() {
    let (dir, store) = open();
    let slow = put(&store, with_callback("+84901")).await;
    let other = put(&store, with_callback("+84902")).await;
    for queued in [&slow, &other] {
        claim(&store, queued.row, &sim(1)).await;
        step(&store, sent(queued.row, 1, &sim(1), 7, true)).await;
    }
    let due = store.due_callbacks(T0, 10).await.unwrap();
    assert_eq!(due.len(), 2);
    store.callback_failed(due[0].row, at(HOUR)).await.unwrap();
    store.callback_done(due[1].row).await.unwrap();
    let store = reopen(&dir, store).await;
    assert!(store.due_callbacks(T0, 10).await.unwrap().is_empty());
    assert_eq!(store.next_callback().await.unwrap(), Some(at(HOUR)));
    let again = store.due_callbacks(at(HOUR), 10).await.unwrap();
    assert_eq!((again[0].id, again[0].attempts), (slow.id, 1));
}

#[tokio::test]
async fn a_message_without_an_address_leaves_nothing_to_post() {
    let (_dir, store) = open();
    let queued = put(&store, text("+84901", "hello")).await;
    claim(&store, queued.row, &sim(1)).await;
    fail(&store, queued.row).await;
    assert_eq!(store.next_callback().await.unwrap(), None);
}
