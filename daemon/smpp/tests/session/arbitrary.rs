//! Whatever the peer sends: no panic, no hang, one outcome for each submit.

use proptest::collection::vec;
use proptest::prelude::*;
use smpp::{Event, State};

use super::owner::Owner;
use super::smsc::{DELIVER_SM, RESP, SUBMIT_SM, UNBIND, deliver_body, octets};

/// Octets alone rarely get past a header, so most are PDUs with something wrong.
fn from_peer() -> impl Strategy<Value = Vec<u8>> {
    let id = prop_oneof![
        Just(SUBMIT_SM | RESP),
        Just(DELIVER_SM),
        Just(0x8000_0000),
        Just(0x15),
        Just(0x103),
        Just(UNBIND),
        Just(0x8000_0015),
        (0_u32..0x120),
        any::<u32>(),
    ];
    let body = prop_oneof![
        vec(any::<u8>(), 0..60),
        Just(deliver_body(b"text", b"\x04\x27\0\x01\x02")),
        Just(b"id\0".to_vec()),
    ];
    let pdu = (
        id,
        prop_oneof![Just(0_u32), Just(0x58), any::<u32>()],
        0_u32..6,
        body,
    )
        .prop_map(|(id, status, sequence, body)| octets(id, status, sequence, &body));
    let flipped = (pdu.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(
        |(mut pdu, at, octet)| {
            let at = at.index(pdu.len());
            pdu[at] = octet;
            pdu
        },
    );
    let piece = prop_oneof![4 => pdu, 2 => flipped, 1 => vec(any::<u8>(), 0..40)];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

async fn survives(bytes: &[u8]) {
    let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    for submission in 1..=3 {
        owner.submit(submission);
    }
    for _ in 1..=3 {
        peer.expect(SUBMIT_SM).await;
    }
    peer.raw(bytes).await;
    drop(peer);
    let mut answered = [0; 4];
    let mut stopping = false;
    // To the end of the channel; a panic in the task would close it without Stopped.
    let mut last = None;
    loop {
        let event = tokio::time::timeout(std::time::Duration::from_secs(10), owner.events.recv());
        let Some(event) = event.await.expect("hangs") else {
            break;
        };
        match event {
            Event::Answered { submission, .. } => {
                answered[usize::try_from(submission).unwrap()] += 1;
            }
            Event::Delivered { ack, .. } => owner.link.acknowledge(ack, true),
            Event::Status(status) => {
                let down = matches!(status.state, State::Waiting { .. });
                last = Some(status.state);
                if down && !stopping {
                    stopping = true;
                    let link = owner.link.clone();
                    tokio::spawn(async move { link.stop().await });
                }
            }
            Event::LateAnswer { .. } => panic!("nothing timed out"),
        }
    }
    assert_eq!(last, Some(State::Stopped));
    assert_eq!(answered, [0, 1, 1, 1]);
}

#[test]
fn arbitrary_octets_never_panic_or_hang() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let config = ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..Default::default()
    };
    proptest!(config, |(bytes in from_peer())| {
        runtime.block_on(survives(&bytes));
    });
}
