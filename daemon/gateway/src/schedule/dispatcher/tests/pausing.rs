//! Messages that somebody holds back for a while.

use super::*;
use store::{NewAudit, Paused};

fn entry() -> NewAudit {
    NewAudit {
        at: clock::now(),
        actor: "key test".to_owned(),
        from: None,
        what: "paused".to_owned(),
    }
}

impl Bank {
    /// As the gateway does it, and tells the scheduler.
    async fn set_paused(&self, ids: &[MessageId], paused: bool) -> Paused {
        let queue = self.store.queue();
        let done = queue.pause_all(ids.to_vec(), paused, clock::now(), entry());
        let done = done.await.unwrap();
        if paused {
            self.scheduler.signal(Signal::Moved).await;
        } else {
            let notice = Notice::Queued(done.lanes.clone());
            self.scheduler.signal(notice).await;
        }
        done
    }
}

#[tokio::test]
async fn what_is_paused_stays_where_it_is_and_others_pass_it() {
    let (bank, mut modem) = Bank::with_modem().await;
    let in_hand = bank.accept("in hand", Priority::Normal).await;
    let part = modem.part().await;
    let held = bank.accept("held", Priority::Normal).await;
    let other = bank.accept("other", Priority::Normal).await;
    let paused = bank.set_paused(&[in_hand, held], true).await;
    assert_eq!(paused.waiting, 1);
    bank.answer(&modem, &part, accepted(1)).await;
    bank.serve(&mut modem, accepted(2)).await;
    bank.until(other, State::Sent).await;
    assert_eq!(bank.message(in_hand).await.state, State::Sent);
    assert_eq!(bank.message(held).await.state, State::Queued);
    assert!(modem.is_idle());

    let bank = bank.restarted();
    let mut modem = bank.plug(1).await;
    bank.look_for_all().await;
    let third = bank.accept("third", Priority::Normal).await;
    bank.serve(&mut modem, accepted(3)).await;
    bank.until(third, State::Sent).await;
    assert_eq!(bank.message(held).await.state, State::Queued);

    bank.set_paused(&[held], false).await;
    bank.serve(&mut modem, accepted(4)).await;
    bank.until(held, State::Sent).await;
}

#[tokio::test]
async fn what_was_paused_before_its_claim_is_given_up_and_the_next_message_goes_out() {
    let (bank, mut modem) = Bank::with_modem().await;
    let held = bank.store_only("held").await;
    let next = bank.store_only("hello").await;
    let stall = bank.store.stall().await;
    let pause = {
        let (store, entry) = (bank.store.clone(), entry());
        tokio::spawn(async move {
            let queue = store.queue();
            queue.pause_all(vec![held], true, clock::now(), entry).await
        })
    };
    tokio::time::sleep(Duration::from_millis(50)).await;
    bank.look(Priority::Normal).await;
    let (_, go) = modem.prepared().await;
    drop(stall);
    assert!(go.await.is_err(), "it must not go out");
    assert_eq!(pause.await.unwrap().unwrap().waiting, 1);
    bank.serve(&mut modem, accepted(1)).await;
    bank.until(next, State::Sent).await;
    assert_eq!(bank.message(held).await.state, State::Queued);
}
