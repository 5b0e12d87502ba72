//! Lists by every filter and pair of filters, and what a page may cost.

use std::sync::mpsc;

use super::*;
use crate::NewReplay;
use crate::machine::writer::Need;
use crate::reading::listing::{Filter, Listed, list};
use crate::values::RowExt as _;
use model::{Direction, InboundPart, Reach};

const OWN: &str = "+84922222222";

async fn receive(store: &Store, (carrier, own): (Carrier, Option<&str>), from: &str, n: i64) {
    let part = InboundPart {
        carrier,
        own: own.map(str::to_owned),
        smsc_time: Some(at(n)),
        received_at: at(n * SECOND),
        ..incoming(from, &format!("reply {n}"))
    };
    received(store, part).await;
}

/// A history of some hundred messages of all kinds.
async fn mixed() -> (TempDir, Store, Vec<Message>) {
    let (dir, store) = open();
    numbered(&store, 1, OWN).await;
    for n in 0..240 {
        let to = format!("+8490000000{}", n % 5);
        let new = NewMessage {
            key: KeyId(n % 3),
            created_at: at(n * SECOND),
            reference: (n % 4 == 0).then(|| format!("r-{}", n % 8)),
            ..text(
                &to,
                ["code one", "code two", "Mã"][usize::try_from(n % 3).unwrap()],
            )
        };
        match n % 6 {
            0 => drop(put(&store, new).await),
            1 => receive(&store, (sim(1).into(), None), &to, n).await,
            2 => {
                let uplink = "uplink:up".parse().unwrap();
                receive(&store, (uplink, Some("+84933333333")), &to, n).await;
            }
            3 => {
                let queued = put(&store, new).await;
                assert_eq!(
                    store.queue().cancel(queued.id, T0, None).await.unwrap(),
                    crate::Cancelled::Done
                );
            }
            _ => {
                let by = sim(u8::try_from(n % 2 + 1).unwrap());
                let queued = put_claimed(&store, new, &by).await;
                let mr = u8::try_from(n).unwrap();
                if n % 12 != 4 {
                    step(&store, sent(queued.row, 1, &by, mr, true)).await;
                }
            }
        }
    }
    store.reading().index_all().await.unwrap();
    let all = page(&store, Filter::default(), 500, None).await;
    assert_eq!((all.items.len(), all.next), (240, None));
    (dir, store, all.items)
}

/// Each filter: a name, what sets it, and whether a message fits it.
type Case = (&'static str, fn(&mut Filter), fn(&Message) -> bool);

fn cases() -> Vec<Case> {
    let mut cases = by_columns();
    cases.extend(by_texts_and_times());
    cases
}

fn by_columns() -> Vec<Case> {
    vec![
        (
            "inbound",
            |f| f.direction = Some(Direction::Inbound),
            |m| m.direction == Direction::Inbound,
        ),
        (
            "outbound",
            |f| f.direction = Some(Direction::Outbound),
            |m| m.direction == Direction::Outbound,
        ),
        (
            "queued",
            |f| f.state = Some(State::Queued),
            |m| m.state == State::Queued,
        ),
        (
            "sending",
            |f| f.state = Some(State::Sending),
            |m| m.state == State::Sending,
        ),
        (
            "sent",
            |f| f.state = Some(State::Sent),
            |m| m.state == State::Sent,
        ),
        (
            "received",
            |f| f.state = Some(State::Received),
            |m| m.state == State::Received,
        ),
        ("failed", |f| f.state = Some(State::Failed), |_| false),
        (
            "to",
            |f| f.to = Some("+84900000003".to_owned()),
            |m| m.to.as_deref() == Some("+84900000003"),
        ),
        (
            "to own",
            |f| f.to = Some(OWN.to_owned()),
            |m| m.to.as_deref() == Some(OWN),
        ),
        (
            "to the uplink's",
            |f| f.to = Some("+84933333333".to_owned()),
            |m| m.to.as_deref() == Some("+84933333333"),
        ),
        (
            "from",
            |f| f.from = Some(TO.to_owned()),
            |m| m.from.as_deref() == Some(TO),
        ),
        (
            "from own",
            |f| f.from = Some(OWN.to_owned()),
            |m| m.from.as_deref() == Some(OWN),
        ),
        (
            "from nobody",
            |f| f.from = Some("+84999999999".to_owned()),
            |_| false,
        ),
        (
            "sim",
            |f| f.sim = Some(sim(1)),
            |m| m.carrier == Some(sim(1).into()),
        ),
        (
            "other sim",
            |f| f.sim = Some(sim(2)),
            |m| m.carrier == Some(sim(2).into()),
        ),
        (
            "reference",
            |f| f.reference = Some("r-4".to_owned()),
            |m| m.reference.as_deref() == Some("r-4"),
        ),
    ]
}

fn by_texts_and_times() -> Vec<Case> {
    vec![
        (
            "q",
            |f| f.q = Some("CODE".to_owned()),
            |m| says(m, &["code"]),
        ),
        (
            "q rare",
            |f| f.q = Some("ma".to_owned()),
            |m| says(m, &["Mã"]),
        ),
        (
            "q two",
            |f| f.q = Some("tw code".to_owned()),
            |m| says(m, &["two"]),
        ),
        ("q none", |f| f.q = Some("reply code".to_owned()), |_| false),
        (
            "since",
            |f| f.since = Some(at(100 * SECOND)),
            |m| m.created_at >= at(100 * SECOND),
        ),
        (
            "until",
            |f| f.until = Some(at(60 * SECOND)),
            |m| m.created_at < at(60 * SECOND),
        ),
        (
            "reach",
            |f| {
                f.reach = Reach::Part {
                    key: KeyId(2),
                    sims: [sim(2)].into(),
                };
            },
            // Which key sent it, a message does not tell: its text does here.
            |m| says(m, &["Mã"]) || m.carrier == Some(sim(2).into()),
        ),
    ]
}

fn says(message: &Message, words: &[&str]) -> bool {
    matches!(&message.body, Body::Text(text) if words.iter().all(|word| text.contains(word)))
}

fn rows_of(listed: &Listed<Message>) -> Vec<RowId> {
    listed.items.iter().map(|message| message.row).collect()
}

#[tokio::test]
async fn every_filter_and_pair_lists_what_fits_both() {
    let (_dir, store, all) = mixed().await;
    let cases = cases();
    for (one, set_one, fits_one) in &cases {
        for (other, set_other, fits_other) in &cases {
            let mut filter = Filter::default();
            set_one(&mut filter);
            set_other(&mut filter);
            // Where both set one field, the latter holds.
            let alone = {
                let mut only = Filter::default();
                set_other(&mut only);
                format!("{only:?}") == format!("{filter:?}")
            };
            let fits = |m: &&Message| (alone || fits_one(m)) && fits_other(m);
            let expected: Vec<_> = all.iter().filter(fits).map(|message| message.row).collect();
            let found = page(&store, filter.clone(), 500, None).await;
            assert_eq!(rows_of(&found), expected, "{one} and {other}");
            // The same by pages, each for next to nothing.
            let pages = move |reader: &rusqlite::Connection| {
                let (mut rows, mut before) = (Vec::new(), None);
                loop {
                    let page = list(reader, &filter, (7, before), 1)?;
                    rows.extend(rows_of(&page));
                    assert!(
                        page.next
                            .is_none_or(|next| before.is_none_or(|before| next < before))
                    );
                    before = page.next;
                    if before.is_none() {
                        return Ok(rows);
                    }
                }
            };
            let paged = store.read(pages).await.unwrap();
            assert_eq!(paged, expected, "{one} and {other}, by pages");
        }
    }
}

#[tokio::test]
async fn a_page_stops_where_its_looks_are_spent() {
    let (_dir, store, _) = mixed().await;
    let filter = Filter {
        state: Some(State::Queued),
        q: Some("nothing".to_owned()),
        ..Filter::default()
    };
    let page = move |reader: &rusqlite::Connection| list(reader, &filter, (50, None), 100);
    let page = store.read(page).await.unwrap();
    assert!(page.items.is_empty() && page.next.is_some(), "{page:?}");
}

#[tokio::test]
async fn a_search_does_not_wait_for_a_writer_that_is_held_up() {
    let (_dir, store) = open();
    put(&store, text(TO, "first")).await;
    store.reading().index_all().await.unwrap();
    let found = store
        .reading()
        .conversations(Reach::All, 1, None)
        .await
        .unwrap();
    assert_eq!((found.items.len(), found.indexed_until), (1, None));

    let (release, released) = mpsc::channel::<()>();
    let (begun, has_begun) = mpsc::channel();
    let held = tokio::spawn({
        let (store, new) = (store.clone(), text(TO, "second"));
        async move {
            let accepted = store.accept(vec![new], None::<NewReplay>);
            let hold = store.write(Need::Growth, move |_| {
                let _ = begun.send(());
                // Ends with the test too.
                let _ = released.recv();
                Ok(())
            });
            tokio::join!(accepted, hold)
        }
    });
    tokio::task::spawn_blocking(move || has_begun.recv().unwrap())
        .await
        .unwrap();
    // In a transaction of its own, so that the message is there and the index is not.
    let again = tokio::spawn({
        let store = store.clone();
        async move { store.accept(vec![text(TO, "third")], None).await }
    });
    let search = Filter {
        q: Some("first".to_owned()),
        ..Filter::default()
    };
    let found = page(&store, search.clone(), 10, None).await;
    assert!(!held.is_finished());
    assert_eq!(found.items.len(), 1);
    release.send(()).unwrap();
    held.await.unwrap().1.unwrap();
    again.await.unwrap().unwrap();
    store.reading().index_all().await.unwrap();
    let found = page(&store, search, 10, None).await;
    assert_eq!(found.indexed_until, None);
}

#[tokio::test]
async fn a_list_says_until_when_it_is_whole() {
    let (dir, store, _) = mixed().await;
    // Nobody goes on indexing then.
    store.close().await;
    let path = crate::machine::files::database_path(dir.path());
    let reader = rusqlite::Connection::open(path).unwrap();
    reader.execute("UPDATE indexed SET upto = 100", []).unwrap();
    let by_number = Filter {
        to: Some("+84900000003".to_owned()),
        ..Filter::default()
    };
    let by_state = Filter {
        state: Some(State::Sent),
        ..Filter::default()
    };
    let page = |filter| list(&reader, &filter, (5, None), 9000).unwrap();
    assert_eq!(page(by_number).indexed_until, Some(at(99 * SECOND)));
    assert_eq!(page(by_state).indexed_until, None);
}

#[tokio::test]
async fn no_run_of_a_list_reads_rows_that_it_does_not_give() {
    use crate::reading::listing::RUNS;

    let (_dir, store) = open();
    let plans = |reader: &rusqlite::Connection| {
        let mut plans = Vec::new();
        for sql in RUNS {
            let mut plan = reader.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let count = plan.parameter_count();
            let nothing = std::iter::repeat_n(1, count);
            let steps = plan.query_map(rusqlite::params_from_iter(nothing), |row| {
                row.col::<String>("detail")
            })?;
            plans.push(steps.collect::<Result<Vec<_>, _>>()?.join("; "));
        }
        Ok(plans)
    };
    for plan in store.read(plans).await.unwrap() {
        let is_bare = plan.contains("COVERING INDEX") || plan.contains("PRIMARY KEY");
        assert!(plan.starts_with("SEARCH") && is_bare, "{plan}");
        assert!(!plan.contains("TEMP"), "{plan}");
    }
}
