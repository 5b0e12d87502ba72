//! What is in memory of a waiting message may be older than what the store has of it.

use super::between::{BUSY, STUCK};
use super::*;
use model::{Queued, Reason};
use store::{RefusedBy, Step};

impl Modem {
    /// The number of the next part that is let out; those that are taken back before are not.
    async fn next_let_out(&mut self) -> (Part, Option<u8>) {
        loop {
            let (part, go) = self.prepared().await;
            let let_out = tokio::time::timeout(PATIENCE, go).await.expect("in time");
            if let_out.is_ok() {
                let sequence = part.submit.ud.concat().map(|concat| concat.seq);
                return (part, sequence);
            }
        }
    }
}

impl Bank {
    /// The rest of a message of three parts goes out through this modem, and nothing else.
    async fn the_rest_goes_out(&self, id: MessageId, modem: &mut Modem, from: u8) {
        for n in from..=3 {
            let (part, sequence) = modem.next_let_out().await;
            assert_eq!(sequence, Some(n));
            self.answer(modem, &part, accepted(n)).await;
        }
        let message = self.until(id, State::Sent).await;
        let numbers: Vec<_> = message.parts.iter().map(|part| part.mr).collect();
        assert_eq!(numbers, [Some(1), Some(2), Some(3)]);
    }
}

#[tokio::test]
async fn what_is_claimed_anew_behind_a_late_answer_goes_on_with_the_part_that_is_next() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.accept(&"a".repeat(400), Priority::Normal).await;
    let part = modem.part().await;
    bank.doubt(&modem, &part, id).await;
    bank.store.run(STUCK).await;
    let settled = bank.resolve(id).await;
    let late = async {
        bank.scheduler.settled(&bank.bus, vec![settled]).await;
        // Its claim is on its way to the disk, and will fail.
        modem.prepared().await;
        bank.late(&part, accepted_as(1)).await;
    };
    tokio::join!(bank.store.run(BUSY), late);
    // Time to claim it once more, as it was read while the answer was not written either.
    tokio::time::sleep(RETRY * 2).await;
    bank.store.run("DROP TRIGGER stuck").await;
    bank.the_rest_goes_out(id, &mut modem, 2).await;
}

/// A message of three parts that only the store knows of: the first one was sent through SIM 1, the
/// second one refused.
async fn refused_at_the_second(bank: &Bank) -> Queued {
    let new = new_message("+84901234567", &"a".repeat(400), Priority::Normal);
    let Accepted::Stored(mut stored) = bank.store.accept(vec![new], None).await.unwrap() else {
        panic!("it is new");
    };
    let queued = stored.remove(0);
    let (row, at, iccid) = (queued.row, clock::now(), sim(1));
    let carrier = Carrier::from(iccid.clone());
    let claim = Step::Claim {
        fell_back: None,
        row,
        part: 1,
        carrier: carrier.clone(),
        parts: 3,
        at,
    };
    let first = Step::PartSent {
        row,
        part: 1,
        carrier: carrier.clone(),
        reference: Reference::Mr(1),
        at,
        last: false,
    };
    let second = Step::PartSending {
        row,
        part: 2,
        carrier: carrier.clone(),
        at,
    };
    let spent = Step::NumberSpent {
        row,
        part: 2,
        last: false,
        iccid,
        by: RefusedBy::Modem,
        at,
    };
    let back = Step::Requeue {
        row,
        part: 2,
        due_at: at,
        reason: Reason::read("cme-258", "refused"),
        refused_by: None,
        pinned: Some(carrier),
        at,
    };
    let steps = vec![claim, first, second, spent, back];
    let done = bank.store.queue().advance(steps).await.unwrap();
    assert!(done.steps.iter().all(|step| step.applied), "{done:?}");
    queued
}

fn sim(n: u8) -> Iccid {
    format!("89840000000000000{n:03}").parse().unwrap()
}

/// The answer comes to a run that did not hand the part over, and has the message in memory.
#[tokio::test]
async fn what_an_answer_settles_while_it_waits_goes_on_behind_that() {
    let bank = Bank::new();
    let queued = refused_at_the_second(&bank).await;
    let probe = bank.store_only("probe").await;
    let mut other = bank.plug(2).await;
    bank.look(Priority::Normal).await;
    // Its lane has been read.
    let part = other.part().await;
    assert_eq!(bank.message(probe).await.state, State::Sending);
    bank.answer(&other, &part, accepted(9)).await;
    let evidence = bank.store.evidence();
    let iccid = sim(1);
    let settled = evidence.claim_answer(&iccid, accepted_as(2), clock::now());
    let settled = settled.await.unwrap();
    assert_eq!(settled.len(), 1);
    bank.scheduler.settled(&bank.bus, settled).await;
    let mut modem = bank.plug(1).await;
    bank.the_rest_goes_out(queued.id, &mut modem, 3).await;
}
