//! Webhooks: what comes into their queue, in which order it leaves it, and what is parked.

use super::callbacks::tried;
use super::selftests::{self, OURS, TOKEN, from_ours};
use super::*;
use crate::{DeliveryFilter, DueDelivery, EventAbout, ListedDelivery, NewEvent};
use model::test_text;
use model::{DeliveryState, EventPattern, WebhookConfig, WebhookName, WebhookTls};

pub(super) fn hook() -> WebhookName {
    "crm".parse().unwrap()
}

pub(super) fn config(events: &[&str]) -> WebhookConfig {
    let events = events
        .iter()
        .map(|text| EventPattern::try_from((*text).to_owned()));
    WebhookConfig {
        url: Some("http://h/".to_owned()),
        events: events.map(Result::unwrap).collect(),
        secret: None,
        old_secret: None,
        enabled: true,
        tls: WebhookTls::default(),
    }
}

pub(super) async fn put_hook(store: &Store, events: &[&str]) {
    put_config(store, &config(events)).await;
}

async fn put_config(store: &Store, config: &WebhookConfig) {
    let name = hook();
    let put = store.webhooks().put(&name, config, audit("changed"));
    put.await.unwrap();
}

/// Deliveries of which one thing is said.
fn which(set: impl FnOnce(&mut DeliveryFilter)) -> DeliveryFilter {
    let mut which = DeliveryFilter::default();
    set(&mut which);
    which
}

pub(super) async fn due(store: &Store) -> Vec<DueDelivery> {
    let due = store.webhooks().due(&hook(), "", at(HOUR), 99).await;
    due.unwrap()
}

pub(super) async fn listed(store: &Store, which: DeliveryFilter) -> Vec<ListedDelivery> {
    let listed = store.webhooks().listed(&hook(), which, 99, None).await;
    listed.unwrap()
}

async fn kinds(store: &Store) -> Vec<String> {
    let all = listed(store, DeliveryFilter::default())
        .await
        .into_iter()
        .rev();
    all.map(|listed| listed.kind).collect()
}

async fn park(store: &Store, row: RowId) {
    let parked = store.webhooks().park(row, tried(Some("no")));
    parked.await.unwrap();
}

async fn done(store: &Store, due: &DueDelivery) {
    let delivered = store.webhooks().delivered(due.row, tried(None));
    delivered.await.unwrap();
}

pub(super) fn event(kind: &'static str, subject: &str, n: u8) -> NewEvent {
    NewEvent {
        id: format!("id-{subject}-{n}"),
        kind,
        subject: subject.to_owned(),
        at: T0,
        data: format!(r#"{{"n":{n}}}"#),
    }
}

#[tokio::test]
async fn a_webhook_is_told_of_the_changes_that_it_names() {
    let (_dir, store) = open();
    put_hook(&store, &["message.queued", "message.sent"]).await;
    let queued = put_claimed(&store, text("+84901", "hello"), &sim(1)).await;
    step(&store, sent(queued.row, 1, &sim(1), 7, true)).await;
    assert_eq!(kinds(&store).await, ["message.queued", "message.sent"]);
    let first = due(&store).await;
    assert_eq!(first.len(), 1, "one message's events wait for each other");
    let EventAbout::Message { id, state, .. } = &first[0].about else {
        panic!("a message's")
    };
    assert_eq!((*id, *state), (queued.id, State::Queued));
    done(&store, &first[0]).await;
    let second = &due(&store).await[0];
    let EventAbout::Message { state, carrier, .. } = &second.about else {
        panic!("a message's")
    };
    assert_eq!((*state, carrier), (State::Sent, &Some(sim(1).into())));
}

/// The triggers and the bus must agree on what an event is called.
#[tokio::test]
async fn every_state_is_told_by_the_kind_of_its_event() {
    let (_dir, store) = open();
    put_hook(&store, &["*"]).await;
    put(&store, text("+84901", "hello")).await;
    for (code, &state) in State::ALL.iter().enumerate() {
        // From a state that it is not in.
        let update = format!(
            "UPDATE messages SET state = {}; UPDATE messages SET state = {code}",
            if code == 1 { 2 } else { 1 }
        );
        for sql in update.split(';').map(str::to_owned) {
            let run = move |tx: &mut crate::machine::writer::Tx<'_>| tx.execute(&sql, []);
            store.write(Need::Ongoing, run).await.unwrap();
        }
        let newest = &listed(&store, DeliveryFilter::default()).await[0];
        assert_eq!(newest.kind, state.event());
        assert_eq!(newest.message_state, Some(state));
    }
}

#[tokio::test]
async fn what_comes_in_is_told_in_its_commit_and_self_tests_are_not() {
    let (_dir, store) = open();
    put_hook(&store, &["message.received", "message.queued"]).await;
    numbered(&store, 1, OURS).await;
    from_ours(&store, "hello").await;
    assert_eq!(kinds(&store).await, ["message.received"]);
    put(&store, selftests::test(TOKEN)).await;
    assert!(from_ours(&store, &test_text::unicode(TOKEN)).await.test);
    assert_eq!(kinds(&store).await, ["message.received"]);
    assert_eq!(due(&store).await.len(), 1);
}

#[tokio::test]
async fn other_events_are_told_in_order_by_what_they_are_about() {
    let (dir, store) = open();
    put_hook(&store, &["sim.state"]).await;
    let events = vec![
        event("sim.state", "a", 1),
        event("sim.state", "a", 2),
        event("sim.state", "b", 3),
        event("call.missed", "a", 4),
    ];
    store.webhooks().tell(events).await.unwrap();
    let store = reopen(&dir, store).await;
    let numbers = |due: &[DueDelivery]| -> Vec<String> {
        let data = due.iter().map(|due| match &due.about {
            EventAbout::Other { data, .. } => data.clone(),
            EventAbout::Message { .. } | EventAbout::Unreadable => panic!("no message's"),
        });
        data.collect()
    };
    let first = due(&store).await;
    assert_eq!(numbers(&first), [r#"{"n":1}"#, r#"{"n":3}"#]);
    done(&store, &first[0]).await;
    assert_eq!(numbers(&due(&store).await), [r#"{"n":2}"#, r#"{"n":3}"#]);
}

#[tokio::test]
async fn a_disabled_webhook_is_told_nothing_and_a_deleted_one_leaves_nothing() {
    let (_dir, store) = open();
    put_hook(&store, &["*"]).await;
    put(&store, text("+84901", "hello")).await;
    let mut disabled = config(&["*"]);
    disabled.enabled = false;
    put_config(&store, &disabled).await;
    put(&store, text("+84902", "hello")).await;
    assert_eq!(kinds(&store).await, ["message.queued"]);
    for is_there in [true, false] {
        let deleted = store.webhooks().delete(&hook(), audit("changed")).await;
        assert_eq!(deleted.unwrap(), is_there);
    }
    assert_eq!(store.webhooks().lines().await.unwrap(), []);
    let names: Vec<_> = store.webhooks().all().await.unwrap();
    assert_eq!(names.len(), 1);
    assert!(names[0].0.is_callbacks());
}

#[tokio::test]
async fn a_message_that_is_deleted_takes_its_deliveries_with_it() {
    let (_dir, store) = open();
    put_hook(&store, &["message.*"]).await;
    put(&store, text("+84901", "hello")).await;
    store.run("DELETE FROM messages").await;
    assert_eq!(kinds(&store).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_parked_lets_the_next_have_its_turn_and_comes_again_when_asked() {
    let (_dir, store) = open();
    put_hook(&store, &["sim.state"]).await;
    let events = (1..=3).map(|n| event("sim.state", "a", n)).collect();
    store.webhooks().tell(events).await.unwrap();
    let first = &due(&store).await[0];
    park(&store, first.row).await;
    let parked = which(|which| which.state = Some(DeliveryState::Parked));
    let shown = &listed(&store, parked.clone()).await;
    assert_eq!(shown.len(), 1);
    assert_eq!((shown[0].attempts, shown[0].status), (1, Some(500)));
    assert_eq!(shown[0].error.as_deref(), Some("no"));
    let counts = store.webhooks().counts().await.unwrap();
    let expected = [
        (hook(), DeliveryState::Waiting, 2),
        (hook(), DeliveryState::Parked, 1),
    ];
    assert_eq!(counts, expected);

    let second = &due(&store).await[0];
    assert_ne!(second.row, first.row);
    let resend = async |row| {
        let (name, at) = (hook(), at(HOUR));
        let resent = store.webhooks().resend(&name, row, at, audit("changed"));
        resent.await.unwrap()
    };
    assert!(resend(first.row).await);
    assert!(!resend(RowId(999)).await);
    let rows: Vec<_> = due(&store).await.iter().map(|due| due.row).collect();
    assert_eq!(rows, [second.row], "one about a thing at a time");
    done(&store, second).await;
    let again = &due(&store).await[0];
    assert_eq!(
        (again.row, again.attempts, again.since),
        (first.row, 0, at(HOUR))
    );
    // What was delivered can be posted again too.
    done(&store, again).await;
    assert!(resend(first.row).await);
    assert_eq!(listed(&store, parked).await.len(), 0);
}

#[tokio::test]
async fn many_are_posted_again_by_what_they_have_in_common() {
    let (_dir, store) = open();
    put_hook(&store, &["*"]).await;
    let mut events: Vec<_> = (1..=4).map(|n| event("sim.state", "a", n)).collect();
    events.push(event("call.missed", "b", 5));
    store.webhooks().tell(events).await.unwrap();
    for shown in listed(&store, DeliveryFilter::default()).await {
        park(&store, shown.row).await;
    }
    let some = which(|which| which.kind = Some("sim.state".to_owned()));
    let (mut after, mut steps) = (RowId(0), Vec::new());
    loop {
        let (name, step) = (hook(), (some.clone(), T0));
        let step = store.webhooks().resend_some(&name, step, after, 3);
        let (last, count) = step.await.unwrap();
        after = last;
        steps.push(count);
        if count < 3 {
            break;
        }
    }
    assert_eq!(steps, [3, 1]);
    assert_eq!(due(&store).await.len(), 1, "they are about one thing");
    let waiting = which(|which| which.state = Some(DeliveryState::Waiting));
    let waiting = listed(&store, waiting).await;
    assert!(waiting.iter().all(|listed| listed.kind == "sim.state"));
    assert!(!waiting.is_empty());
}

#[tokio::test]
async fn a_list_is_read_page_by_page_over_all_states() {
    let (_dir, store) = open();
    put_hook(&store, &["sim.state"]).await;
    let events = (1..=6)
        .map(|n| event("sim.state", &n.to_string(), n))
        .collect();
    store.webhooks().tell(events).await.unwrap();
    let all = due(&store).await;
    done(&store, &all[1]).await;
    park(&store, all[3].row).await;
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let name = hook();
        let page = store
            .webhooks()
            .listed(&name, DeliveryFilter::default(), 4, before);
        let page = page.await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.row);
        seen.extend(page.iter().map(|listed| listed.row.0));
    }
    assert_eq!(seen, [6, 5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn of_what_was_delivered_the_newest_are_kept() {
    let (_dir, store) = open();
    put_hook(&store, &["sim.state"]).await;
    store
        .run(
            "INSERT INTO deliveries (webhook, kind, subject, event, data, at, first, since, next_at, state)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
             SELECT 'crm', 'sim.state', 's', i, '{}', i, 0, i, 0, 1 FROM n",
        )
        .await;
    store.webhooks().tidy(&hook()).await.unwrap();
    let counts = store.webhooks().counts().await.unwrap();
    assert_eq!(counts, [(hook(), DeliveryState::Delivered, 500)]);
    assert_eq!(
        listed(&store, DeliveryFilter::default()).await[0].at,
        Time(1200)
    );
}
