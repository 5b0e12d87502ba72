//! How long what webhooks were told of is kept.

use super::callbacks::tried;
use super::webhooks::{due, event, hook, listed, put_hook};
use super::*;
use crate::{DeliveryFilter, NewEvent, Thinned};

/// Of each kind one that waits, one that is parked and one that was posted, all of them an hour old.
async fn told(store: &Store, kinds: &[&'static str]) {
    put_hook(store, &["*"]).await;
    for kind in kinds {
        for subject in ["waits", "parked", "posted"] {
            let told = NewEvent {
                at: at(-HOUR),
                ..event(kind, &format!("{kind} {subject}"), 1)
            };
            store.webhooks().tell(vec![told]).await.unwrap();
        }
    }
    let webhooks = store.webhooks();
    for (n, due) in due(store).await.into_iter().enumerate() {
        match n % 3 {
            0 => {}
            1 => webhooks.park(due.row, tried(Some("no"))).await.unwrap(),
            _ => webhooks.delivered(due.row, tried(None)).await.unwrap(),
        }
    }
}

/// Kinds of what is kept, oldest first.
async fn kept(store: &Store) -> Vec<String> {
    let mut kept = listed(store, DeliveryFilter::default()).await;
    kept.reverse();
    kept.into_iter().map(|listed| listed.kind).collect()
}

#[tokio::test]
async fn events_of_no_message_go_when_messages_of_their_time_do() {
    let (_dir, store) = open();
    told(&store, &["sim.state", "call.missed"]).await;
    let upkeep = store.upkeep();
    upkeep.retain(at(-HOUR), T0, 99).await.unwrap();
    assert_eq!(kept(&store).await.len(), 6);
    upkeep.retain(T0, T0, 99).await.unwrap();
    assert_eq!(kept(&store).await, ["sim.state", "call.missed"]);
    assert_eq!(due(&store).await.len(), 2, "what waits is kept");
}

#[tokio::test]
async fn events_that_hold_a_number_go_when_numbers_do() {
    let (_dir, store) = open();
    told(
        &store,
        &["sim.state", "call.missed", "conversation.changed"],
    )
    .await;
    store.upkeep().thin(Thinned::Events, T0, 99).await.unwrap();
    store.upkeep().thin(Thinned::Texts, T0, 99).await.unwrap();
    assert_eq!(kept(&store).await.len(), 9);
    store.upkeep().thin(Thinned::Numbers, T0, 99).await.unwrap();
    let state = ["sim.state"; 3];
    let waiting = ["call.missed", "conversation.changed"];
    assert_eq!(kept(&store).await, [&state[..], &waiting].concat());
}

/// More than are looked through at a time.
#[tokio::test]
async fn many_are_gone_through() {
    let (_dir, store) = open();
    put_hook(&store, &["*"]).await;
    let many = "INSERT INTO deliveries (webhook, kind, subject, event, data, at, first, since, next_at, state)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1300)
         SELECT 'crm', 'call.missed', 's', i, '{}', i, 0, i, 0, 2 FROM n";
    store.run(many).await;
    store.upkeep().retain(Time(1200), T0, 99).await.unwrap();
    let counts = store.webhooks().counts().await.unwrap();
    assert_eq!(counts, [(hook(), model::DeliveryState::Parked, 101)]);
}
