//! Acceptances that come after a refusal.

use at::CmeError;

use super::*;
use model::Reason;

/// The failure of a USSD request, taken for the submit's answer.
fn refused_by_something_else() -> Submitted {
    Submitted::Refused(SubmitRefusal::Cme(CmeError(258)))
}

impl Bank {
    /// `+CMGS: <mr>`, that nobody waits for.
    async fn hear(&self, modem: &Modem, mr: u8) -> bool {
        let (iccid, imei) = (modem.iccid.clone(), modem.imei.clone());
        self.scheduler
            .for_carriers()
            .accepted_after_all(iccid, imei, accepted_as(mr))
            .await
    }
}

#[tokio::test]
async fn what_is_accepted_after_it_was_refused_is_sent_once() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.accept("hello", Priority::Normal).await;
    let part = modem.part().await;
    bank.answer(&modem, &part, refused_by_something_else())
        .await;
    assert!(bank.hear(&modem, 1).await);
    let message = bank.until(id, State::Sent).await;
    assert_eq!(message.parts[0].mr, Some(1));
    // Of that one part it was told, and the queue has it no more.
    assert!(!bank.hear(&modem, 2).await);
    let next = bank.accept("next", Priority::Normal).await;
    let part = modem.part().await;
    assert_eq!(bank.message(next).await.state, State::Sending);
    bank.answer(&modem, &part, accepted(2)).await;
    bank.until(next, State::Sent).await;
    assert!(modem.is_idle());
}

#[tokio::test]
async fn an_acceptance_that_names_its_job_is_taken_though_the_next_one_is_claimed() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.accept("hello", Priority::Normal).await;
    let part = modem.part().await;
    bank.answer(&modem, &part, refused_by_something_else())
        .await;
    bank.accept("next", Priority::Normal).await;
    modem.part().await;
    bank.late(&part, accepted_as(1)).await;
    assert_eq!(bank.until(id, State::Sent).await.parts[0].mr, Some(1));
}

#[tokio::test]
async fn the_rest_of_it_follows_and_not_the_first_part_again() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.accept(&"a".repeat(400), Priority::Normal).await;
    bank.serve(&mut modem, refused_by_something_else()).await;
    assert!(bank.hear(&modem, 1).await);
    for seq in 2..=3 {
        let part = modem.part().await;
        assert_eq!(part.submit.ud.concat().unwrap().seq, seq);
        bank.answer(&modem, &part, accepted(seq)).await;
    }
    bank.until(id, State::Sent).await;
}

#[tokio::test]
async fn what_the_modem_got_the_next_part_after_is_not_meant() {
    let (bank, mut modem) = Bank::with_modem().await;
    bank.accept("hello", Priority::Normal).await;
    bank.serve(&mut modem, refused_by_something_else()).await;
    bank.accept("next", Priority::Normal).await;
    modem.part().await;
    assert!(!bank.hear(&modem, 1).await);
}

/// It is kept from its lane until the answer is written, and not for longer.
#[tokio::test]
async fn what_waits_again_goes_on_though_a_late_answer_changed_nothing() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.accept("hello", Priority::Normal).await;
    let part = modem.part().await;
    bank.doubt(&modem, &part, id).await;
    let next = bank.accept_for("+84901234568", "next", Priority::Normal);
    let next = (next.await, modem.part().await);
    let settled = bank.resolve(id).await;
    bank.scheduler.settled(&bank.bus, vec![settled]).await;
    bank.until(id, State::Queued).await;
    let answer = LateAnswer::Refused(Reason::read("cms-38", "network out of order"));
    bank.late(&part, answer).await;
    bank.answer(&modem, &next.1, accepted(7)).await;
    bank.until(next.0, State::Sent).await;
    bank.serve(&mut modem, accepted(8)).await;
    bank.until(id, State::Sent).await;
}
