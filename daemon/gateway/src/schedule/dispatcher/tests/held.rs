//! A modem is asked for its prompt while the claim is written, and sends nothing before it is.

use tokio::sync::oneshot::error::TryRecvError;

use super::*;
use store::{Cancelled, clock};

/// Some time for what must not happen.
async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

#[tokio::test]
async fn a_modem_is_asked_for_its_prompt_before_the_claim_is_on_disk() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.store_only("hello").await;
    let stall = bank.store.stall().await;
    bank.look(Priority::Normal).await;
    let (_, mut go) = modem.prepared().await;
    a_moment().await;
    assert_eq!(go.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(bank.message(id).await.state, State::Queued);
    drop(stall);
    assert_eq!(go.await, Ok(()));
    assert_eq!(bank.message(id).await.state, State::Sending);
}

#[tokio::test]
async fn what_was_cancelled_before_its_claim_is_given_up_and_the_next_message_goes_out() {
    let (bank, mut modem) = Bank::with_modem().await;
    let cancelled = bank.store_only("no more").await;
    let next = bank.store_only("hello").await;
    let stall = bank.store.stall().await;
    let cancel = {
        let store = bank.store.clone();
        tokio::spawn(async move { store.queue().cancel(cancelled, clock::now(), None).await })
    };
    a_moment().await;
    bank.look(Priority::Normal).await;
    let (_, go) = modem.prepared().await;
    drop(stall);
    assert!(go.await.is_err(), "it must not go out");
    assert_eq!(cancel.await.unwrap().unwrap(), Cancelled::Done);
    bank.serve(&mut modem, accepted(1)).await;
    bank.until(next, State::Sent).await;
    assert_eq!(bank.message(cancelled).await.state, State::Cancelled);
}

#[tokio::test]
async fn what_the_modem_refuses_before_the_claim_is_written_counts_after_it() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.store_only("hello").await;
    let stall = bank.store.stall().await;
    bank.look(Priority::Normal).await;
    let (part, _go) = modem.prepared().await;
    bank.tell(&modem, &part, refused(38), false).await;
    a_moment().await;
    drop(stall);
    let message = bank.until_step(id, "requeued").await;
    assert_eq!(message.state, State::Queued);
    assert_eq!(message.attempts, 1);
}

#[tokio::test]
async fn a_modem_that_goes_away_before_the_claim_is_written_has_sent_nothing() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.store_only("hello").await;
    let stall = bank.store.stall().await;
    bank.look(Priority::Normal).await;
    modem.prepared().await;
    bank.unplug(&modem).await;
    drop(stall);
    bank.until_step(id, "requeued").await;
    let mut other = bank.plug(2).await;
    bank.serve(&mut other, accepted(1)).await;
    bank.until(id, State::Sent).await;
}
