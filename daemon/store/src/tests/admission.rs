//! Acceptance, idempotency, the queue and group commit.

use super::*;
use crate::machine::clock;
use crate::machine::writer::Need;
use crate::{Cancelled, Filter, Promoted, Replayed, StoreError};
use model::State;

#[tokio::test]
async fn accepted_messages_wait_in_order_and_survive() {
    let (dir, store) = open();
    let later = NewMessage {
        send_at: Some(at(HOUR)),
        ..text("+84900000003", "later")
    };
    let otp = NewMessage {
        priority: Priority::Otp,
        ..text("+84900000002", "code")
    };
    let due = accept(&store, vec![text(TO, "one"), otp, later]).await;
    assert_eq!(due.len(), 2);
    assert_eq!(queued_depth(&store), 2);

    let store = reopen(&dir, store).await;
    assert_eq!(queued_depth(&store), 2);
    let lanes = store.queue().lanes().await.unwrap();
    assert_eq!(
        lanes.iter().map(|l| l.priority).collect::<Vec<_>>(),
        [Priority::Otp, Priority::Normal]
    );
    let waiting = waiting(&store, T0).await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].body, Body::Text("one".to_owned()));
    assert_eq!(store.queue().next_due(T0).await.unwrap(), Some(at(HOUR)));
}

#[tokio::test]
async fn waiting_goes_on_after_the_last_one_given() {
    let (_dir, store) = open();
    let all: Vec<_> = (0..10)
        .map(|n| text(&format!("+8490000000{n}"), "x"))
        .collect();
    let rows: Vec<_> = accept(&store, all).await.iter().map(|q| q.row).collect();
    let first = store.waiting(&lane(), None, T0, 4).await.unwrap();
    let last = first.last().unwrap();
    let rest = store
        .waiting(&lane(), Some((last.due_at, last.row)), T0, 100)
        .await
        .unwrap();
    let seen: Vec<_> = first.iter().chain(&rest).map(|q| q.row).collect();
    assert_eq!(seen, rows);
    let early = store.waiting(&lane(), None, at(-1), 10).await;
    assert!(early.unwrap().is_empty());
}

#[tokio::test]
async fn senders_have_lanes_of_their_own() {
    let (_dir, store) = open();
    let by_sim = NewMessage {
        sender: Sender::Sim(sim(1)),
        ..text(TO, "a")
    };
    let by_group = NewMessage {
        sender: Sender::Group("a|b".to_owned()),
        ..text(TO, "b")
    };
    accept(&store, vec![by_sim.clone(), by_group.clone()]).await;
    let lanes = store.queue().lanes().await.unwrap();
    let senders: Vec<_> = lanes.iter().map(|lane| lane.sender.clone()).collect();
    assert_eq!(lanes.len(), 2);
    assert!(senders.contains(&by_sim.sender) && senders.contains(&by_group.sender));
    for lane in lanes {
        assert_eq!(store.waiting(&lane, None, T0, 9).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn the_same_request_gets_the_first_answer_and_another_a_conflict() {
    let (_dir, store) = open();
    let admit = async |replay| {
        let admitted = store.accept(vec![text(TO, "x")], Some(replay)).await;
        admitted.unwrap()
    };
    admit(replay("k", 1, T0)).await;
    let again = admit(replay("k", 1, at(SECOND))).await;
    assert!(matches!(again, Accepted::Replay { status: 202, body } if body == b"first"));
    let other = admit(replay("k", 2, at(SECOND))).await;
    assert!(matches!(other, Accepted::Conflict));
    assert_eq!(queued_depth(&store), 1);

    let found = replayed(&store, "k", 1, at(SECOND)).await;
    assert_eq!(
        found,
        Some(Replayed::Answer {
            status: 202,
            body: b"first".to_vec()
        })
    );
    let found = replayed(&store, "k", 2, at(SECOND)).await;
    assert_eq!(found, Some(Replayed::Conflict));
    // Another key's names are its own, and a day later the name is free again.
    let others = store.reading().replay(KeyId(2), "k", [1; 32], T0).await;
    assert_eq!(others.unwrap(), None);
    assert_eq!(replayed(&store, "k", 1, at(25 * HOUR)).await, None);
    let late = admit(replay("k", 2, at(25 * HOUR))).await;
    assert!(matches!(late, Accepted::Stored(_)));
}

#[tokio::test]
async fn scheduled_messages_are_promoted_when_their_time_comes() {
    let (_dir, store) = open();
    let later = NewMessage {
        send_at: Some(at(HOUR)),
        ..text("+84900000003", "later")
    };
    let id = later.id;
    accept(&store, vec![later]).await;
    assert_eq!(state(&store, id).await, State::Scheduled);
    let promoted = store.queue().promote(at(HOUR - 1)).await.unwrap();
    assert_eq!(promoted, Promoted::default());
    let promoted = store.queue().promote(at(HOUR)).await.unwrap();
    assert_eq!(
        (promoted.count, &promoted.lanes[..]),
        (1, &[(lane(), at(HOUR))][..])
    );
    assert_eq!(
        (state(&store, id).await, queued_depth(&store)),
        (State::Queued, 1)
    );
    assert_eq!(store.queue().next_due(at(HOUR)).await.unwrap(), None);
    let waiting = store.waiting(&lane(), None, at(HOUR), 9).await;
    assert_eq!(waiting.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_waiting_can_be_cancelled_and_what_is_not_cannot() {
    let (_dir, store) = open();
    let queued = put(&store, text(TO, "x")).await;
    assert_eq!(
        store.queue().cancel(queued.id, T0, None).await.unwrap(),
        Cancelled::Done
    );
    assert_eq!(
        store.queue().cancel(queued.id, T0, None).await.unwrap(),
        Cancelled::Refused(State::Cancelled)
    );
    assert_eq!(
        store
            .queue()
            .cancel(clock::message_id(), T0, None)
            .await
            .unwrap(),
        Cancelled::NotFound
    );
    assert_eq!(queued_depth(&store), 0);
    assert_eq!(steps_of(&store, queued.id).await, ["accepted", "cancelled"]);
}

#[tokio::test]
async fn a_claim_and_a_cancellation_never_both_win() {
    let (_dir, store) = open();
    for _ in 0..50 {
        let queued = put(&store, text(TO, "x")).await;
        let iccid = sim(1);
        let (claimed, cancelled) = tokio::join!(
            claim(&store, queued.row, &iccid),
            store.queue().cancel(queued.id, T0, None)
        );
        let cancelled = cancelled.unwrap() == Cancelled::Done;
        assert_ne!(claimed.applied, cancelled);
    }
    assert_eq!(queued_depth(&store), 0);
}

#[tokio::test]
async fn validity_ends_what_still_waits() {
    let (_dir, store) = open();
    let brief = NewMessage {
        expires_at: at(60 * SECOND),
        ..text(TO, "x")
    };
    let queued = put(&store, brief).await;
    put(&store, text("+84900000002", "y")).await;
    assert_eq!(
        store.queue().next_expiry().await.unwrap(),
        Some(at(60 * SECOND))
    );
    assert_eq!(store.queue().expire(at(59 * SECOND), 10).await.unwrap(), []);
    let expired = store.queue().expire(at(60 * SECOND), 10).await.unwrap();
    assert_eq!(expired, [(queued.id, TO.to_owned())]);
    let message = get(&store, queued.id).await;
    assert_eq!(message.state, State::Expired);
    assert_eq!(message.reason.unwrap().code, "validity");
    assert_eq!(queued_depth(&store), 1);
    assert!(!claim(&store, queued.row, &sim(1)).await.applied);
}

#[tokio::test]
async fn a_job_that_fails_takes_nothing_with_it() {
    let (_dir, store) = open();
    let twice = text(TO, "x");
    let broken = vec![text("+84900000009", "y"), twice.clone(), twice];
    let good = vec![text("+84900000002", "z")];
    let (broken, good) = tokio::join!(store.accept(broken, None), store.accept(good, None));
    assert!(
        matches!(broken, Err(StoreError::Sqlite(_))),
        "one identifier twice"
    );
    assert!(matches!(good, Ok(Accepted::Stored(due)) if due.len() == 1));
    assert_eq!(queued_depth(&store), 1);
    let listed = page(&store, Filter::default(), 10, None).await;
    assert_eq!(listed.items.len(), 1);
}

#[tokio::test]
async fn a_job_that_panics_takes_nothing_with_it() {
    let (_dir, store) = open();
    let panics = store.write(Need::Ongoing, |tx| {
        tx.execute("INSERT INTO modems VALUES ('1', '', '', '', '', 0, 0)", [])?;
        assert!(tx.last_row() < 0, "a defect");
        Ok(())
    });
    let (panicked, good) =
        tokio::join!(panics, store.accept(vec![text("+84900000002", "z")], None));
    assert!(matches!(panicked, Err(StoreError::Defect)));
    assert!(matches!(good, Ok(Accepted::Stored(_))));
    assert!(store.admin().modems().await.unwrap().is_empty());
}

/// A job that undoes the whole transaction is taken out, and the others are done again.
#[tokio::test]
async fn a_transaction_that_breaks_is_repeated_without_the_one_that_broke_it() {
    let (_dir, store) = open();
    let breaks = store.write(Need::Ongoing, |tx| {
        tx.execute("ROLLBACK", [])?;
        Err::<(), _>(StoreError::Defect)
    });
    let before = store.accept(vec![text(TO, "a")], None);
    let after = store.accept(vec![text("+84900000002", "b")], None);
    let (before, broken, after) = tokio::join!(before, breaks, after);
    assert!(matches!(broken, Err(StoreError::Defect)));
    assert!(matches!((before, after), (Ok(_), Ok(_))));
    assert_eq!(queued_depth(&store), 2);
    assert_eq!(waiting(&store, T0).await.len(), 2);
}
