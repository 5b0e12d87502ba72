//! A number is erased with all that is kept of it, and the files have it no more.

use serde_json::json;

use super::selftests::received_from;
use super::*;
use crate::upkeep::erase::Erasable;
use crate::{
    ById, ConversationFilter, Filter, NewAudit, NewEvent, NewNote, NewReplay, NewReport,
    ReportClass, ReportKey,
};
use model::UserId;

const NUMBER: &str = "+84907654321";
const OTHER: &str = "+84900000002";
/// Words of its texts, small as the index has them.
const WORDS: [&str; 3] = ["zaubertrank", "hinkelstein", "wildschwein"];

fn audit() -> NewAudit {
    NewAudit {
        at: T0,
        actor: "user anna".to_owned(),
        from: None,
        what: "erased conversation 9f86d081".to_owned(),
    }
}

async fn erase(store: &Store, number: &str) -> bool {
    store.reading().index_all().await.unwrap();
    match store.upkeep().erasable(number).await.unwrap() {
        Erasable::Now(upto, count) => {
            let began = store.upkeep().begin_erasure(number, (upto, count), audit());
            began.await.unwrap();
        }
        other => panic!("{other:?}"),
    }
    store.upkeep().erase(number).await.unwrap()
}

/// What is found of these in the files of the database.
fn found_in_files(dir: &TempDir, wanted: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for name in ["simgate.db", "simgate.db-wal"] {
        let octets = std::fs::read(dir.path().join(name)).unwrap_or_default();
        for wanted in wanted {
            let count = octets
                .windows(wanted.len())
                .filter(|window| window.eq_ignore_ascii_case(wanted.as_bytes()))
                .count();
            if count > 0 {
                found.push(format!("{wanted} in {name}: {count}"));
            }
        }
    }
    found
}

/// All kinds of places where a number stands.
async fn stand_everywhere(store: &Store) {
    let reference = Some("order-zaubertrank".to_owned());
    for n in 0..60u8 {
        let number = if n % 3 == 0 { NUMBER } else { OTHER };
        let words = if n % 3 == 0 {
            WORDS[usize::from(n) % 3]
        } else {
            "hello"
        };
        let message = NewMessage {
            reference: reference.clone().filter(|_| n % 3 == 0),
            ..text(number, &format!("{words} {n}"))
        };
        let queued = put(store, message).await;
        assert!(claim(store, queued.row, &sim(1)).await.applied);
        assert!(
            step(store, sent(queued.row, 1, &sim(1), n, true))
                .await
                .applied
        );
    }
    for (n, word) in WORDS.iter().enumerate() {
        received_from(
            store,
            NUMBER,
            &format!("{word} bitte {}", "x".repeat(n * 6000)),
            T0,
        )
        .await;
    }
    store.reading().index_all().await.unwrap();
    let note = NewNote {
        author: "user anna".to_owned(),
        at: T0,
        text: "mag wildschwein".to_owned(),
    };
    let once = Once {
        key: KeyId(1),
        name: "noted".to_owned(),
        request: [2; 32],
    };
    let staff = store.staff();
    staff
        .add_note(NUMBER, note, audit(), Some(once))
        .await
        .unwrap();
    store
        .staff()
        .mark_read(UserId(1), NUMBER, None)
        .await
        .unwrap();
    let replay = NewReplay {
        key: KeyId(1),
        name: "once".to_owned(),
        request: [1; 32],
        status: 202,
        body: json!({"to": NUMBER, "text": "zaubertrank"})
            .to_string()
            .into_bytes(),
        at: clock::now(),
    };
    store
        .accept(vec![text(OTHER, "hello")], Some(replay))
        .await
        .unwrap();
    // A report that no part waits for, from a network that writes numbers its own way.
    let report = NewReport {
        key: ReportKey::Id(ById {
            carrier: Carrier::Uplink("up".parse().unwrap()),
            ids: model::smsc_id::id_forms("77"),
            long_id: None,
            code: "x".to_owned(),
        }),
        recipient: NUMBER.trim_start_matches('+').to_owned(),
        class: ReportClass::Delivered,
        text: String::new(),
        discharged_at: None,
        received_at: T0,
    };
    store.evidence().report(report).await.unwrap();
    tell_webhook(store).await;
}

async fn tell_webhook(store: &Store) {
    let name = "crm".parse().unwrap();
    let config = serde_json::from_value(json!({
        "url": "http://192.0.2.1/", "events": ["*"], "secret": null, "enabled": true,
    }));
    store
        .webhooks()
        .put(&name, &config.unwrap(), audit())
        .await
        .unwrap();
    let event = NewEvent {
        id: "x".to_owned(),
        kind: "call.missed",
        subject: "call.missed 8984011234567890123".to_owned(),
        at: T0,
        data: json!({"sim": "8984011234567890123", "from": NUMBER}).to_string(),
    };
    store.webhooks().tell(vec![event]).await.unwrap();
}

#[tokio::test]
async fn no_file_has_the_number_or_its_texts_afterwards() {
    let (dir, store) = open();
    stand_everywhere(&store).await;
    let digits = &NUMBER[3..];
    let wanted = [&[digits][..], &WORDS].concat();
    assert!(!found_in_files(&dir, &wanted).is_empty());
    assert!(erase(&store, NUMBER).await);
    assert_eq!(found_in_files(&dir, &wanted), [""; 0]);
    // What is others' is there, and so is the sense of the rest.
    assert!(crate::check(dir.path()).unwrap().is_empty());
    let all = store
        .reading()
        .conversations(ConversationFilter::default(), 9, None)
        .await
        .unwrap();
    let all: Vec<_> = all
        .items
        .into_iter()
        .map(|one| (one.number, one.count))
        .collect();
    assert_eq!(all, [(OTHER.to_owned(), 41)]);
    let search = |q: &str| Filter {
        q: Some(q.to_owned()),
        ..Filter::default()
    };
    let messages = |filter| store.reading().messages(filter, 99, None);
    assert_eq!(messages(search("hello")).await.unwrap().items.len(), 41);
    assert_eq!(
        messages(search("zaubertrank")).await.unwrap().items.len(),
        0
    );
    assert_eq!(messages(Filter::default()).await.unwrap().items.len(), 41);
    assert_eq!(store.upkeep().erasures().await.unwrap(), [""; 0]);
    assert_eq!(
        store.upkeep().erasable(NUMBER).await.unwrap(),
        Erasable::Unknown
    );
    let told = newest_changes(&store, 1).await.remove(0);
    assert_eq!(
        (told.before, told.after),
        (Some(json!({"messages": 23})), None)
    );

    // A row that was the newest is given to no other message, and a new conversation can begin.
    put(&store, text(NUMBER, "hello again")).await;
    store.reading().index_all().await.unwrap();
    assert_eq!(messages(search("again")).await.unwrap().items.len(), 1);
    store.close().await;
    let wanted = [&WORDS[..]].concat();
    assert_eq!(found_in_files(&dir, &wanted), [""; 0]);
}

#[tokio::test]
async fn the_newest_message_is_erased_too() {
    let (dir, store) = open();
    put_sent(&store, OTHER, &sim(1), 7, T0).await;
    let newest = received_from(&store, NUMBER, "wildschwein", T0).await;
    assert!(erase(&store, NUMBER).await);
    assert_eq!(
        found_in_files(&dir, &[&NUMBER[3..], "wildschwein"]),
        [""; 0]
    );
    assert_eq!(get(&store, newest.id).await.body, Body::Text(String::new()));
    let next = put(&store, text(OTHER, "another")).await;
    store.reading().index_all().await.unwrap();
    assert!(crate::check(dir.path()).unwrap().is_empty());
    let filter = Filter {
        q: Some("another".to_owned()),
        ..Filter::default()
    };
    let found = store
        .reading()
        .messages(filter, 9, None)
        .await
        .unwrap()
        .items;
    assert_eq!(found[0].id, next.id);
}

#[tokio::test]
async fn what_waits_stands_against_it_and_a_restart_goes_on() {
    let (dir, store) = open();
    let first = put_sent(&store, NUMBER, &sim(1), 7, T0).await;
    let waits = put(&store, text(NUMBER, "zaubertrank")).await;
    assert_eq!(
        store.upkeep().erasable(NUMBER).await.unwrap(),
        Erasable::Behind
    );
    store.reading().index_all().await.unwrap();
    let erasable = store.upkeep().erasable(NUMBER).await.unwrap();
    assert_eq!(erasable, Erasable::Waiting(1));
    // Begun all the same, as when something comes to wait again in that moment.
    let began = store
        .upkeep()
        .begin_erasure(NUMBER, (waits.row, 2), audit());
    began.await.unwrap();
    assert!(!store.upkeep().erase(NUMBER).await.unwrap());
    assert!(store.reading().message(first.id).await.unwrap().is_none());
    assert_eq!(state(&store, waits.id).await, State::Queued);

    let store = reopen(&dir, store).await;
    assert_eq!(store.upkeep().erasures().await.unwrap(), [NUMBER]);
    store.queue().cancel(waits.id, T0, None).await.unwrap();
    received_from(&store, NUMBER, "hello, it is me again", T0).await;
    assert!(store.upkeep().erase(NUMBER).await.unwrap());
    assert_eq!(store.upkeep().erasures().await.unwrap(), [""; 0]);
    // What came in after it was begun is another conversation.
    store.reading().index_all().await.unwrap();
    assert_eq!(found_in_files(&dir, &["zaubertrank"]), [""; 0]);
    let all = store
        .reading()
        .conversations(ConversationFilter::default(), 9, None)
        .await
        .unwrap();
    assert_eq!(all.items[0].count, 1);
}

#[tokio::test]
async fn a_request_whose_answer_was_erased_is_not_done_again() {
    let (_dir, store) = open();
    stand_everywhere(&store).await;
    let replay = |request| {
        store
            .reading()
            .replay(KeyId(1), "once", request, clock::now())
    };
    let known = crate::Replayed::Answer {
        status: 202,
        body: json!({"to": NUMBER, "text": "zaubertrank"})
            .to_string()
            .into_bytes(),
    };
    assert_eq!(replay([1; 32]).await.unwrap(), Some(known));
    erase(&store, NUMBER).await;
    assert_eq!(
        replay([1; 32]).await.unwrap(),
        Some(crate::Replayed::Conflict)
    );
}
