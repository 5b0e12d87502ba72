//! Messages of self-tests are marked, at both ends, and are nobody's messages.

use super::clock_steps::{follow, set_after};
use super::*;
use crate::reading::listing::{Filter, list};
use crate::{Joined, Received};
use model::{ConcatKey, InboundPart, Reach, test_text};

pub(super) const TOKEN: &str = "00112233445566ff";
/// Of the SIM that is told.
const PARTNER: &str = "+84911111111";
/// Of the SIM that sends tests.
pub(super) const OURS: &str = "+84933333333";
const CUSTOMER: &str = "+84944444444";

/// What a self-test sends.
pub(super) fn test(token: &str) -> NewMessage {
    NewMessage {
        test: true,
        reference: Some(token.to_owned()),
        ..text(PARTNER, &test_text::short(token))
    }
}

fn part(text: &str, place: Option<(u8, u8)>) -> InboundPart {
    InboundPart {
        carrier: sim(2).into(),
        concat: place.map(|(seq, total)| ConcatKey {
            reference: 7,
            wide: false,
            total,
            seq,
        }),
        ..incoming(OURS, text)
    }
}

/// From a SIM of ours.
pub(super) async fn from_ours(store: &Store, text: &str) -> Joined {
    received_from(store, OURS, text, T0).await
}

pub(super) async fn received_from(
    store: &Store,
    from: &str,
    text: &str,
    received_at: Time,
) -> Joined {
    let part = InboundPart {
        originator: from.to_owned(),
        smsc_time: Some(received_at),
        received_at,
        ..part(text, None)
    };
    match received(store, part).await {
        Received::Complete(joined) => joined,
        other => panic!("{other:?}"),
    }
}

fn with_tests() -> Filter {
    Filter {
        tests: true,
        ..Filter::default()
    }
}

async fn ids(store: &Store, filter: Filter) -> Vec<MessageId> {
    let listed = page(store, filter, 100, None).await;
    listed.items.iter().map(|message| message.id).collect()
}

#[tokio::test]
async fn both_ends_of_a_test_are_marked_and_in_no_list() {
    let (_dir, store) = open();
    numbered(&store, 1, OURS).await;
    let customers = put(&store, text(PARTNER, "hello")).await;
    let sent = put(&store, test(TOKEN)).await;
    let came = from_ours(&store, &test_text::unicode(TOKEN)).await;
    assert!(came.test);
    assert!(get(&store, sent.id).await.test && get(&store, came.id).await.test);
    assert!(!get(&store, customers.id).await.test);

    let narrowed: [fn(&mut Filter); 7] = [
        |_| {},
        |f| f.q = Some("simgate".to_owned()),
        |f| f.to = Some(PARTNER.to_owned()),
        |f| f.since = Some(T0),
        |f| f.peer = Some(PARTNER.to_owned()),
        |f| f.reference = Some(TOKEN.to_owned()),
        |f| f.state = Some(State::Received),
    ];
    for narrow in narrowed {
        let (mut without, mut with) = (Filter::default(), with_tests());
        narrow(&mut without);
        narrow(&mut with);
        let (without, with) = (ids(&store, without).await, ids(&store, with).await);
        assert!(without.iter().all(|id| *id == customers.id));
        assert!(
            with.contains(&sent.id) || with.contains(&came.id),
            "{with:?}"
        );
    }
    assert_eq!(ids(&store, Filter::default()).await, [customers.id]);
    assert_eq!(
        ids(&store, with_tests()).await,
        [came.id, sent.id, customers.id]
    );
    let overview = store.reading().overview().await.unwrap();
    assert_eq!(overview.newest, [(State::Queued, 1)]);
}

#[tokio::test]
async fn a_text_that_no_test_sent_is_a_customers() {
    let (_dir, store) = open();
    numbered(&store, 1, OURS).await;
    put(&store, test(TOKEN)).await;
    // A customer may use any words, and any name for a message.
    let own = "ffeeddccbbaa9988";
    put(
        &store,
        NewMessage {
            test: false,
            ..test(own)
        },
    )
    .await;
    for text in [test_text::short(own), "simgate test".to_owned()] {
        assert!(!from_ours(&store, &text).await.test, "{text}");
    }
}

#[tokio::test]
async fn a_test_message_that_comes_after_a_restart_is_known() {
    let (dir, store) = open();
    numbered(&store, 1, OURS).await;
    put(&store, test(TOKEN)).await;
    let store = reopen(&dir, store).await;
    assert!(from_ours(&store, &test_text::short(TOKEN)).await.test);
}

#[tokio::test]
async fn what_comes_of_a_test_message_without_its_beginning_is_known() {
    let (_dir, store) = open();
    numbered(&store, 1, OURS).await;
    let text = test_text::unicode(TOKEN);
    let end: String = text.chars().skip(67).collect();
    for (end, seq) in [(end.as_str(), 2), ("We meet at the station at eight", 2)] {
        let held = received(&store, part(end, Some((seq, 2)))).await;
        assert_eq!(held, Received::Held { have: 1, total: 2 });
    }
    let released = store.inbound().release_incomplete(at(1), join).await;
    let released = released.unwrap();
    let tests: Vec<bool> = released.iter().map(|joined| joined.test).collect();
    assert_eq!(tests, [true, false]);
}

#[tokio::test]
async fn a_customer_who_quotes_a_test_message_is_not_taken_for_a_test() {
    let (_dir, store) = open();
    numbered(&store, 1, OURS).await;
    numbered(&store, 2, "+84955555555").await;
    put(&store, test(TOKEN)).await;
    let quoted = format!("what is this? {}", test_text::short(TOKEN));
    let came = received_from(&store, CUSTOMER, &quoted, T0).await;
    assert!(!came.test, "the test was sent to another SIM");
    assert!(from_ours(&store, &quoted).await.test, "and this is ours");
}

#[tokio::test]
async fn a_test_of_a_sim_whose_number_is_not_known_is_known_where_it_was_sent_to() {
    let (_dir, store) = open();
    // As the card has it.
    numbered(&store, 2, "0911111111").await;
    put(&store, test(TOKEN)).await;
    let text = test_text::short(TOKEN);
    let soon = T0.after(Duration::from_mins(10));
    assert!(received_from(&store, CUSTOMER, &text, soon).await.test);
    let late = T0.after(Duration::from_hours(2));
    assert!(!received_from(&store, CUSTOMER, &text, late).await.test);
}

#[tokio::test]
async fn it_is_known_there_after_a_step_of_the_clock_too() {
    for by in [48 * HOUR, -48 * HOUR] {
        let (_dir, store) = open();
        numbered(&store, 2, "0911111111").await;
        put(&store, test(TOKEN)).await;
        let step = set_after(60 * SECOND, by);
        follow(&store, step).await;
        let text = test_text::short(TOKEN);
        let soon = step.to.after(Duration::from_mins(10));
        let came = received_from(&store, CUSTOMER, &text, soon).await;
        assert!(came.test, "{by}");
    }
}

#[tokio::test]
async fn an_incomplete_message_of_a_customer_is_not_taken_for_a_test() {
    let (_dir, store) = open();
    numbered(&store, 1, OURS).await;
    numbered(&store, 2, PARTNER).await;
    put(&store, test(TOKEN)).await;
    let end: String = test_text::unicode(TOKEN).chars().skip(67).collect();
    for (from, is_test) in [(CUSTOMER, false), (OURS, true)] {
        let part = InboundPart {
            originator: from.to_owned(),
            ..part(&end, Some((2, 2)))
        };
        received(&store, part).await;
        let released = store.inbound().release_incomplete(at(1), join).await;
        let released = released.unwrap();
        assert_eq!(released[0].test, is_test, "{from}");
    }
}

#[tokio::test]
async fn a_conversation_is_without_tests() {
    let (_dir, store) = open();
    let first = put(&store, text(PARTNER, "hello")).await;
    let last = put(&store, text(PARTNER, "hello again")).await;
    put(&store, test(TOKEN)).await;
    let tested_alone = put(
        &store,
        NewMessage {
            to: "+84922222222".to_owned(),
            ..test("ffeeddccbbaa9988")
        },
    )
    .await;
    let part = Reach::Part {
        key: KeyId(1),
        sims: [].into(),
    };
    for reach in [Reach::All, part] {
        let listed = store
            .reading()
            .conversations(reach, 10, None)
            .await
            .unwrap()
            .items;
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].last.id, listed[0].count), (last.id, 2));
    }
    let one = |tests| {
        store
            .reading()
            .conversation(PARTNER, (Reach::All, tests), 10, None)
    };
    assert_eq!(one(false).await.unwrap().items.len(), 2);
    assert_eq!(one(true).await.unwrap().items.len(), 3);
    // Nor does the end of its last message bring one in.
    let remove = move |row: RowId| {
        move |tx: &mut crate::machine::writer::Tx<'_>| crate::reading::index::remove(tx, row.0)
    };
    for (gone, left) in [
        (tested_alone.row, Some((last.id, 2))),
        (last.row, Some((first.id, 1))),
        (first.row, None),
    ] {
        store.write(Need::Ongoing, remove(gone)).await.unwrap();
        let listed = store
            .reading()
            .conversations(Reach::All, 10, None)
            .await
            .unwrap();
        let listed = listed.items.first().map(|one| (one.last.id, one.count));
        assert_eq!(listed, left);
    }
}

#[tokio::test]
async fn a_page_behind_very_many_tests_ends_early_and_its_cursor_goes_on() {
    let (dir, store) = open();
    let oldest = put(&store, text(PARTNER, "hello")).await;
    let many = (0..300).map(|n| test(&format!("{n:016x}")));
    accept(&store, many.collect()).await;
    store.close().await;
    let path = crate::machine::files::database_path(dir.path());
    let reader = Connection::open(path).unwrap();
    let (mut before, mut pages, mut found) = (None, 0, Vec::new());
    loop {
        let page = list(&reader, &Filter::default(), (10, before), 2000).unwrap();
        found.extend(page.items.iter().map(|message| message.id));
        pages += 1;
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(found, [oldest.id]);
    assert!(pages > 1, "{pages}");
}
