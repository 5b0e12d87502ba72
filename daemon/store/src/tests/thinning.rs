//! What is kept for a shorter time than the messages are.

use super::*;
use crate::{ConversationFilter, Filter, Thinned};

fn tomorrow() -> Time {
    clock::now().after(Duration::from_hours(24))
}

async fn thin(store: &Store, what: Thinned) -> usize {
    store.reading().index_all().await.unwrap();
    store.upkeep().thin(what, tomorrow(), 100).await.unwrap()
}

async fn found(store: &Store, q: &str) -> usize {
    let filter = Filter {
        q: Some(q.to_owned()),
        ..Filter::default()
    };
    store
        .reading()
        .messages(filter, 9, None)
        .await
        .unwrap()
        .items
        .len()
}

async fn talks(store: &Store) -> usize {
    let all = ConversationFilter::default();
    store
        .reading()
        .conversations(all, 9, None)
        .await
        .unwrap()
        .items
        .len()
}

#[tokio::test]
async fn texts_go_and_the_messages_stay() {
    let (dir, store) = open();
    let sent = put_sent(&store, "+84900000001", &sim(1), 7, T0).await;
    let waits = put(&store, text("+84900000002", "hello")).await;
    assert_eq!(found_after_index(&store).await, 2);
    assert_eq!(thin(&store, Thinned::Texts).await, 2);
    let thinned = get(&store, sent.id).await;
    assert_eq!(
        (thinned.body, thinned.state),
        (Body::Text(String::new()), State::Sent)
    );
    assert_eq!(thinned.to.as_deref(), Some("+84900000001"));
    // What waits to be sent is kept, until it is over.
    assert_eq!(
        get(&store, waits.id).await.body,
        Body::Text("hello".to_owned())
    );
    assert_eq!(found(&store, "hello").await, 1);
    assert_eq!(thin(&store, Thinned::Texts).await, 0);
    store.queue().cancel(waits.id, T0, None).await.unwrap();
    assert_eq!(thin(&store, Thinned::Texts).await, 0);
    assert_eq!(get(&store, waits.id).await.body, Body::Text(String::new()));
    assert_eq!((found(&store, "hello").await, talks(&store).await), (0, 2));
    // They are deleted like others, in their time.
    put(&store, text("+84900000003", "last")).await;
    store.reading().index_all().await.unwrap();
    let gone = store
        .upkeep()
        .retain(tomorrow(), tomorrow(), 9)
        .await
        .unwrap();
    assert_eq!(gone, 2);
    assert!(crate::check(dir.path()).unwrap().is_empty());
}

async fn found_after_index(store: &Store) -> usize {
    store.reading().index_all().await.unwrap();
    found(store, "hello").await
}

#[tokio::test]
async fn numbers_go_and_with_them_their_conversations() {
    let (_dir, store) = open();
    let first = put_sent(&store, "+84900000001", &sim(1), 7, T0).await;
    let second = put_sent(&store, "+84900000001", &sim(1), 8, T0).await;
    let short = put_sent(&store, "12345", &sim(1), 9, T0).await;
    assert_eq!(thin(&store, Thinned::Numbers).await, 3);
    for (message, number) in [(&first, "…001"), (&second, "…001"), (&short, "…")] {
        assert_eq!(get(&store, message.id).await.to.as_deref(), Some(number));
    }
    assert_eq!((talks(&store).await, found(&store, "hello").await), (0, 3));
    assert_eq!(
        store.reading().last_talked("+84900000001").await.unwrap(),
        None
    );
    let left = |reader: &Connection| {
        let sql = "SELECT (SELECT count(*) FROM peers) + (SELECT count(*) FROM messages WHERE peer LIKE '+84%')";
        Ok(reader.query_row(sql, [], |row| row.col::<i64>(0))?)
    };
    assert_eq!(store.read(left).await.unwrap(), 0);
}

#[tokio::test]
async fn whatever_goes_the_store_is_sound_and_counts_what_it_counted() {
    let (dir, store) = open();
    put_sent(&store, "+84900000001", &sim(1), 7, T0).await;
    put_sent(&store, "+4915100000001", &sim(1), 8, T0).await;
    let countries = async || {
        let sql = "SELECT group_concat(name || ' ' || sent) FROM
            (SELECT * FROM statistics WHERE kind = 2 AND level = 0 AND sent > 0 ORDER BY name)";
        let read = move |reader: &Connection| Ok(reader.query_row(sql, [], |row| row.col(0))?);
        store.read(read).await.unwrap()
    };
    let counted: Option<String> = countries().await;
    assert_eq!(counted.as_deref(), Some("+49 1,+84 1"));
    for what in [Thinned::Texts, Thinned::Numbers, Thinned::Events] {
        assert_eq!(thin(&store, what).await, 2);
        let faults = crate::check(dir.path()).unwrap();
        assert_eq!(faults, Vec::<String>::new(), "{what:?}");
        assert_eq!(countries().await, counted);
    }
}

#[tokio::test]
async fn histories_go_and_only_what_is_old_does() {
    let (_dir, store) = open();
    let sent = put_sent(&store, "+84900000001", &sim(1), 7, T0).await;
    store.reading().index_all().await.unwrap();
    let upkeep = store.upkeep();
    let yesterday = Time(clock::now().0 - 24 * HOUR);
    for what in [Thinned::Texts, Thinned::Numbers, Thinned::Events] {
        assert_eq!(upkeep.thin(what, yesterday, 100).await.unwrap(), 0);
    }
    assert!(!steps_of(&store, sent.id).await.is_empty());
    assert_eq!(thin(&store, Thinned::Events).await, 1);
    // The acceptance is told by the message itself.
    assert_eq!(steps_of(&store, sent.id).await, ["accepted"]);
    assert_eq!(found(&store, "hello").await, 1);
}
