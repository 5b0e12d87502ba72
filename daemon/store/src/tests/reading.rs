//! Lists, search, conversations.

use super::*;
use crate::machine::access::Access;
use crate::machine::clock;
use crate::reading::conversations::within;
use crate::{Filter, SimSeen};
use model::{Content, Direction, InboundPart, RawPart, Reach};

fn join(parts: &[RawPart]) -> Content {
    let text = String::from_utf8_lossy(&parts[0].tpdu).into_owned();
    Content {
        body: Body::Text(text),
        coding: Coding::Gsm7,
        flash: false,
    }
}

async fn receive(store: &Store, from: &str, text: &str) {
    let part = InboundPart {
        carrier: sim(1).into(),
        own: None,
        untimed: None,
        modem: None,
        originator: from.to_owned(),
        smsc_time: Some(T0),
        tpdu: text.as_bytes().to_vec(),
        concat: None,
        received_at: clock::now(),
    };
    store.inbound().receive(part, join).await.unwrap();
}

async fn texts(store: &Store, filter: Filter) -> Vec<String> {
    store.reading().index_all().await.unwrap();
    let found = store.reading().messages(filter, 100, None).await.unwrap();
    found.items.into_iter().map(text_of).collect()
}

fn text_of(message: Message) -> String {
    match message.body {
        Body::Text(text) => text,
        body @ Body::Data { .. } => panic!("{body:?}"),
    }
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
    let all = (0..10)
        .map(|n| text("+84900000001", &n.to_string()))
        .collect();
    accept(&store, all).await;
    let first = store
        .reading()
        .messages(Filter::default(), 4, None)
        .await
        .unwrap()
        .items;
    put(&store, text("+84900000001", "new")).await;
    let before = first.last().map(|message| message.row);
    let second = store
        .reading()
        .messages(Filter::default(), 100, before)
        .await
        .unwrap()
        .items;
    let seen: Vec<_> = first.into_iter().chain(second).map(text_of).collect();
    assert_eq!(seen, ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]);
}

#[tokio::test]
async fn each_filter_finds_what_it_says() {
    let (_dir, store) = open();
    let own = "+84922222222";
    let seen = SimSeen {
        iccid: sim(1),
        imsi: None,
        number: Some(own.to_owned()),
        smsc: None,
        imei: None,
        at: T0,
    };
    store.admin().seen_sim(seen).await.unwrap();
    put_sent(&store, "+84900000001", &sim(1), 1, T0).await;
    put(
        &store,
        NewMessage {
            reference: Some("r-1".to_owned()),
            ..text("+84900000002", "two")
        },
    )
    .await;
    receive(&store, "+84900000001", "three").await;

    let cases: [(Filter, &[&str]); 17] = [
        (by(|f| f.direction = Some(Direction::Inbound)), &["three"]),
        (by(|f| f.state = Some(State::Queued)), &["two"]),
        (by(|f| f.state = Some(State::Sent)), &["hello"]),
        (by(|f| f.state = Some(State::Failed)), &[]),
        (by(|f| f.to = Some("+84900000001".to_owned())), &["hello"]),
        (by(|f| f.from = Some("+84900000001".to_owned())), &["three"]),
        (by(|f| f.to = Some(own.to_owned())), &["three"]),
        (by(|f| f.from = Some(own.to_owned())), &["hello"]),
        (by(|f| f.sim = Some(sim(1))), &["three", "hello"]),
        (by(|f| f.reference = Some("r-1".to_owned())), &["two"]),
        (by(|f| f.until = Some(at(1))), &["two", "hello"]),
        (by(|f| f.until = Some(T0)), &[]),
        (search("TWO"), &["two"]),
        (search("t"), &["three", "two"]),
        (
            Filter {
                direction: Some(Direction::Outbound),
                ..search("t")
            },
            &["two"],
        ),
        (
            Filter {
                from: Some("+84900000001".to_owned()),
                ..search("t")
            },
            &["three"],
        ),
        (search("\"*"), &[]),
    ];
    for (filter, expected) in cases {
        assert_eq!(texts(&store, filter.clone()).await, expected, "{filter:?}");
    }
    for state in State::ALL {
        let found = store
            .reading()
            .messages(by(|f| f.state = Some(state)), 9, None)
            .await
            .unwrap()
            .items;
        assert!(
            found.iter().all(|message| message.state == state),
            "{state:?}"
        );
    }
}

#[tokio::test]
async fn times_bound_a_list() {
    let (_dir, store) = open();
    let now = clock::now();
    for (offset, said) in [(-2000, "old"), (0, "mid"), (2000, "new")] {
        let created_at = Time(now.0 + offset);
        put(
            &store,
            NewMessage {
                created_at,
                ..text("+84900000001", said)
            },
        )
        .await;
    }
    let since = Filter {
        since: Some(now),
        ..Filter::default()
    };
    assert_eq!(texts(&store, since).await, ["new", "mid"]);
    let until = Filter {
        until: Some(now),
        ..Filter::default()
    };
    assert_eq!(texts(&store, until).await, ["old"]);
    let future = Filter {
        since: Some(Time(now.0 + 48 * HOUR)),
        ..Filter::default()
    };
    assert!(texts(&store, future).await.is_empty());
}

#[tokio::test]
async fn search_finds_accented_words_and_several_words_in_any_order() {
    let (_dir, store) = open();
    put(&store, text("+84900000001", "Mã xác nhận của bạn")).await;
    put(&store, text("+84900000001", "Your code is 123456")).await;
    for q in ["xac", "nhận xác", "MA"] {
        let found = texts(&store, search(q)).await;
        assert_eq!(found, ["Mã xác nhận của bạn"], "{q}");
    }
    assert!(texts(&store, search("code NOT")).await.is_empty());
}

#[tokio::test]
async fn search_pages_like_any_list() {
    let (_dir, store) = open();
    let many = (0..2500)
        .map(|n| text("+84900000001", &format!("word {n}")))
        .collect();
    accept(&store, many).await;
    store.reading().index_all().await.unwrap();
    let filter = || search("word");
    let first = store
        .reading()
        .messages(filter(), 2, None)
        .await
        .unwrap()
        .items;
    let second = store
        .reading()
        .messages(filter(), 2, Some(first[1].row))
        .await
        .unwrap()
        .items;
    let seen: Vec<_> = first.into_iter().chain(second).map(text_of).collect();
    assert_eq!(seen, ["word 2499", "word 2498", "word 2497", "word 2496"]);
}

#[tokio::test]
async fn conversations_hold_both_directions() {
    let (_dir, store) = open();
    put(&store, text("+84900000001", "ping")).await;
    put(&store, text("+84900000002", "other")).await;
    receive(&store, "+84900000001", "pong").await;
    store.reading().index_all().await.unwrap();
    let all = store
        .reading()
        .conversations(Reach::All, 10, None)
        .await
        .unwrap()
        .items;
    let seen: Vec<_> = all.iter().map(|c| (c.number.as_str(), c.count)).collect();
    assert_eq!(seen, [("+84900000001", 2), ("+84900000002", 1)]);
    assert_eq!(text_of(all[0].last.clone()), "pong");
    let rest = store
        .reading()
        .conversations(Reach::All, 10, Some(all[0].last.row))
        .await
        .unwrap()
        .items;
    assert_eq!(rest[0].number, "+84900000002");
    let one = store
        .reading()
        .conversation("+84900000001", (Reach::All, false), 10, None)
        .await
        .unwrap()
        .items;
    assert_eq!(
        one.into_iter().map(text_of).collect::<Vec<_>>(),
        ["pong", "ping"]
    );
    assert!(
        store
            .reading()
            .conversation("+84900000003", (Reach::All, false), 10, None)
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

#[tokio::test]
async fn data_is_kept_as_it_is() {
    let (_dir, store) = open();
    let body = Body::Data {
        octets: vec![0, 255, 1],
        port: Some(2948),
    };
    let queued = put(
        &store,
        NewMessage {
            body: body.clone(),
            ..text("+84900000001", "")
        },
    )
    .await;
    assert_eq!(get(&store, queued.id).await.body, body);
    assert_eq!(
        store.waiting(&lane(), None, T0, 1).await.unwrap()[0].body,
        body
    );
    let empty = Body::Data {
        octets: Vec::new(),
        port: None,
    };
    let queued = put(
        &store,
        NewMessage {
            body: empty.clone(),
            ..text("+84900000001", "")
        },
    )
    .await;
    assert_eq!(get(&store, queued.id).await.body, empty);
}

#[tokio::test]
async fn retention_deletes_what_is_over_and_leaves_the_rest() {
    let (dir, store) = open();
    let gone = put_sent(&store, "+84900000001", &sim(1), 1, T0).await;
    let waits = put(&store, text("+84900000001", "waits")).await;
    let kept = put_sent(&store, "+84900000001", &sim(1), 2, T0).await;
    store.reading().index_all().await.unwrap();
    let tomorrow = Time(clock::now().0 + 24 * HOUR);
    assert_eq!(
        store
            .upkeep()
            .retain(at(-24 * HOUR), tomorrow, 10)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        store.upkeep().retain(tomorrow, tomorrow, 10).await.unwrap(),
        1
    );
    assert!(store.reading().message(gone.id).await.unwrap().is_none());
    assert!(store.reading().history(gone.id).await.unwrap().is_none());
    assert_eq!(state(&store, waits.id).await, State::Queued);
    // The latest row stays, so that its number is not given again.
    assert_eq!(state(&store, kept.id).await, State::Sent);
    let found = texts(&store, search("hello")).await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        store
            .reading()
            .conversations(Reach::All, 9, None)
            .await
            .unwrap()
            .items[0]
            .count,
        2
    );
    assert_eq!(
        store.admin().sent_count(&sim(1), T0).await.unwrap().parts,
        2
    );
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
    let queued = put(&store, text("+84900000001", "x")).await;
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
