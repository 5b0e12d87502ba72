//! `enquire_link` both ways.

use std::time::Duration;

use model::UplinkTrouble;
use smpp::{Doubt, Event, Outcome, start};
use tokio::sync::mpsc::channel;

use super::owner::{Owner, settings};
use super::smsc::{ENQUIRE_LINK, NACK, RESP, SUBMIT_SM, Smsc};

#[tokio::test]
async fn enquires_idle_and_busy_and_takes_a_nack_for_an_answer() {
    let (mut owner, mut peer, _smsc) =
        Owner::bound(|settings| settings.enquire_link = Duration::from_millis(30)).await;
    for round in 0..3 {
        let enquiry = peer.expect(ENQUIRE_LINK).await;
        let id = if round == 1 {
            NACK
        } else {
            ENQUIRE_LINK | RESP
        };
        peer.send(id, 0, enquiry.sequence, &[]).await;
    }
    // Busy: submits without a pause, and an enquiry comes all the same.
    let mut submission = 0;
    owner.submit(submission);
    loop {
        let pdu = peer.read().await.unwrap();
        if pdu.id == ENQUIRE_LINK {
            break;
        }
        assert_eq!(pdu.id, SUBMIT_SM);
        peer.answer(pdu.sequence, "").await;
        assert_eq!(owner.outcome().await.0, submission);
        submission += 1;
        owner.submit(submission);
    }
}

#[tokio::test]
async fn a_peer_that_does_not_answer_is_dropped() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|settings| {
        settings.enquire_link = Duration::from_millis(50);
        settings.response_timeout = Duration::from_millis(500);
    })
    .await;
    peer.expect(ENQUIRE_LINK).await;
    owner.submit(1);
    let Outcome::Uncertain { why } = owner.outcome().await.1 else {
        panic!()
    };
    assert!(matches!(why, Doubt::NoAnswer | Doubt::ConnectionLost));
    let status = owner.down().await;
    assert_eq!(status.last_trouble, Some(UplinkTrouble::Silent));
    assert_eq!(
        status.last_error.as_deref(),
        Some("enquire_link was not answered")
    );
    assert_eq!(peer.expect(SUBMIT_SM).await.id, SUBMIT_SM);
    peer.expect_closed().await;
}

#[tokio::test]
async fn an_owner_that_takes_no_events_does_not_silence_the_session() {
    let smsc = Smsc::new().await;
    let (sender, mut events) = channel(1);
    let link = start(settings(smsc.port()), sender);
    let mut peer = smsc.bound().await;
    // Nothing was received: the channel holds one status, the outbox the rest.
    for _ in 0..50 {
        peer.round_trip().await;
    }
    assert!(matches!(events.recv().await, Some(Event::Status(_))));
    drop(link);
}
