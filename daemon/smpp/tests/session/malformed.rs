//! What does not follow the standard.

use smpp::Doubt;

use super::owner::{Owner, accepted, uncertain};
use super::smsc::{DATA_SM, DELIVER_SM, ENQUIRE_LINK, NACK, RESP, SUBMIT_SM, deliver_body, octets};

#[tokio::test]
async fn no_body_takes_the_stream_out_of_step() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    let whole = deliver_body(b"hello", b"\x04\x27\0\x01\x02");
    for cut in 0..whole.len() {
        let two = [
            octets(DELIVER_SM, 0, 7, &whole[..cut]),
            octets(ENQUIRE_LINK, 0, 8, &[]),
        ];
        peer.raw(&two.concat()).await;
        let mut pdus = vec![peer.read().await.unwrap()];
        if pdus[0].id == ENQUIRE_LINK | RESP {
            let (ack, _) = owner.delivered().await;
            owner.link.acknowledge(ack, true);
            pdus.push(peer.expect(DELIVER_SM | RESP).await);
        } else {
            assert_eq!((pdus[0].id, pdus[0].status), (DELIVER_SM | RESP, 0x65));
            pdus.push(peer.expect(ENQUIRE_LINK | RESP).await);
        }
    }
}

#[tokio::test]
async fn what_an_esme_does_not_serve_is_nacked() {
    let (_owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    for id in [0x0000_7777, 0x0001_0200, SUBMIT_SM, 0x03] {
        peer.send(id, 0, 33, b"whatever").await;
        let nack = peer.expect(NACK).await;
        assert_eq!((nack.status, nack.sequence), (0x03, 33));
    }
    // Answers and notifications are not.
    for id in [0x8000_7777, 0x8000_0003, 0x102, 0x0B] {
        peer.send(id, 0, 34, b"whatever").await;
    }
    // A body where none belongs does not matter.
    peer.send(ENQUIRE_LINK, 0, 35, b"x").await;
    assert_eq!(peer.expect(ENQUIRE_LINK | RESP).await.sequence, 35);
}

#[tokio::test]
async fn an_impossible_length_ends_the_connection() {
    for length in [0_u32, 15, 0x0010_0001, 0x1000_0000, u32::MAX] {
        let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
        owner.submit(1);
        peer.expect(SUBMIT_SM).await;
        let mut pdu = octets(ENQUIRE_LINK, 0, 77, &[]);
        pdu[..4].copy_from_slice(&length.to_be_bytes());
        peer.raw(&pdu).await;
        let nack = peer.expect(NACK).await;
        assert_eq!((nack.status, nack.sequence), (0x02, 77));
        assert!(peer.read().await.is_none());
        assert_eq!(owner.outcome().await, (1, uncertain(Doubt::Malformed)));
        let why = owner.down().await.last_error.unwrap();
        assert!(why.contains("command_length"), "{why}");
    }
}

/// A `deliver_sm` with a `message_payload` of so many octets.
fn payload_body(length: u16) -> Vec<u8> {
    let mut body = deliver_body(b"", b"\x04\x24");
    body.extend(length.to_be_bytes());
    body.resize(body.len() + usize::from(length), b'x');
    body
}

#[tokio::test]
async fn a_pdu_of_64_kb_is_read() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    for length in [8_193, 40_000, u16::MAX] {
        peer.send(DELIVER_SM, 0, 5, &payload_body(length)).await;
        let (ack, deliver) = owner.delivered().await;
        let payload = deliver.message_payload.unwrap();
        assert_eq!(payload, vec![b'x'; length.into()]);
        owner.link.acknowledge(ack, true);
        let resp = peer.expect(DELIVER_SM | RESP).await;
        assert_eq!((resp.status, resp.sequence), (0, 5));
    }
}

#[tokio::test]
async fn a_longer_pdu_is_passed_by_and_answered_with_an_error() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    owner.submit(1);
    let submit = peer.expect(SUBMIT_SM).await;
    for length in [70_000, 0x000F_FFF0] {
        for id in [DELIVER_SM, DATA_SM] {
            peer.send(id, 0, 9, &vec![0; length]).await;
            let resp = peer.expect(id | RESP).await;
            assert_eq!((resp.status, resp.sequence), (0x02, 9));
        }
        peer.send(0x7777, 0, 10, &vec![0; length]).await;
        assert_eq!(peer.expect(NACK).await.sequence, 10);
        peer.round_trip().await;
    }
    let id = SUBMIT_SM | RESP;
    peer.send(id, 0, submit.sequence, &"x".repeat(70_000).into_bytes())
        .await;
    assert_eq!(owner.outcome().await, (1, accepted("")));
}

#[tokio::test]
async fn octets_may_come_one_at_a_time() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    owner.submit(1);
    let submit = peer.expect(SUBMIT_SM).await;
    for octet in octets(SUBMIT_SM | RESP, 0, submit.sequence, b"id\0") {
        peer.raw(&[octet]).await;
    }
    assert_eq!(owner.outcome().await, (1, accepted("id")));
}
