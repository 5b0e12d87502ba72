use super::*;
use crate::machine::clock;
use crate::{DeliveryLine, DueDelivery, EventAbout, ReportClass, Tried};
use model::WebhookName;

const HOST: &str = "127.0.0.1:1";

/// What waits for one host.
#[derive(Debug)]
struct Callback {
    row: RowId,
    id: MessageId,
    state: State,
    since: Time,
    reference: Option<String>,
    carrier: Option<Carrier>,
    reason: Option<Reason>,
    attempts: u16,
}

async fn due(store: &Store, now: Time) -> Vec<Callback> {
    let callbacks = WebhookName::callbacks();
    let due = store.webhooks().due(&callbacks, HOST, now, 10).await;
    due.unwrap().into_iter().map(callback).collect()
}

fn callback(due: DueDelivery) -> Callback {
    let EventAbout::Message {
        id,
        state,
        carrier,
        reason,
        reference,
        callback_url,
    } = due.about
    else {
        panic!("a message's")
    };
    assert_eq!(callback_url.as_deref(), Some("http://127.0.0.1:1/hook"));
    Callback {
        row: due.row,
        id,
        state,
        since: due.since,
        reference,
        carrier,
        reason,
        attempts: due.attempts,
    }
}

/// The hosts for which something waits, and when the first of it is due.
async fn hosts(store: &Store) -> Vec<(String, Time)> {
    let lines = store.webhooks().lines().await.unwrap().into_iter();
    lines.map(|line| (line.host, line.due_at)).collect()
}

pub(super) fn tried(error: Option<&str>) -> Tried {
    Tried {
        at: T0,
        status: Some(if error.is_some() { 500 } else { 204 }),
        error: error.map(str::to_owned),
    }
}

async fn done(store: &Store, callback: &Callback) {
    let delivered = store.webhooks().delivered(callback.row, tried(None));
    delivered.await.unwrap();
}

async fn failed(store: &Store, callback: &Callback, next_at: Time) {
    let later = store
        .webhooks()
        .try_later(callback.row, next_at, tried(Some("no")));
    later.await.unwrap();
}

fn with_callback(to: &str) -> NewMessage {
    NewMessage {
        callback_url: Some("http://127.0.0.1:1/hook".to_owned()),
        reference: Some("order-42".to_owned()),
        ..text(to, "hello")
    }
}

async fn fail(store: &Store, row: RowId) {
    let reason = network();
    let step_ = failing(row, 1, reason, T0);
    assert!(step(store, step_).await.applied);
}

#[tokio::test]
async fn a_state_change_is_posted_once_and_knows_what_it_is_about() {
    let (_dir, store) = open();
    let queued = put_claimed(&store, with_callback("+84901"), &sim(1)).await;
    assert!(due(&store, T0).await.is_empty(), "sending is no news");
    fail(&store, queued.row).await;
    let [callback] = &due(&store, T0).await[..] else {
        panic!("one change")
    };
    assert_eq!((callback.id, callback.state), (queued.id, State::Failed));
    assert_eq!(callback.reference.as_deref(), Some("order-42"));
    assert_eq!(callback.reason.as_ref().unwrap().code, "cms-38");
    done(&store, callback).await;
    assert_eq!(hosts(&store).await, []);
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
    let first = due(&store, T0).await;
    assert_eq!(first.len(), 2);
    failed(&store, &first[0], at(HOUR)).await;
    done(&store, &first[1]).await;
    let store = reopen(&dir, store).await;
    assert!(due(&store, T0).await.is_empty());
    let waits = [(HOST.to_owned(), at(HOUR))];
    assert_eq!(hosts(&store).await, waits);
    let again = due(&store, at(HOUR)).await;
    assert_eq!((again[0].id, again[0].attempts), (slow.id, 1));
}

#[tokio::test]
async fn a_message_without_an_address_leaves_nothing_to_post() {
    let (_dir, store) = open();
    let queued = put_claimed(&store, text("+84901", "hello"), &sim(1)).await;
    fail(&store, queued.row).await;
    assert_eq!(hosts(&store).await, []);
}

#[tokio::test]
async fn a_post_says_what_was_so_at_its_change() {
    let (_dir, store) = open();
    let queued = put_claimed(&store, with_callback("+84901"), &sim(1)).await;
    step(&store, uncertain(queued.row, 1, true)).await;
    // By the time of the post it is sent again, by another SIM, and has failed there.
    let again = requeue(queued.row, T0, T0);
    assert!(step(&store, again).await.applied);
    claim(&store, queued.row, &sim(2)).await;
    fail(&store, queued.row).await;

    let expected = [
        (State::Uncertain, "no-answer", sim(1)),
        (State::Failed, "cms-38", sim(2)),
    ];
    for (state, code, sim) in expected {
        let [callback] = &due(&store, T0).await[..] else {
            panic!("the posts of a message wait for each other")
        };
        assert_eq!(callback.state, state);
        assert_eq!(callback.reason.as_ref().unwrap().code, code);
        assert_eq!(callback.carrier, Some(sim.into()));
        done(&store, callback).await;
    }
    assert_eq!(hosts(&store).await, []);
}

#[tokio::test]
async fn a_report_that_fails_a_message_posts_why() {
    let (_dir, store) = open();
    let queued = put_claimed(&store, with_callback("+84901"), &sim(1)).await;
    step(&store, sent(queued.row, 1, &sim(1), 7, true)).await;
    let [callback] = &due(&store, T0).await[..] else {
        panic!("one change")
    };
    done(&store, callback).await;
    let report = super::reports::report(&sim(1), 7, "+84901", at(SECOND));
    let report = super::reports::of_status(report, 0x46, ReportClass::Permanent);
    reported(&store, report).await;
    let [callback] = &due(&store, T0).await[..] else {
        panic!("one change")
    };
    assert_eq!(callback.state, State::Undelivered);
    assert!(callback.reason.is_some());
}

#[tokio::test]
async fn posts_wait_by_the_host_of_their_address() {
    let (_dir, store) = open();
    for url in [
        "http://User:secret@Example.COM:8080/a/b?c",
        "https://example.com?x=/y",
        "http://[::1]:80#z",
        "HTTP://10.0.0.1",
    ] {
        let message = NewMessage {
            callback_url: Some(url.to_owned()),
            ..text("+84901", "hello")
        };
        let queued = put(&store, message).await;
        fail(&store, queued.row).await;
    }
    let hosts = hosts(&store).await;
    let hosts: Vec<_> = hosts.iter().map(|(host, _)| host.as_str()).collect();
    let expected = ["10.0.0.1", "[::1]:80", "example.com", "example.com:8080"];
    assert_eq!(hosts, expected);
}

#[tokio::test]
async fn what_waited_for_a_host_for_too_long_is_parked_and_what_follows_it_has_its_turn() {
    let (_dir, store) = open();
    let queued = put_claimed(&store, with_callback("+84901"), &sim(1)).await;
    step(&store, uncertain(queued.row, 1, true)).await;
    // Neither of the two changes is in the millisecond that parts them.
    tokio::time::sleep(Duration::from_millis(5)).await;
    let split = clock::now();
    tokio::time::sleep(Duration::from_millis(5)).await;
    fail(&store, queued.row).await;
    let give_up = async |host: &str| {
        let line = DeliveryLine {
            webhook: WebhookName::callbacks(),
            host: host.to_owned(),
            due_at: T0,
        };
        let parked = store.webhooks().give_up(&line, split, "a day", 10).await;
        parked.unwrap()
    };
    assert_eq!(give_up("127.0.0.1:2").await, 0);
    assert_eq!(give_up(HOST).await, 1);
    assert_eq!(due(&store, T0).await[0].state, State::Failed);
}

#[tokio::test]
async fn a_change_of_just_now_waits_since_now_when_the_clock_was_set_a_moment_ago() {
    for by in [48 * HOUR, -48 * HOUR] {
        let (_dir, store) = open();
        let queued = put_claimed(&store, with_callback("+84901"), &sim(1)).await;
        // The system's clock shows this already, and the gateway's does not.
        let to = clock::now();
        fail(&store, queued.row).await;
        let before = due(&store, to.after(DECIDE_AFTER)).await;
        let from = Time(to.0 - by);
        super::clock_steps::follow(&store, model::ClockStep { from, to }).await;
        let after = due(&store, to.after(DECIDE_AFTER)).await;
        assert_eq!((before.len(), after.len()), (1, 1), "{by}");
        assert_eq!(before[0].since, after[0].since, "{by}");
    }
}
