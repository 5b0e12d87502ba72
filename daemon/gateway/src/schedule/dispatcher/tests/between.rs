//! What is more urgent goes between the parts of a long message, and nothing else does.

use super::*;

/// A message of three parts, its first part on the air.
async fn long(bank: &Bank, modem: &mut Modem) -> (MessageId, Part) {
    let id = bank.accept(&"a".repeat(400), Priority::Bulk).await;
    let part = modem.part().await;
    assert_eq!(sequence(&part), Some(1));
    (id, part)
}

fn sequence(part: &Part) -> Option<u8> {
    part.submit.ud.concat().map(|concat| concat.seq)
}

#[tokio::test]
async fn an_otp_goes_between_the_parts_of_a_long_message() {
    let (bank, mut modem) = Bank::with_modem().await;
    let (id, first) = long(&bank, &mut modem).await;
    let other = bank.accept("bulk", Priority::Bulk).await;
    let otp = bank.accept("otp", Priority::Otp).await;
    bank.answer(&modem, &first, accepted(1)).await;
    let part = modem.part().await;
    assert_eq!(sequence(&part), None);
    assert_eq!(bank.message(otp).await.state, State::Sending);
    let between = bank.message(id).await;
    assert_eq!(between.state, State::Sending);
    let states: Vec<_> = between.parts.iter().map(|part| part.state).collect();
    let queued = PartState::Queued;
    assert_eq!(states, [PartState::Sent, queued, queued]);
    bank.answer(&modem, &part, accepted(2)).await;
    for n in [2, 3] {
        let part = modem.part().await;
        assert_eq!(sequence(&part), Some(n), "what is as urgent waits");
        bank.answer(&modem, &part, accepted(n + 1)).await;
    }
    bank.until(otp, State::Sent).await;
    let sent = bank.until(id, State::Sent).await;
    assert_eq!(sent.attempts, 1);
    bank.serve(&mut modem, accepted(5)).await;
    bank.until(other, State::Sent).await;
}

#[tokio::test]
async fn long_messages_wait_for_each_other_and_all_go_on() {
    let (bank, mut modem) = Bank::with_modem().await;
    let (bulk, first) = long(&bank, &mut modem).await;
    let normal = bank.accept(&"b".repeat(200), Priority::Normal).await;
    bank.answer(&modem, &first, accepted(1)).await;
    let part = modem.part().await;
    assert_eq!(sequence(&part), Some(1));
    assert_eq!(bank.message(normal).await.state, State::Sending);
    let otp = bank.accept(&"c".repeat(200), Priority::Otp).await;
    bank.answer(&modem, &part, accepted(2)).await;
    // The OTP's two parts, the second of the normal one, then the rest of the bulk.
    let mut order = Vec::new();
    for n in 3..=7 {
        let part = modem.part().await;
        order.push(sequence(&part).unwrap());
        bank.answer(&modem, &part, accepted(n)).await;
    }
    assert_eq!(order, [1, 2, 2, 2, 3]);
    for id in [otp, normal, bulk] {
        bank.until(id, State::Sent).await;
    }
}

#[tokio::test]
async fn a_stop_behind_an_otp_gives_the_rest_to_the_next_run_and_this_sim() {
    let (bank, mut modem) = Bank::with_modem().await;
    let (id, first) = long(&bank, &mut modem).await;
    let otp = bank.accept("otp", Priority::Otp).await;
    bank.answer(&modem, &first, accepted(1)).await;
    let part = modem.part().await;
    let stopped = bank.stop().await;
    bank.answer(&modem, &part, accepted(2)).await;
    has(stopped).await;
    assert_eq!(bank.message(otp).await.state, State::Sent);
    assert_eq!(bank.message(id).await.state, State::Queued);
    let bank = bank.restarted();
    let mut other = bank.plug(2).await;
    let mut modem = bank.plug(1).await;
    bank.look(Priority::Bulk).await;
    let part = modem.part().await;
    assert_eq!(sequence(&part), Some(2));
    assert!(other.is_idle());
}

#[tokio::test]
async fn a_modem_that_goes_away_behind_an_otp_leaves_the_rest_to_its_sim() {
    let (bank, mut modem) = Bank::with_modem().await;
    let (id, first) = long(&bank, &mut modem).await;
    bank.accept("otp", Priority::Otp).await;
    bank.answer(&modem, &first, accepted(1)).await;
    bank.serve(&mut modem, Submitted::Refused(SubmitRefusal::NotReady))
        .await;
    bank.unplug(&modem).await;
    bank.until_step(id, "requeued").await;
    let mut other = bank.plug(2).await;
    let otp = other.part().await;
    assert_eq!(sequence(&otp), None);
    let mut modem = bank.plug(1).await;
    assert_eq!(sequence(&modem.part().await), Some(2));
}

#[tokio::test]
async fn an_otp_does_not_take_what_the_quota_has_for_the_rest() {
    let (bank, mut modem) = Bank::with(|config| config.quota.per_day = Some(3)).await;
    let (id, first) = long(&bank, &mut modem).await;
    let otp = bank.accept("otp", Priority::Otp).await;
    bank.answer(&modem, &first, accepted(1)).await;
    for n in [2, 3] {
        let part = modem.part().await;
        assert_eq!(sequence(&part), Some(n));
        bank.answer(&modem, &part, accepted(n)).await;
    }
    bank.until(id, State::Sent).await;
    assert_eq!(bank.message(otp).await.state, State::Queued);
}

#[tokio::test]
async fn the_rest_waits_for_the_gap_behind_an_otp() {
    let (bank, mut modem) = Bank::with(|config| config.min_gap_ms = 300).await;
    let (_, first) = long(&bank, &mut modem).await;
    bank.accept("otp", Priority::Otp).await;
    bank.answer(&modem, &first, accepted(1)).await;
    let part = modem.part().await;
    let began = Instant::now();
    bank.answer(&modem, &part, accepted(2)).await;
    assert_eq!(sequence(&modem.part().await), Some(2));
    assert!(began.elapsed() >= Duration::from_millis(300));
}

/// No part gets its TP-MR while it is there.
const FAILS: &str = "CREATE TEMP TRIGGER fails BEFORE UPDATE OF mr ON parts WHEN NEW.mr IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a disk that fails'); END";

#[tokio::test]
async fn what_was_sent_is_written_before_the_rest_goes_back_though_the_disk_fails_meanwhile() {
    let (bank, mut modem) = Bank::with_modem().await;
    let (id, first) = long(&bank, &mut modem).await;
    bank.accept("otp", Priority::Otp).await;
    bank.store.run(FAILS).await;
    bank.answer(&modem, &first, accepted(7)).await;
    // For the OTP, whose claim is in the same commit.
    modem.prepared().await;
    bank.unplug(&modem).await;
    bank.health(&modem).await;
    bank.store.run("DROP TRIGGER fails").await;
    let message = bank.until_step(id, "requeued").await;
    assert_eq!(message.state, State::Queued);
    let first = &message.parts[0];
    assert_eq!((first.state, first.mr), (PartState::Sent, Some(7)));
}

/// No part becomes `sending` any more.
pub(super) const STUCK: &str = "CREATE TEMP TRIGGER stuck BEFORE UPDATE OF handed_at ON parts
    WHEN NEW.handed_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a disk that fails'); END";
/// The writer has something to do for longer than a gap.
pub(super) const BUSY: &str = "CREATE TEMP TABLE busy AS
    WITH RECURSIVE count(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM count WHERE n < 2000000)
    SELECT max(n) FROM count";

#[tokio::test]
async fn the_rest_goes_back_when_its_sim_went_away_while_its_claim_failed() {
    let (bank, mut modem) = Bank::with(|config| config.min_gap_ms = 200).await;
    let (id, first) = long(&bank, &mut modem).await;
    let otp = bank.accept("otp", Priority::Otp).await;
    bank.answer(&modem, &first, accepted(1)).await;
    bank.serve(&mut modem, accepted(2)).await;
    bank.until(otp, State::Sent).await;
    let down = async {
        let (part, _go) = modem.prepared().await;
        assert_eq!(sequence(&part), Some(2));
        bank.unplug(&modem).await;
    };
    bank.store.run(STUCK).await;
    tokio::join!(bank.store.run(BUSY), down);
    let message = bank.until(id, State::Queued).await;
    assert_eq!(message.parts[0].state, PartState::Sent);
}

#[tokio::test]
async fn it_is_told_which_part_of_which_message_a_sim_sends() {
    let (bank, mut modem) = Bank::with_modem().await;
    let iccid = modem.iccid.clone();
    let sending = async || {
        let mut slots = bank.scheduler.report().await;
        slots.remove(&iccid).expect("it is known").sending
    };
    assert!(sending().await.is_none());
    let (id, first) = long(&bank, &mut modem).await;
    let at_first = sending().await.unwrap();
    assert_eq!(
        (at_first.message, at_first.part, at_first.parts),
        (id, 1, 3)
    );
    bank.answer(&modem, &first, accepted(1)).await;
    let second = modem.part().await;
    assert_eq!(sending().await.unwrap().part, 2);
    bank.answer(&modem, &second, accepted(2)).await;
    bank.serve(&mut modem, accepted(3)).await;
    bank.until(id, State::Sent).await;
    assert!(sending().await.is_none());
}
