//! Messages that come to take another number of parts than they were accepted with.

use super::*;

/// Accepted as one part, by national tables that are allowed no longer.
fn with_tables() -> NewMessage {
    NewMessage {
        national_tables: true,
        segments: 1,
        ..new_message("+84901234567", &"ğ".repeat(100), Priority::Normal)
    }
}

#[tokio::test]
async fn a_message_whose_tables_are_gone_is_sent_whole() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.accept_new(with_tables()).await;
    let mut sent = String::new();
    for seq in 1..=2 {
        let part = modem.part().await;
        let message = bank.message(id).await;
        assert_eq!((message.state, message.segments), (State::Sending, 2));
        sent += &part.submit.ud.text(part.submit.dcs).unwrap();
        bank.answer(&modem, &part, accepted(seq)).await;
    }
    assert_eq!(sent, "ğ".repeat(100));
    let message = bank.until(id, State::Sent).await;
    assert_eq!((message.segments, message.parts.len()), (2, 2));
    assert!(message.parts.iter().all(|part| part.mr.is_some()));
}

#[tokio::test]
async fn a_message_that_takes_fewer_parts_is_sent_with_the_last_of_them() {
    let (bank, mut modem) = Bank::with_modem().await;
    let mut long = new_message("+84901234567", &"a".repeat(100), Priority::Normal);
    long.segments = 3;
    let id = bank.accept_new(long).await;
    bank.serve(&mut modem, accepted(1)).await;
    let message = bank.until(id, State::Sent).await;
    assert_eq!((message.segments, message.parts.len()), (1, 1));
}

#[tokio::test]
async fn a_quota_is_not_overdrawn_by_parts_that_were_not_planned() {
    let (bank, mut modem) = Bank::with(|config| config.quota.per_day = Some(2)).await;
    bank.accept("hello", Priority::Normal).await;
    let part = modem.part().await;
    // Behind it there is room for the one part that was planned.
    let id = bank.accept_new(with_tables()).await;
    let short = bank.accept("short", Priority::Normal).await;
    bank.answer(&modem, &part, accepted(1)).await;
    let part = modem.part().await;
    assert_eq!(part.submit.ud.text(part.submit.dcs).unwrap(), "short");
    bank.answer(&modem, &part, accepted(2)).await;
    bank.until(short, State::Sent).await;
    let waiting = bank.message(id).await;
    assert_eq!((waiting.state, waiting.segments), (State::Queued, 2));
    let mut other = bank.plug(2).await;
    for seq in 1..=2 {
        bank.serve(&mut other, accepted(seq)).await;
    }
    bank.until(id, State::Sent).await;
    assert!(modem.is_idle());
}

#[tokio::test]
async fn the_rest_of_a_message_that_would_be_cut_another_way_is_not_sent() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.accept(&"a".repeat(400), Priority::Normal).await;
    let part = modem.part().await;
    let stopped = bank.stop().await;
    bank.answer(&modem, &part, accepted(1)).await;
    has(stopped).await;
    bank.store.run("UPDATE messages SET segments = 2").await;
    let bank = bank.restarted();
    let mut modem = bank.plug(1).await;
    bank.look_for_all().await;
    let message = bank.until(id, State::Failed).await;
    assert_eq!(message.reason.unwrap().code, "encoding");
    assert!(modem.is_idle());
}

/// No part becomes uncertain while it is there.
const FAILS: &str = "CREATE TEMP TRIGGER fails BEFORE INSERT ON doubts
    BEGIN SELECT RAISE(ABORT, 'a disk that fails'); END";

/// A number that is written before the doubt of an earlier part would not count for it, and the next
/// one would prove that the part took none.
#[tokio::test]
async fn what_a_sim_gave_is_written_in_its_order_though_the_disk_fails_meanwhile() {
    let (bank, mut modem) = Bank::with_modem().await;
    let [first, second, third, fourth] = [1, 2, 3, 4].map(|n| format!("+8490000000{n}"));
    bank.accept_for(&first, "hello", Priority::Normal).await;
    bank.serve(&mut modem, accepted(50)).await;
    let doubtful = bank.accept_for(&second, "hello", Priority::Normal).await;
    let part = modem.part().await;
    bank.store.run(FAILS).await;
    let silence = Submitted::Uncertain(Uncertainty::PortClosed);
    bank.answer(&modem, &part, silence).await;
    // It has taken 51.
    let third = bank.accept_for(&third, "hello", Priority::Normal).await;
    bank.serve(&mut modem, accepted(52)).await;
    bank.health(&modem).await;
    bank.store.run("DROP TRIGGER fails").await;
    bank.until(third, State::Sent).await;
    let fourth = bank.accept_for(&fourth, "hello", Priority::Normal).await;
    bank.serve(&mut modem, accepted(53)).await;
    bank.until(fourth, State::Sent).await;
    assert_eq!(bank.message(doubtful).await.state, State::Uncertain);
}
