//! What is asked of the whole: the longest wait, what is held, and how often modems fail.

use super::*;
use model::{IncidentKind, NewIncident};

#[tokio::test]
async fn the_longest_wait_is_of_the_message_that_has_been_due_for_longest() {
    let (_dir, store) = open();
    let waits = async || store.reading().waits_since().await.unwrap();
    assert_eq!(waits().await, None);
    let scheduled = NewMessage {
        send_at: Some(at(50 * SECOND)),
        ..text("+84901234567", "later")
    };
    let second = NewMessage {
        created_at: at(20 * SECOND),
        ..text("+84901234568", "second")
    };
    store.accept(vec![scheduled], None).await.unwrap();
    assert_eq!(waits().await, None, "what is not due waits for nothing");
    store.accept(vec![second], None).await.unwrap();
    assert_eq!(waits().await, Some(at(20 * SECOND)));
    // One that is tried later has waited all the same.
    store
        .run("UPDATE messages SET due_at = due_at + 3600000 WHERE state = 1")
        .await;
    assert_eq!(waits().await, Some(at(20 * SECOND)));
    store.queue().promote(at(60 * SECOND)).await.unwrap();
    store
        .run("DELETE FROM messages WHERE text = 'second'")
        .await;
    assert_eq!(
        waits().await,
        Some(at(50 * SECOND)),
        "since it was to be sent"
    );
}

#[tokio::test]
async fn a_failing_modem_is_counted_with_what_was_taken_for_one() {
    let (_dir, store) = open();
    let imei = "356938035643809".parse().unwrap();
    let incident = |kind, offset| {
        NewIncident::new(
            at(offset),
            kind,
            Some(&imei),
            None,
            String::new(),
            String::new(),
        )
    };
    let all = vec![
        incident(IncidentKind::Reboot, 0),
        incident(IncidentKind::Reboot, 10 * SECOND),
        incident(IncidentKind::Uncertain, 20 * SECOND),
        incident(IncidentKind::Power, HOUR),
    ];
    store.admin().record_incidents(all).await.unwrap();
    let count = async |since| {
        const KINDS: &[IncidentKind] = &[IncidentKind::Reboot, IncidentKind::Power];
        let counts = store.reading().incidents_since(since, KINDS).await.unwrap();
        counts.get(&imei).copied()
    };
    assert_eq!(count(at(0)).await, Some(3));
    assert_eq!(count(at(1)).await, Some(1));
    assert_eq!(count(at(HOUR + 1)).await, None);
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart() {
    let (dir, store) = open();
    assert_eq!(store.admin().kept_attention().await.unwrap(), None);
    for json in ["[1]", "[2]"] {
        store.admin().keep_attention(json.to_owned()).await.unwrap();
    }
    let store = reopen(&dir, store).await;
    let kept = store.admin().kept_attention().await.unwrap();
    assert_eq!(kept.as_deref(), Some("[2]"));
}
