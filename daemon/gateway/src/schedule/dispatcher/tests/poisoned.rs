//! Messages that every SIM refuses, among messages that none does.

use super::*;

/// Ends on 0, as no recipient of [`recipient`] does.
const POISONED: &str = "+84901111110";

/// What a modem says of a part for this number.
type Network = fn(&str) -> Option<u16>;

impl Bank {
    /// A bank of which each modem answers by itself.
    async fn answering(sims: u8, network: Network) -> (Self, Vec<Iccid>) {
        let bank = Self::new();
        let mut iccids = Vec::new();
        for n in 1..=sims {
            let mut modem = bank.plug(n).await;
            iccids.push(modem.iccid.clone());
            let scheduler = bank.scheduler.clone();
            tokio::spawn(async move {
                let mut mr = 0_u8;
                while let Some(Command::Submit { job, pdu, go, .. }) = modem.mailbox.recv().await {
                    if go.await.is_err() {
                        continue;
                    }
                    let submit = Submit::decode(&pdu.tpdu).unwrap();
                    let submitted = network(&submit.da.to_string()).map_or_else(
                        || {
                            mr = mr.wrapping_add(1);
                            accepted(mr)
                        },
                        refused,
                    );
                    let answered = Notice::Answered {
                        carrier: modem.iccid.clone().into(),
                        job,
                        outcome: outcome(&submitted, true),
                        handed_over: true,
                    };
                    scheduler.signal(answered).await;
                }
            });
        }
        (bank, iccids)
    }

    async fn phases(&self, iccids: &[Iccid]) -> Vec<Phase> {
        let slots = self.scheduler.report().await;
        iccids
            .iter()
            .map(|iccid| slots[iccid].health.breaker)
            .collect()
    }

    async fn otp(&self, n: usize) {
        let otp = self.accept_for(&recipient(n), "1234", Priority::Otp).await;
        self.until(otp, State::Sent).await;
    }
}

fn recipient(n: usize) -> String {
    format!("+8491{n:06}1")
}

fn is_poisoned(to: &str) -> bool {
    to.ends_with('0')
}

#[tokio::test]
async fn what_every_sim_refuses_rests_none_and_no_otp_waits() {
    let networks: [Network; 3] = [
        |to| is_poisoned(to).then_some(21),
        |to| is_poisoned(to).then_some(8),
        |to| is_poisoned(to).then_some(300),
    ];
    for network in networks {
        let (bank, iccids) = Bank::answering(6, network).await;
        for n in 0..8 {
            let poisoned = bank.accept_for(POISONED, "x", Priority::Normal).await;
            bank.otp(2 * n).await;
            bank.until(poisoned, State::Failed).await;
            assert_eq!(bank.phases(&iccids).await, [Phase::Closed; 6]);
            bank.otp(2 * n + 1).await;
        }
    }
}

#[tokio::test]
async fn poisoned_numbers_that_all_differ_rest_no_sim_while_others_get_theirs() {
    let (bank, iccids) = Bank::answering(3, |to| is_poisoned(to).then_some(21)).await;
    for n in 0..24 {
        let to = format!("+8492{n:06}0");
        let poisoned = bank.accept_for(&to, "x", Priority::Normal).await;
        bank.until(poisoned, State::Failed).await;
        for otp in 0..3 {
            bank.otp(3 * n + otp).await;
        }
        assert_eq!(bank.phases(&iccids).await, [Phase::Closed; 3]);
    }
}

#[tokio::test]
async fn sims_that_take_nothing_from_anybody_rest_though_each_refuses_what_the_others_do() {
    let (bank, iccids) = Bank::answering(2, |_| Some(21)).await;
    let ids = bank.accept_many(20).await;
    let rest = [Phase::Open; 2];
    in_time("resting", async || {
        (bank.phases(&iccids).await == rest).then_some(())
    })
    .await;
    let last = bank.message(*ids.last().unwrap()).await;
    assert_eq!(last.state, State::Queued, "most wait");
}

#[tokio::test]
async fn a_sim_rests_after_refusing_what_another_takes() {
    let bank = Bank::new();
    let (mut barred, mut healthy) = (bank.plug(1).await, bank.plug(2).await);
    let mut to = 0;
    for failures in 1..=3 {
        // Those that the healthy one is given first tell nothing of the barred one.
        loop {
            to += 1;
            let id = bank
                .accept_for(&recipient(to), "hello", Priority::Normal)
                .await;
            let refused_first = tokio::select! {
                part = barred.part() => {
                    bank.answer(&barred, &part, refused(21)).await;
                    let part = healthy.part().await;
                    bank.answer(&healthy, &part, accepted(1)).await;
                    true
                }
                part = healthy.part() => {
                    bank.answer(&healthy, &part, accepted(1)).await;
                    false
                }
            };
            bank.until(id, State::Sent).await;
            if refused_first {
                break;
            }
        }
        let health = bank.health(&barred).await;
        let phase = if failures < 3 {
            Phase::Closed
        } else {
            Phase::Open
        };
        assert_eq!(
            (health.consecutive_failures, health.breaker),
            (failures, phase)
        );
    }
    assert_eq!(bank.health(&healthy).await.breaker, Phase::Closed);
}
