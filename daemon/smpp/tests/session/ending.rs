//! unbind by either side, and the owner going away.

use std::time::Duration;

use smpp::{Doubt, Event, NotTaken, State};

use super::owner::{Owner, accepted, submit_sm, uncertain};
use super::smsc::{RESP, SUBMIT_SM, UNBIND};

#[tokio::test]
async fn after_the_peers_unbind_answers_still_count() {
    let (mut owner, mut peer, smsc) = Owner::bound(|_| {}).await;
    owner.submit(1);
    owner.submit(2);
    let first = peer.expect(SUBMIT_SM).await;
    peer.expect(SUBMIT_SM).await;
    peer.send(UNBIND, 0, 9, &[]).await;
    assert_eq!(peer.expect(UNBIND | RESP).await.sequence, 9);
    assert_eq!(owner.link.submit(3, submit_sm()), Err(NotTaken::NotBound));
    peer.answer(first.sequence, "a").await;
    assert_eq!(owner.outcome().await, (1, accepted("a")));
    drop(peer);
    assert_eq!(owner.outcome().await, (2, uncertain(Doubt::ConnectionLost)));
    assert_eq!(
        owner.down().await.last_error.as_deref(),
        Some("the peer unbound")
    );
    smsc.bound().await;
    owner.until(|state| state == State::Bound).await;
}

#[tokio::test]
async fn after_the_peers_unbind_an_idle_session_closes() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    peer.send(UNBIND, 0, 9, &[]).await;
    peer.expect(UNBIND | RESP).await;
    peer.expect_closed().await;
    assert!(matches!(owner.down().await.state, State::Waiting { .. }));
}

#[tokio::test]
async fn stop_waits_for_what_is_in_flight_and_unbinds() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    owner.submit(1);
    let submit = peer.expect(SUBMIT_SM).await;
    let link = owner.link.clone();
    let stopping = tokio::spawn(async move { link.stop().await });
    // The session says so before it has the answer.
    while owner.link.status().free > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(owner.link.submit(2, submit_sm()), Err(NotTaken::Stopping));
    peer.round_trip().await;
    peer.answer(submit.sequence, "a").await;
    let unbind = peer.expect(UNBIND).await;
    assert_eq!(owner.outcome().await.0, 1);
    peer.send(UNBIND | RESP, 0, unbind.sequence, &[]).await;
    assert!(peer.read().await.is_none());
    stopping.await.unwrap();
    owner.until(|state| state == State::Stopped).await;
    assert!(owner.events.recv().await.is_none());
    // A second stop has nothing to wait for.
    owner.link.stop().await;
}

#[tokio::test]
async fn stop_does_not_wait_for_ever() {
    let (mut owner, mut peer, _smsc) =
        Owner::bound(|settings| settings.response_timeout = Duration::from_millis(100)).await;
    owner.submit(1);
    peer.expect(SUBMIT_SM).await;
    owner.link.stop().await;
    assert_eq!(owner.outcome().await, (1, uncertain(Doubt::NoAnswer)));
    peer.expect(UNBIND).await;
    assert!(peer.read().await.is_none());
}

#[tokio::test]
async fn without_its_owner_the_session_unbinds() {
    let (owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    let Owner { link, events } = owner;
    drop(events);
    peer.expect(UNBIND).await;
    drop(link);

    let (owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    let Owner { link, mut events } = owner;
    let other = link.clone();
    drop(link);
    peer.round_trip().await;
    drop(other);
    let unbind = peer.expect(UNBIND).await;
    peer.send(UNBIND | RESP, 0, unbind.sequence, &[]).await;
    let mut last = None;
    while let Some(event) = events.recv().await {
        last = Some(event);
    }
    assert!(matches!(last, Some(Event::Status(status)) if status.state == State::Stopped));
}
