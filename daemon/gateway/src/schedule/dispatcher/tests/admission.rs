//! Messages that a free SIM takes at once are claimed in the commit that stores them.

use super::*;
use store::{NewReplay, clock};

fn message(priority: Priority) -> NewMessage {
    new_message("+84901234567", "hello", priority)
}

fn replay(request: u8) -> NewReplay {
    NewReplay {
        key: KeyId(1),
        name: "once".to_owned(),
        request: [request; 32],
        status: 202,
        body: Vec::new(),
        at: clock::now(),
    }
}

#[tokio::test]
async fn a_message_for_a_free_sim_is_stored_and_claimed_in_one_commit() {
    let (bank, mut modem) = Bank::with_modem().await;
    let stall = bank.store.stall().await;
    let (new, scheduler) = (message(Priority::Normal), bank.scheduler.clone());
    let id = new.id;
    let accepted_one = tokio::spawn(async move { scheduler.admit(vec![new], None).await });
    let (part, go) = modem.prepared().await;
    drop(stall);
    assert!(accepted_one.await.unwrap().is_ok());
    assert_eq!(go.await, Ok(()));
    let stored = bank.message(id).await;
    assert_eq!(stored.state, State::Sending);
    assert_eq!(stored.attempts, 1);
    let depth = bank.store.queue().queue_depth();
    assert!(depth.iter().all(|(_, n)| *n == 0));
    bank.answer(&modem, &part, accepted(7)).await;
    assert_eq!(bank.until(id, State::Sent).await.parts[0].mr, Some(7));
}

#[tokio::test]
async fn a_long_message_keeps_the_reference_that_comes_from_its_row() {
    let (bank, mut modem) = Bank::with_modem().await;
    bank.accept("hello", Priority::Normal).await;
    let part = modem.part().await;
    bank.answer(&modem, &part, accepted(1)).await;
    let id = bank.accept(&"a".repeat(300), Priority::Normal).await;
    let first = modem.part().await;
    bank.answer(&modem, &first, accepted(2)).await;
    let second = modem.part().await;
    let reference = |part: &Part| part.submit.ud.concat().unwrap().reference;
    let [low, ..] = bank.message(id).await.row.0.to_le_bytes();
    assert_eq!(reference(&first), tpdu::ConcatRef::Eight(low));
    assert_eq!(reference(&second), tpdu::ConcatRef::Eight(low));
}

#[tokio::test]
async fn the_most_urgent_of_a_batch_goes_first() {
    let (bank, mut modem) = Bank::with_modem().await;
    let batch: Vec<_> = [Priority::Bulk, Priority::Normal, Priority::Otp]
        .map(message)
        .into();
    let ids: Vec<_> = batch.iter().map(|new| new.id).collect();
    bank.scheduler.admit(batch, None).await.unwrap();
    for (mr, id) in (1..).zip(ids.iter().rev()) {
        let part = modem.part().await;
        assert_eq!(bank.message(*id).await.state, State::Sending);
        bank.answer(&modem, &part, accepted(mr)).await;
    }
}

#[tokio::test]
async fn a_request_that_came_before_leaves_the_sim_to_others() {
    let (bank, mut modem) = Bank::with_modem().await;
    let admit = |request| {
        let new = message(Priority::Normal);
        bank.scheduler.admit(vec![new], Some(replay(request)))
    };
    assert!(matches!(admit(1).await, Ok(Accepted::Stored(_))));
    bank.serve(&mut modem, accepted(1)).await;
    bank.scheduler.report().await;
    assert!(matches!(admit(1).await, Ok(Accepted::Replay { .. })));
    assert!(matches!(admit(2).await, Ok(Accepted::Conflict)));
    assert!(modem.is_idle(), "no prompt is asked for in vain");
    let id = bank.accept("next", Priority::Normal).await;
    bank.serve(&mut modem, accepted(2)).await;
    bank.until(id, State::Sent).await;
}

#[tokio::test]
async fn a_client_that_hangs_up_changes_nothing() {
    let (bank, mut modem) = Bank::with_modem().await;
    let mut events = bank.bus.subscribe(None);
    let stall = bank.store.stall().await;
    let new = message(Priority::Normal);
    let id = new.id;
    let gone = tokio::time::timeout(
        Duration::from_millis(20),
        bank.scheduler.admit(vec![new], None),
    );
    assert!(gone.await.is_err());
    drop(stall);
    bank.serve(&mut modem, accepted(1)).await;
    bank.until(id, State::Sent).await;
    assert!(events.recv().await.is_ok(), "others are told of it");
}

#[tokio::test]
async fn what_waits_in_the_store_is_not_overtaken() {
    let bank = Bank::new();
    let first = bank.store_only("first").await;
    // Of that one the scheduler knows no more than that there may be something.
    bank.look(Priority::Normal).await;
    let mut modem = bank.plug(1).await;
    let second = bank.accept("second", Priority::Normal).await;
    for (mr, id) in [(1, first), (2, second)] {
        let part = modem.part().await;
        assert_eq!(bank.message(id).await.state, State::Sending);
        bank.answer(&modem, &part, accepted(mr)).await;
    }
}
