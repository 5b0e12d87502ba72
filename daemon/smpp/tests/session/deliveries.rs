//! `deliver_sm` and `data_sm`.

use std::time::Duration;

use smpp::DeliverSm;

use super::owner::Owner;
use super::smsc::{DATA_SM, DELIVER_SM, RESP, deliver_body};

#[tokio::test]
async fn a_receipt_comes_with_its_parameters_and_is_acknowledged() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    let tlvs = b"\0\x1e\0\x04abc\0\x04\x27\0\x01\x02\x04\x23\0\x03\x03\x01\x02\
        \x02\x0c\0\x02\0\x07\x02\x0e\0\x01\x03\x02\x0f\0\x01\x02\x02\x0b\0\x02\x0b\x84\
        \x14\x00\0\x01\x09\x04\x24\0\x02hi\x02\x04\0\x02\0\x2a";
    peer.send(DELIVER_SM, 0, 41, &deliver_body(b"id:abc", tlvs))
        .await;
    let (ack, deliver) = owner.delivered().await;
    assert_eq!(deliver.source.addr, "393331234567");
    assert_eq!((deliver.source.ton, deliver.source.npi), (1, 1));
    assert_eq!((deliver.esm_class, deliver.data_coding), (4, 8));
    let wanted = DeliverSm {
        source: deliver.source.clone(),
        destination: deliver.destination.clone(),
        esm_class: 4,
        time: String::new(),
        data_coding: 8,
        short_message: b"id:abc".to_vec(),
        message_payload: Some(b"hi".to_vec()),
        receipted_message_id: Some("abc".to_owned()),
        message_state: Some(2),
        network_error_code: Some([3, 1, 2]),
        sar: Some((7, 3, 2)),
        destination_port: Some(2948),
        source_port: None,
        user_message_reference: Some(42),
    };
    assert_eq!(deliver, wanted);
    assert!(!format!("{deliver:?}").contains("39333"), "{deliver:?}");
    owner.link.acknowledge(ack, true);
    let resp = peer.expect(DELIVER_SM | RESP).await;
    assert_eq!(
        (resp.status, resp.sequence, resp.body.as_slice()),
        (0, 41, b"\0".as_slice())
    );

    peer.deliver(42, b"again").await;
    let (ack, _) = owner.delivered().await;
    owner.link.acknowledge(ack, false);
    let resp = peer.expect(DELIVER_SM | RESP).await;
    assert_eq!((resp.status, resp.sequence), (0x64, 42));
}

#[tokio::test]
async fn data_sm_is_a_delivery_too() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    let body = b"\0\x01\x01393331234567\0\x00\x0112345\0\0\0\x08\x04\x24\0\x02hi";
    peer.send(DATA_SM, 0, 5, body).await;
    let (ack, deliver) = owner.delivered().await;
    assert_eq!(deliver.message_payload.as_deref(), Some(b"hi".as_slice()));
    assert_eq!(
        (deliver.data_coding, deliver.destination.addr.as_str()),
        (8, "12345")
    );
    owner.link.acknowledge(ack, true);
    let resp = peer.expect(DATA_SM | RESP).await;
    assert_eq!((resp.status, resp.sequence), (0, 5));
}

#[tokio::test]
async fn too_many_unanswered_make_the_peer_wait() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    for sequence in 1..=150 {
        peer.deliver(sequence, b"x").await;
    }
    let mut acks = Vec::new();
    for _ in 0..100 {
        acks.push(owner.delivered().await.0);
    }
    assert!(owner.events.try_recv().is_err());
    // Each answer lets one more in.
    for sequence in 1..=150 {
        owner.link.acknowledge(acks.remove(0), true);
        let resp = peer.expect(DELIVER_SM | RESP).await;
        assert_eq!((resp.status, resp.sequence), (0, sequence));
        if sequence <= 50 {
            acks.push(owner.delivered().await.0);
        }
    }
}

#[tokio::test]
async fn an_owner_that_does_not_answer_has_the_peer_deliver_again() {
    let (mut owner, mut peer, _smsc) =
        Owner::bound(|settings| settings.response_timeout = Duration::from_millis(100)).await;
    peer.deliver(1, b"x").await;
    let (ack, _) = owner.delivered().await;
    assert_eq!(peer.expect(DELIVER_SM | RESP).await.status, 0x64);
    owner.link.acknowledge(ack, true);
    peer.round_trip().await;
}

#[tokio::test]
async fn an_acknowledgement_of_an_old_bind_fits_no_new_delivery() {
    let (mut owner, mut peer, smsc) = Owner::bound(|_| {}).await;
    peer.deliver(1, b"x").await;
    let (old, _) = owner.delivered().await;
    drop(peer);
    owner.down().await;
    let mut peer = smsc.bound().await;
    peer.deliver(1, b"x").await;
    let (new, _) = owner.delivered().await;
    owner.link.acknowledge(old, false);
    peer.round_trip().await;
    owner.link.acknowledge(new, true);
    assert_eq!(peer.expect(DELIVER_SM | RESP).await.status, 0);
}

#[tokio::test]
async fn a_number_that_a_count_from_the_bind_would_not_have_is_told() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    for (sequence, counts_on) in [(1, false), (2, false), (40, true), (4, false), (41, true)] {
        peer.deliver(sequence, b"x").await;
        let arrival = owner.next_delivery().await.2;
        assert_eq!((arrival.sequence, arrival.counts_on), (sequence, counts_on));
    }
}
