//! The messages of a reference, counted.

use super::*;
use crate::reading::summary::summary;
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
