//! The messages of a reference, counted.

use std::collections::HashSet;

use super::*;
use crate::reading::summary::{LOOKED_AT, Referenced, summary};
use model::Reach;

#[tokio::test]
async fn no_more_than_the_newest_are_counted() {
    let (_dir, store) = open();
    for _ in 0..5 {
        let referenced = NewMessage {
            reference: Some("spring".to_owned()),
            ..text(TO, "x")
        };
        put(&store, referenced).await;
    }
    let count = async |most: i64| {
        let counted = move |reader: &Connection| summary(reader, "spring", &Reach::All, most);
        let counted = store.read(counted).await.unwrap();
        let messages: u64 = counted.states.iter().map(|count| count.messages).sum();
        (messages, counted.complete)
    };
    assert_eq!(count(4).await, (4, false));
    assert_eq!(count(5).await, (5, true));
}

#[tokio::test]
async fn those_that_wait_are_found_before_they_are_indexed_and_page_by_page() {
    let (_dir, store) = open();
    let of = |key: i64| NewMessage {
        key: KeyId(key),
        reference: Some("spring".to_owned()),
        ..text(TO, "x")
    };
    let mut own = Vec::new();
    for n in 0..LOOKED_AT + 3 {
        own.push(if n == 1 { of(2) } else { of(1) });
    }
    own[2].reference = None;
    let ids: Vec<_> = own.iter().map(|message| message.id).collect();
    accept(&store, own).await;
    store.queue().cancel(ids[0], T0, None).await.unwrap();
    let reach = Reach::Part {
        key: KeyId(1),
        sims: HashSet::new(),
    };
    let reading = store.reading();
    let (newest, next) = reading
        .referenced("spring", Referenced::Waiting, reach.clone(), None)
        .await
        .unwrap();
    let expected: Vec<_> = ids[3..].iter().rev().copied().collect();
    assert_eq!(newest, expected);
    // Behind it are one that is cancelled, and one of another key.
    assert_eq!(
        reading
            .referenced("spring", Referenced::Waiting, reach, next)
            .await
            .unwrap(),
        (Vec::new(), None)
    );
    let (of_all, _) = reading
        .referenced("spring", Referenced::Waiting, Reach::All, next)
        .await
        .unwrap();
    assert_eq!(of_all, [ids[1]]);
}
