//! A transmitter and a receiver.

use smpp::{Bind, Doubt, State};

use super::owner::{Owner, accepted, settings, uncertain};
use super::smsc::{
    BIND_RECEIVER, BIND_TRANSMITTER, DELIVER_SM, Peer, RESP, SUBMIT_SM, Smsc, UNBIND,
};

async fn bound() -> (Owner, Peer, Peer, Smsc) {
    let smsc = Smsc::new().await;
    let mut settings = settings(smsc.port());
    settings.bind = Bind::Pair;
    let mut owner = Owner::start(settings);
    let mut transmitter = smsc.accept().await;
    let mut receiver = smsc.accept().await;
    transmitter.accept_bind(BIND_TRANSMITTER).await;
    // Only one of the two.
    let bind = receiver.expect(BIND_RECEIVER).await;
    assert_eq!(owner.link.status().state, State::Binding);
    receiver
        .send(BIND_RECEIVER | RESP, 0, bind.sequence, b"smsc\0")
        .await;
    owner.until(|state| state == State::Bound).await;
    (owner, transmitter, receiver, smsc)
}

#[tokio::test]
async fn submits_and_deliveries_have_their_own_connection() {
    let (mut owner, mut transmitter, mut receiver, _smsc) = bound().await;
    owner.submit(1);
    let submit = transmitter.expect(SUBMIT_SM).await;
    // An answer on the wrong connection is to nothing.
    receiver.answer(submit.sequence, "wrong").await;
    receiver.round_trip().await;
    transmitter.answer(submit.sequence, "right").await;
    assert_eq!(owner.outcome().await, (1, accepted("right")));

    transmitter.deliver(3, b"x").await;
    let refused = transmitter.expect(DELIVER_SM | RESP).await;
    assert_eq!((refused.status, refused.sequence), (0x04, 3));

    receiver.deliver(4, b"x").await;
    let (ack, _) = owner.delivered().await;
    owner.link.acknowledge(ack, true);
    assert_eq!(receiver.expect(DELIVER_SM | RESP).await.sequence, 4);
}

#[tokio::test]
async fn one_down_takes_both_down() {
    let (mut owner, mut transmitter, receiver, smsc) = bound().await;
    owner.submit(1);
    transmitter.expect(SUBMIT_SM).await;
    drop(receiver);
    assert!(transmitter.read().await.is_none());
    assert_eq!(owner.outcome().await, (1, uncertain(Doubt::ConnectionLost)));
    owner.down().await;
    smsc.accept().await;
}

#[tokio::test]
async fn stop_unbinds_both() {
    let (owner, mut transmitter, mut receiver, _smsc) = bound().await;
    let link = owner.link.clone();
    let stopping = tokio::spawn(async move { link.stop().await });
    for peer in [&mut transmitter, &mut receiver] {
        let unbind = peer.expect(UNBIND).await;
        peer.send(UNBIND | RESP, 0, unbind.sequence, &[]).await;
    }
    stopping.await.unwrap();
}
