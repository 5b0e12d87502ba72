//! Webhooks and deliveries whose rows make no sense.

use super::webhooks::{config, due, event, hook, listed, put_hook};
use super::*;
use crate::{DeliveryFilter, DueDelivery, EventAbout};
use model::{OldSecret, WebhookSecret};

#[tokio::test]
async fn an_old_secret_is_kept_beside_the_new_one() {
    let (_dir, store) = open();
    let mut config = config(&["*"]);
    config.secret = Some(WebhookSecret::from([2; 32]));
    config.old_secret = Some(OldSecret {
        secret: WebhookSecret::from([1; 32]),
        until: at(HOUR),
    });
    let webhooks = store.webhooks();
    webhooks
        .put(&hook(), &config, audit("changed"))
        .await
        .unwrap();
    let all = webhooks.all().await.unwrap();
    assert_eq!(all[1], (hook(), config.clone()));
    config.old_secret = None;
    webhooks
        .put(&hook(), &config, audit("changed"))
        .await
        .unwrap();
    assert_eq!(webhooks.all().await.unwrap()[1].1, config);
}

#[tokio::test]
async fn a_webhook_whose_settings_make_no_sense_is_none_and_the_others_are() {
    for spoil in [
        "UPDATE webhooks SET config = '{' WHERE name = 'crm'",
        // With such a secret anybody could sign.
        "UPDATE webhooks SET config = json_set(config, '$.secret', 'whsec_') WHERE name = 'crm'",
        "UPDATE webhooks SET old_secret = '', old_secret_until = 9 WHERE name = 'crm'",
        "UPDATE webhooks SET name = 'a b' WHERE name = 'crm'",
    ] {
        let (_dir, store) = open();
        put_hook(&store, &["sim.state"]).await;
        let event = event("sim.state", "a", 1);
        store.webhooks().tell(vec![event]).await.unwrap();
        store.run(spoil).await;
        store.webhooks().start().await.unwrap();
        let all = store.webhooks().all().await.unwrap();
        let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["callbacks"], "{spoil}");
        put_hook(&store, &["sim.state"]).await;
        assert_eq!(store.webhooks().all().await.unwrap().len(), 2, "{spoil}");
    }
}

#[tokio::test]
async fn a_delivery_that_makes_no_sense_is_told_as_such_and_others_are_not_held_up() {
    let (_dir, store) = open();
    put_hook(&store, &["sim.state"]).await;
    let events = (1..=6)
        .map(|n| event("sim.state", &n.to_string(), n))
        .collect();
    store.webhooks().tell(events).await.unwrap();
    // More than are looked at together.
    let spoil = "UPDATE deliveries SET attempts = -1 WHERE row <= 5";
    store.run(spoil).await;
    let found = due(&store).await;
    let unreadable = |due: &DueDelivery| matches!(due.about, EventAbout::Unreadable);
    assert_eq!(found.iter().filter(|due| unreadable(due)).count(), 5);
    assert_eq!(listed(&store, DeliveryFilter::default()).await.len(), 1);
    for one in found.iter().filter(|due| unreadable(due)) {
        let tried = super::callbacks::tried(Some("damaged"));
        store.webhooks().park(one.row, tried).await.unwrap();
    }
    assert_eq!(due(&store).await.len(), 1);
}

#[tokio::test]
async fn a_line_whose_webhook_is_no_name_holds_up_no_other() {
    let (_dir, store) = open();
    put_hook(&store, &["sim.state"]).await;
    let events = vec![event("sim.state", "a", 1), event("sim.state", "b", 2)];
    store.webhooks().tell(events).await.unwrap();
    store
        .run("UPDATE deliveries SET webhook = 'a b' WHERE row = 1")
        .await;
    let lines = store.webhooks().lines().await.unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].webhook, hook());
    store.webhooks().start().await.unwrap();
    assert_eq!(listed(&store, DeliveryFilter::default()).await.len(), 1);
}
