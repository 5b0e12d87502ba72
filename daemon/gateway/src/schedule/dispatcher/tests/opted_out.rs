//! Recipients who ask for no messages.

use model::NewSuppression;
use store::NewAudit;

use super::*;

const THEIRS: &str = "+84901234567";

impl Bank {
    async fn suppress(&self, number: &str) {
        let new = NewSuppression {
            number: number.to_owned(),
            since: None,
            evidence: None,
            note: None,
        };
        let audit = NewAudit {
            at: clock::now(),
            actor: "test".to_owned(),
            from: None,
            what: "suppressed it".to_owned(),
        };
        self.store
            .admin()
            .put_suppression(new, audit)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_message_that_waits_fails_is_told_and_holds_nobody_up() {
    let bank = Bank::new();
    let mut events = bank.bus.subscribe(None);
    let theirs = bank.accept_for(THEIRS, "one", Priority::Otp).await;
    let next = bank
        .accept_for("+84900000002", "two", Priority::Normal)
        .await;
    bank.suppress(THEIRS).await;
    let mut modem = bank.plug(1).await;
    let failed = bank.until(theirs, State::Failed).await;
    assert_eq!(failed.reason.unwrap().code, "opted-out");
    loop {
        // The modem may have been asked for its prompt: that part never goes out.
        let (part, go) = modem.prepared().await;
        if go.await.is_ok() {
            assert_eq!(part.submit.da.to_string(), "+84900000002");
            break;
        }
    }
    assert_eq!(bank.message(next).await.state, State::Sending);
    loop {
        let event = events.recv().await.unwrap();
        if event.kind == "message.failed" {
            assert_eq!(event.data()["id"], theirs.to_string());
            assert_eq!(event.data()["reason"]["code"], "opted-out");
            break;
        }
    }
}

#[tokio::test]
async fn what_is_refused_at_acceptance_leaves_its_modem_free() {
    let bank = Bank::new();
    let mut modem = bank.plug(1).await;
    bank.suppress(THEIRS).await;
    let refused = new_message(THEIRS, "one", Priority::Normal);
    let (id, admitted) = (refused.id, bank.scheduler.admit(vec![refused], None).await);
    assert!(matches!(admitted.unwrap(), Accepted::OptedOut(opted) if opted.refused == [id]));
    bank.accept_for("+84900000002", "two", Priority::Normal)
        .await;
    loop {
        let (part, go) = modem.prepared().await;
        if go.await.is_ok() {
            assert_eq!(part.submit.da.to_string(), "+84900000002");
            return;
        }
    }
}
