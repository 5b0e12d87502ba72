//! Lists, search, conversations.

use super::*;
use crate::machine::access::Access;
use crate::machine::clock;
use crate::reading::conversations::within;
use crate::{Conversation, Filter};
use model::{Direction, Reach};

/// A message of which one thing is set.
fn with(message: NewMessage, set: impl FnOnce(&mut NewMessage)) -> NewMessage {
    let mut message = message;
    set(&mut message);
    message
}

async fn conversations(store: &Store, before: Option<RowId>) -> Vec<Conversation> {
    let found = store.reading().conversations(Reach::All, 10, before).await;
    found.unwrap().items
}

/// What was said to and by this number.
async fn said(store: &Store, number: &str) -> Vec<String> {
    let reach = (Reach::All, false);
    let found = store.reading().conversation(number, reach, 10, None).await;
    found.unwrap().items.into_iter().map(text_of).collect()
}

async fn receive(store: &Store, from: &str, text: &str) {
    let mut part = incoming(from, text);
    part.received_at = clock::now();
    received(store, part).await;
}

async fn texts(store: &Store, filter: Filter) -> Vec<String> {
    store.reading().index_all().await.unwrap();
    let found = page(store, filter, 100, None).await;
    found.items.into_iter().map(text_of).collect()
}

/// A filter of which one thing is set.
fn by(set: impl FnOnce(&mut Filter)) -> Filter {
    let mut filter = Filter::default();
    set(&mut filter);
    filter
}

fn search(q: &str) -> Filter {
    by(|filter| filter.q = Some(q.to_owned()))
}

#[tokio::test]
async fn pages_stay_while_messages_come() {
    let (_dir, store) = open();
    let all = (0..10).map(|n| text(TO, &n.to_string())).collect();
    accept(&store, all).await;
    let first = page(&store, Filter::default(), 4, None).await.items;
    put(&store, text(TO, "new")).await;
    let before = first.last().map(|message| message.row);
    let second = page(&store, Filter::default(), 100, before).await.items;
    let seen: Vec<_> = first.into_iter().chain(second).map(text_of).collect();
    assert_eq!(seen, ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]);
}

#[tokio::test]
async fn each_filter_finds_what_it_says() {
    let (_dir, store) = open();
    let own = "+84922222222";
    numbered(&store, 1, own).await;
    put_sent(&store, TO, &sim(1), 1, T0).await;
    let two = text("+84900000002", "two");
    put(
        &store,
        with(two, |new| new.reference = Some("r-1".to_owned())),
    )
    .await;
    receive(&store, TO, "three").await;

    let more = |set: fn(&mut Filter)| {
        let mut filter = search("t");
        set(&mut filter);
        filter
    };
    let cases: [(Filter, &[&str]); 17] = [
        (by(|f| f.direction = Some(Direction::Inbound)), &["three"]),
        (by(|f| f.state = Some(State::Queued)), &["two"]),
        (by(|f| f.state = Some(State::Sent)), &["hello"]),
        (by(|f| f.state = Some(State::Failed)), &[]),
        (by(|f| f.to = Some(TO.to_owned())), &["hello"]),
        (by(|f| f.from = Some(TO.to_owned())), &["three"]),
        (by(|f| f.to = Some(own.to_owned())), &["three"]),
        (by(|f| f.from = Some(own.to_owned())), &["hello"]),
        (by(|f| f.sim = Some(sim(1))), &["three", "hello"]),
        (by(|f| f.reference = Some("r-1".to_owned())), &["two"]),
        (by(|f| f.until = Some(at(1))), &["two", "hello"]),
        (by(|f| f.until = Some(T0)), &[]),
        (search("TWO"), &["two"]),
        (search("t"), &["three", "two"]),
        (more(|f| f.direction = Some(Direction::Outbound)), &["two"]),
        (more(|f| f.from = Some(TO.to_owned())), &["three"]),
        (search("\"*"), &[]),
    ];
    for (filter, expected) in cases {
        assert_eq!(texts(&store, filter.clone()).await, expected, "{filter:?}");
    }
    for &state in State::ALL {
        let found = page(&store, by(|f| f.state = Some(state)), 9, None).await;
        let mut found = found.items.iter();
        assert!(found.all(|message| message.state == state), "{state:?}");
    }
}

#[tokio::test]
async fn times_bound_a_list() {
    let (_dir, store) = open();
    let now = clock::now();
    for (offset, said) in [(-2000, "old"), (0, "mid"), (2000, "new")] {
        let at = Time(now.0 + offset);
        put(&store, with(text(TO, said), |new| new.created_at = at)).await;
    }
    let since = |at: Time| by(|filter| filter.since = Some(at));
    assert_eq!(texts(&store, since(now)).await, ["new", "mid"]);
    let until = by(|filter| filter.until = Some(now));
    assert_eq!(texts(&store, until).await, ["old"]);
    let future = since(Time(now.0 + 48 * HOUR));
    assert!(texts(&store, future).await.is_empty());
}

#[tokio::test]
async fn search_finds_accented_words_and_several_words_in_any_order() {
    let (_dir, store) = open();
    put(&store, text(TO, "Mã xác nhận của bạn")).await;
    put(&store, text(TO, "Your code is 123456")).await;
    for q in ["xac", "nhận xác", "MA"] {
        let found = texts(&store, search(q)).await;
        assert_eq!(found, ["Mã xác nhận của bạn"], "{q}");
    }
    assert!(texts(&store, search("code NOT")).await.is_empty());
}

#[tokio::test]
async fn search_pages_like_any_list() {
    let (_dir, store) = open();
    let many = (0..2500).map(|n| text(TO, &format!("word {n}"))).collect();
    accept(&store, many).await;
    store.reading().index_all().await.unwrap();
    let filter = || search("word");
    let first = page(&store, filter(), 2, None).await.items;
    let second = page(&store, filter(), 2, Some(first[1].row)).await.items;
    let seen: Vec<_> = first.into_iter().chain(second).map(text_of).collect();
    assert_eq!(seen, ["word 2499", "word 2498", "word 2497", "word 2496"]);
}

#[tokio::test]
async fn conversations_hold_both_directions() {
    let (_dir, store) = open();
    put(&store, text(TO, "ping")).await;
    put(&store, text("+84900000002", "other")).await;
    receive(&store, TO, "pong").await;
    store.reading().index_all().await.unwrap();
    let all = conversations(&store, None).await;
    let seen: Vec<_> = all.iter().map(|c| (c.number.as_str(), c.count)).collect();
    assert_eq!(seen, [(TO, 2), ("+84900000002", 1)]);
    assert_eq!(text_of(all[0].last.clone()), "pong");
    let rest = conversations(&store, Some(all[0].last.row)).await;
    assert_eq!(rest[0].number, "+84900000002");
    assert_eq!(said(&store, TO).await, ["pong", "ping"]);
    assert!(said(&store, "+84900000003").await.is_empty());
}

#[tokio::test]
async fn data_is_kept_as_it_is() {
    let (_dir, store) = open();
    let none = (Vec::new(), None);
    for (octets, port) in [(vec![0, 255, 1], Some(2948)), none] {
        let body = Body::Data { octets, port };
        let queued = put(&store, with(text(TO, ""), |new| new.body = body.clone())).await;
        assert_eq!(get(&store, queued.id).await.body, body);
        let waiting = store.waiting(&lane(), None, T0, 9).await.unwrap();
        assert_eq!(waiting.last().unwrap().body, body);
    }
}

#[tokio::test]
async fn retention_deletes_what_is_over_and_leaves_the_rest() {
    let (dir, store) = open();
    let gone = put_sent(&store, TO, &sim(1), 1, T0).await;
    let waits = put(&store, text(TO, "waits")).await;
    let kept = put_sent(&store, TO, &sim(1), 2, T0).await;
    store.reading().index_all().await.unwrap();
    let tomorrow = Time(clock::now().0 + 24 * HOUR);
    for (before, deleted) in [(at(-24 * HOUR), 0), (tomorrow, 1)] {
        let retained = store.upkeep().retain(before, tomorrow, 10).await;
        assert_eq!(retained.unwrap(), deleted);
    }
    assert!(store.reading().message(gone.id).await.unwrap().is_none());
    assert!(store.reading().history(gone.id).await.unwrap().is_none());
    assert_eq!(state(&store, waits.id).await, State::Queued);
    // The latest row stays, so that its number is not given again.
    assert_eq!(state(&store, kept.id).await, State::Sent);
    let found = texts(&store, search("hello")).await;
    assert_eq!(found.len(), 1);
    assert_eq!(conversations(&store, None).await[0].count, 2);
    assert_eq!(sent_count(&store, &sim(1), T0).await.parts, 2);
    assert!(crate::check(dir.path()).unwrap().is_empty());
}

/// Page after page, each of so many rows.
fn pages(reader: &Connection, reach: &Reach, limit: usize, looks: i64) -> Vec<(String, u64)> {
    let (mut before, mut found) = (None, Vec::new());
    for _ in 0..100 {
        let page = within(reader, &reach.clone().into(), (limit, before), looks).unwrap();
        assert!(page.items.len() <= limit);
        let items = page.items.into_iter().map(|one| (one.number, one.count));
        found.extend(items);
        assert!(before.is_none() || page.next < before, "it goes on");
        before = page.next;
        if before.is_none() {
            return found;
        }
    }
    panic!("no end");
}

#[tokio::test]
async fn a_key_that_sees_a_part_is_given_its_oldest_conversations_too() {
    let (dir, store) = open();
    let number = |n: usize| format!("+8490000000{n}");
    let own = |n: usize| text(&number(n), "own");
    let others = |n: usize| NewMessage {
        key: KeyId(2),
        ..text(&number(n), "another's")
    };
    // The oldest is among what one page looks at, and so is what came of it later.
    let mut all = vec![own(1), own(2), own(1), own(3)];
    all.extend((0..30).map(|n| others(n % 5)));
    all.extend([own(2), own(4)]);
    all.extend((0..30).map(|_| others(3)));
    accept(&store, all).await;
    store.reading().index_all().await.unwrap();
    store.close().await;
    let reader = Connection::open(crate::machine::files::database_path(dir.path())).unwrap();
    let reach = Reach::Part {
        key: KeyId(1),
        sims: [].into(),
    };
    let expected = [4, 2, 3, 1].map(number);
    for (limit, looks) in [(10, 1000), (1, 1000), (10, 40), (2, 35), (1, 35)] {
        let found = pages(&reader, &reach, limit, looks);
        let numbers: Vec<_> = found.iter().map(|(number, _)| number.clone()).collect();
        assert_eq!(numbers, expected, "{limit} {looks}");
    }
    assert_eq!(pages(&reader, &reach, 10, 1000)[3].1, 2);
    // However little it may look at, it comes to an end and leaves none out.
    let found = pages(&reader, &reach, 10, 2);
    let seen = |number| found.iter().any(|(one, _)| one == number);
    assert!(expected.iter().all(seen), "{found:?}");
}

/// A request waits for none of the scheduler's reads, and holds up none.
#[tokio::test]
async fn what_waits_is_told_while_the_scheduler_reads() {
    let (_dir, store) = open();
    let queued = put(&store, text(TO, "x")).await;
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let (begin, begun) = tokio::sync::oneshot::channel();
    let scheduler = Access::new(&store.0.writer, &store.0.queue_readers);
    let reads = scheduler.read(move |_| {
        begin.send(()).unwrap();
        let _ = ended.recv();
        Ok(())
    });
    let asks = async {
        begun.await.unwrap();
        let told = tokio::time::timeout(Duration::from_secs(20), async {
            let waiting = store.reading().queued(vec![queued.row]).await.unwrap();
            assert_eq!(waiting.len(), 1);
            let talked = store.reading().last_talked(&queued.to).await.unwrap();
            assert_eq!(talked, None);
            let bound = store.reading().bound_to(&sim(1).into()).await.unwrap();
            assert_eq!(bound, 0);
        });
        told.await.expect("told at once");
        drop(end);
    };
    tokio::join!(reads, asks).0.unwrap();
}
