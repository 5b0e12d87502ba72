//! Binds, refusals, reconnects.

use std::time::Duration;

use model::UplinkTrouble;
use smpp::{Doubt, NotTaken, Outcome, State};

use super::owner::{Owner, accepted, settings, submit_sm};
use super::smsc::{BIND_TRANSCEIVER, ENQUIRE_LINK, NACK, RESP, SUBMIT_SM, Smsc};

#[tokio::test]
async fn binds_with_the_fields_of_the_settings() {
    let smsc = Smsc::new().await;
    let mut owner = Owner::start(settings(smsc.port()));
    assert_eq!(owner.link.submit(1, submit_sm()), Err(NotTaken::NotBound));
    let mut peer = smsc.accept().await;
    let bind = peer.expect(BIND_TRANSCEIVER).await;
    assert_eq!(bind.body, b"esme\0secret\0\0\x34\0\0\0");
    assert_eq!(
        owner
            .until(|state| state == State::Binding)
            .await
            .bound_since,
        None
    );
    // A peer that asks before it answers the bind, and says it is version 5.
    peer.round_trip().await;
    peer.send(
        BIND_TRANSCEIVER | RESP,
        0,
        bind.sequence,
        b"smsc\0\x02\x10\0\x01\x50",
    )
    .await;
    let status = owner.until(|state| state == State::Bound).await;
    assert!(status.bound_since.is_some());
    assert_eq!((status.window, status.free, status.in_flight), (10, 10, 0));
}

#[tokio::test]
async fn a_bind_answer_with_an_unreadable_body_binds() {
    let (mut owner, mut peer, bind, _smsc) = Owner::binding().await;
    let name = b"a system_id that is far too long for this";
    peer.send(BIND_TRANSCEIVER | RESP, 0, bind.sequence, name)
        .await;
    owner.until(|state| state == State::Bound).await;
}

#[tokio::test]
async fn a_wrong_password_waits_long_and_says_why() {
    let (mut owner, mut peer, bind, _smsc) = Owner::binding().await;
    peer.send(BIND_TRANSCEIVER | RESP, 0x0E, bind.sequence, &[])
        .await;
    let status = owner.down().await;
    let State::Refused { retry_in } = status.state else {
        panic!("{status:?}")
    };
    assert!(retry_in >= Duration::from_secs(8), "{retry_in:?}");
    assert_eq!(status.last_trouble, Some(UplinkTrouble::Refused));
    let why = status.last_error.unwrap();
    assert!(
        why.contains("ESME_RINVPASWD") && !why.contains("secret"),
        "{why}"
    );
    peer.expect_closed().await;
    // Does not wait for the next try.
    owner.link.stop().await;
    assert_eq!(owner.link.status().state, State::Stopped);
}

#[tokio::test]
async fn a_nack_refuses_and_already_bound_is_tried_again_soon() {
    for (id, status) in [(NACK, 0x03), (BIND_TRANSCEIVER | RESP, 0x05)] {
        let (mut owner, mut peer, bind, _smsc) = Owner::binding().await;
        peer.send(id, status, bind.sequence, &[]).await;
        let refused = matches!(owner.down().await.state, State::Refused { .. });
        assert_eq!(refused, id == NACK);
    }
}

#[tokio::test]
async fn fields_that_do_not_fit_are_refused_without_a_try() {
    let smsc = Smsc::new().await;
    let mut settings = settings(smsc.port());
    settings.password = "long".repeat(17);
    assert_eq!(
        settings.check().unwrap_err().to_string(),
        "password has to be at most 64 ASCII characters"
    );
    assert!(!format!("{settings:?}").contains("long"));
    let mut owner = Owner::start(settings);
    assert!(matches!(owner.down().await.state, State::Refused { .. }));
}

#[tokio::test]
async fn nobody_listening_and_nobody_answering_are_tried_again() {
    let smsc = Smsc::new().await;
    let port = smsc.port();
    drop(smsc);
    let mut owner = Owner::start(settings(port));
    let status = owner.down().await;
    assert_eq!(status.last_trouble, Some(UplinkTrouble::Connect));
    let why = status.last_error.unwrap();
    assert!(why.starts_with("cannot connect"), "{why}");

    let smsc = Smsc::new().await;
    let mut settings = settings(smsc.port());
    settings.bind_timeout = Duration::from_millis(50);
    let mut owner = Owner::start(settings);
    let _silent = smsc.accept().await;
    let status = owner.down().await;
    assert_eq!(status.last_trouble, Some(UplinkTrouble::Timeout));
    let why = status.last_error.unwrap();
    assert!(why.contains("took longer"), "{why}");
}

#[tokio::test]
async fn comes_back_after_a_loss_with_everything_in_flight_uncertain() {
    let (mut owner, mut peer, smsc) = Owner::bound(|_| {}).await;
    owner.submit(1);
    owner.submit(2);
    peer.expect(SUBMIT_SM).await;
    peer.expect(SUBMIT_SM).await;
    drop(peer);
    let why = Doubt::ConnectionLost;
    assert_eq!(owner.outcome().await, (1, Outcome::Uncertain { why }));
    assert_eq!(owner.outcome().await, (2, Outcome::Uncertain { why }));
    assert!(matches!(owner.down().await.state, State::Waiting { .. }));
    let mut peer = smsc.bound().await;
    owner.until(|state| state == State::Bound).await;
    owner.submit(3);
    // Sequence numbers begin anew: an answer to the old bind's would be told apart by nothing
    // but the connection.
    let submit = peer.expect(SUBMIT_SM).await;
    peer.answer(submit.sequence, "x").await;
    assert_eq!(owner.outcome().await, (3, accepted("x")));
    assert_eq!(owner.link.status().in_flight, 0);
    peer.send(ENQUIRE_LINK, 0, 9, &[]).await;
    peer.expect(ENQUIRE_LINK | RESP).await;
}

#[tokio::test]
async fn what_is_longer_than_the_standards_fields_is_sent_as_configured() {
    let smsc = Smsc::new().await;
    let mut settings = settings(smsc.port());
    settings.system_id = "an account of 26 letters".to_owned();
    settings.password = "a password of 29 characters".to_owned();
    settings.system_type = "a long system type".to_owned();
    settings.check().unwrap();
    let expected = [
        &settings.system_id,
        "\0",
        &settings.password,
        "\0",
        &settings.system_type,
        "\0\u{34}\0\0\0",
    ];
    let expected = expected.concat().into_bytes();
    let mut owner = Owner::start(settings);
    let mut peer = smsc.accept().await;
    assert_eq!(peer.accept_bind(BIND_TRANSCEIVER).await.body, expected);
    owner.until(|state| state == State::Bound).await;
}
