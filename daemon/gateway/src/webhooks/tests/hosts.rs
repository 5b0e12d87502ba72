//! Who gets places where hosts do not answer.

use super::*;
use crate::webhooks::host::UNTRIED_AT_ONCE;

#[tokio::test]
async fn a_host_that_does_not_answer_holds_up_no_other() {
    let mut fixture = Fixture::new().await;
    let (dead, alive) = (Server::start(None), Server::start(Some(DONE)));
    for _ in 0..40 {
        change(&fixture.store, Some(&dead.url())).await;
    }
    let id = change(&fixture.store, Some(&alive.url())).await;
    fixture.begin();
    eventually(async || !alive.bodies().is_empty()).await;
    assert!(alive.bodies()[0].contains(&id.to_string()));
    assert!(dead.bodies().len() <= EACH, "{}", dead.bodies().len());
    let hosts = async || -> Vec<String> {
        let lines = fixture.store.webhooks().lines().await.unwrap();
        lines.into_iter().map(|line| line.host).collect()
    };
    eventually(async || hosts().await == [dead.host()]).await;
}

/// More hosts than there are places, each named by one message, and none of them answers.
#[tokio::test]
async fn hosts_that_do_not_answer_leave_places_for_an_operators_and_for_those_that_have_answered() {
    let mut fixture = Fixture::new().await;
    let [known, named] = [(); 2].map(|()| Server::start(Some(DONE)));
    let dead: Vec<_> = (0..AT_ONCE + 8).map(|_| Server::start(None)).collect();
    fixture.begin();
    change(&fixture.store, Some(&known.url())).await;
    fixture.webhooks.look_again();
    eventually(async || fixture.is_idle().await).await;
    for server in &dead {
        change(&fixture.store, Some(&server.url())).await;
    }
    fixture.webhooks.look_again();
    let tried = || {
        dead.iter()
            .filter(|server| !server.bodies().is_empty())
            .count()
    };
    eventually(async || tried() >= UNTRIED_AT_ONCE).await;
    fixture
        .put("named", &named.url(), "message.cancelled")
        .await;
    for n in 1..=20 {
        change(&fixture.store, Some(&known.url())).await;
        fixture.webhooks.look_again();
        eventually(async || known.bodies().len() == n + 1 && named.bodies().len() == n).await;
    }
    assert!(tried() < AT_ONCE, "{}", tried());
}

#[tokio::test]
async fn what_waits_for_callbacks_that_are_disabled_is_parked_after_a_day() {
    let mut fixture = Fixture::new().await;
    let alive = Server::start(Some(DONE));
    let disabled = WebhookConfig {
        url: None,
        events: Vec::new(),
        secret: None,
        old_secret: None,
        enabled: false,
        tls: WebhookTls::default(),
    };
    fixture.put_config("callbacks", disabled).await;
    change(&fixture.store, Some(&alive.url())).await;
    let old = "UPDATE deliveries SET since = since - 90000000";
    fixture.store.run(old).await;
    change(&fixture.store, Some(&alive.url())).await;
    fixture.begin();
    let parked = async || fixture.webhooks.parked().await.unwrap();
    eventually(async || !parked().await.is_empty()).await;
    assert_eq!(parked().await, [("callbacks".parse().unwrap(), 1)]);
    assert!(!fixture.is_idle().await, "the younger one waits");
    assert!(alive.requests().is_empty());
}
