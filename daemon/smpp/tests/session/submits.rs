//! `submit_sm`: octets, window, outcomes, throttling, rate.

use std::time::Duration;

use smpp::{Doubt, Event, NotTaken, Outcome, State, Tlv};

use super::owner::{Owner, accepted, submit_sm};
use super::smsc::{NACK, RESP, SUBMIT_SM};

#[tokio::test]
async fn writes_the_octets_of_smpp_3_4() {
    let (owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    let mut submit = submit_sm();
    submit.tlvs = vec![
        Tlv::SarMsgRefNum(0x1234),
        Tlv::SarTotalSegments(2),
        Tlv::SarSegmentSeqnum(1),
    ];
    owner.link.submit(1, submit).unwrap();
    let pdu = peer.expect(SUBMIT_SM).await;
    let mut wanted = b"\0\x05\0Shop\0\x01\x01393331234567\0".to_vec();
    wanted.extend([0, 0, 0, 0, 0, 1, 0, 0, 0, 5]);
    wanted.extend(b"hello\x02\x0c\0\x02\x12\x34\x02\x0e\0\x01\x02\x02\x0f\0\x01\x01");
    assert_eq!(pdu.body, wanted);
}

#[tokio::test]
async fn fields_that_do_not_fit_are_not_taken() {
    let (owner, _peer, _smsc) = Owner::bound(|_| {}).await;
    let invalid = |field| Err(NotTaken::Invalid(field));
    let mut submit = submit_sm();
    submit.destination.addr = "1".repeat(21);
    assert_eq!(owner.link.submit(1, submit), invalid("destination_addr"));
    let mut submit = submit_sm();
    submit.short_message = vec![0; 255];
    assert_eq!(owner.link.submit(1, submit), invalid("short_message"));
    assert_eq!(owner.link.status().in_flight, 0);
}

#[tokio::test]
async fn the_window_bounds_what_is_in_flight_and_opens_again() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|settings| settings.window = 2).await;
    owner.submit(1);
    owner.submit(2);
    assert_eq!(owner.link.submit(3, submit_sm()), Err(NotTaken::WindowFull));
    let first = peer.expect(SUBMIT_SM).await;
    let second = peer.expect(SUBMIT_SM).await;
    assert_ne!(first.sequence, second.sequence);
    // Answers may come in any order.
    peer.answer(second.sequence, "b").await;
    assert_eq!(owner.outcome().await, (2, accepted("b")));
    let Event::Status(status) = owner.event().await else {
        panic!()
    };
    assert_eq!(
        (status.state, status.free, status.in_flight),
        (State::Bound, 1, 1)
    );
    owner.submit(3);
    let third = peer.expect(SUBMIT_SM).await;
    peer.answer(third.sequence, "c").await;
    peer.answer(first.sequence, "a").await;
    assert_eq!(owner.outcome().await, (3, accepted("c")));
    assert_eq!(owner.outcome().await, (1, accepted("a")));
}

#[tokio::test]
async fn each_answer_has_its_outcome() {
    let refused = |status| Outcome::Refused { status };
    let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    let (longest, long) = ("x".repeat(64), "4".repeat(80));
    let cases: [(u32, u32, &[u8], Outcome); 13] = [
        (SUBMIT_SM | RESP, 0, b"", accepted("")),
        (SUBMIT_SM | RESP, 0, b"\0", accepted("")),
        (SUBMIT_SM | RESP, 0, b"no end", accepted("no end")),
        (SUBMIT_SM | RESP, 0, longest.as_bytes(), accepted(&longest)),
        // What an id cannot be: accepted all the same.
        (SUBMIT_SM | RESP, 0, long.as_bytes(), accepted("")),
        (SUBMIT_SM | RESP, 0, b"ab\x07cd\0", accepted("")),
        (SUBMIT_SM | RESP, 0, b"ab\x85cd\0", accepted("")),
        // A parameter behind an id without NUL, and padding.
        (SUBMIT_SM | RESP, 0, b"ab\x14\0\0\x01x", accepted("ab")),
        (SUBMIT_SM | RESP, 0, b"ab\r\n\0", accepted("ab")),
        (SUBMIT_SM | RESP, 0x0B, b"", refused(0x0B)),
        (SUBMIT_SM | RESP, 0x4FF, b"junk", refused(0x4FF)),
        (NACK, 0x02, b"", refused(0x02)),
        (NACK, 0, b"", refused(0xFF)),
    ];
    for (submission, (id, status, body, outcome)) in (1..).zip(cases) {
        owner.submit(submission);
        let submit = peer.expect(SUBMIT_SM).await;
        // To nothing that was asked; neither does any harm.
        peer.send(NACK, 0x03, 0, &[]).await;
        peer.answer(submit.sequence + 1000, "stray").await;
        peer.send(id, status, submit.sequence, body).await;
        assert_eq!(owner.outcome().await, (submission, outcome));
        // Answered twice is answered once.
        peer.send(id, status, submit.sequence, body).await;
    }
    peer.round_trip().await;
    assert!(owner.events.try_recv().is_err());
}

#[tokio::test]
async fn throttling_pauses_and_goes_on() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|_| {}).await;
    for status in [0x58, 0x14] {
        owner.submit(1);
        let submit = peer.expect(SUBMIT_SM).await;
        peer.send(SUBMIT_SM | RESP, status, submit.sequence, &[])
            .await;
        assert_eq!(owner.outcome().await, (1, Outcome::Throttled { status }));
        assert_eq!(owner.link.submit(2, submit_sm()), Err(NotTaken::Paused));
        let paused = owner.link.status();
        assert!(paused.throttled_until.is_some() && paused.free == 0);
        let status = owner.until(|state| state == State::Bound).await;
        assert_eq!((status.throttled_until, status.free), (None, 10));
    }
}

#[tokio::test]
async fn the_rate_spreads_submits_and_says_when_to_go_on() {
    let (mut owner, mut peer, _smsc) =
        Owner::bound(|settings| settings.rate_per_second = Some(20)).await;
    for submission in 1..=3 {
        owner.submit(submission);
        assert_eq!(owner.link.submit(9, submit_sm()), Err(NotTaken::Paused));
        let submit = peer.expect(SUBMIT_SM).await;
        owner.until(|state| state == State::Bound).await;
        peer.answer(submit.sequence, "").await;
        assert_eq!(owner.outcome().await.0, submission);
    }
}

#[tokio::test]
async fn no_answer_is_uncertain_and_a_late_one_is_told() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|settings| {
        settings.response_timeout = Duration::from_millis(100);
        settings.window = 1;
    })
    .await;
    owner.submit(1);
    let submit = peer.expect(SUBMIT_SM).await;
    let why = Doubt::NoAnswer;
    assert_eq!(owner.outcome().await, (1, Outcome::Uncertain { why }));
    // Its place in the window is free again.
    owner.submit(2);
    peer.expect(SUBMIT_SM).await;
    assert_eq!(owner.outcome().await, (2, Outcome::Uncertain { why }));
    peer.answer(submit.sequence, "late").await;
    peer.answer(submit.sequence, "twice").await;
    let Event::LateAnswer {
        submission,
        outcome,
    } = owner.event().await
    else {
        panic!()
    };
    assert_eq!((submission, outcome), (1, accepted("late")));
    peer.round_trip().await;
    assert!(owner.events.try_recv().is_err());
}

/// Far more than the socket's buffers take: 7 kB each, 7 MB in all.
fn submit_7_mb(owner: &Owner) {
    for submission in 0..1000 {
        let mut submit = submit_sm();
        submit.tlvs = vec![Tlv::MessagePayload(vec![0; 7000])];
        owner.link.submit(submission, submit).unwrap();
    }
}

#[tokio::test]
async fn a_pause_gives_back_what_was_not_written() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|settings| settings.window = 1000).await;
    submit_7_mb(&owner);
    let first = peer.expect(SUBMIT_SM).await;
    peer.send(SUBMIT_SM | RESP, 0x58, first.sequence, &[]).await;
    let (mut not_sent, mut throttled) = (0, 0);
    while throttled == 0 {
        match owner.outcome().await.1 {
            Outcome::NotSent => not_sent += 1,
            Outcome::Throttled { .. } => throttled += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(not_sent > 0);
    for _ in 0..1000 - throttled - not_sent {
        let submit = peer.expect(SUBMIT_SM).await;
        peer.answer(submit.sequence, "a").await;
        assert_eq!(owner.outcome().await.1, accepted("a"));
    }
    assert_eq!(owner.link.status().in_flight, 0);
}

#[tokio::test]
async fn what_the_socket_did_not_take_was_not_sent() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|settings| settings.window = 1000).await;
    submit_7_mb(&owner);
    peer.expect(SUBMIT_SM).await;
    // A PDU that cannot be: the session gives up with the connection still good.
    peer.raw(&[0; 16]).await;
    let (mut not_sent, mut uncertain) = (0, 0_usize);
    for _ in 0..1000 {
        match owner.outcome().await.1 {
            Outcome::NotSent => not_sent += 1,
            Outcome::Uncertain {
                why: Doubt::Malformed,
            } => uncertain += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(not_sent > 0 && uncertain > 0, "{not_sent} {uncertain}");
    // What is said to be not sent does not arrive after all.
    let mut arrived = 1;
    while let Some(pdu) = peer.read().await {
        // The nack of what cannot be comes too, where all of the buffer had gone out.
        arrived += usize::from(pdu.id == SUBMIT_SM);
    }
    assert!(arrived <= uncertain, "{arrived} {uncertain}");
}
